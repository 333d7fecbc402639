"""Opens the guards of a configuration: what they remember is in the outbox's database, if there is one."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from smsway._rules import Mode
from smsway.model import ConfigError, ConversionDropped, GuardTriggered, Problem

if TYPE_CHECKING:
    from smsway.config import Configuration
    from smsway.guards import Conversion, Guards, GuardStore, OptOuts


def open_guards(
    configuration: Configuration, now: Callable[[], float], tell: Callable[[GuardTriggered | ConversionDropped], None]
) -> Guards | None:
    """Open the guards that are on; `None` if none is.

    Raises `ConfigError` and `OutboxError` as the outbox does, and `GuardError` if they were kept under another key.
    """
    rules = configuration.guards
    if not rules:
        return None
    from smsway.guards import Guards, MemoryGuards  # noqa: PLC0415  # most have no guards

    store = open_memory(configuration) if rules.remember else MemoryGuards()
    try:
        return Guards(rules, store, now, tell, configuration.region)
    except BaseException:
        store.close()
        raise


def open_memory(configuration: Configuration) -> GuardStore:
    """Open what the guards remember; raises `ConfigError` if the extra is missing that its database needs."""
    from smsway.guards import MemoryGuards  # noqa: PLC0415  # as above

    settings = configuration.outbox
    if settings.database is None and settings.unresolved is None:
        return MemoryGuards()
    try:
        from smsway.guards._sql import SqlGuards  # noqa: PLC0415  # the extra may be missing, and nobody else needs it
        from smsway.outbox import open_store  # noqa: PLC0415  # as above
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] not in {"sqlalchemy", "alembic"}:
            raise
        words = f'is where the guards remember, which needs {error.name}; pip install "smsway[outbox]"'
        problem = Problem("outbox.database", words)
    else:
        return SqlGuards(open_store(configuration).database)
    raise ConfigError([problem])


def open_optouts(configuration: Configuration, region: str | None = None) -> OptOuts:
    """Open the list of opt-outs alone, whether its guard is on or not; raises as `open_guards`."""
    from smsway.guards import Aliases, OptOutRules, OptOuts  # noqa: PLC0415  # as above

    rules, store = configuration.guards, open_memory(configuration)
    try:
        aliases = Aliases(store.key(rules.key))
    except BaseException:
        store.close()
        raise
    listed = rules.optouts or OptOutRules(mode=Mode.BLOCK)
    return OptOuts(listed, store, aliases, time.time, region or configuration.region)


def listed(guards: Guards | None) -> OptOuts:
    """Return the list of opt-outs of *guards*; raises `ConfigError` if that guard is off."""
    if guards is None or guards.optouts is None:
        raise ConfigError(
            [Problem("guards.optouts", "is not set, so nobody is stopped; add the table [guards.optouts]")]
        )
    return guards.optouts


def counting(guards: Guards | None) -> Conversion:
    """Return what counts the codes that are used; raises `ConfigError` if that guard is off."""
    if guards is None or guards.conversion is None:
        raise ConfigError(
            [Problem("guards.conversion", "is not set, so no code is counted; add the table [guards.conversion]")]
        )
    return guards.conversion
