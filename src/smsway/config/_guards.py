"""The section `[guards]`: each guard is a table, and is on when its table is there."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, PositiveInt

from smsway._rules import LIMIT, SCOPES, WINDOW, Mode
from smsway.config._countries import Country, Destination
from smsway.config._section import Name, Prefix, Reference, Section, TimeOfDay
from smsway.model import Kind, parse_phone


def _phone(text: str) -> str:
    if not text.startswith("+"):
        raise ValueError("is not in E.164, such as +8613712345678")
    return parse_phone(text)


def _scope(scope: str) -> str:
    if scope not in SCOPES:
        raise ValueError(f"is none of {', '.join(SCOPES)}")
    return scope


PhoneText = Annotated[str, AfterValidator(_phone)]
LimitText = Annotated[str, Field(pattern=LIMIT)]
Limits = tuple[LimitText, ...]
Share = Annotated[float, Field(gt=0, le=1)]
Everywhere = frozenset[Destination]


class GuardSection(Section):
    """One guard."""

    mode: Mode = Mode.BLOCK


class NumbersSection(GuardSection):
    """Single numbers: those of `block` get nothing, those of `allow` pass the guards against fraud."""

    allow: frozenset[PhoneText] = frozenset()
    block: frozenset[PhoneText] = frozenset()


class DestinationsSection(GuardSection):
    """Which countries may be texted; prefixes decide before countries, the longest first."""

    kinds: frozenset[Kind] = frozenset({Kind.OTP})
    countries: Everywhere | None = Field(None, description="`*` for all; by default those that routes name.")
    allow: tuple[Prefix, ...] = ()
    block: tuple[Prefix, ...] = ()


class PhonesSection(GuardSection):
    """How many messages of a kind one phone may get, such as `5/10m`."""

    otp: Limits = ("1/30s", "5/10m", "10/d")
    notification: Limits = ()
    marketing: Limits = ()


class CallersSection(GuardSection):
    """How many messages of a kind one caller may ask for, see `Message.caller`."""

    otp: Limits = ("5/10m", "20/d")
    notification: Limits = ()
    marketing: Limits = ()


class CapsSection(GuardSection):
    """How many messages of `kinds` go out: in all, to a country, to numbers alike but for 4 digits, per account."""

    kinds: frozenset[Kind] = frozenset({Kind.OTP})
    total: Limits = ()
    countries: dict[Destination, Limits] = Field(default_factory=dict)
    ranges: Limits = ()
    accounts: dict[Name | Literal["*"], Limits] = Field(
        default_factory=dict, description="By account, whatever guards let pass; `*` for each of the others."
    )


class HoursSection(Section):
    """Hours by the recipient's clock, on the same day."""

    from_: TimeOfDay = Field(alias="from")
    to: TimeOfDay


class QuietHoursSection(GuardSection):
    """Marketing is sent by day; `countries` replaces the hours that smsway knows, `default` is for the others."""

    countries: dict[Country, HoursSection] = Field(default_factory=dict)
    default: HoursSection | None = None


class OptOutsSection(GuardSection):
    """A list of those who have opted out; a message that is one of the known words, or of `words`, adds to it."""

    scope: Annotated[str, AfterValidator(_scope)] = Field(
        Kind.MARKETING.value, description="What a message from a phone opts it out of: a kind, or `all`."
    )
    words: frozenset[str] = frozenset()


class ContentSection(GuardSection):
    """Rules for what params hold, and for how long a text is."""

    mode: Mode = Mode.MONITOR
    max_segments: PositiveInt | None = None


class PriceSection(GuardSection):
    """The most that a text to one recipient may cost, all segments together, in the currency of `prices`."""

    most: Annotated[float, Field(ge=0)]


class ConversionSection(GuardSection):
    """How many of the codes to a country are used, as `mark_verified` tells."""

    mode: Mode = Mode.MONITOR
    least: Share = 0.2
    per: Annotated[str, Field(pattern=WINDOW)] = "1h"
    from_: PositiveInt = Field(50, alias="from", description="So many codes it takes to tell.")
    countries: dict[Country, Share] = Field(default_factory=dict, description="`least` of single countries.")


class GuardsSection(Section):
    """Guards against fraud, and for those who are texted; each is on when its table is there."""

    key: Reference | None = Field(
        None, description="The key under which phones and callers are remembered, by reference."
    )
    numbers: NumbersSection | None = None
    destinations: DestinationsSection | None = None
    phones: PhonesSection | None = None
    callers: CallersSection | None = None
    caps: CapsSection | None = None
    quiet_hours: QuietHoursSection | None = None
    optouts: OptOutsSection | None = None
    content: ContentSection | None = None
    conversion: ConversionSection | None = None
    price: PriceSection | None = None
