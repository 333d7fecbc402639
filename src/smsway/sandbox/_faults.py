"""The table of faults: its name, what happens, and who does it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from smsway.sandbox import _strikes as strikes
from smsway.sandbox._strikes import Reshape, Settings, Strike


class Level(StrEnum):
    """What a fault strikes; of several faults of one level the one that was injected first strikes."""

    CONNECTION = "connection"
    """The connection, before any request is read."""
    RESULTS = "results"
    """The list of per-recipient results, before the answer is made of it."""
    REPLY = "reply"
    """The answer."""


@dataclass(frozen=True, slots=True)
class FaultKind:
    """A row of the table.

    *takes* names the `Settings` that can be turned and *settings* how they stand. *least* is the number of results
    that the fault needs to have any effect.
    """

    name: str
    line: str
    strike: Strike | None = None
    reshape: Reshape | None = None
    takes: tuple[str, ...] = ()
    settings: Settings = field(default_factory=Settings)
    least: int = 0

    @property
    def level(self) -> Level:
        """What it strikes."""
        if self.strike is not None:
            return Level.REPLY
        return Level.CONNECTION if self.reshape is None else Level.RESULTS


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault as it strikes one request."""

    kind: FaultKind
    settings: Settings

    @classmethod
    def of(cls, name: str) -> Fault:
        """Return the fault called *name* with its settings as they stand."""
        kind = FAULTS[name]
        return cls(kind, kind.settings)


_NOT = Settings(processed=False)
_HTTP = ("processed",)
_HTTP_LATER = ("processed", "retry_after")

_ROWS = (
    FaultKind("refuse", "The port does not listen: the operating system refuses every connection.", settings=_NOT),
    FaultKind("reset", "The connection is accepted and reset (RST) at once.", settings=_NOT),
    FaultKind(
        "drop_before", "The request is read, and the connection closed without a byte.", strikes.close, settings=_NOT
    ),
    FaultKind("drop_after", "The request is processed, and the connection closed without a byte.", strikes.close),
    FaultKind("hang", "The answer never comes.", strikes.hang),
    FaultKind("slow", "The answer comes after `delay` seconds [2].", strikes.slow, takes=("delay",)),
    FaultKind(
        "drip",
        "After the headers comes one byte every `interval` seconds [1], without end.",
        strikes.drip,
        takes=("interval",),
    ),
    FaultKind("http_500", "An error page with status 500.", strikes.error_page(500, "Error"), takes=_HTTP),
    FaultKind("http_502", "An error page with status 502.", strikes.error_page(502, "Bad Gateway"), takes=_HTTP),
    FaultKind(
        "http_503",
        "An error page with status 503, and `Retry-After` if `retry_after` (seconds) is given.",
        strikes.error_page(503, "Unavailable"),
        takes=_HTTP_LATER,
    ),
    FaultKind(
        "http_429",
        "An error page with status 429, and `Retry-After` if `retry_after` (seconds) is given.",
        strikes.error_page(429, "Too Many Requests"),
        takes=_HTTP_LATER,
        settings=_NOT,
    ),
    FaultKind("html", "A web page with status 200.", strikes.html),
    FaultKind("empty", "Status 200 with an empty body.", strikes.empty),
    FaultKind("truncated", "The length of the whole body, half of the body, and the end.", strikes.truncated),
    FaultKind("garbled", "A body that is neither JSON nor UTF-8.", strikes.garbled),
    FaultKind("missing", "The first recipient's result is left out.", reshape=strikes.missing, least=1),
    FaultKind("reordered", "The results are in reverse order.", reshape=strikes.reordered, least=2),
    FaultKind("duplicated", "The first recipient's result comes twice.", reshape=strikes.duplicated, least=1),
    FaultKind(
        "surplus", "There is a result for a phone that was not in the request.", reshape=strikes.surplus, least=1
    ),
    FaultKind("two_responses", "The response is written twice on one connection.", strikes.two_responses),
    FaultKind("wrong_length", "Half of the length is announced, and the whole body sent.", strikes.wrong_length),
    FaultKind(
        "redirect",
        "A redirect to the same address, with `status` 302 or 307 [307].",
        strikes.redirect,
        takes=("status",),
        settings=_NOT,
    ),
)

FAULTS: Mapping[str, FaultKind] = MappingProxyType({kind.name: kind for kind in _ROWS})
"""Every fault by its name."""
