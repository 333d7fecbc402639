"""The section `[outbox]`: the database in which messages wait, and for how long."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated

from pydantic import Field, PositiveFloat, PositiveInt, SecretStr

from smsway.config._problems import path_of
from smsway.config._secrets import Unfit
from smsway.config._section import Section
from smsway.model import Kind, Problem

_SQLITE = "sqlite:///"
_WHERE = path_of("outbox", "database")

Lifetime = Annotated[PositiveFloat, Field(le=30 * 86_400)]


class LifetimesSection(Section):
    """Seconds after which a message is sent no more, by kind, where it does not say so itself."""

    otp: Lifetime = 600.0
    notification: Lifetime = 86_400.0
    marketing: Lifetime = 86_400.0


class OutboxSection(Section):
    """Where messages wait until each recipient has its result, and who sends them."""

    database: str | None = Field(
        None, description="`sqlite:///FILE`, relative to this file, or `postgresql://...`, or a reference to either."
    )
    lifetimes: LifetimesSection = LifetimesSection()
    lease: Annotated[float, Field(ge=1, le=600)] = Field(
        30.0, description="Seconds after which a worker that was not heard of is taken for dead."
    )
    poll: Annotated[float, Field(gt=0, le=60)] = Field(0.5, description="Seconds between two looks at an empty outbox.")
    keep_days: Annotated[PositiveInt, Field(le=3650)] = Field(30, description="After so many days it is forgotten.")


@dataclass(frozen=True, slots=True)
class OutboxSettings:
    """Where messages wait: the *database* as SQLAlchemy's URL, which may hold a password.

    It is `None` if none is configured, or if its reference leads nowhere here, which *unresolved* tells. *lifetimes*
    are in seconds by kind; *lease* and *poll* are seconds as well.
    """

    database: SecretStr | None = None
    unresolved: Problem | None = None
    lifetimes: Mapping[Kind, float] = field(default_factory=dict)
    lease: float = 30.0
    poll: float = 0.5
    keep_days: int = 30

    def beside(self, suffix: str) -> OutboxSettings:
        """Return the settings of an outbox in another file, whose name ends in *suffix*; of a server there is none."""
        if self.database is None:
            return self
        url = self.database.get_secret_value()
        if not url.startswith(_SQLITE):
            return replace(
                self, database=None, unresolved=Problem(_WHERE, "has no place apart for a sandbox; use SQLite")
            )
        return replace(self, database=SecretStr(f"{url}{suffix}"))


def outbox_settings(
    section: OutboxSection, folder: Path, resolve: Callable[[str], str], problems: list[Problem]
) -> OutboxSettings:
    """Return the settings of *section*; adds to *problems*. A relative file lies in *folder*.

    *resolve* returns a secret for its reference, or raises `Unfit` or `ValueError`, the latter being no problem for
    whoever needs no outbox.
    """
    url, unresolved = section.database, None
    if url is not None and url.startswith(_SQLITE):
        url = f"{_SQLITE}{folder / url.removeprefix(_SQLITE)}"
    elif url is not None and "://" in url:
        if "@" in url and ":" in url.partition("://")[2].rpartition("@")[0]:
            problems.append(Problem(_WHERE, "holds a password, so it is given by reference, such as env:DATABASE_URL"))
    elif url is not None:
        try:
            url = resolve(url)
        except Unfit:
            problems.append(Problem(_WHERE, "is no URL such as sqlite:///FILE, and no reference such as env:NAME"))
        except ValueError as error:
            url, unresolved = None, Problem(_WHERE, str(error))
    return OutboxSettings(
        None if url is None else SecretStr(url),
        unresolved,
        {kind: getattr(section.lifetimes, kind.value) for kind in Kind},
        section.lease,
        section.poll,
        section.keep_days,
    )
