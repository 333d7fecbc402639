"""The section `[guards]`: each guard is a table, and is on when its table is there."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import time
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, Field, PositiveInt

from smsway.config._countries import Country, Destination
from smsway.config._problems import missing_names, path_of
from smsway.config._section import Name, Prefix, Reference, Section, TimeOfDay
from smsway.guards import ELSEWHERE as CAUTIOUS
from smsway.guards import (
    LIMIT,
    SCOPES,
    STANDARD,
    WINDOW,
    Caps,
    ContentRules,
    ConversionRules,
    Destinations,
    Hours,
    Limit,
    Mode,
    Numbers,
    OptOutRules,
    Pace,
    PriceRules,
    QuietHours,
    Rules,
    folded,
)
from smsway.model import Kind, Problem, parse_phone
from smsway.routing import Route

SHORTEST_KEY = 16
"""Characters that a key has at least."""


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


T = TypeVar("T", bound=GuardSection)


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


def guard_rules(
    section: GuardsSection,
    routes: Iterable[Route],
    accounts: Collection[str],
    resolve: Callable[[str], str],
    problems: list[Problem],
) -> Rules:
    """Return the rules of *section*; adds to *problems*. *resolve* returns a secret or raises `ValueError`."""
    problems += _problems(section)
    capped = {name for name in section.caps.accounts if name != "*"} if section.caps else set()
    problems += missing_names(sorted(capped), accounts, "guards", "caps", "accounts")
    content, price = _on(section.content), _on(section.price)
    return Rules(
        numbers=_numbers(_on(section.numbers)),
        destinations=_destinations(_on(section.destinations), routes),
        optouts=_optouts(_on(section.optouts)),
        quiet_hours=_quiet_hours(_on(section.quiet_hours)),
        content=None if content is None else ContentRules(mode=content.mode, max_segments=content.max_segments),
        price=None if price is None else PriceRules(mode=price.mode, most=price.most),
        phones=_pace("phones", _on(section.phones)),
        callers=_pace("callers", _on(section.callers)),
        caps=_caps(_on(section.caps)),
        conversion=_conversion(_on(section.conversion)),
        key=_key(section.key, resolve, problems),
    )


def _problems(section: GuardsSection) -> Iterable[Problem]:
    if section.numbers and section.numbers.allow & section.numbers.block:
        yield Problem(path_of("guards", "numbers"), "allows and blocks the same number")
    if section.destinations:
        for prefix in sorted({*section.destinations.allow} & {*section.destinations.block}):
            yield Problem(path_of("guards", "destinations"), f"allows and blocks {prefix}")
    quiet = section.quiet_hours
    for name, hours in ({**quiet.countries, "default": quiet.default} if quiet else {}).items():
        # Midnight may be the end of the day as well.
        if hours is not None and hours.from_ >= hours.to and (hours.to != time(0) or hours.from_ == time(0)):
            where = ("default",) if name == "default" else ("countries", name)
            words = f"ends at {hours.to:%H:%M}, before it begins at {hours.from_:%H:%M}; it lies within one day"
            yield Problem(path_of("guards", "quiet_hours", *where), words)


def _key(reference: str | None, resolve: Callable[[str], str], problems: list[Problem]) -> bytes | None:
    if reference is None:
        return None
    try:
        key = resolve(reference)
    except ValueError as error:
        problems.append(Problem(path_of("guards", "key"), str(error)))
        return None
    if len(key) < SHORTEST_KEY:
        problems.append(Problem(path_of("guards", "key"), f"is shorter than {SHORTEST_KEY} characters"))
    return key.encode()


def _on(section: T | None) -> T | None:
    """Return *section*, if it is there and not off."""
    return None if section is None or section.mode is Mode.OFF else section


def _numbers(section: NumbersSection | None) -> Numbers | None:
    return None if section is None else Numbers(mode=section.mode, allow=section.allow, block=section.block)


def _destinations(section: DestinationsSection | None, routes: Iterable[Route]) -> Destinations | None:
    if section is None:
        return None
    countries = section.countries
    if countries is None:
        # A route that takes what no other does would open the whole world again.
        named = [route.when.countries for route in routes if not route.when.kinds or route.when.kinds & section.kinds]
        countries = frozenset().union(*named) or frozenset({"*"})
    prefixes = {**dict.fromkeys(section.allow, True), **dict.fromkeys(section.block, False)}
    return Destinations(
        mode=section.mode,
        kinds=frozenset(section.kinds),
        countries=None if "*" in countries else countries,
        prefixes=prefixes,
    )


def _optouts(section: OptOutsSection | None) -> OptOutRules | None:
    if section is None:
        return None
    words = STANDARD | {word for each in section.words if (word := folded(each))}
    return OptOutRules(mode=section.mode, scope=section.scope, words=words)


def _quiet_hours(section: QuietHoursSection | None) -> QuietHours | None:
    if section is None:
        return None
    hours = {country: Hours(each.from_, each.to) for country, each in section.countries.items()}
    default = section.default
    elsewhere = Hours(default.from_, default.to) if default else CAUTIOUS
    return QuietHours(mode=section.mode, hours=hours, elsewhere=elsewhere)


def _pace(guard: str, section: PhonesSection | CallersSection | None) -> Pace | None:
    if section is None:
        return None
    limits = {kind.value: _limits(getattr(section, kind.value)) for kind in Kind}
    return Pace(guard=guard, mode=section.mode, limits=limits)


def _caps(section: CapsSection | None) -> Caps | None:
    if section is None:
        return None
    return Caps(
        mode=section.mode,
        kinds=frozenset(section.kinds),
        total=_limits(section.total),
        countries={name: _limits(limits) for name, limits in section.countries.items()},
        ranges=_limits(section.ranges),
        accounts={name: _limits(limits) for name, limits in section.accounts.items()},
    )


def _conversion(section: ConversionSection | None) -> ConversionRules | None:
    if section is None:
        return None
    return ConversionRules(
        mode=section.mode,
        least=section.least,
        window=Limit.of(f"{section.from_}/{section.per}"),
        countries=section.countries,
    )


def _limits(texts: Limits) -> tuple[Limit, ...]:
    return tuple(map(Limit.of, texts))
