"""What one request tells about the health of everything that it went through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from smsway.delivery._breaker import Sign
from smsway.delivery._policy import BEARINGS, UNHEARD, Bearing
from smsway.model import Domain, Filled, Outcome, Reason, Scope, Status

_GOOD = Bearing(Sign.GOOD)
_TELLS_NOTHING = Bearing(Sign.NEUTRAL)


@dataclass(frozen=True, slots=True)
class Sample:
    """One request.

    *sign* is what it tells about *scope*, and *heard* is True if it reached its host. *throttled* is True if the vendor
    asked for fewer requests, *slow* if it took long, and *rest* is how many seconds the vendor asked to be left alone.
    """

    sign: Sign = Sign.NEUTRAL
    scope: Scope = Scope.ACCOUNT
    cause: str = ""
    heard: bool = False
    throttled: bool = False
    slow: bool = False
    rest: float = 0.0

    def sign_for(self, scope: Scope) -> Sign:
        """Return what it tells about a domain of *scope*, for what fails in one is no failure of another."""
        if scope is self.scope:
            return self.sign
        if scope is Scope.CONNECTION:
            return Sign.GOOD if self.heard else Sign.NEUTRAL
        return Sign.GOOD if self.sign is Sign.GOOD else Sign.NEUTRAL


def sample_of(outcomes: Sequence[Outcome], *, slow: bool = False, rest: float = 0.0) -> Sample:
    """Read the outcomes of one request as one sample; refused recipients are a good sign."""
    bearings = [bearing_of(outcome) for outcome in outcomes]
    throttled = any(each.throttles for each in bearings)
    heard = not all(each.reason is Reason.UNREACHABLE or each.reason in UNHEARD for each in outcomes)
    for outcome, each in zip(outcomes, bearings, strict=True):
        if each.sign is Sign.FAULT and (each.scope is Scope.ACCOUNT or all(other is each for other in bearings)):
            return Sample(Sign.FAULT, each.scope, cause_of(outcome.reason, outcome.code), heard, throttled, slow, rest)
    signs = {each.sign for each in bearings}
    if Sign.GOOD in signs:
        return Sample(Sign.GOOD, Scope.ACCOUNT, "", heard, throttled, slow, rest)
    if signs != {Sign.FAILURE}:
        return Sample(Sign.NEUTRAL, Scope.ACCOUNT, "", heard, throttled, slow, rest)
    first = outcomes[0]
    return Sample(Sign.FAILURE, bearings[0].scope, cause_of(first.reason, first.code), heard, throttled, slow, rest)


def bearing_of(outcome: Outcome) -> Bearing:
    """Return what *outcome* bears on."""
    if outcome.status is Status.ACCEPTED:
        return _GOOD
    return BEARINGS.get(outcome.reason or Reason.OTHER, _TELLS_NOTHING)


def cause_of(reason: Reason | None, code: str | None) -> str:
    """Say what opened a breaker."""
    return f"{reason or 'failures'}{f' (code {code})' if code else ''}"


def topics_of(account: str, content: Filled) -> tuple[Domain, ...]:
    """Return the domains of what *content* names at *account*: its template, its signature, its sender id."""
    topics = []
    if content.template is not None:
        topics.append(Domain(Scope.TEMPLATE, content.template, account))
    topics += [Domain(Scope.SIGNATURE, name, account) for name in (content.signature, content.sender) if name]
    return tuple(topics)
