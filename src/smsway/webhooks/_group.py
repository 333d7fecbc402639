"""Lets one thread do together what many ask for at once: while a group is being done, the next one gathers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

Given = TypeVar("Given")
Got = TypeVar("Got")


class Gatherer(Generic[Given, Got]):
    """Hands what is asked for to *work*, in the order of asking and in groups of at most *most*.

    *work* returns for each its result or the error that is its own. The thread begins with the first question and ends
    with `close`.
    """

    def __init__(self, name: str, work: Callable[[Sequence[Given]], Sequence[Got | Exception]], most: int) -> None:
        self._name = name
        self._work = work
        self._most = most
        self._lock = threading.Lock()
        self._waiting: list[tuple[Given, Future[Got]]] = []
        self._busy = False
        self._thread: ThreadPoolExecutor | None = None

    def ask(self, given: Given) -> Future[Got]:
        """Ask for one; cancelling the future takes the question back as long as it waits."""
        future: Future[Got] = Future()
        with self._lock:
            self._waiting.append((given, future))
            if not self._busy:
                self._thread = self._thread or ThreadPoolExecutor(1, self._name)
                self._thread.submit(self._work_off)
                self._busy = True
        return future

    def _work_off(self) -> None:
        while group := self._next():
            self._do([(given, future) for given, future in group if future.set_running_or_notify_cancel()])

    def _next(self) -> list[tuple[Given, Future[Got]]]:
        with self._lock:
            group, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
            self._busy = bool(group)
        return group

    def _do(self, group: Sequence[tuple[Given, Future[Got]]]) -> None:
        if not group:
            return
        try:
            results = self._work([given for given, _ in group])
        except Exception as error:  # noqa: BLE001  # it belongs to those who asked; nobody may wait for ever
            results = [error] * len(group)
        for (_, future), result in zip(group, results, strict=True):
            if isinstance(result, Exception):
                future.set_exception(result)
            else:
                future.set_result(result)

    def close(self) -> None:
        """Do all that waits, and end the thread. Whoever asks after that begins a new one."""
        with self._lock:
            thread, self._thread = self._thread, None
        if thread is not None:
            thread.shutdown(wait=True)
