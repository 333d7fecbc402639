"""Makes the ASGI application of a client."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

from starlette.applications import Starlette
from starlette.routing import Route

from smsway.config import Configuration
from smsway.model import ConfigError, Problem
from smsway.provider import TakesCallbacks
from smsway.tracking import Tracker
from smsway.webhooks._doors import Door, Doors, make_door
from smsway.webhooks._intake import Intake
from smsway.webhooks._masking import mask
from smsway.webhooks._reception import Reception


class Holder(Protocol):
    """What has a configuration and a store: a `Client` or an `AsyncClient`."""

    @property
    def configuration(self) -> Configuration:
        """The accounts, and who may post for them."""
        ...

    @property
    def tracker(self) -> Tracker | None:
        """The store."""
        ...


def app(client: Holder) -> Starlette:
    """Make the ASGI application that takes what the vendors post to `/{account}/{secret}`, or say there by GET.

    Each callback is written to the store, then answered in the vendor's own shape, and then processed: matched, and
    told to observers. It can be mounted in any ASGI application, under any prefix, and works without its host running
    its lifespan; with it, all that waits is processed at shutdown, and what an earlier process left at startup.
    The client stays the caller's to close, after the application has ended.

    Raises `ConfigError` if no account takes callbacks, if a provider cannot, if there is no store, or if this process
    cannot resolve a secret or a password of theirs.
    """
    configuration = client.configuration
    problems = [*configuration.webhooks.unresolved]
    doors = _doors(configuration, problems)
    tracker = client.tracker
    if configuration.reports.store is None or tracker is None:
        problems.append(Problem("reports.store", "is required for webhooks: an SQLite file, or 'memory'"))
    if problems or tracker is None:
        raise ConfigError(problems)
    mask(secret.get_secret_value() for door in doors.values() for secret in door.settings.secrets)
    intake = Intake(tracker)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        looking = asyncio.create_task(intake.keep_looking())
        try:
            yield
        finally:
            looking.cancel()
            await asyncio.to_thread(intake.close)

    reception = Reception(Doors(doors), configuration.webhooks, intake)
    route = Route("/{account}/{secret}", reception)
    # Some vendors say all in the query of a GET. HEAD, which Starlette would add, is nobody's callback.
    route.methods = {"GET", "POST"}
    made = Starlette(routes=[route], lifespan=lifespan)
    # A redirect would repeat the secret in its answer.
    made.router.redirect_slashes = False
    return made


def _doors(configuration: Configuration, problems: list[Problem]) -> dict[str, Door]:
    """Make a door for each account that takes callbacks; adds to *problems*."""
    doors: dict[str, Door] = {}
    if not configuration.webhooks.accounts and not configuration.webhooks.unresolved:
        problems.append(Problem("webhooks.accounts", "names no account, so nothing could be posted to us"))
    for name, settings in configuration.webhooks.accounts.items():
        account = configuration.accounts[name]
        if isinstance(account.provider, TakesCallbacks):
            doors[name] = make_door(name, account.provider, settings)
            continue
        able = [each.name for each in configuration.accounts.values() if isinstance(each.provider, TakesCallbacks)]
        what = account.broken or f"provider {account.provider_name!r} takes no callbacks"
        way = f"; accounts that do: {', '.join(able)}" if able else ""
        problems.append(Problem(f"webhooks.accounts.{name}", f"{what}{way}"))
    return doors
