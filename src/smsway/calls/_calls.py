"""The calls as flows, which both clients carry out."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeAlias, TypeVar

from smsway.config import Configuration
from smsway.delivery import Caller, Flow, keep
from smsway.model import (
    CallFailed,
    Inbound,
    InboundReceived,
    InvalidCall,
    Page,
    Report,
    ReportQuery,
    ReportReceived,
    Response,
    SmswayError,
    UnsupportedFeature,
    parse_phone,
)
from smsway.provider import FACETS, Exchange
from smsway.routing import Account, hint
from smsway.tracking import Pull, Tracker

log = logging.getLogger("smsway")

T = TypeVar("T")

Moment: TypeAlias = datetime | float
"""A point in time: a `datetime` with a zone, or seconds since the epoch (UTC)."""

_METHODS = {name: facet for facet, protocol in FACETS.items() for name in vars(protocol) if not name.startswith("_")}


@dataclass(slots=True, eq=False, repr=False)
class Calls:
    """Every call about the accounts of one client; *tracker* is `None` if nothing is tracked."""

    configuration: Configuration
    caller: Caller
    tracker: Tracker | None
    _recovered: bool = False

    def account(self, name: str) -> Account:
        """Return the account *name*; raises `InvalidCall` if there is none."""
        accounts = self.configuration.accounts
        if name not in accounts:
            raise InvalidCall(f"there is no account {name!r}{hint(name, accounts)}")
        return accounts[name]

    def able(self, method: str) -> list[str]:
        """Return the accounts whose provider has *method* of a facet."""
        protocol = FACETS[_METHODS[method]]
        return [name for name, each in self.configuration.accounts.items() if isinstance(each.provider, protocol)]

    def provider(self, name: str, method: str) -> Any:
        """Return the provider of account *name*, which has *method*; raises `UnsupportedFeature` if it does not."""
        account = self.account(name)
        if account.broken:
            raise UnsupportedFeature(f"account {name!r} cannot be used: {account.broken}")
        facet = _METHODS[method]
        if not isinstance(account.provider, FACETS[facet]):
            others = self.able(method)
            way = f"; {', '.join(others)} can" if others else ""
            raise UnsupportedFeature(f"account {name!r} (provider {account.provider_name}) cannot: {facet}{way}")
        return account.provider

    def ask(self, name: str, method: str, *given: object) -> Flow[Any]:
        """Make the call *method* of account *name* with the arguments *given* and a stamp."""
        exchange: Exchange[Any] = getattr(self.provider(name, method), method)(*given, self.caller.stamp())
        return self.caller.call(self.account(name), method, exchange)

    def about(self, name: str, method: str, *given: object) -> Flow[Any]:
        """Make the call *method* and put the account's name on what it returns."""
        found = yield from self.ask(name, method, *given)
        return _signed(found, name)

    def pull_reports(self, names: Iterable[str] | str | None, limit: int | None = None) -> Flow[list[ReportReceived]]:
        """Take reports off the vendors' queues, store, match and tell them."""
        events = yield from self._pull("pull_reports", "most_reports", names, limit)
        return [event for event in events if isinstance(event, ReportReceived)]

    def pull_inbound(self, names: Iterable[str] | str | None, limit: int | None = None) -> Flow[list[InboundReceived]]:
        """Take messages from phones off the vendors' queues, store and tell them."""
        events = yield from self._pull("pull_inbound", "most_inbound", names, limit)
        return [event for event in events if isinstance(event, InboundReceived)]

    def _pull(
        self, method: str, most: str, names: Iterable[str] | str | None, limit: int | None
    ) -> Flow[list[ReportReceived | InboundReceived]]:
        tracker = self.store("a pull takes what it gets off the vendor's queue for good")
        names = self.able(method) if names is None else (names,) if isinstance(names, str) else tuple(names)
        if not names:
            raise UnsupportedFeature(f"no account can: {_METHODS[method]}")
        providers = {name: self.provider(name, method) for name in names}
        events = [*(yield from self.recover())]
        failures: list[SmswayError] = []
        for name, provider in providers.items():
            pull = Pull(name, method, self.caller.stamp(), getattr(provider, most) if limit is None else limit)
            exchange = getattr(provider, method)(pull.limit, pull.stamp)
            try:
                events += yield from self._drain(tracker, pull, exchange)
            except SmswayError as error:
                # The queue of one vendor does not wait for the trouble of another.
                failures.append(error)
        if failures:
            raise failures[0]
        return events

    def _drain(self, tracker: Tracker, pull: Pull, exchange: Exchange[Any]) -> Flow[list[Any]]:
        """Carry out one pull: what the vendor answers is written down before it is read."""
        # Written before anything is asked: a store that cannot be written must not cost what the vendor gives once.
        kept = [(yield from keep(lambda: tracker.keep(pull)))]

        def answered(response: Response) -> Flow[None]:
            said = replace(kept[0], answers=(*kept[0].answers, response))
            kept[0] = yield from keep(lambda: tracker.keep(said))

        try:
            items = yield from self.caller.call(self.account(pull.account), pull.call, exchange, answered)
        except SmswayError as error:
            failure = error
        else:
            return (yield from self.take(pull.account, items, kept[0]))
        if not kept[0].answers:
            # Nothing came, so there is nothing to be read later.
            yield from keep(lambda: tracker.receive((), kept[0]))
        elif isinstance(failure, CallFailed):
            failure = failure.with_detail("the answer is kept in the store")
        raise failure

    def take(self, account: str, items: Sequence[Any], pull: Pull | None = None) -> Flow[list[Any]]:
        """Store *items* of *account*, match and tell those that are new."""
        tracker = self.store("reports are stored before they are told")
        signed = _signed(items, account)

        def stored() -> list[ReportReceived | InboundReceived]:
            return tracker.process(tracker.receive(signed, pull))

        return (yield from keep(stored))

    def recover(self) -> Flow[list[ReportReceived | InboundReceived]]:
        """Read what an earlier process pulled and did not read, and tell what was stored and not told."""
        if self.tracker is None:
            return []
        tracker = self.tracker
        events = yield from keep(lambda: tracker.process(tracker.unprocessed()))
        if not self._recovered:
            self._recovered = True
            for pull in (yield from keep(tracker.kept)):
                items = self._replayed(pull)
                if items is not None:
                    events += yield from self.take(pull.account, items, pull)
        return events

    def _replayed(self, pull: Pull) -> Sequence[Any] | None:
        """Return what the kept answers of *pull* say; `None` if that cannot be known."""
        try:
            provider = self.provider(pull.account, pull.call)
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
            return None
        # It died before the vendor had given anything.
        return ()

    def find(self, name: str, method: str, query: ReportQuery | InvalidCall) -> Flow[list[Any]]:
        """Look up reports or messages; those found are stored and matched if there is a store."""
        if isinstance(query, InvalidCall):
            raise query
        yield from self.recover()
        items: Sequence[Report] | Sequence[Inbound] = yield from self.about(name, method, query)
        if self.tracker is not None:
            yield from self.take(name, items)
        return list(items)

    def query(
        self, phone: str | None, since: Moment, until: Moment | None, message_ids: Iterable[str] = ()
    ) -> ReportQuery | InvalidCall:
        """Make a query of what a caller gives, or the error, which `find` raises: a frame of ours holds the phone."""
        try:
            parsed = None if phone is None else parse_phone(phone, self.configuration.region)
            begin, end = self.span(since, until)
        except InvalidCall as error:
            return error.with_traceback(None)
        except ValueError as error:
            return InvalidCall(f"phone: {error}")
        return ReportQuery(since=begin, until=end, phone=parsed, message_ids=ids_of(message_ids))

    def span(self, since: Moment, until: Moment | None) -> tuple[float, float]:
        """Return a span of time in seconds since the epoch, which ends now by default; raises `InvalidCall`."""
        begin = seconds("since", since)
        end = self.caller.clock.now() if until is None else seconds("until", until)
        if begin >= end:
            raise InvalidCall(f"since ({begin:.0f}) is not before until ({end:.0f}), in seconds since the epoch")
        return begin, end

    def store(self, why: str) -> Tracker:
        """Return the tracker; raises `UnsupportedFeature` if nothing is tracked."""
        if self.tracker is None:
            raise UnsupportedFeature(f'reports.store is not set, and {why}; name a file, or "memory"')
        return self.tracker

    def pages(self, name: str, method: str, progress: Callable[[Page[Any]], None] | None) -> Flow[list[Any]]:
        """Walk all pages of a list, and return its items; *progress* is told of each page."""
        cursor, items = None, list[Any]()
        while True:
            page: Page[Any] = yield from self.ask(name, method, cursor)
            items += _signed(page.items, name)
            if progress is not None:
                progress(page)
            if page.next is None:
                return items
            cursor = page.next


def seconds(what: str, moment: Moment) -> float:
    """Return *moment* in seconds since the epoch; raises `InvalidCall` for a time without a zone."""
    if not isinstance(moment, datetime):
        return float(moment)
    if moment.tzinfo is None:
        raise InvalidCall(f"{what}: {moment.isoformat()} has no time zone; use datetime.now(UTC) or the like")
    return moment.timestamp()


def ids_of(ids: str | Iterable[str]) -> tuple[str, ...]:
    """Return one id or several as a tuple."""
    return (ids,) if isinstance(ids, str) else tuple(ids)


def _signed(found: Any, account: str) -> Any:
    """Put the account's name on what a provider returned."""
    if found is None:
        return None
    if isinstance(found, Sequence):
        return [replace(each, account=account) for each in found]
    return replace(found, account=account)
