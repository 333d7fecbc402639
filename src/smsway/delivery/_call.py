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


_TELLINGS = 2
"""So many times an exchange is told of a failure: it may yield one more request, such as one that tidies up."""


@dataclass(slots=True, eq=False)
class _Progress:
    """How far a call came.

    *transmitted* is True once a request has left, *earlier* if one had left before the last request, and *response* is
    the answer to that.
    """

    transmitted: bool = False
    earlier: bool = False
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
        that can go wrong on the way. If no answer comes, *exchange* is told, and can say what went before.
        """
        progress = _Progress()
        failure: SmswayError
        try:
            return (yield from self._converse(account, name, exchange, answered, progress, expires))
        except (InvalidCall, GeneratorExit):
            raise
        except TransportFailure as error:
            failure = _unanswered(error, exchange, account.name, name, progress)
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
                progress.response, progress.earlier = None, progress.transmitted
                with self.limiter.turn(rate_key(account.name, name)) as turn:
                    while wait := (yield from turn.ask()):
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


def _unanswered(
    error: TransportFailure, exchange: Exchange[T], account: str, call: str, progress: _Progress
) -> CallFailed:
    """Return the failure of a call to whose last request no answer came, with what *exchange* adds to its detail."""
    reason = Reason.NO_ANSWER if error.maybe_sent else Reason.UNREACHABLE
    doubt = progress.transmitted and call in CHANGES
    thrown = CallFailed(reason, None, error.what, account=account, call=call, maybe_done=doubt)
    detail = _comment(exchange, thrown) or error.what
    # Made anew: the traceback of the one that was thrown leads into the exchange, whose frames hold the requests.
    return CallFailed(reason, None, detail, account=account, call=call, maybe_done=doubt)


def _comment(exchange: Exchange[T], failure: CallFailed) -> str | None:
    """Throw *failure* into *exchange*, and return the detail that this raises it with.

    The failure stands whatever else the exchange does. What it returns is dropped, for it may be a part that looks like
    the whole. Whatever else it raises is a defect of the provider.
    """
    for _ in range(_TELLINGS):
        try:
            exchange.throw(failure)
        except CallFailed as told:
            return told.detail
        except StopIteration:
            break
        except Exception as error:  # noqa: BLE001  # as in `call`
            log_defect(error, "a provider failed over a request without an answer")
            break
    return None


def _failure(error: Exception, account: str, call: str, progress: _Progress) -> SmswayError:
    doubt = progress.transmitted and call in CHANGES
    # A refusal did nothing, but says nothing of the requests that went before.
    partly = progress.earlier and call in CHANGES
    match error:
        case CallFailed():
            doubt = partly or (error.maybe_done and call in CHANGES)
            return CallFailed(error.reason, error.code, error.detail, account=account, call=call, maybe_done=doubt)
        case UnexpectedResponse():
            status = progress.response.status if progress.response is not None else 0
            refusal = BY_HTTP_STATUS.get(status)
            return CallFailed(
                refusal or Reason.UNEXPECTED_RESPONSE,
                f"HTTP-{status}" if status else None,
                str(error),
                account=account,
                call=call,
                maybe_done=partly if refusal else doubt,
            )
        case SmswayError():
            # Such as that the store could not be written.
            return error.with_traceback(None)
    log_defect(error, "a call about an account failed inside")
    what = f"{type(error).__name__} in smsway or the provider"
    return CallFailed(Reason.INTERNAL, None, what, account=account, call=call, maybe_done=doubt)
