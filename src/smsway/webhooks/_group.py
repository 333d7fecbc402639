"""Lets one thread do together what many ask for at once: while a group is being done, the next one gathers."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Generic, TypeVar

log = logging.getLogger("smsway")

Given = TypeVar("Given")
Got = TypeVar("Got")

PATIENCE = 10.0
"""Seconds that whoever closes waits for what is being done; an observer may hang for ever."""


class Gatherer(Generic[Given, Got]):
    """Hands what is asked for to *work*, in the order of asking and in groups of at most *most*.

    *work* returns for each its result or the error that is its own. The thread begins with the first question and ends
    with `close`. It is a daemon: what hangs in it keeps no process from ending.
    """

    def __init__(self, name: str, work: Callable[[Sequence[Given]], Sequence[Got | Exception]], most: int) -> None:
        self._name = name
        self._work = work
        self._most = most
        self._news = threading.Condition()
        self._waiting: list[tuple[Given, Future[Got]]] = []
        self._thread: threading.Thread | None = None
        self._ending = False

    def ask(self, given: Given) -> Future[Got]:
        """Ask for one; cancelling the future takes the question back as long as it waits."""
        future: Future[Got] = Future()
        with self._news:
            self._waiting.append((given, future))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()
            self._news.notify_all()
        return future

    def _run(self) -> None:
        while group := self._next():
            self._do([(given, future) for given, future in group if future.set_running_or_notify_cancel()])

    def _next(self) -> list[tuple[Given, Future[Got]]]:
        with self._news:
            while not self._waiting and not self._ending:
                self._news.wait()
            group, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
            if not group:
                self._thread = None
                self._news.notify_all()
        return group

    def _do(self, group: Sequence[tuple[Given, Future[Got]]]) -> None:
        if not group:
            return
        results: Sequence[Got | Exception]
        try:
            results = self._work([given for given, _ in group])
        except Exception as error:  # noqa: BLE001  # it belongs to those who asked; nobody may wait for ever
            results = [error] * len(group)
        except BaseException as error:  # noqa: BLE001  # such as a hook's `sys.exit`, which must not end the others' work
            log.error("%s was interrupted by %s", self._name, type(error).__name__)  # noqa: TRY400  # its frames hold phones
            results = [RuntimeError(type(error).__name__)] * len(group)
        for (_, future), result in zip(group, results, strict=True):
            if isinstance(result, Exception):
                future.set_exception(result)
            else:
                future.set_result(result)

    def close(self) -> None:
        """Do all that waits, and end the thread, or leave it alone if it hangs. Whoever asks later begins a new one."""
        with self._news:
            self._ending = True
            self._news.notify_all()
            done = self._news.wait_for(lambda: self._thread is None, PATIENCE)
            self._ending = False
            if not done:
                log.error("%s hangs, and is left alone; what is stored is processed by the next process", self._name)
                self._thread = None
