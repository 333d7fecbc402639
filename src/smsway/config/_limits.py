"""The section `[limits]`: where the requests per second are counted that several processes share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import NoReturn
from urllib.parse import urlsplit

from pydantic import Field, PositiveInt, SecretStr

from smsway.config._section import Reference, Section
from smsway.model import Problem

SCHEMES = ("redis", "rediss", "unix")


class LimitsSection(Section):
    """Where the requests per second of the accounts are counted."""

    store: Reference | None = Field(
        None, description="redis://HOST:PORT/DB, or a reference to such a URL; without it each process counts alone."
    )
    processes: PositiveInt = Field(1, description="How many share the limits; each keeps to its part without a store.")


@dataclass(frozen=True, slots=True)
class LimitsSettings:
    """The URL of the Redis server that counts, `None` if each process counts for itself, and how many there are."""

    store: SecretStr | None = None
    processes: int = 1

    def __reduce__(self) -> NoReturn:
        raise TypeError("the settings of limits may hold a password and are not pickled")


def limits_settings(section: LimitsSection, resolve: Callable[[str], str], problems: list[Problem]) -> LimitsSettings:
    """Return the settings of *section*; adds to *problems*. *resolve* returns a secret for its reference."""
    if section.store is None:
        return LimitsSettings(None, section.processes)
    url = section.store
    if url.partition(":")[0] not in SCHEMES:
        try:
            url = resolve(url)
        except ValueError as error:
            problems.append(Problem("limits.store", str(error)))
            return LimitsSettings(None, section.processes)
    elif _password(url):
        problems.append(Problem("limits.store", "holds a password, so it is given by reference: env:NAME or file:PATH"))
    what = _unfit(url)
    if what is not None:
        problems.append(Problem("limits.store", what))
    return LimitsSettings(SecretStr(url), section.processes)


def _password(url: str) -> bool:
    return "@" in url or "password=" in url


def _unfit(url: str) -> str | None:
    """Return why *url* is no Redis server that can be asked, without quoting it, or `None`."""
    try:
        parts = urlsplit(url)
        fits = parts.scheme in SCHEMES and (parts.scheme == "unix" or (parts.hostname and parts.port != 0))
    except ValueError:
        fits = False
    if not fits:
        return "is not the URL of a Redis server, such as redis://127.0.0.1:6379/0"
    if find_spec("redis") is None:
        return "needs the library redis; pip install 'smsway[redis]'"
    return None
