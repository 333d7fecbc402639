"""Where a call really comes from: the socket's address, or what a proxy that is trusted says of it."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network


def inside(address: Address | None, networks: Iterable[Network]) -> bool:
    """True if *address* is known and in one of *networks*."""
    return address is not None and any(address in network for network in networks)


def caller(peer: str | None, forwarded: str, trusted: Iterable[Network]) -> Address | None:
    """Return the address that called; `None` if it is not known.

    *peer* is the socket's address, *forwarded* the header X-Forwarded-For. Each proxy appends whom it heard from, so
    the list is believed from its end, and only as far as each hop is in *trusted*: whatever stands before the first
    other address, anybody may have written.
    """
    address = _parsed(peer or "")
    hops = [hop.strip() for hop in forwarded.split(",")] if forwarded else []
    while hops and inside(address, trusted):
        address = _parsed(hops.pop())
    return address


def _parsed(text: str) -> Address | None:
    try:
        address = ip_address(_bare(text))
    except ValueError:
        return None
    # A socket that listens on both protocols tells an IPv4 caller as ::ffff:a.b.c.d (RFC 4291 section 2.5.5.2).
    return getattr(address, "ipv4_mapped", None) or address


def _bare(text: str) -> str:
    """Take away the port that some proxies add: `192.0.2.1:80`, `[2001:db8::1]:80`."""
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0] if text.count(":") == 1 else text
