"""One submission of one batch to one account, and what it proves about each recipient."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol, TypeAlias

from smsway.delivery._clock import Clock
from smsway.delivery._effects import Event, Flow, TransportFailure, keep, log_defect, record, transmit
from smsway.delivery._policy import BY_HTTP_STATUS
from smsway.delivery._retry_after import retry_after
from smsway.model import (
    Attempt,
    AttemptFinished,
    AttemptStarted,
    Certainty,
    Outcome,
    Parcel,
    Reason,
    Response,
    Stamp,
    Status,
    Stopped,
    UnexpectedResponse,
)
from smsway.routing import Shipment

log = logging.getLogger("smsway")

CERTAINTY = {
    Status.ACCEPTED: Certainty.SENT,
    Status.REJECTED: Certainty.NOT_SENT,
    Status.NOT_SENT: Certainty.NOT_SENT,
    Status.UNKNOWN: Certainty.MAYBE_SENT,
}


@dataclass(frozen=True, slots=True)
class Attempted:
    """The outcomes of one attempt, and the attempt as it concerns each recipient (`None` if there was none).

    *retry_after* is what the provider asked for, in seconds, infinity if that cannot be read. *interrupted* is the
    cancellation that ended the attempt. *cut_short* is True if the caller left the account less time than it may take.
    *duration* is in seconds. *kinds* is one outcome of each kind that there is, by status, reason and code.
    """

    outcomes: Sequence[Outcome]
    attempts: Sequence[Attempt | None]
    retry_after: float | None = None
    interrupted: BaseException | None = None
    cut_short: bool = False
    duration: float = 0.0
    kinds: Sequence[Outcome] = ()

    @classmethod
    def not_sent(
        cls, shipment: Shipment, reason: Reason, detail: str | None, interrupted: BaseException | None = None
    ) -> Attempted:
        """Nothing was attempted."""
        parcels = shipment.batch.parcels
        outcomes = [_all_alike(parcel, Status.NOT_SENT, reason, detail) for parcel in parcels]
        return cls(outcomes, [None] * len(parcels), None, interrupted, kinds=outcomes[:1])

    def beside(self, others: Attempted) -> Attempted:
        """Return the same attempt with *others* added, of whom nothing was attempted."""
        if not others.outcomes:
            return self
        return replace(self, outcomes=[*self.outcomes, *others.outcomes], attempts=[*self.attempts, *others.attempts])


_Verdict: TypeAlias = tuple[Status, Reason | None, str | None]
"""What an attempt came to for one recipient: the status, the neutral reason and the vendor's code."""


@dataclass(slots=True)
class _Trace:
    """How far an attempt came.

    *transmitted* is True once a request that may send has left, *earlier* if one had left before the last request.
    """

    transmitted: bool = False
    earlier: bool = False
    response: Response | None = None


class Tracking(Protocol):
    """The store of what was sent; both methods may block, and neither raises."""

    def record(self, event: Event) -> None:
        """Note an event; the start of an attempt is written down before this returns."""
        ...

    def flush(self) -> None:
        """Write down what was only noted so far."""
        ...


def attempt(
    shipment: Shipment,
    clock: Clock,
    timeout: float,
    expires: float | None,
    *,
    reuse: bool,
    tracking: Tracking | None = None,
    watched: bool = True,
) -> Flow[Attempted]:
    """Submit *shipment* once; *timeout* is in seconds, *expires* on the monotonic clock.

    *reuse* allows a connection that carried earlier requests. If it is not *watched*, it does not say whom it is about.
    """
    stamp = Stamp(clock.now(), clock.nonce())
    account = shipment.account.name
    began = deadline = clock.monotonic()
    trace = _Trace()
    interrupted: BaseException | None = None
    try:
        try:
            started = _started(stamp, shipment if watched or tracking is not None else None, account)
            yield from record(started)
            if tracking is not None:
                yield from keep(partial(tracking.record, started))
        except Stopped as stopped:
            return Attempted.not_sent(shipment, Reason.STOPPED, str(stopped))
        # Now, for what is written down first takes no time from the account.
        began = clock.monotonic()
        deadline = began + timeout if expires is None else min(began + timeout, expires)
        outcomes = _judged((yield from _converse(shipment, stamp, deadline, trace, reuse=reuse)), shipment, trace)
        duration = clock.monotonic() - began
        attempts, counts = _attempts(outcomes, account, stamp, duration)
    except GeneratorExit:
        raise
    except BaseException as error:  # noqa: BLE001  # every way to end must leave every recipient with an outcome
        outcomes = _after(error, shipment, trace)
        interrupted = None if isinstance(error, Exception) else error.with_traceback(None)
        duration = clock.monotonic() - began
        attempts, counts = _attempts(outcomes, account, stamp, duration)
    cut_short = interrupted is not None or (deadline < began + timeout and clock.monotonic() >= deadline)
    if watched:
        yield from record(_finished(stamp.reference, account, counts, duration, outcomes))
    asked = None if trace.response is None else retry_after(trace.response.headers, clock.now())
    return Attempted(outcomes, attempts, asked, interrupted, cut_short, duration, _kinds(outcomes, counts))


def _converse(
    shipment: Shipment, stamp: Stamp, deadline: float, trace: _Trace, *, reuse: bool
) -> Flow[Iterable[Outcome]]:
    """Carry the provider's requests out and the responses back to it."""
    provider = shipment.account.provider
    if provider is None:
        raise LookupError("the account has no provider")
    exchange = provider.submit(shipment.batch, stamp)
    try:
        request = next(exchange)
        while True:
            trace.response, trace.earlier = None, trace.transmitted
            try:
                response = yield from transmit(request, deadline, reuse=reuse)
            except TransportFailure as failure:
                trace.transmitted |= request.sends and failure.maybe_sent
                raise
            except BaseException:
                trace.transmitted |= request.sends
                raise
            trace.transmitted |= request.sends
            trace.response = response
            request = exchange.send(response)
    except StopIteration as stop:
        outcomes: Iterable[Outcome] = stop.value
        return outcomes
    finally:
        try:
            exchange.close()
        except Exception as error:  # noqa: BLE001  # what the exchange came to counts, not how it tidies up
            log_defect(error, "a provider failed at its end")


def _after(error: BaseException, shipment: Shipment, trace: _Trace) -> list[Outcome]:
    """Say what an attempt that ended in *error* proves: nothing was sent only if nothing was transmitted."""
    status, reason, code, detail = _verdict(error, trace)
    return [_all_alike(parcel, status, reason, detail, code) for parcel in shipment.batch.parcels]


def _verdict(error: BaseException, trace: _Trace) -> tuple[Status, Reason, str | None, str]:
    maybe = Status.UNKNOWN if trace.transmitted else Status.NOT_SENT
    match error:
        case TransportFailure():
            return maybe, Reason.NO_ANSWER if trace.transmitted else Reason.UNREACHABLE, None, error.what
        case UnexpectedResponse():
            http = trace.response.status if trace.response is not None else 0
            refusal = BY_HTTP_STATUS.get(http)
            # A status is no echo: on a used connection it could belong to an earlier request. And it says nothing of
            # the requests of this attempt that went before.
            fresh = trace.response is not None and trace.response.fresh
            if refusal is not None and fresh and not trace.earlier:
                return Status.REJECTED, refusal, f"HTTP-{http}", str(error)
            return maybe, Reason.UNEXPECTED_RESPONSE, f"HTTP-{http}" if http else None, str(error)
        case Exception():
            log_defect(error, "an attempt failed inside")
            reason = Reason.UNEXPECTED_RESPONSE if trace.transmitted else Reason.INTERNAL
            return maybe, reason, None, f"{type(error).__name__} in smsway, a provider or the journal"
    reason = Reason.NO_ANSWER if trace.transmitted else Reason.STOPPED
    return maybe, reason, None, "cancelled"


def _judged(said: Iterable[Outcome], shipment: Shipment, trace: _Trace) -> list[Outcome]:
    """Hold the provider to its contract: one outcome per parcel, in order, no success that nothing could have made."""
    parcels, outcomes = shipment.batch.parcels, list(said)
    if [outcome.recipient for outcome in outcomes] != [parcel.phone for parcel in parcels]:
        log.error("provider %s returned outcomes that do not fit its batch", shipment.account.provider_name)
        status = Status.UNKNOWN if trace.transmitted else Status.NOT_SENT
        return [_all_alike(parcel, status, Reason.UNEXPECTED_RESPONSE, "outcomes do not fit") for parcel in parcels]
    response = trace.response
    if not trace.transmitted or response is None or not 200 <= response.status < 300:
        for outcome in outcomes:
            if outcome.status is Status.ACCEPTED:
                outcome.status, outcome.reason = Status.UNKNOWN, Reason.UNEXPECTED_RESPONSE
                outcome.detail = f"accepted under HTTP {response.status}" if response else "accepted without an answer"
    return outcomes


def _attempts(
    outcomes: Sequence[Outcome], account: str, stamp: Stamp, duration: float
) -> tuple[list[Attempt], Mapping[_Verdict, int]]:
    """Tell the attempt as it concerns each recipient, and count the verdicts; those with the same share one value."""
    reference, first = stamp.reference, outcomes[0]
    status, reason, code = first.status, first.reason, first.code
    others = [each for each in outcomes if each.status is not status or each.reason is not reason or each.code != code]
    if not others:
        attempt = Attempt(account, CERTAINTY[status], reason, code, stamp.now, duration, reference)
        return [attempt] * len(outcomes), {(status, reason, code): len(outcomes)}
    verdicts = [(outcome.status, outcome.reason, outcome.code) for outcome in outcomes]
    counts = Counter(verdicts)
    shared = {
        (status, reason, code): Attempt(account, CERTAINTY[status], reason, code, stamp.now, duration, reference)
        for status, reason, code in counts
    }
    return [shared[each] for each in verdicts], counts


def _kinds(outcomes: Sequence[Outcome], verdicts: Mapping[_Verdict, int]) -> Sequence[Outcome]:
    """Return one outcome of each kind; most attempts come to one."""
    if len(verdicts) == 1:
        return outcomes[:1]
    return list({(outcome.status, outcome.reason, outcome.code): outcome for outcome in outcomes}.values())


def _started(stamp: Stamp, shipment: Shipment | None, account: str) -> AttemptStarted:
    if shipment is None:
        return AttemptStarted(stamp.reference, account, (), stamp.now)
    journeys = shipment.journeys
    return AttemptStarted(
        stamp.reference,
        account,
        tuple([(journey.envelope.number, journey.index) for journey in journeys]),
        stamp.now,
        tuple([journey.phone for journey in journeys]),
        tuple([journey.reference for journey in journeys]),
    )


def _finished(
    reference: str, account: str, verdicts: Mapping[_Verdict, int], duration: float, outcomes: Sequence[Outcome]
) -> AttemptFinished:
    counts: Counter[Status] = Counter()
    for (status, _, _), count in verdicts.items():
        counts[status] += count
    return AttemptFinished(
        reference,
        account,
        len(outcomes),
        counts[Status.ACCEPTED],
        counts[Status.REJECTED],
        counts[Status.UNKNOWN],
        counts[Status.NOT_SENT],
        tuple(sorted({str(reason) for _, reason, _ in verdicts if reason is not None})),
        duration,
        outcomes,
    )


def _all_alike(parcel: Parcel, status: Status, reason: Reason, detail: str | None, code: str | None = None) -> Outcome:
    return Outcome(parcel.phone, status, None, reason, code, detail)
