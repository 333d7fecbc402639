"""The breakers of one client: whom of an account's domains to ask, and what each request told about them."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from typing import NamedTuple

from smsway.delivery._breaker import Breaker, Sign, Ticket, Window
from smsway.delivery._clock import Clock
from smsway.delivery._sample import Sample
from smsway.model import BreakerState, Domain, DomainHealth, HealthChanged, Scope

TOPICS = frozenset({Scope.TEMPLATE, Scope.SIGNATURE})


@dataclass(slots=True, eq=False)
class Guard:
    """The breaker of a domain, and the state of it that was told last. *well* is how it is until it opens once."""

    domain: Domain
    breaker: Breaker = field(default_factory=Breaker)
    told: BreakerState = BreakerState.CLOSED
    well: DomainHealth = field(init=False)

    def __post_init__(self) -> None:
        self.well = DomainHealth(self.domain, BreakerState.CLOSED)


@dataclass(frozen=True, slots=True)
class Permit:
    """Leave for one request to *account* that speaks of *topics*, with a ticket of each breaker that it passed."""

    account: str
    topics: tuple[Domain, ...]
    tickets: tuple[tuple[Guard, Ticket], ...]

    @property
    def probe(self) -> bool:
        """True if it tries something that has rested."""
        return any(ticket.probe for _, ticket in self.tickets)


class Look(NamedTuple):
    """How an account is: itself or its connection, whichever rests longer, and those of its topics that are not well.

    *requests* counts those of the last minute, *failures* and *slow* those of them that failed and that were slow.
    """

    own: DomainHealth
    topics: tuple[DomainHealth, ...]
    requests: int
    failures: int
    slow: int


class _Record:
    """An account: its own guards, those of its topics that are not well, and all its requests."""

    def __init__(self, own: tuple[Guard, Guard]) -> None:
        self.own = own
        self.topics: dict[Domain, Guard] = {}
        self.window = Window()
        self.last = Sign.GOOD

    @property
    def is_well(self) -> bool:
        """True if nothing of it rests, or did lately."""
        own, connection = self.own
        return own.breaker.until is None and connection.breaker.until is None and not self.topics

    def guards(self, topics: Iterable[Domain]) -> Iterator[Guard]:
        """Return the guards of a request that speaks of *topics*."""
        yield from self.own
        if self.topics:
            yield from (self.topics[topic] for topic in topics if topic in self.topics)


class Health:
    """Safe to share between threads. *hosts* are those of the accounts; one without a host has its own.

    A topic is a template, signature or sender id of an account; those of a request are asked and noted with it. Topics
    have a breaker only from their first refusal until they are well again.
    """

    def __init__(self, clock: Clock, hosts: Mapping[str, str] | None = None) -> None:
        self._clock = clock
        self._hosts = hosts or {}
        self._connections: dict[str, Guard] = {}
        self._records: dict[str, _Record] = {}
        self._changes: list[HealthChanged] = []
        self._lock = threading.RLock()

    def minds_topics(self, account: str) -> bool:
        """True if some topic of *account* is not well, so that it matters what a request to it speaks of."""
        return bool(self._record(account).topics)

    def resting(self, account: str, topics: Iterable[Domain] = ()) -> str | None:
        """Return why *account* is not asked about *topics* at the moment, or `None` if it may be."""
        record = self._record(account)
        if record.is_well:
            return None
        with self._lock:
            now = self._clock.monotonic()
            resting = [each for each in record.guards(topics) if each.breaker.rests(now)]
            if not resting:
                return None
            guard = max(resting, key=lambda each: each.breaker.until or 0.0)
            left = (guard.breaker.until or 0.0) - now
            more = f" for {left:.0f} s more" if left > 0 else ", while a probe is out"
            return f"{guard.domain} rests after {guard.breaker.cause}{more}"

    def opens(self, account: str, topics: Iterable[Domain] = ()) -> float:
        """Return when the rest of *account* ends, on the monotonic clock; 0 if it does not rest."""
        with self._lock:
            return max(each.breaker.until or 0.0 for each in self._record(account).guards(topics))

    def admit(self, account: str, topics: tuple[Domain, ...] = (), *, force: bool = False) -> Permit | None:
        """Ask leave to send one request; `None` while anything that it needs rests, unless *force* is set.

        After a rest, one probe at a time goes out.
        """
        with self._lock:
            now, record = self._clock.monotonic(), self._record(account)
            if record.is_well:
                return Permit(account, topics, tuple([(each, each.breaker.admit(now)) for each in record.own]))
            guards = list(record.guards(topics))
            if not force and any(each.breaker.rests(now) for each in guards):
                return None
            tickets = tuple((each, each.breaker.admit(now)) for each in guards)
            self._tell(guards, now)
            return Permit(account, topics, tickets)

    def give_back(self, permit: Permit) -> None:
        """Note that the request with *permit* told nothing, for it was never sent."""
        with self._lock:
            self._note(permit, Sample(), self._clock.monotonic())

    def note(self, permit: Permit, sample: Sample) -> None:
        """Note what the request with *permit* told."""
        with self._lock:
            now, record = self._clock.monotonic(), self._record(permit.account)
            record.window.add(now, failed=sample.sign is Sign.FAILURE, slow=sample.slow)
            record.last = sample.sign
            self._note(permit, sample, now)

    def _note(self, permit: Permit, sample: Sample, now: float) -> None:
        tickets = [*permit.tickets, *self._refused_topics(permit, sample)]
        for guard, ticket in tickets:
            scope = guard.domain.scope
            guard.breaker.note(
                ticket,
                sample.sign_for(scope),
                now,
                cause=sample.cause,
                slow=sample.slow and scope is Scope.ACCOUNT,
                rest=sample.rest,
                chance=self._clock.random(),
            )
        self._tell([guard for guard, _ in tickets], now)
        topics = self._record(permit.account).topics
        if topics:
            for topic in permit.topics:
                if topic in topics and topics[topic].breaker.until is None:
                    del topics[topic]

    def _refused_topics(self, permit: Permit, sample: Sample) -> Iterator[tuple[Guard, Ticket]]:
        """Make the breakers of the topics that were well until *sample*."""
        if sample.sign is not Sign.FAULT or sample.scope not in TOPICS:
            return
        topics = self._record(permit.account).topics
        for topic in permit.topics:
            if topic.scope is sample.scope and topic not in topics:
                # It may be about this message's params only, so it does not rest long at first.
                topics[topic] = guard = Guard(topic, Breaker(fault_rest=None))
                yield guard, Ticket()

    def answers_well(self, account: str) -> bool:
        """True if the last request to *account*, if any, was answered well.

        If not, refusals are likely, and a refusal that echoes nothing is certain only on a fresh connection.
        """
        return self._record(account).last is Sign.GOOD

    def changes(self) -> list[HealthChanged]:
        """Return the changes that nobody was told of yet, in order; they are returned once."""
        if not self._changes:
            return []
        with self._lock:
            changes, self._changes = self._changes, []
            return changes

    def look(self, account: str) -> Look:
        """Return how *account* is."""
        with self._lock:
            record = self._record(account)
            own, connection = record.own
            longest = connection if (connection.breaker.until or 0.0) > (own.breaker.until or 0.0) else own
            topics = sorted(record.topics, key=attrgetter("scope", "name")) if record.topics else ()
            return Look(
                self._view(longest),
                tuple(self._view(record.topics[each]) for each in topics),
                *record.window.counts(self._clock.monotonic()),
            )

    def _record(self, account: str) -> _Record:
        record = self._records.get(account)
        if record is None:
            with self._lock:
                host = self._hosts.get(account, account)
                connection = self._connections.setdefault(host, Guard(Domain(Scope.CONNECTION, host)))
                made = _Record((Guard(Domain(Scope.ACCOUNT, account)), connection))
                record = self._records.setdefault(account, made)
        return record

    def _view(self, guard: Guard) -> DomainHealth:
        breaker = guard.breaker
        if breaker.since is None:
            return guard.well
        now = self._clock.monotonic()
        ahead = self._clock.now() - now
        state = breaker.state(now)
        since = breaker.until if state is BreakerState.HALF_OPEN else breaker.since
        return DomainHealth(
            guard.domain,
            state,
            breaker.cause or None,
            None if since is None else since + ahead,
            None if breaker.until is None else breaker.until + ahead,
        )

    def _tell(self, guards: Iterable[Guard], now: float) -> None:
        """Note which of *guards* are in another state than was told last."""
        for guard in guards:
            if guard.breaker.state(now) is not guard.told:
                view = self._view(guard)
                guard.told = view.state
                self._changes.append(HealthChanged(guard.domain, view.state, view.cause, self._clock.now(), view.until))
