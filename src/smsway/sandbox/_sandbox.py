"""The sandbox as a test, a demo or the command line runs it."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, suppress
from functools import partial
from threading import Thread, get_ident
from types import TracebackType
from typing import Self, Unpack

from smsway.config import is_loopback
from smsway.model import Problem
from smsway.sandbox._account import SandboxAccount
from smsway.sandbox._books import Books, Submission
from smsway.sandbox._control import control
from smsway.sandbox._operator import AccountState, InForce, Operator
from smsway.sandbox._orders import (
    EVERY,
    BalanceOrder,
    ClockOrder,
    FaultLimits,
    Injection,
    Limits,
    RateOrder,
    Refusal,
    SandboxError,
    read,
)
from smsway.sandbox._plan import Plan
from smsway.sandbox._server import Server

_PATIENCE = 10.0
_LAST_PORT = 65_535
_RUNNING = Problem("sandbox", "is running already; make another one")


class Sandbox:
    """A server that plays the vendors of *accounts*, each on a port of its own of *host*.

    As a context manager it runs in a thread of its own; `serve` runs it in the caller's event loop. *port* is that of
    the control API, 0 for any free one. *clock* gives seconds since the epoch. With an *ssl_context* the accounts
    speak TLS. A host that others can reach needs *allow_remote*, for whoever reaches it can read every text's phone.

    All other methods may be called from any thread, running or not. They raise `SandboxError`, which is a
    `ValueError`, if an input is wrong.
    """

    def __init__(
        self,
        accounts: Sequence[SandboxAccount],
        host: str = "127.0.0.1",
        port: int = 0,
        clock: Callable[[], float] = time.time,
        *,
        ssl_context: ssl.SSLContext | None = None,
        allow_remote: bool = False,
    ) -> None:
        problems = [*_problems(accounts, host, port, allow_remote=allow_remote)]
        if problems:
            raise SandboxError(problems)
        self._host = host
        self._port = port
        self._context = ssl_context
        self._books = Books(accounts, clock)
        self._plan = Plan()
        self._operator = Operator(self._books, self._plan, self._urls, self._sync)
        self._server: Server | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._end: asyncio.Event | None = None
        self._home = 0
        self._threads = ExitStack()

    def __enter__(self) -> Self:
        """Run in a thread; raises `SandboxError` if a port cannot be had."""
        if self._server is not None:
            raise SandboxError([_RUNNING])
        started: Future[None] = Future()
        thread = Thread(target=self._run, args=(started,), name="smsway-sandbox", daemon=True)
        thread.start()
        try:
            started.result()
        except BaseException:
            self.stop()
            thread.join(_PATIENCE)
            raise
        self._threads.callback(thread.join)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self._threads.close()

    def _run(self, started: Future[None]) -> None:
        try:
            with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
                runner.run(self.serve(partial(started.set_result, None)))
        except Exception as error:  # noqa: BLE001  # raised again by the thread that waits for the start
            started.set_exception(error)

    async def serve(self, ready: Callable[[], None] | None = None) -> None:
        """Run until `stop` or until cancelled; *ready* is called when all ports are open.

        The event loop must have `add_reader`, as all but the proactor loop of Windows do.
        """
        if self._server is not None:
            raise SandboxError([_RUNNING])
        server = Server(self._books, self._plan, self._host, self._context)
        end = asyncio.Event()
        try:
            server.start(partial(control, self._operator), self._port)
            self._loop, self._end, self._home, self._server = asyncio.get_running_loop(), end, get_ident(), server
            if ready is not None:
                ready()
            await end.wait()
        finally:
            self._server = None
            await server.stop()

    def stop(self) -> None:
        """End the server and all its connections; whoever runs it returns soon."""
        if self._loop is not None and self._end is not None:
            with suppress(RuntimeError):  # the loop has ended already
                self._loop.call_soon_threadsafe(self._end.set)

    def _sync(self) -> None:
        """Let the ports open or close in the server's event loop, and wait until they have."""
        server, loop = self._server, self._loop
        if server is None or loop is None:
            return
        if get_ident() == self._home:
            server.sync()
            return
        done: Future[None] = Future()
        try:
            loop.call_soon_threadsafe(_settle, done, server.sync)
        except RuntimeError:
            return  # the loop has ended meanwhile, and the ports with it
        done.result(_PATIENCE)

    @property
    def urls(self) -> Mapping[str, str]:
        """Account -> the address of its API, `http://127.0.0.1:8081`; raises `SandboxError` if it does not run."""
        return self._running().urls

    @property
    def control_url(self) -> str:
        """The address of the control API; raises `SandboxError` if it does not run."""
        return self._running().control_url

    def _running(self) -> Server:
        if self._server is None:
            raise SandboxError([Problem("sandbox", "does not run; use it inside `with`, or after `serve` is ready")])
        return self._server

    def _urls(self) -> Mapping[str, str]:
        return {} if self._server is None else self._server.urls

    def texts(self) -> dict[str, int]:
        """Return how many texts each phone (E.164) got, over all accounts."""
        return self._operator.texts()

    def submissions(self, account: str | None = None) -> list[Submission]:
        """Return the texts that one account or any accepted, in the order they were accepted."""
        return self._operator.submissions(EVERY if account is None else account)

    def requests(self) -> dict[str, int]:
        """Return how many requests each account received whole, whatever became of them."""
        return {each.name: each.requests for each in self._operator.accounts()}

    def accounts(self) -> list[AccountState]:
        """Return every account as it stands."""
        return self._operator.accounts()

    def inject(self, fault: str, **limits: Unpack[FaultLimits]) -> int:
        """Let a fault of `FAULTS` strike, as the fields of `Injection` tell; return its id.

        `inject("slow", account="cn", times=3, delay=5)`
        """
        return self._operator.inject(read(Injection, {"fault": fault, **limits}))

    def refuse_recipients(self, reason: str, **limits: Unpack[Limits]) -> int:
        """Let the vendor refuse recipients, as the fields of `Refusal` tell; return the refusal's id."""
        return self._operator.refuse(read(Refusal, {"reason": reason, **limits}))

    def faults(self) -> list[InForce]:
        """Return the faults in force, the oldest first."""
        return self._operator.faults()

    def refusals(self) -> list[InForce]:
        """Return the refusals of recipients in force, the oldest first."""
        return self._operator.refusals()

    def clear_faults(self, id: int | None = None) -> int:  # noqa: A002  # as in the control API
        """End the fault or refusal with this id, or all; return how many were ended."""
        return self._operator.lift(id)

    def set_balance(self, account: str, balance: int | None) -> None:
        """Set an account's balance; `None` sets no limit."""
        self._operator.set_balance(read(BalanceOrder, {"account": account, "balance": balance}))

    def set_rate(self, account: str, rate: float | None) -> None:
        """Set an account's requests per second; `None` sets no limit."""
        self._operator.set_rate(read(RateOrder, {"account": account, "rate": rate}))

    def set_clock(self, offset: float, account: str = EVERY) -> None:
        """Set how many seconds the vendor's clock is ahead (behind, if negative)."""
        self._operator.set_clock(read(ClockOrder, {"account": account, "offset": offset}))

    def reset(self) -> None:
        """Forget all texts and faults, and set every account back to how it was made."""
        self._operator.reset()


def _settle(done: Future[None], what: Callable[[], None]) -> None:
    try:
        what()
        done.set_result(None)
    except Exception as error:  # noqa: BLE001  # raised again in the thread that waits
        done.set_exception(error)


def _problems(accounts: Sequence[SandboxAccount], host: str, port: int, *, allow_remote: bool) -> Iterator[Problem]:
    if not (allow_remote or is_loopback(host)):
        yield Problem("host", f"{host!r} can be reached from elsewhere; take '127.0.0.1', or say allow_remote=True")
    ports = {"port": port, **{f"account {each.name!r}": each.port or 0 for each in accounts}}
    for where, number in ports.items():
        # The system would take the remainder by 65536, and listen there.
        if not 0 <= number <= _LAST_PORT:
            yield Problem(where, f"{number} is no port; choose one up to {_LAST_PORT}, or 0 for any free one")
