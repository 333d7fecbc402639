"""The breakers of one client: whom of an account's domains to ask, and what each request told about them."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from smsway.delivery._breaker import Breaker, Sign, Ticket, Window
from smsway.delivery._clock import Clock
from smsway.delivery._sample import Sample
from smsway.model import BreakerState, Domain, DomainHealth, HealthChanged, Scope

TOPICS = frozenset({Scope.TEMPLATE, Scope.SIGNATURE})


@dataclass(frozen=True, slots=True)
class Permit:
    """Leave for one request to *account* that speaks of *topics*, with a ticket of each breaker that it passed."""

    account: str
    topics: tuple[Domain, ...]
    tickets: tuple[tuple[Domain, Ticket], ...]

    @property
    def probe(self) -> bool:
        """True if it tries something that has rested."""
        return any(ticket.probe for _, ticket in self.tickets)


@dataclass(slots=True)
class _Record:
    """All requests of one account, whatever they tell and about whom."""

    window: Window = field(default_factory=Window)
    last: Sign = Sign.GOOD


class Health:
    """Safe to share between threads. *hosts* are those of the accounts; one without a host has its own.

    A topic is a template, signature or sender id of an account; those of a request are asked and noted with it. Topics
    have a breaker only from their first refusal until they are well again.
    """

    def __init__(self, clock: Clock, hosts: Mapping[str, str] | None = None) -> None:
        self._clock = clock
        self._hosts = hosts or {}
        self._own: dict[str, tuple[Domain, ...]] = {}
        self._breakers: dict[Domain, Breaker] = {}
        self._topics: dict[str, frozenset[Domain]] = {}
        self._records: dict[str, _Record] = {}
        self._told: dict[Domain, BreakerState] = {}
        self._changes: list[HealthChanged] = []
        self._lock = threading.Lock()

    def minds_topics(self, account: str) -> bool:
        """True if some topic of *account* is not well, so that it matters what a request to it speaks of."""
        return account in self._topics

    def resting(self, account: str, topics: Iterable[Domain] = ()) -> str | None:
        """Return why *account* is not asked about *topics* at the moment, or `None` if it may be."""
        now = self._clock.monotonic()
        resting = [each for each in self._guards(account, topics) if each[1].rests(now)]
        if not resting:
            return None
        domain, breaker = max(resting, key=lambda each: each[1].until or 0.0)
        left = (breaker.until or 0.0) - now
        return f"{domain} rests after {breaker.cause}" + (
            f" for {left:.0f} s more" if left > 0 else ", while a probe is out"
        )

    def opens(self, account: str, topics: Iterable[Domain] = ()) -> float:
        """Return when the rest of *account* ends, on the monotonic clock; 0 if it does not rest."""
        return max((breaker.until or 0.0 for _, breaker in self._guards(account, topics)), default=0.0)

    def admit(self, account: str, topics: tuple[Domain, ...] = (), *, force: bool = False) -> Permit | None:
        """Ask leave to send one request; `None` while anything that it needs rests, unless *force* is set.

        After a rest, one probe at a time goes out.
        """
        with self._lock:
            now = self._clock.monotonic()
            for domain in self._domains(account):
                self._breakers.setdefault(domain, Breaker())
            guards = list(self._guards(account, topics))
            if not force and any(breaker.rests(now) for _, breaker in guards):
                return None
            tickets = tuple((domain, breaker.admit(now)) for domain, breaker in guards)
            self._tell(domain for domain, _ in guards)
            return Permit(account, topics, tickets)

    def give_back(self, permit: Permit) -> None:
        """Note that the request with *permit* told nothing, for it was never sent."""
        with self._lock:
            self._note(permit, Sample())

    def note(self, permit: Permit, sample: Sample) -> None:
        """Note what the request with *permit* told."""
        with self._lock:
            record = self._records.setdefault(permit.account, _Record())
            record.window.add(self._clock.monotonic(), failed=sample.sign is Sign.FAILURE, slow=sample.slow)
            record.last = sample.sign
            self._note(permit, sample)

    def _note(self, permit: Permit, sample: Sample) -> None:
        tickets = [*permit.tickets]
        if sample.sign is Sign.FAULT and sample.scope in TOPICS:
            for topic in permit.topics:
                if topic.scope is sample.scope and topic not in self._breakers:
                    # It may be about this message's params only, so it does not rest long at first.
                    self._breakers[topic] = Breaker(fault_rest=None)
                    tickets.append((topic, Ticket()))
        for domain, ticket in tickets:
            breaker = self._breakers.get(domain)
            if breaker is not None:
                breaker.note(
                    ticket,
                    sample.sign_for(domain.scope),
                    self._clock.monotonic(),
                    cause=sample.cause,
                    slow=sample.slow and domain.scope is Scope.ACCOUNT,
                    rest=sample.rest,
                    chance=self._clock.random(),
                )
        self._tell(domain for domain, _ in tickets)
        self._keep_topics(permit)

    def _keep_topics(self, permit: Permit) -> None:
        """Forget the topics of *permit* that are well."""
        for topic in permit.topics:
            breaker = self._breakers.get(topic)
            if breaker is not None and breaker.until is None:
                del self._breakers[topic]
                self._told.pop(topic, None)
        if permit.topics:
            known = self._topics.get(permit.account, frozenset()) | set(permit.topics)
            unwell = frozenset(topic for topic in known if topic in self._breakers)
            if unwell:
                self._topics[permit.account] = unwell
            else:
                self._topics.pop(permit.account, None)

    def answers_well(self, account: str) -> bool:
        """True if the last request to *account*, if any, was answered well.

        If not, refusals are likely, and a refusal that echoes nothing is certain only on a fresh connection.
        """
        record = self._records.get(account)
        return record is None or record.last is Sign.GOOD

    def changes(self) -> list[HealthChanged]:
        """Return the changes that nobody was told of yet, in order; they are returned once."""
        if not self._changes:
            return []
        with self._lock:
            changes, self._changes = self._changes, []
            return changes

    def own(self, account: str) -> DomainHealth:
        """Return how *account* or its connection is, whichever rests longer."""
        views = [self._view(domain) for domain in self._domains(account)]
        return max(views, key=lambda each: each.until or 0.0)

    def topics(self, account: str) -> tuple[DomainHealth, ...]:
        """Return how those topics of *account* are that are not well."""
        views = map(self._view, sorted(self._topics.get(account, ()), key=str))
        return tuple(view for view in views if view.state is not BreakerState.CLOSED)

    def counts(self, account: str) -> tuple[int, int, int]:
        """Return the requests of the last minute, and how many of them failed and were slow."""
        record = self._records.get(account)
        return (0, 0, 0) if record is None else record.window.counts(self._clock.monotonic())

    def _domains(self, account: str) -> tuple[Domain, ...]:
        domains = self._own.get(account)
        if domains is None:
            host = self._hosts.get(account, account)
            domains = self._own[account] = (Domain(Scope.ACCOUNT, account), Domain(Scope.CONNECTION, host))
        return domains

    def _guards(self, account: str, topics: Iterable[Domain]) -> Iterator[tuple[Domain, Breaker]]:
        for domain in (*self._domains(account), *(topics if account in self._topics else ())):
            breaker = self._breakers.get(domain)
            if breaker is not None:
                yield domain, breaker

    def _view(self, domain: Domain) -> DomainHealth:
        breaker = self._breakers.get(domain)
        if breaker is None:
            return DomainHealth(domain, BreakerState.CLOSED)
        now = self._clock.monotonic()
        ahead = self._clock.now() - now
        state = breaker.state(now)
        since = breaker.until if state is BreakerState.HALF_OPEN else breaker.since
        return DomainHealth(
            domain,
            state,
            breaker.cause or None,
            None if since is None else since + ahead,
            None if breaker.until is None else breaker.until + ahead,
        )

    def _tell(self, domains: Iterable[Domain]) -> None:
        """Note which of *domains* are in another state than was told last."""
        for domain in domains:
            breaker = self._breakers.get(domain)
            if breaker is None:
                continue
            state = breaker.state(self._clock.monotonic())
            if state is not self._told.get(domain, BreakerState.CLOSED):
                self._told[domain] = state
                view = self._view(domain)
                self._changes.append(HealthChanged(domain, state, view.cause, self._clock.now(), view.until))
