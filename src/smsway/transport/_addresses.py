"""Resolves names by a deadline, in threads of their own, and shares the time among the addresses."""

from __future__ import annotations

import asyncio
import contextlib
import os
import queue
import socket
import threading
import time
from collections.abc import Callable, Iterator

from smsway.transport._library import httpcore

_LEAST = 1.0

_lookups: dict[tuple[int, str, int], list[Callable[[list[str]], object]]] = {}
_lock = threading.Lock()


def shares(addresses: list[str], until: float) -> Iterator[tuple[str, float]]:
    """Yield each address with its share of the seconds left, so that one that swallows packets leaves time for others.

    Raises `ConnectTimeout` if nothing is left.
    """
    for index, address in enumerate(addresses):
        left = until - time.monotonic()
        if left <= 0:
            raise httpcore.ConnectTimeout("deadline")
        # No less than a packet that is lost takes to be sent again.
        yield address, max(left / (len(addresses) - index), min(left, _LEAST))


def _resolving(host: str, port: int, tell: Callable[[list[str]], object]) -> None:
    """Resolve *host* and tell its addresses, none if it has none.

    `getaddrinfo` knows no time limit, so it runs in a thread of its own, which ends with it; whoever asks for the same
    meanwhile waits for the same answer.
    """
    key = os.getpid(), host, port
    with _lock:
        if key in _lookups:
            _lookups[key].append(tell)
            return
        _lookups[key] = [tell]

    def resolve() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            found = []
        with _lock:
            waiting = _lookups.pop(key)
        for each in waiting:
            each([str(address[4][0]) for address in found])

    try:
        threading.Thread(target=resolve, name="smsway-resolve", daemon=True).start()
    except RuntimeError:  # no more threads can be had; whoever waits is told, and the next one tries again
        with _lock:
            waiting = _lookups.pop(key)
        for each in waiting:
            each([])


def addresses(host: str, port: int, until: float) -> list[str]:
    """Resolve *host*; raises `ConnectTimeout` if it takes longer than *until* (`time.monotonic`), or `ConnectError`."""
    if _is_address(host):
        return [host]
    answers: queue.SimpleQueue[list[str]] = queue.SimpleQueue()
    _resolving(host, port, answers.put)
    try:
        return _checked(answers.get(timeout=max(until - time.monotonic(), 0.001)))
    except queue.Empty:
        raise httpcore.ConnectTimeout("name resolution") from None


async def addresses_async(host: str, port: int, until: float) -> list[str]:
    """Resolve *host* as `addresses` does.

    Not in the event loop's few threads: a resolver that hangs would keep them from every other account.
    """
    if _is_address(host):
        return [host]
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[list[str]] = loop.create_future()

    def settle(found: list[str]) -> None:
        if not answer.done():
            answer.set_result(found)

    def tell(found: list[str]) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(settle, found)

    _resolving(host, port, tell)
    try:
        async with asyncio.timeout(until - time.monotonic()):
            return _checked(await answer)
    except TimeoutError:
        raise httpcore.ConnectTimeout("name resolution") from None


def _checked(found: list[str]) -> list[str]:
    if not found:
        raise httpcore.ConnectError("name resolution")
    return found


def _is_address(host: str) -> bool:
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            socket.inet_pton(family, host)
        except (OSError, UnicodeError):
            continue
        return True
    return False
