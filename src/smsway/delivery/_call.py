"""One call about an account beside sending: carries a facet's requests out and says what failed."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

from smsway.delivery._clock import Clock
from smsway.delivery._effects import Flow, TransportFailure, log_defect, pause, transmit
from smsway.delivery._limiter import Limiter
from smsway.delivery._policy import BY_HTTP_STATUS
from smsway.model import CallFailed, InvalidCall, Reason, Response, SmswayError, Stamp, UnexpectedResponse
from smsway.provider import Exchange
from smsway.routing import Account

T = TypeVar("T")

CHANGES = frozenset(
    {
        "pull_reports",
        "pull_inbound",
        "add_template",
        "modify_template",
        "delete_templates",
        "add_signature",
        "modify_signature",
        "delete_signatures",
    }
)
"""The calls that change something at the vendor; if no answer comes, it may have been done. A pull empties a queue."""


@dataclass(slots=True, eq=False)
class _Progress:
    """How far a call came: a request has left, and this is the last answer."""

    transmitted: bool = False
    response: Response | None = None


@dataclass(slots=True, eq=False, repr=False)
class Caller:
    """Makes the calls of one client; *timeout* is in seconds per request where the account sets none.

    *limiter* knows the requests per second of a call by `rate_key`.
    """

    clock: Clock
    limiter: Limiter
    timeout: float

    def stamp(self) -> Stamp:
        """Return a stamp that no other call has."""
        return Stamp(self.clock.now(), self.clock.nonce())

    def call(
        self,
        account: Account,
        name: str,
        exchange: Exchange[T],
        answered: Callable[[Response], Flow[None]] | None = None,
        expires: float | None = None,
    ) -> Flow[T]:
        """Carry *exchange* out, which is the call *name* of *account*, before *expires* (monotonic clock).

        *answered* is told of each answer before that is read. Raises `InvalidCall`, and `CallFailed` for everything
        that can go wrong on the way.
        """
        progress = _Progress()
        try:
            return (yield from self._converse(account, name, exchange, answered, progress, expires))
        except (InvalidCall, GeneratorExit):
            raise
        except Exception as error:  # noqa: BLE001  # whatever a provider trips over is told in one way
            failure = _failure(error, account.name, name, progress)
        finally:
            with suppress(Exception):
                exchange.close()
        # Raised here: the frames below hold the requests.
        raise failure

    def _converse(
        self,
        account: Account,
        name: str,
        exchange: Exchange[T],
        answered: Callable[[Response], Flow[None]] | None,
        progress: _Progress,
        expires: float | None,
    ) -> Flow[T]:
        expires = math.inf if expires is None else expires
        timeout = (account.config.timeout if account.config else None) or self.timeout
        try:
            request = next(exchange)
            while True:
                while wait := self.limiter.wait(rate_key(account.name, name)):
                    if self.clock.monotonic() + wait >= expires:
                        raise TransportFailure("no time left", maybe_sent=False)
                    yield from pause(self.clock.monotonic() + wait)
                deadline = min(self.clock.monotonic() + timeout, expires)
                try:
                    # What these calls answer echoes nothing of ours, so each has a connection of its own.
                    response = yield from transmit(request, deadline, reuse=False)
                except TransportFailure as failure:
                    progress.transmitted |= failure.maybe_sent
                    raise
                progress.transmitted, progress.response = True, response
                if answered is not None:
                    yield from answered(response)
                request = exchange.send(response)
        except StopIteration as stop:
            value: T = stop.value
            return value


def rate_key(account: str, call: str) -> str:
    """Return the name under which the limiter knows the rate of a call."""
    return f"{account}/{call}"


def _failure(error: Exception, account: str, call: str, progress: _Progress) -> SmswayError:
    doubt = progress.transmitted and call in CHANGES
    match error:
        case CallFailed():
            # A refusal did nothing, unless its code leaves that open.
            doubt = error.maybe_done and call in CHANGES
            return CallFailed(error.reason, error.code, error.detail, account=account, call=call, maybe_done=doubt)
        case TransportFailure():
            reason = Reason.NO_ANSWER if error.maybe_sent else Reason.UNREACHABLE
            return CallFailed(reason, None, error.what, account=account, call=call, maybe_done=doubt)
        case UnexpectedResponse():
            status = progress.response.status if progress.response is not None else 0
            refusal = BY_HTTP_STATUS.get(status)
            return CallFailed(
                refusal or Reason.UNEXPECTED_RESPONSE,
                f"HTTP-{status}" if status else None,
                str(error),
                account=account,
                call=call,
                maybe_done=doubt and refusal is None,
            )
        case SmswayError():
            # Such as that the store could not be written.
            return error.with_traceback(None)
    log_defect(error, "a call about an account failed inside")
    what = f"{type(error).__name__} in smsway or the provider"
    return CallFailed(Reason.INTERNAL, None, what, account=account, call=call, maybe_done=doubt)
