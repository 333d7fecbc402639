"""What passes between the engine and a provider: batches and stamps in, requests and responses across."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import msgspec

from smsway.model._errors import UnexpectedResponse
from smsway.model._message import Kind
from smsway.model._phone import Phone, mask


@dataclass(frozen=True, slots=True)
class Filled:
    """Content as one account wants it: its template id with ordered params, or text.

    Exactly one of *template* and *text* is set. *signature* and *sender* are the vendor's own spelling,
    empty where the account has none. *names* are what the vendor calls the *params*, in the same order; a vendor that
    numbers them has no use for it.
    """

    template: str | None = None
    params: tuple[str, ...] = ()
    text: str | None = None
    signature: str = ""
    sender: str = ""
    names: tuple[str, ...] = ()

    def __repr__(self) -> str:
        what = f"template {self.template}" if self.template is not None else "text"
        return f"Filled({what}, <{len(self.params)} params>)"


# No dataclass: the garbage collector would visit two hundred of them for each request in flight. It need not, for what
# they hold is texts, and an options model made of such.
class Parcel(msgspec.Struct, gc=False):
    """One recipient of a batch, resolved for the account that the batch goes to.

    *options* is the provider's own validated model, or `None`.
    """

    phone: Phone
    content: Filled
    options: Any = None

    def __repr__(self) -> str:
        return f"Parcel({self.phone!r}, {self.content!r})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """Show no more than `repr`, where rich would show all."""
        return [("phone", mask(self.phone)), ("content", self.content)]


@dataclass(frozen=True, slots=True)
class Batch:
    """The recipients that one account takes in one request; no phone stands in it twice."""

    parcels: Sequence[Parcel]
    kind: Kind = Kind.NOTIFICATION

    def __len__(self) -> int:
        return len(self.parcels)

    def __repr__(self) -> str:
        return f"Batch(<{len(self.parcels)} recipients>, {self.kind!s})"


@dataclass(frozen=True, slots=True)
class Stamp:
    """The time and the number that make one attempt unlike any other.

    *now* is in seconds since the epoch (UTC), *nonce* a random number below 2**80. The same batch and
    stamp give the same bytes.
    """

    now: float
    nonce: int

    @property
    def reference(self) -> str:
        """Our name for the attempt: 20 lower-case hexadecimal digits."""
        return f"{self.nonce:020x}"

    def references(self, count: int) -> list[str]:
        """Our names for the *count* recipients of a batch, in its order: each at most 32 characters of `[0-9a-f-]`."""
        own = self.reference
        return [own + place for place in _places(count)]


@lru_cache(maxsize=256)
def _places(count: int) -> tuple[str, ...]:
    return tuple(f"-{index}" for index in range(count))


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request to a provider; a secret stands in its headers or body only, never in its URL.

    *sends* is False for one that cannot send a text whatever becomes of it, such as one for a token.
    """

    url: str
    headers: Mapping[str, str]
    body: bytes
    method: str = "POST"
    sends: bool = True

    def __repr__(self) -> str:
        return f"Request({self.method} <{len(self.body)} bytes>)"


@dataclass(frozen=True, slots=True)
class Response:
    """A provider's whole answer.

    *fresh* says that it is the first answer on its connection, so it can only be the answer to our
    request. On a connection that carried earlier requests, only an echo proves that.
    """

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    fresh: bool = True

    def __repr__(self) -> str:
        return f"Response({self.status}, <{len(self.body)} bytes>)"

    def require_fresh(self, what: str) -> None:
        """Raise `UnexpectedResponse` if *what*, which echoes nothing, could answer an earlier request."""
        if not self.fresh:
            raise UnexpectedResponse(
                f"{what} echoes nothing, on a connection that carried earlier requests; "
                "keep_alive = false gives every request of the account a connection of its own"
            )
