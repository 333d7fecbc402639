"""Pulls: the vendors give what waits once, so it is written down before it is read, and kept until it is stored."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any

from smsway.calls._calls import METHODS, NO_STORE, Calls, ids_of
from smsway.delivery import Flow, keep
from smsway.model import (
    CallFailed,
    InboundReceived,
    InvalidCall,
    Reason,
    ReportReceived,
    Response,
    SmswayError,
    UnsupportedFeature,
)
from smsway.provider import Exchange
from smsway.tracking import Pull, StoreError, Tracker

log = logging.getLogger("smsway")

_KINDS: Mapping[str, type[Any]] = {"pull_reports": ReportReceived, "pull_inbound": InboundReceived}

_ROUNDS = 100
"""So many times in a row a pull may bring only what is known already."""

TURN = 60.0
"""So many seconds it is the turn of whoever pulls, or longer if he says that he will be back. A pull that takes longer,
or whose process died, may be overtaken by another's; nothing is lost by that."""

_UNREAD = frozenset({Reason.UNEXPECTED_RESPONSE, Reason.INTERNAL, Reason.NO_ANSWER, Reason.UNREACHABLE})
"""Why a call may fail although the vendor gave something: what it gave cannot be read, or the rest does not come."""


@dataclass(slots=True, eq=False, repr=False)
class Pulls:
    """The pulls of one client.

    What came to light and was not returned yet, such as messages that a pull of reports found kept, is returned by the
    next pull of its kind; what could not be written yet is tried again by the next pull.
    """

    calls: Calls
    # Several threads or tasks may pull at once.
    _lock: Lock = field(default_factory=Lock)
    _untaken: list[ReportReceived | InboundReceived] = field(default_factory=list)
    _held: dict[int | None, Pull] = field(default_factory=dict)
    _unreadable: set[int | None] = field(default_factory=set)
    _elsewhere: set[tuple[str, str]] = field(default_factory=set)

    def pull_reports(
        self, names: Iterable[str] | str | None, limit: int | None = None, every: float | None = None
    ) -> Flow[list[ReportReceived]]:
        """Take reports off the vendors' queues, store, match and tell them."""
        events: list[Any] = yield from self._pull("pull_reports", "most_reports", names, limit, every)
        return events

    def pull_inbound(
        self, names: Iterable[str] | str | None, limit: int | None = None, every: float | None = None
    ) -> Flow[list[InboundReceived]]:
        """Take messages from phones off the vendors' queues, store and tell them."""
        events: list[Any] = yield from self._pull("pull_inbound", "most_inbound", names, limit, every)
        return events

    def standing_by(self, method: str) -> frozenset[str]:
        """Return the accounts of which it was another process's turn when they were last to be pulled from."""
        with self._lock:
            return frozenset(name for name, call in self._elsewhere if call == method)

    def _pull(
        self, method: str, most: str, names: Iterable[str] | str | None, limit: int | None, every: float | None
    ) -> Flow[list[ReportReceived | InboundReceived]]:
        if self.calls.configuration.reports.store is None:
            raise UnsupportedFeature(NO_STORE.format("a pull takes what it gets off the vendor's queue for good"))
        names = self.calls.able(method) if names is None else ids_of("account", names)
        if not names:
            raise UnsupportedFeature(f"no account can: {METHODS[method]}")
        if limit is not None and (not isinstance(limit, int) or isinstance(limit, bool)):
            raise InvalidCall(f"limit: {limit!r} is no number of items")
        after = _turn_after(every)
        providers = {name: self.calls.provider(name, method) for name in names}
        yield from self.recover()
        failures: list[SmswayError] = []
        for name, provider in providers.items():
            try:
                if not (yield from self._take_turn(name, method, TURN)):
                    continue
                yield from self._empty(name, method, getattr(provider, most) if limit is None else limit)
            except SmswayError as error:
                # The queue of one vendor does not wait for the trouble of another.
                failures.append(error)
            yield from self._end_turn(name, method, after)
        if failures:
            raise failures[0]
        return self._taken(_KINDS[method])

    def _take_turn(self, name: str, method: str, seconds: float) -> Flow[bool]:
        """Have the turn for *seconds* from now on; False if another process has it."""
        tracker = self.calls.store("what is pulled is stored")
        mine = yield from keep(lambda: tracker.take_turn(name, method, seconds))
        with self._lock:
            (self._elsewhere.discard if mine else self._elsewhere.add)((name, method))
        return mine

    def _end_turn(self, name: str, method: str, after: float) -> Flow[None]:
        try:
            yield from self._take_turn(name, method, after)
        except StoreError:
            log.warning("nobody else can pull from account %s for the next %g seconds", name, TURN)

    def _add(self, events: Iterable[ReportReceived | InboundReceived]) -> None:
        with self._lock:
            self._untaken.extend(events)

    def _taken(self, kind: type[Any]) -> list[ReportReceived | InboundReceived]:
        with self._lock:
            taken = [each for each in self._untaken if isinstance(each, kind)]
            self._untaken = [each for each in self._untaken if not isinstance(each, kind)]
        return taken

    def _empty(self, name: str, method: str, limit: int) -> Flow[None]:
        """Pull until something new comes, or nothing: the vendor's queue may hold what is known already."""
        for _ in range(_ROUNDS):
            items, events = yield from self._drain(name, method, limit)
            self._add(events)
            if events or not items:
                return

    def _drain(self, name: str, method: str, limit: int) -> Flow[tuple[Sequence[Any], list[Any]]]:
        """Carry out one pull: what the vendor answers is written down before it is read."""
        tracker = self.calls.store("what is pulled is stored")
        # Written before anything is asked: a store that cannot be written must not cost what the vendor gives once.
        pull = yield from keep(lambda: tracker.keep(Pull(name, method, self.calls.caller.stamp(), limit)))
        exchange: Exchange[Sequence[Any]] = getattr(self.calls.provider(name, method), method)(limit, pull.stamp)

        unwritten = False

        def answered(response: Response) -> Flow[None]:
            nonlocal pull, unwritten
            pull, unwritten = replace(pull, answers=(*pull.answers, response)), True
            try:
                yield from keep(lambda: tracker.keep(pull))
                unwritten = False
            except SmswayError as error:
                # It is here, so it can still be read; whatever fails after this, it is tried again.
                log.error("what account %s gave is not written down yet: %s", name, error)  # noqa: TRY400  # its frames hold reports

        try:
            items: Sequence[Any] = yield from self.calls.caller.call(
                self.calls.account(name), method, exchange, answered
            )
            events = yield from self.calls.take(name, items, pull)
            unwritten = False
        except CallFailed as failure:
            if len(pull.answers) > 1 or (pull.answers and failure.reason in _UNREAD):
                raise failure.with_detail("the answer is kept in the store") from None
            # Nothing came, or a refusal.
            unwritten = False
            yield from self._forget(tracker, pull)
            raise
        except StoreError:
            unwritten = bool(pull.answers)
            raise
        finally:
            if unwritten:
                self._held[pull.number] = pull
            tracker.release(pull)
        return items, events

    @staticmethod
    def _forget(tracker: Tracker, pull: Pull) -> Flow[None]:
        try:
            yield from keep(lambda: tracker.receive((), pull))
        except StoreError:
            log.warning("an empty pull of account %s stays in the store", pull.account)

    def recover(self) -> Flow[None]:
        """Read what was pulled and never read, and tell what was stored and never told, by whatever process."""
        if self.calls.tracker is None:
            return
        tracker = self.calls.tracker
        self._add((yield from keep(lambda: tracker.process(tracker.unprocessed()))))
        kept = yield from keep(tracker.kept)
        # What could not be written down is more of the same pull than what is kept of it.
        for pull in ({each.number: each for each in kept} | self._held).values():
            if pull.number not in self._held and not (yield from self._take_turn(pull.account, pull.call, TURN)):
                # Whoever has the turn is at it, or has just died.
                continue
            items = self._replayed(pull)
            if items is None:
                continue
            try:
                self._add((yield from self.calls.take(pull.account, items, pull)))
                self._held.pop(pull.number, None)
            except Exception as error:  # noqa: BLE001  # one that cannot be taken must not keep the others
                log.error("a kept answer of account %s cannot be stored: %s", pull.account, type(error).__name__)  # noqa: TRY400  # as above

    def _replayed(self, pull: Pull) -> Sequence[Any] | None:
        """Return what the kept answers of *pull* say; `None` if that is not known, or not yet."""
        if not pull.answers or pull.number in self._unreadable:
            return None
        try:
            provider = self.calls.provider(pull.account, pull.call)
            exchange: Exchange[Sequence[Any]] = getattr(provider, pull.call)(pull.limit, pull.stamp)
            try:
                next(exchange)
                for answer in pull.answers:
                    exchange.send(answer)
            except StopIteration as stop:
                items: Sequence[Any] = stop.value
                return items
            finally:
                exchange.close()
        except Exception as error:  # noqa: BLE001  # what cannot be read stays as it is, for a person to look at
            kind = type(error).__name__
            log.error("a kept answer to %s of account %s cannot be read: %s", pull.call, pull.account, kind)  # noqa: TRY400  # a traceback holds reports
        else:
            # It wants more answers than came. Its process may be waiting for them, or have died.
            log.warning("a kept pull of account %s was never finished", pull.account)
        self._unreadable.add(pull.number)
        return None


def _turn_after(every: float | None) -> float:
    """Return for how many seconds more it is the turn of who has pulled, and will again in *every* seconds."""
    if every is None:
        return 0.0
    if isinstance(every, bool) or not isinstance(every, (int, float)) or not 0 < every < math.inf:
        raise InvalidCall(f"every: {every!r} is no number of seconds")
    return every + TURN
