"""Posts what the vendors have to post, account by account, by each vendor's rule."""

from __future__ import annotations

import asyncio
import logging
import ssl
from dataclasses import replace

from smsway.model import SandboxInbound, SandboxPush, SandboxPusher, SandboxReport, SandboxSigner
from smsway.sandbox._alarm import Alarm
from smsway.sandbox._books import AccountBook, Books
from smsway.sandbox._desk import place_of
from smsway.sandbox._outbox import Outbox, Push
from smsway.sandbox._post import Answer, post

_log = logging.getLogger("smsway.sandbox")


class Pusher:
    """Runs a task per account whose side pushes, in a running event loop; *context* is for https."""

    def __init__(self, books: Books, context: ssl.SSLContext | None) -> None:
        self._books = books
        self._context = context
        self._alarm = Alarm(books.clock)
        self._tasks: dict[str, tuple[Outbox, asyncio.Task[None]]] = {}

    def sync(self) -> None:
        """Look again at what there is to post, and begin anew with an account that was set back."""
        with self._books.lock:
            outboxes = {name: book.outbox for name, book in self._books.accounts.items()}
        for name, outbox in outboxes.items():
            known, task = self._tasks.get(name, (None, None))
            if outbox is not None and outbox is not known:
                if task is not None:
                    task.cancel()
                line = _Line(self._books, self._books.accounts[name], outbox, self._context)
                self._tasks[name] = outbox, asyncio.get_running_loop().create_task(line.run(self._alarm))
        self._alarm.ring()

    def look(self, account: str) -> None:
        """See whether *account* has something to post."""
        if self._books.accounts[account].address is not None:
            self._alarm.ring()

    async def stop(self) -> None:
        """End all tasks; what is under way goes on with the next start."""
        tasks = [task for _, task in self._tasks.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class _Line:
    """One account's posting."""

    def __init__(self, books: Books, book: AccountBook, outbox: Outbox, context: ssl.SSLContext | None) -> None:
        self._books = books
        self._book = book
        self._outbox = outbox
        self._context = context

    async def run(self, alarm: Alarm) -> None:
        """Post until cancelled, or until the account is set back."""
        while True:
            with self._books.lock:
                if self._book.outbox is not self._outbox:
                    return
                self._book.settle()
                push = self._outbox.next(self._books.clock.elapsed())
                wait = self._book.due_in if push is None else self._outbox.due - self._books.clock.elapsed()
            if push is not None and wait is not None and wait <= 0:
                await self._try(push)
            else:
                await alarm.wait(wait)

    async def _try(self, push: Push) -> None:
        side = self._book.account.side
        assert isinstance(side, SandboxPusher)  # noqa: S101  # no other account has an outbox
        request = self._written(side, push)
        if request is None:
            with self._books.lock:
                self._outbox.give_up()
            return
        status, acknowledged = None, False
        try:
            answer = await post(push.url, request, self._context)
            if answer is not None:
                status, acknowledged = answer.status, self._acknowledged(side, answer)
        finally:
            # If we are stopped in the middle, that was a try as well.
            with self._books.lock:
                self._outbox.tried(status, acknowledged=acknowledged)

    def _written(self, side: SandboxPusher, push: Push) -> SandboxPush | None:
        reports = [item for item in push.items if isinstance(item, SandboxReport)]
        try:
            written = side.push(reports or [item for item in push.items if isinstance(item, SandboxInbound)])
            signature = side.sign(written, push.url) if isinstance(side, SandboxSigner) else {}
            return replace(written, headers={**written.headers, **signature})
        except Exception as error:  # noqa: BLE001  # a broken side shall not end the server
            self._tell(error)
            return None

    def _acknowledged(self, side: SandboxPusher, answer: Answer) -> bool:
        try:
            return side.acknowledged(answer.status, answer.body)
        except Exception as error:  # noqa: BLE001  # as above
            self._tell(error)
            return False

    def _tell(self, error: Exception) -> None:
        _log.error(
            "the sandbox side of account %r raised %s at %s", self._book.name, type(error).__name__, place_of(error)
        )
