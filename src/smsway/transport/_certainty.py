"""What a transport failure proves: nothing was sent only if no byte of the request can have left."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from smsway.delivery import TransportFailure
from smsway.transport._library import httpcore, httpx

BEFORE_SENDING: frozenset[type[BaseException]] = frozenset(
    {
        httpx.ConnectError,
        httpx.ConnectTimeout,
        httpx.PoolTimeout,
        httpx.ProxyError,
        httpx.UnsupportedProtocol,
        httpx.InvalidURL,
        httpcore.ConnectError,
        httpcore.ConnectTimeout,
        httpcore.PoolTimeout,
        httpcore.ProxyError,
        httpcore.UnsupportedProtocol,
    }
)
"""Exceptions raised only before the first byte of a request: resolving, connecting, TLS, or waiting for that."""

_WRITING = "send_request"


@dataclass(slots=True)
class Phases:
    """Follows one request: our transport says what it enters, others report to httpcore's `trace` extension.

    *complete* says that the transport is ours, so that having seen nothing is itself a proof. Of another transport that
    reports nothing, only the kind of exception can prove anything. *waits* wants to know when nothing can be done but
    wait; *waited* is True once it was told.
    """

    complete: bool = False
    waits: Callable[[], None] | None = None
    last: str = ""
    writing: bool = False
    waited: bool = False

    def wait(self) -> None:
        """Say that nothing can be done from now on but wait."""
        if self.waits is not None and not self.waited:
            self.waited = True
            self.waits()

    def enter(self, phase: str) -> None:
        """Note that *phase* begins, by httpcore's name for it."""
        self.last = phase
        if phase.startswith(_WRITING):
            self.writing = True

    def note(self, name: str, info: dict[str, Any]) -> None:  # noqa: ARG002  # the signature of the extension
        """Note what `trace` reports (sync)."""
        phase = name.partition(".")[2].partition(".")[0]
        # Closing follows a failure; what is told is the phase that failed.
        if phase != "response_closed":
            self.enter(phase)

    async def anote(self, name: str, info: dict[str, Any]) -> None:
        """Note what `trace` reports (async)."""
        self.note(name, info)

    def failure(self, error: BaseException) -> TransportFailure:
        """Say what *error* proves. Its text is left out: it can quote headers and URLs."""
        proven = type(error) in BEFORE_SENDING or (not self.writing and (self.complete or bool(self.last)))
        phase = self.last or "before connecting"
        return TransportFailure(f"{type(error).__name__} in {phase}", maybe_sent=not proven)
