"""The outbox as an application meets it: messages are checked, written down, and sent by workers."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from smsway.config import Configuration, load
from smsway.model import ConfigError, InvalidMessage, Message, Problem
from smsway.outbox._database import PATIENCE, Database, open_database
from smsway.outbox._entries import Enqueued, Entry, State, Tracing, WorkerInfo
from smsway.outbox._letters import entry_of, new_id
from smsway.outbox._sql import SqlOutbox
from smsway.outbox._store import OutboxStore
from smsway.routing import Normalizer

DAY = 86_400.0
LONGEST_KEY = 255
_PRUNED = 200
"""So many messages are forgotten at once: nobody waits for long."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A message to enqueue, and on what terms; see `Outbox.enqueue`."""

    message: Message
    key: str | None = None
    not_before: float | datetime | None = None
    not_after: float | datetime | None = None


class Outbox:
    """Takes messages in. May be shared between threads, and taken along into forked processes.

    From asyncio, call it with `asyncio.to_thread`.
    """

    def __init__(self, configuration: Configuration, store: OutboxStore, now: Callable[[], float] = time.time) -> None:
        self.configuration = configuration
        self.store = store
        self._now = now
        self._normalize = Normalizer(
            configuration.catalogue, tuple(configuration.accounts), configuration.options, configuration.region
        )

    @classmethod
    def open(cls, source: str | Path | Mapping[str, Any] | Configuration) -> Self:
        """Open the outbox of a configuration, or of the file or mapping that it is read from.

        The tables are made in an SQLite file; anywhere else `smsway outbox migrate` makes them. Raises `ConfigError`
        for a configuration that names no outbox, and `OutboxError` if its database cannot be used.
        """
        configuration = source if isinstance(source, Configuration) else load(source)
        return cls(configuration, open_store(configuration))

    def check(self, message: Message) -> None:
        """Raise `InvalidMessage` if *message* could not be enqueued."""
        self._normalize(message)

    def enqueue(
        self,
        message: Message,
        *,
        key: str | None = None,
        not_before: float | datetime | None = None,
        not_after: float | datetime | None = None,
        connection: Any = None,
    ) -> Enqueued:
        """Write *message* down, durably: from now on each recipient will have exactly one result.

        *key* (at most 255 characters) is your own name for it: enqueued again, the same message is not sent again, and
        another one raises `IdempotencyConflict`. The times are aware datetimes or seconds since the epoch (UTC):
        nothing is sent before *not_before*, or after *not_after*, which is by default so many seconds later as the
        message's `within` or else `[outbox.lifetimes]` says. *connection* is one of SQLAlchemy to the same database:
        then the message is a part of its transaction, and is sent if that is committed. It must not be in autocommit.

        Raises `InvalidMessage` and `IdempotencyConflict`, and then nothing was enqueued. Raises `OutboxError` if the
        database fails: then roll your own transaction back; without one, that may have been in the moment of the
        commit, so enqueue it again under the same *key*.
        """
        return self.enqueue_all([Draft(message, key, not_before, not_after)], connection=connection)[0]

    def enqueue_all(self, drafts: Iterable[Draft], *, connection: Any = None) -> list[Enqueued]:
        """Write many messages down, all of them or none; see `enqueue`."""
        now = self._now()
        return self.store.enqueue([self._entry(draft, now) for draft in drafts], connection)

    def _entry(self, draft: Draft, now: float) -> Entry:
        message = draft.message
        journeys = self._normalize(message)
        _check_key(draft.key)
        not_before = max(_seconds("not_before", draft.not_before, now), now)
        lifetime = message.within or self.configuration.outbox.lifetimes[message.kind]
        not_after = _seconds("not_after", draft.not_after, not_before + lifetime)
        if not_after <= not_before:
            raise InvalidMessage([Problem("not_after", "is over before the message may be sent; name a later time")])
        return entry_of(message, journeys, id_=new_id(now), key=draft.key, not_before=not_before, not_after=not_after)

    def find(self, id_: str | None = None, *, key: str | None = None) -> Tracing | None:
        """Return what is known of a message, by the id that `enqueue` returned or by your key; `None` if nothing is."""
        return self.store.find(message=id_, key=key)

    def cancel(self, id_: str) -> int:
        """Let nothing more of a message be sent; return how many recipients that was in time for."""
        return self.store.cancel(id_)

    def counts(self) -> Mapping[State, int]:
        """Return how many recipients are in each state."""
        return self.store.counts()

    def next_due(self) -> float | None:
        """Return in how many seconds the next recipient is due, 0 or less if one waits; `None` if none does."""
        return self.store.next_due()

    def workers(self) -> Sequence[WorkerInfo]:
        """Return the workers that live, the oldest first, with what each last said of its accounts."""
        return self.store.workers()

    def prune(self) -> int:
        """Forget the messages that are done and older than `keep_days`; return how many."""
        older = self.configuration.outbox.keep_days * DAY
        pruned = 0
        while some := self.store.prune(older, _PRUNED):
            pruned += some
        return pruned

    def close(self) -> None:
        """Close the connections to the database."""
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def migrate(configuration: Configuration) -> None:
    """Make the tables of *configuration*'s outbox, or bring them up to date; raises as `Outbox.open`."""
    database = database_of(configuration)
    try:
        database.migrate()
    finally:
        database.close()


def database_of(configuration: Configuration, patience: float = PATIENCE) -> Database:
    """Open the database of *configuration*, with *patience* as in `open_database`; raises as `Outbox.open`."""
    settings = configuration.outbox
    if settings.database is None:
        missing = Problem("outbox.database", "is not set; name a database, such as sqlite:///outbox.db")
        raise ConfigError([settings.unresolved or missing])
    return open_database(settings.database.get_secret_value(), patience=patience)


def open_store(configuration: Configuration) -> SqlOutbox:
    """Open the store of *configuration*; see `Outbox.open`."""
    database = database_of(configuration)
    try:
        database.prepare()
    except BaseException:
        database.close()
        raise
    return SqlOutbox(database)


def _check_key(key: str | None) -> None:
    if key is not None and not (isinstance(key, str) and 0 < len(key) <= LONGEST_KEY):
        raise InvalidMessage([Problem("key", f"is not a text of 1 to {LONGEST_KEY} characters")])


def _seconds(name: str, time_: float | datetime | None, default: float) -> float:
    if time_ is None:
        return default
    if isinstance(time_, datetime):
        if time_.tzinfo is None:
            raise InvalidMessage([Problem(name, "has no time zone; give an aware datetime, such as of timezone.utc")])
        return time_.timestamp()
    if isinstance(time_, bool) or not isinstance(time_, (int, float)) or not math.isfinite(time_):
        raise InvalidMessage([Problem(name, f"is of type {type(time_).__name__}; give a datetime or seconds")])
    return float(time_)
