"""What a provider can do, as data that the planner, the docs and the conformance kit all read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from smsway.model._segments import STANDARD, SegmentRule


class Sharing(StrEnum):
    """What the recipients of one request may differ in."""

    SAME = "same"
    """All get the same content."""
    TEMPLATE = "template"
    """All get the same template; each has its own params, signature and sender."""
    OWN = "own"
    """Each has its own template, params, signature and sender."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """The abilities and limits of a provider's sending call.

    *max_batch* recipients fit into one request. *countries* are the ISO 3166-1 alpha-2 codes it serves
    (`None`: all), less *not_countries*. Recipients of a country in *apart* never share a request with
    recipients of another country. *echo* says that an accepted answer repeats our reference, which
    proves whose answer it is, so that a connection may carry several requests. Texts to the countries in
    *needs_signature* and *needs_sender* (`*`: to all) cannot go out without a signature, or a sender id. *rate* is the
    documented limit in requests per second. *segments* are the billing rules by country, `*` for the rest.
    """

    max_batch: int = 1
    sharing: Sharing = Sharing.SAME
    text: bool = False
    template: bool = False
    countries: frozenset[str] | None = None
    not_countries: frozenset[str] = frozenset()
    apart: frozenset[str] = frozenset()
    echo: bool = False
    needs_signature: frozenset[str] = frozenset()
    needs_sender: frozenset[str] = frozenset()
    rate: float | None = None
    segments: Mapping[str, SegmentRule] = field(default_factory=lambda: MappingProxyType({"*": STANDARD}))

    def serves(self, country: str) -> bool:
        """True if recipients in *country* can be reached."""
        return country not in self.not_countries and (self.countries is None or country in self.countries)

    def lacks(self, country: str, *, signature: str, sender: str) -> str | None:
        """Return what a text to *country* must have and has not, `signature` or `sender`; `None` if it has all."""
        for what, given, countries in (
            ("signature", signature, self.needs_signature),
            ("sender", sender, self.needs_sender),
        ):
            if not given and not countries.isdisjoint({country, "*"}):
                return what
        return None

    def segment_rule(self, country: str) -> SegmentRule:
        """Return the billing rule for *country*."""
        return self.segments.get(country) or self.segments.get("*", STANDARD)
