"""What the guards are told, from the section `[guards]`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import time
from typing import TypeVar

from smsway._rules import Mode, Rules
from smsway.config._guards import (
    CallersSection,
    CapsSection,
    ConversionSection,
    DestinationsSection,
    GuardSection,
    GuardsSection,
    Limits,
    NumbersSection,
    OptOutsSection,
    PhonesSection,
    QuietHoursSection,
)
from smsway.config._problems import missing_names, path_of
from smsway.guards import ELSEWHERE as CAUTIOUS
from smsway.guards import (
    STANDARD,
    Caps,
    ContentRules,
    ConversionRules,
    Destinations,
    Hours,
    Limit,
    Numbers,
    OptOutRules,
    Pace,
    PriceRules,
    QuietHours,
    folded,
)
from smsway.model import Kind, Problem
from smsway.routing import Route

SHORTEST_KEY = 16
"""Characters that a key has at least."""

T = TypeVar("T", bound=GuardSection)


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
