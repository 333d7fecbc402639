"""Says to which addresses a name may lead: a vendor's is public, whatever its name is resolved to."""

from __future__ import annotations

import logging
from collections.abc import Collection

from smsway.config import is_loopback, is_public
from smsway.transport._library import httpcore

log = logging.getLogger("smsway")


class PrivateAddress(httpcore.ConnectError):
    """A name leads to no address that its account may connect to."""


class Reach:
    """Keeps requests from this machine and from the network around it.

    A loopback host may lead to loopback addresses only, for plain http is allowed there; hosts in *private* anywhere;
    and all others to public addresses.
    """

    def __init__(self, private: Collection[str] = ()) -> None:
        self._private = frozenset(private)

    def within(self, host: str, addresses: list[str]) -> list[str]:
        """Return those of *addresses* that *host* may lead to; raises `PrivateAddress` if there are none.

        They must be connected to as they are: who asked for the name again could be told another address.
        """
        if is_loopback(host):
            allowed = [each for each in addresses if is_loopback(each)]
        elif host in self._private:
            allowed = addresses
        else:
            allowed = [each for each in addresses if is_public(each)]
        if not allowed:
            log.warning(
                "%s leads to no address that it may lead to; see allow_private in the settings of accounts", host
            )
            raise PrivateAddress("private address")
        return allowed
