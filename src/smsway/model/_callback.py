"""What a vendor posts to us, and what it wants to hear."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Callback:
    """A request of a vendor to us. Header names are in lower case, *query* is decoded.

    It was made by POST, or by GET; then all that the vendor says is in *query*, and *body* is empty. *url* is the whole
    address that the vendor called, which some vendors sign; it holds our secret. Behind a proxy it is what we see,
    unless `webhooks.public_url` says otherwise.
    """

    body: bytes
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    query: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    url: str = ""

    def __repr__(self) -> str:
        return f"Callback(<{len(self.body)} bytes>)"


@dataclass(frozen=True, slots=True)
class CallbackAnswer:
    """The answer that a vendor takes for a receipt."""

    body: bytes
    status: int = 200
    content_type: str = "application/json"
