"""The requests per second of accounts, shared by all workers of one database."""

from __future__ import annotations

import json

from pyrate_limiter import AbstractClock, Rate, StateStore
from pyrate_limiter.abstracts.algorithm import Decision, State, StateAlgorithm
from sqlalchemy import Connection, select, text, update

from smsway.outbox._database import Database
from smsway.outbox._tables import rates as table

_T = table.c


class _DatabaseClock(AbstractClock):
    """The database's clock, in milliseconds: those of several machines differ."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def now(self) -> int:
        seconds = self._database.read(lambda connection: connection.scalar(select(self._database.now())))
        return int((seconds or 0.0) * 1000)


class SqlRateStore(StateStore):
    """The state of the limit *name* in a row of its own.

    What it says need not survive a failure of the power: then nobody has sent for longer than any limit reaches back.
    """

    is_async = False

    def __init__(self, database: Database, name: str) -> None:
        self.default_clock = _DatabaseClock(database)
        self._database = database
        self._name = name

    def check(self, algorithm: StateAlgorithm, rates: list[Rate], now: int, weight: int) -> Decision:
        """Take leave in one step; see `StateStore`."""
        return self._database.write(lambda connection: self._check(connection, algorithm, rates, now, weight))

    def _check(
        self, connection: Connection, algorithm: StateAlgorithm, rates: list[Rate], now: int, weight: int
    ) -> Decision:
        if self._database.is_postgres:
            connection.execute(text("set local synchronous_commit = off"))
        self._database.insert_new(connection, table, {"name": self._name, "state": ""})
        said = connection.scalar(select(_T.state).where(_T.name == self._name).with_for_update())
        state, decision = algorithm.step(rates, _state(said, algorithm, rates), now, weight)
        if decision.allowed:
            connection.execute(update(table).where(_T.name == self._name).values(state=json.dumps(state)))
        return decision

    def read(self, algorithm: StateAlgorithm, rates: list[Rate]) -> State:
        """Return the state as it is; see `StateStore`."""
        asked = select(_T.state).where(_T.name == self._name)
        return _state(self._database.read(lambda connection: connection.scalar(asked)), algorithm, rates)

    def reset(self) -> None:
        """Forget the state; see `StateStore`."""
        forgotten = update(table).where(_T.name == self._name).values(state="")
        self._database.write(lambda connection: connection.execute(forgotten))


def _state(said: str | None, algorithm: StateAlgorithm, rates: list[Rate]) -> State:
    state = tuple(json.loads(said)) if said else ()
    # Another process may know of other rates.
    return state if len(state) == len(rates) else algorithm.initial(rates)
