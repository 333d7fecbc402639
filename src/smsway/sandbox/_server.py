"""All the ports of a running sandbox: one per account, and one for the control API."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Callable
from functools import partial

from smsway.model import Problem, SandboxCall, SandboxReply
from smsway.sandbox._alarm import Alarm
from smsway.sandbox._books import Books
from smsway.sandbox._connection import Connection
from smsway.sandbox._desk import judge
from smsway.sandbox._door import Answer, Door
from smsway.sandbox._faults import Level
from smsway.sandbox._orders import SandboxError
from smsway.sandbox._plan import Plan
from smsway.sandbox._pusher import Pusher
from smsway.sandbox._wire import Wire

Control = Callable[[SandboxCall], SandboxReply]
"""Answers one request to the control API."""


class Server:
    """Opens the ports in a running event loop; raises `SandboxError` if one cannot be had.

    The control API never has TLS.
    """

    def __init__(
        self,
        books: Books,
        plan: Plan,
        host: str,
        context: ssl.SSLContext | None,
        push_context: ssl.SSLContext | None = None,
    ) -> None:
        self._books = books
        self._plan = plan
        self._host = host
        self._context = context
        self._doors: dict[str, Door] = {}
        self._control: Door | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._alarm = Alarm(books.clock)
        self._pusher = Pusher(books, push_context)

    @property
    def urls(self) -> dict[str, str]:
        """Account -> its address."""
        return {name: door.url for name, door in self._doors.items()}

    @property
    def control_url(self) -> str:
        """The address of the control API."""
        return "" if self._control is None else self._control.url

    def start(self, control: Control, control_port: int) -> None:
        """Take all ports, and listen."""
        # Fixed ports first: a free port that the system picks may be one that another account asks for.
        for book in sorted(self._books.accounts.values(), key=lambda book: not book.account.port):
            self._doors[book.name] = self._door(
                f"account {book.name!r}",
                book.account.port or 0,
                partial(self._answer, book.name),
                resets=partial(self._resets, book.name),
                context=self._context,
            )
        self._doors = {name: self._doors[name] for name in self._books.accounts}
        self._control = self._door("control API", control_port, partial(_answer_control, control))
        self._control.open()
        self.sync()

    def _door(
        self,
        whose: str,
        port: int,
        answer: Answer,
        *,
        resets: Callable[[], bool] = lambda: False,
        context: ssl.SSLContext | None = None,
    ) -> Door:
        try:
            return Door(self._host, port, answer, resets=resets, context=context)
        except OSError as error:
            what = (
                f"cannot listen on port {port} of {self._host}: {error.strerror}; choose another, or 0 for any free one"
            )
            raise SandboxError([Problem(whose, what)]) from error

    async def stop(self) -> None:
        """End all connections and give all ports back."""
        if self._timer is not None:
            self._timer.cancel()
        doors = [*self._doors.values(), *([self._control] if self._control else [])]
        await asyncio.gather(self._pusher.stop(), *(door.shut() for door in doors))

    def sync(self) -> None:
        """Let the ports listen or refuse as the faults in force want it, and see what time it is."""
        self._alarm.ring()
        self._pusher.sync()
        with self._books.lock:
            wanted = {name: (self._plan.refuses(name), self._plan.cuts(name)) for name in self._doors}
            end = self._plan.next_end()
        for name, (refuses, cuts) in wanted.items():
            door = self._doors[name]
            (door.refuse if refuses else door.open)()
            if cuts:
                door.close_idle()
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None if end is None else asyncio.get_running_loop().call_later(end, self.sync)

    def _resets(self, account: str) -> bool:
        with self._books.lock:
            return self._plan.strike(Level.CONNECTION, account) is not None

    async def _answer(self, account: str, connection: Connection, call: SandboxCall) -> None:
        reply, fault = judge(self._books, self._plan, account, call)
        with self._books.lock:
            now = self._books.accounts[account].now
            connection.keep = connection.keep and not self._plan.cuts(account)
        self._pusher.look(account)
        wire = Wire(connection, now, self._alarm.sleep)
        if fault is None or fault.kind.strike is None:
            await wire.answer(reply)
        else:
            await fault.kind.strike(wire, reply, fault.settings)


async def _answer_control(control: Control, connection: Connection, call: SandboxCall) -> None:
    await connection.send(Wire(connection, time.time()).render(control(call)))
