"""Routes: which recipients they match, and which accounts they name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from enum import StrEnum
from hashlib import blake2b
from zoneinfo import ZoneInfo

from smsway.model import Phone


class OnUnknown(StrEnum):
    """What to do with a recipient that may have been texted."""

    HOLD = "hold"
    """Report it, never send again."""
    VERIFY = "verify"
    """Ask the provider before moving on; where it cannot be asked, as hold."""
    RESEND = "resend"
    """Send once more, through another account."""


@dataclass(frozen=True, slots=True)
class TimeWindow:
    """The hours from *start* to *end* (over midnight if *end* is earlier) on *days* (0 is Monday) in *zone*."""

    start: time
    end: time
    zone: ZoneInfo
    days: frozenset[int] = frozenset(range(7))

    def contains(self, now: float) -> bool:
        """True if *now* (seconds since the epoch, UTC) lies in the window.

        A window over midnight belongs to its first day.
        """
        local = datetime.fromtimestamp(now, self.zone)
        clock = local.time().replace(tzinfo=None)
        if self.start <= self.end:
            return local.weekday() in self.days and self.start <= clock < self.end
        if clock >= self.start:
            return local.weekday() in self.days
        return clock < self.end and (local.weekday() - 1) % 7 in self.days


def share_of(phone: str, reference: str | None, salt: str) -> float:
    """Return a number in [0, 1) that is the same for the same recipient, message reference and *salt*.

    So a dry run and the sending that follows it agree, and a new message to the same phone may go another way.
    """
    # A checksum would not do: those of one phone under two salts differ by a constant, and shares would correlate.
    digest = blake2b(f"{salt}\0{phone}\0{reference or ''}".encode(), digest_size=6).digest()
    return int.from_bytes(digest, "big") / 2**48


@dataclass(frozen=True, slots=True)
class Subject:
    """What the rules look at: one recipient of one message."""

    phone: Phone
    country: str
    kind: str
    template: str | None
    tags: frozenset[str]
    reference: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """The conditions of a route; an empty one does not restrict, and all must hold.

    *share* is the part of the recipients, between 0 and 1, that the route takes of those that match otherwise.
    """

    countries: frozenset[str] = frozenset()
    not_countries: frozenset[str] = frozenset()
    prefixes: tuple[str, ...] = ()
    kinds: frozenset[str] = frozenset()
    templates: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    time: TimeWindow | None = None
    share: float | None = None

    def misses(self, subject: Subject, now: float, salt: str) -> str | None:
        """Return the first condition that does not hold, in words, or `None` if all do."""
        lasting = self.rules_out(subject)
        if lasting is not None:
            return lasting
        if not self.is_open(now):
            return "time"
        if not self.takes(subject.phone, subject.reference, salt):
            return f"share {self.share:g}"
        return None

    def rules_out(self, subject: Subject) -> str | None:
        """Return the first condition that does not hold of those that depend on neither the time nor the share."""
        country = subject.country
        if (self.countries and country not in self.countries) or country in self.not_countries:
            return f"country {country}"
        if self.prefixes and not subject.phone.startswith(self.prefixes):
            return "prefix"
        if self.kinds and subject.kind not in self.kinds:
            return f"kind {subject.kind}"
        if self.templates and subject.template not in self.templates:
            return f"template {subject.template}"
        if not self.tags <= subject.tags:
            return f"tags lack {', '.join(sorted(self.tags - subject.tags))}"
        return None

    @property
    def lasts(self) -> bool:
        """True if it holds for good for whom `rules_out` does not."""
        return self.time is None and self.share is None

    def is_open(self, now: float) -> bool:
        """True if it is the route's time at *now*, in seconds since the epoch (UTC)."""
        return self.time is None or self.time.contains(now)

    def takes(self, phone: str, reference: str | None, salt: str) -> bool:
        """True if this recipient is of the route's share."""
        return self.share is None or share_of(phone, reference, salt) < self.share


@dataclass(frozen=True, slots=True)
class Route:
    """A rule and the accounts that may carry what it matches, in the order of preference."""

    name: str
    accounts: tuple[str, ...]
    when: When = field(default_factory=When)
    strategy: str = "priority"
    weights: Mapping[str, float] = field(default_factory=dict)
    on_unknown: OnUnknown = OnUnknown.HOLD
