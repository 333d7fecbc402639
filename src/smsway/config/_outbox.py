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
    broker: str | None = Field(
        None, description="RabbitMQ's `amqp://...`, or a reference to it, for workers of Celery and `smsway relay`."
    )
    lifetimes: LifetimesSection = LifetimesSection.model_construct()
    lease: Annotated[float, Field(ge=1, le=600)] = Field(
        30.0, description="Seconds after which a worker that was not heard of is taken for dead."
    )
    poll: Annotated[float, Field(gt=0, le=60)] = Field(0.5, description="Seconds between two looks at an empty outbox.")
    keep_days: Annotated[PositiveInt, Field(le=3650)] = Field(30, description="After so many days it is forgotten.")


@dataclass(frozen=True, slots=True)
class OutboxSettings:
    """Where messages wait: the *database* as SQLAlchemy's URL, which may hold a password.

    It is `None` if none is configured, or if its reference leads nowhere here, which *unresolved* tells; so it is with
    the address of the *broker*, and *brokerless*. *lifetimes* are in seconds by kind; *lease* and *poll* are seconds as
    well.
    """

    database: SecretStr | None = None
    unresolved: Problem | None = None
    broker: SecretStr | None = None
    brokerless: Problem | None = None
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
                self,
                database=None,
                unresolved=Problem(path_of("outbox", "database"), "has no place apart for a sandbox; use SQLite"),
            )
        return replace(self, database=SecretStr(f"{url}{suffix}"))


def outbox_settings(
    section: OutboxSection, folder: Path, resolve: Callable[[str], str], problems: list[Problem]
) -> OutboxSettings:
    """Return the settings of *section*; adds to *problems*. A relative file lies in *folder*.

    *resolve* returns a secret for its reference, or raises `Unfit` or `ValueError`, the latter being no problem for
    whoever needs no outbox.
    """
    database, unresolved = _address("database", section.database, folder, resolve, problems)
    broker, brokerless = _address("broker", section.broker, folder, resolve, problems)
    return OutboxSettings(
        database,
        unresolved,
        broker,
        brokerless,
        {kind: getattr(section.lifetimes, kind.value) for kind in Kind},
        section.lease,
        section.poll,
        section.keep_days,
    )


def _address(
    name: str, url: str | None, folder: Path, resolve: Callable[[str], str], problems: list[Problem]
) -> tuple[SecretStr | None, Problem | None]:
    """Return the URL that is given as such or by reference, and what is wrong with it for whoever needs it."""
    where = path_of("outbox", name)
    if url is None:
        return None, None
    if url.startswith(_SQLITE):
        return SecretStr(f"{_SQLITE}{folder / url.removeprefix(_SQLITE)}"), None
    if "://" in url:
        if "@" in url and ":" in url.partition("://")[2].rpartition("@")[0]:
            problems.append(Problem(where, "holds a password, so it is given by reference, such as env:NAME"))
        return SecretStr(url), None
    try:
        return SecretStr(resolve(url)), None
    except Unfit:
        problems.append(Problem(where, "is neither a URL nor a reference such as env:NAME"))
        return None, None
    except ValueError as error:
        return None, Problem(where, str(error))
