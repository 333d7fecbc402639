"""Where the server runs: in a thread of its own, or in the caller's event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from threading import Thread, get_ident

from smsway.model import Problem
from smsway.sandbox._orders import SandboxError
from smsway.sandbox._server import Control, Server

_PATIENCE = 10.0
_RUNNING = Problem("sandbox", "is running already; make another one")


class Runner:
    """Starts servers that *make* returns, one after the other, with the control API at *port*.

    *server* is the one that runs, `None` if none does.
    """

    def __init__(self, make: Callable[[], Server], control: Control, port: int) -> None:
        self._make = make
        self._control = control
        self._port = port
        self._loop: asyncio.AbstractEventLoop | None = None
        self._end: asyncio.Event | None = None
        self._home = 0
        self._thread: Thread | None = None
        self.server: Server | None = None

    def start(self) -> None:
        """Run in a thread; raises `SandboxError` if it runs already or a port cannot be had."""
        if self.server is not None:
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
        self._thread = thread

    def join(self) -> None:
        """End the server, and wait until its thread has ended."""
        self.stop()
        if self._thread is not None:
            self._thread.join()

    def _run(self, started: Future[None]) -> None:
        try:
            with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
                runner.run(self.serve(partial(started.set_result, None)))
        except Exception as error:  # noqa: BLE001  # raised again by the thread that waits for the start
            started.set_exception(error)

    async def serve(self, ready: Callable[[], None] | None = None) -> None:
        """Run until `stop` or until cancelled; *ready* is called when all ports are open."""
        if self.server is not None:
            raise SandboxError([_RUNNING])
        server = self._make()
        end = asyncio.Event()
        try:
            server.start(self._control, self._port)
            self._loop, self._end, self._home, self.server = asyncio.get_running_loop(), end, get_ident(), server
            if ready is not None:
                ready()
            await end.wait()
        finally:
            self.server = None
            await server.stop()

    def stop(self) -> None:
        """End the server and all its connections; whoever runs it returns soon."""
        if self._loop is not None and self._end is not None:
            with suppress(RuntimeError):  # the loop has ended already
                self._loop.call_soon_threadsafe(self._end.set)

    def sync(self) -> None:
        """Let the server look at what has changed, in its event loop, and wait until it has."""
        server, loop = self.server, self._loop
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


def _settle(done: Future[None], what: Callable[[], None]) -> None:
    try:
        what()
        done.set_result(None)
    except Exception as error:  # noqa: BLE001  # raised again in the thread that waits
        done.set_exception(error)
