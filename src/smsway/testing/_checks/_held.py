"""What a provider still holds of an exchange after it is over."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Collection, Iterator, Mapping
from inspect import isclass, ismodule, isroutine

from smsway.model import Batch, Filled, Inbound, Outcome, Parcel, Report, Request, Response

_OF_AN_EXCHANGE = (Batch, Parcel, Filled, Request, Response, Outcome, Report, Inbound)


def held(provider: object, package: str, private: Collection[str]) -> str | None:
    """Return where *provider*, its class, or a module of *package* holds a part of an exchange, or *private* text."""
    seen: set[int] = set()
    return next((where for where, value in _places(provider, package) if _holds(value, package, private, seen)), None)


def _places(provider: object, package: str) -> Iterator[tuple[str, object]]:
    """Yield what outlives an exchange, by its name."""
    made = type(provider).__name__
    for name, value in _members(provider):
        yield f"attribute {name} of the provider", value
    for name, value in vars(type(provider)).items():
        yield f"{made}.{name}", value
    for module in [each for each in sys.modules if package and f"{each}.".startswith(f"{package}.")]:
        for name, value in vars(sys.modules[module]).items():
            yield f"{module}.{name}", value


def _members(value: object) -> Iterator[tuple[str, object]]:
    yield from getattr(value, "__dict__", {}).items()
    for made in type(value).__mro__:
        slots = made.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if hasattr(value, name):
                yield name, getattr(value, name)


def _holds(value: object, package: str, private: Collection[str], seen: set[int]) -> bool:
    if id(value) in seen or isclass(value) or ismodule(value) or isroutine(value):
        return False
    seen.add(id(value))
    if isinstance(value, _OF_AN_EXCHANGE):
        return True
    if isinstance(value, str | bytes | bytearray):
        text = value if isinstance(value, str) else bytes(value).decode("latin-1")
        return any(each in text for each in private)
    if isinstance(value, Mapping):
        members = [*value.keys(), *value.values()]
    elif isinstance(value, list | tuple | set | frozenset | deque):
        members = list(value)
    else:
        # What belongs to a library is none of the provider's tables, and may be large.
        members = [member for _, member in _members(value)] if _is_of(value, package) else []
    return any(_holds(member, package, private, seen) for member in members)


def _is_of(value: object, package: str) -> bool:
    return package != "" and f"{type(value).__module__}.".startswith(f"{package}.")
