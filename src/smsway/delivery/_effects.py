"""What the engine asks of a driver, and what it is told. The engine itself does no I/O and never sleeps."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from smsway.model import AttemptFinished, AttemptStarted, HealthChanged, OutcomeSettled, Request, Response

log = logging.getLogger("smsway")

T = TypeVar("T")

Event: TypeAlias = AttemptStarted | AttemptFinished | OutcomeSettled


@dataclass(frozen=True, slots=True)
class Transmit:
    """Send *request* and bring its whole response, all before *deadline* (seconds, the driver's monotonic clock).

    *reuse* allows a connection that carried earlier requests. The driver raises `TransportFailure` into the engine if
    no whole response came.
    """

    request: Request
    deadline: float
    reuse: bool


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait until *until* (seconds, the driver's monotonic clock)."""

    until: float


@dataclass(frozen=True, slots=True)
class Record:
    """Tell the journal and the observers; only the start of an attempt may be refused, by raising.

    Of a change of health, only the observers are told.
    """

    event: Event | HealthChanged


@dataclass(frozen=True, slots=True)
class Keep:
    """Carry out *work*, which reads or writes a store and so may block, and bring what it returns."""

    work: Callable[[], Any]


Effect: TypeAlias = Transmit | Pause | Record | Keep

Flow: TypeAlias = Generator[Effect, Any, T]
"""A part of the engine: yields effects, receives answers, returns a `T`."""


class TransportFailure(Exception):
    """No whole response came.

    *maybe_sent* is False only if it is proven that no byte of the request left. *what* names the phase and the kind
    of failure; it quotes nothing of the request. Never leaves the engine.
    """

    def __init__(self, what: str, *, maybe_sent: bool) -> None:
        super().__init__(what)
        self.what = what
        self.maybe_sent = maybe_sent


def transmit(request: Request, deadline: float, *, reuse: bool) -> Flow[Response]:
    """Yield a `Transmit` and return its typed answer."""
    response: Response = yield Transmit(request, deadline, reuse)
    return response


def pause(until: float) -> Flow[None]:
    """Yield a `Pause`."""
    yield Pause(until)


def record(event: Event | HealthChanged) -> Flow[None]:
    """Yield a `Record`."""
    yield Record(event)


def keep(work: Callable[[], T]) -> Flow[T]:
    """Yield a `Keep` and return its typed answer."""
    value: T = yield Keep(work)
    return value


def log_defect(error: Exception, what: str) -> None:
    """Log the kind and the place of *error*; its text and its frames' locals may hold the message."""
    where = error.__traceback__
    while where is not None and where.tb_next is not None:
        where = where.tb_next
    place = f"{where.tb_frame.f_code.co_filename}:{where.tb_lineno}" if where is not None else "?"
    log.error("%s: %s at %s", what, type(error).__name__, place)
