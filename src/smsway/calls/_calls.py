"""The calls as flows, which both clients carry out."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, TypeAlias, TypeVar

from smsway.config import Configuration
from smsway.delivery import Caller, Flow, keep
from smsway.guards import GuardError
from smsway.model import (
    CallFailed,
    Inbound,
    InboundReceived,
    InvalidCall,
    Page,
    Phone,
    Reason,
    Report,
    ReportQuery,
    ReportReceived,
    SmswayError,
    Tracked,
    UnsupportedFeature,
    parse_phone,
)
from smsway.provider import FACETS, Exchange, clean
from smsway.routing import Account, hint
from smsway.tracking import Pull, StoreError, Tracker

log = logging.getLogger("smsway")

T = TypeVar("T")

Moment: TypeAlias = datetime | float
"""A point in time: a `datetime` with a zone, or seconds since the epoch (UTC)."""

NO_STORE = 'reports.store is not set, and {}; name a file, or "memory"'
"""What is said, with the reason why a store is needed."""

METHODS = {name: facet for facet, protocol in FACETS.items() for name in vars(protocol) if not name.startswith("_")}
"""Method of a facet -> the facet's name."""


@dataclass(slots=True, eq=False, repr=False)
class Calls:
    """Every call about the accounts of one client; *tracker* is `None` if nothing is tracked."""

    configuration: Configuration
    caller: Caller
    tracker: Tracker | None

    def account(self, name: str) -> Account:
        """Return the account *name*; raises `InvalidCall` if there is none."""
        accounts = self.configuration.accounts
        if not isinstance(name, str) or name not in accounts:
            # Whoever forgets the account gives a phone in its place.
            shown = repr(clean(name)) if isinstance(name, str) else f"of type {type(name).__name__}"
            raise InvalidCall(f"there is no account {shown}{hint(str(clean(str(name))), accounts)}")
        return accounts[name]

    def able(self, method: str) -> list[str]:
        """Return the accounts whose provider has *method* of a facet."""
        protocol = FACETS[METHODS[method]]
        return [name for name, each in self.configuration.accounts.items() if isinstance(each.provider, protocol)]

    def provider(self, name: str, method: str) -> Any:
        """Return the provider of account *name*, which has *method*; raises `UnsupportedFeature` if it does not."""
        account = self.account(name)
        if account.broken:
            raise UnsupportedFeature(f"account {name!r} cannot be used: {account.broken}")
        facet = METHODS[method]
        if not isinstance(account.provider, FACETS[facet]):
            others = self.able(method)
            way = f"; {', '.join(others)} can" if others else ""
            raise UnsupportedFeature(f"account {name!r} (provider {account.provider_name}) cannot: {facet}{way}")
        return account.provider

    def ask(self, name: str, method: str, *given: object, expires: float | None = None) -> Flow[Any]:
        """Make the call *method* of account *name* with the arguments *given* and a stamp."""
        exchange: Exchange[Any] = getattr(self.provider(name, method), method)(*given, self.caller.stamp())
        return self.caller.call(self.account(name), method, exchange, expires=expires)

    def about(self, name: str, method: str, *given: object, expires: float | None = None) -> Flow[Any]:
        """Make the call *method* and put the account's name on what it returns."""
        found = yield from self.ask(name, method, *given, expires=expires)
        return _signed(found, name, method)

    def take(self, account: str, items: Sequence[Any], pull: Pull | None = None) -> Flow[list[Any]]:
        """Store *items* of *account*, match and tell those that are new."""
        tracker = self.store("reports are stored before they are told")
        signed = _signed(items, account, "take")

        def stored() -> list[ReportReceived | InboundReceived]:
            return tracker.process(tracker.receive(signed, pull))

        return (yield from keep(stored))

    def find(self, name: str, method: str, query: ReportQuery | InvalidCall) -> Flow[list[Any]]:
        """Look up reports or messages; those found are stored, matched and told if there is a store."""
        if isinstance(query, InvalidCall):
            raise query
        items: Sequence[Report] | Sequence[Inbound] = yield from self.about(name, method, query)
        if self.tracker is not None:
            try:
                yield from self.take(name, items)
            except (StoreError, GuardError) as error:
                # They can be looked up again, so whoever asks need not do without them.
                log.error("what was found at account %s is not stored: %s", name, error)  # noqa: TRY400  # its frames hold reports
        return list(items)

    def query(
        self, phone: str | None, since: Moment, until: Moment | None, message_ids: Iterable[str] = ()
    ) -> ReportQuery | InvalidCall:
        """Make a query of what a caller gives, or the error, which `find` raises: a frame of ours holds the phone."""
        try:
            begin, end = self.span(since, until)
            ids = ids_of("message_ids", message_ids)
            return ReportQuery(since=begin, until=end, phone=self.phone("phone", phone), message_ids=ids)
        except InvalidCall as error:
            return error.with_traceback(None)

    def phone(self, what: str, phone: str | None) -> Phone | None:
        """Return *phone* in E.164; raises `InvalidCall`."""
        if phone is None:
            return None
        if not isinstance(phone, str):
            raise InvalidCall(f"{what}: a {type(phone).__name__} is no phone; give it as text, in E.164")
        try:
            return parse_phone(phone, self.configuration.region)
        except ValueError as error:
            failure = InvalidCall(f"{what}: {error}")
        raise failure

    def tracked(self, reference: str | None, recipient: str | None, message_id: str | None) -> Flow[list[Tracked]]:
        """Return the flow that looks up the texts which fit all that is given; it raises the error, as in `query`."""
        try:
            store = self.store("nothing that was sent is remembered")
            for what, given in (("reference", reference), ("message_id", message_id)):
                ids_of(what, () if given is None else given)
            phone = self.phone("recipient", recipient)
        except SmswayError as error:
            return _failing(error.with_traceback(None))
        return keep(partial(store.tracked, reference=reference, recipient=phone, message_id=message_id))

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
            raise UnsupportedFeature(NO_STORE.format(why))
        return self.tracker

    def pages(self, name: str, method: str, progress: Callable[[Page[Any]], None] | None) -> Flow[list[Any]]:
        """Walk all pages of a list, and return its items; *progress* is told of each page."""
        cursor, items = None, list[Any]()
        while True:
            page: Page[Any] = yield from self.ask(name, method, cursor)
            items += _signed(page.items, name, method)
            if progress is not None:
                progress(page)
            if page.next is None:
                return items
            cursor = page.next


def seconds(what: str, moment: Moment) -> float:
    """Return *moment* in seconds since the epoch; raises `InvalidCall` for a time without a zone."""
    if isinstance(moment, datetime):
        if moment.tzinfo is None:
            raise InvalidCall(f"{what}: {moment.isoformat()} has no time zone; use datetime.now(UTC) or the like")
        return moment.timestamp()
    if isinstance(moment, bool) or not isinstance(moment, int | float) or not math.isfinite(moment):
        raise InvalidCall(f"{what}: {clean(str(moment))!r} is neither a datetime nor seconds since the epoch")
    return float(moment)


def ids_of(what: str, ids: str | Iterable[str]) -> tuple[str, ...]:
    """Return one id or several as a tuple; raises `InvalidCall`."""
    found = (ids,) if isinstance(ids, str) or not isinstance(ids, Iterable) else tuple(ids)
    for each in found:
        if not isinstance(each, str):
            raise InvalidCall(f"{what}: {each!r} is no text; give ids as text")
    return found


def draft_of(kind: type[T], draft: object) -> T:
    """Return *draft*, which is of *kind*; raises `InvalidCall`."""
    if not isinstance(draft, kind):
        raise InvalidCall(f"a {kind.__name__} is wanted, and no {type(draft).__name__}")
    return draft


def _failing(error: SmswayError) -> Flow[Any]:
    """Return a flow that raises *error*."""
    yield from ()
    raise error


def _signed(found: Any, account: str, call: str) -> Any:
    """Put the account's name on what a provider returned; raises `CallFailed` if that is nothing of ours."""
    try:
        if found is None and call == "find_signature":
            return None
        if isinstance(found, Sequence):
            return [_told(each, account) for each in found]
        return _told(found, account)
    except (TypeError, ValueError):
        what = f"the provider returned a {type(found).__name__} that does not fit"
    raise CallFailed(Reason.INTERNAL, None, what, account=account, call=call)


def _told(item: Any, account: str) -> Any:
    whose = getattr(item, "recipient", getattr(item, "sender", ""))
    if not isinstance(whose, str):
        raise TypeError(type(whose).__name__)
    return replace(item, account=account)
