"""What one request tells about the health of everything that it went through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from smsway.delivery._breaker import Sign
from smsway.delivery._policy import BEARINGS, UNHEARD, Bearing
from smsway.model import Domain, Filled, Outcome, Reason, Scope, Status

_GOOD = Bearing(Sign.GOOD)
_TELLS_NOTHING = Bearing(Sign.NEUTRAL)
_BLAMES = frozenset({Sign.FAILURE, Sign.FAULT})


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


_WELL = Sample(Sign.GOOD, heard=True)
"""What most requests tell."""


def sample_of(outcomes: Sequence[Outcome], *, slow: bool = False, rest: float = 0.0) -> Sample:
    """Read the outcomes of one request as one sample; refused recipients are a good sign."""
    if len(outcomes) == 1 and outcomes[0].status is Status.ACCEPTED and not slow and not rest:
        return _WELL
    # Most outcomes of a request are alike, so each kind is looked at once.
    kinds = {(outcome.status, outcome.reason): outcome for outcome in outcomes}.values()
    bearings = [(outcome, bearing_of(outcome)) for outcome in kinds]
    teller, sign = _telling(bearings)
    return Sample(
        sign,
        bearing_of(teller).scope if sign in _BLAMES else Scope.ACCOUNT,
        cause_of(teller.reason, teller.code) if sign in _BLAMES else "",
        heard=any(outcome.reason is not Reason.UNREACHABLE and outcome.reason not in UNHEARD for outcome in kinds),
        throttled=any(bearing.throttles for _, bearing in bearings),
        slow=slow,
        rest=rest,
    )


def _telling(bearings: Sequence[tuple[Outcome, Bearing]]) -> tuple[Outcome, Sign]:
    """Return what a request tells as a whole, and the outcome that tells it."""
    for outcome, bearing in bearings:
        # What is refused of a template for some is about their params.
        if bearing.sign is Sign.FAULT and (bearing.scope is Scope.ACCOUNT or len(bearings) == 1):
            return outcome, Sign.FAULT
    signs = {bearing.sign for _, bearing in bearings}
    first = bearings[0][0]
    if Sign.GOOD in signs:
        return first, Sign.GOOD
    return first, Sign.FAILURE if signs == {Sign.FAILURE} else Sign.NEUTRAL


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
    return _topics(account, content.template, content.signature, content.sender)


@lru_cache(maxsize=256)
def _topics(account: str, template: str | None, *signs: str) -> tuple[Domain, ...]:
    topics = [] if template is None else [Domain(Scope.TEMPLATE, template, account)]
    return (*topics, *(Domain(Scope.SIGNATURE, name, account) for name in signs if name))
