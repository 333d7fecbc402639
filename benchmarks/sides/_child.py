"""What every side of the benchmark has in common: a process that does so many calls when it is told to.

It reads one JSON object per line: `{"open": case}` makes what is measured ready, `{"do": 100}` does so many calls and
is answered with the seconds that they took, on the clock and of the processors. The end of its input ends it. Nothing
here needs more than the standard library, for each side has an environment of its own.
"""

from __future__ import annotations

import asyncio
import gc
import itertools
import json
import os
import socket
import ssl
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

T = TypeVar("T")

Work = Callable[[int], object]
"""Does something so many times."""

LOOPBACK = "127.0.0.1"
BATCH = 200
"""Recipients that a call of a stream sends to."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """What a side is to do: so many recipients in a call, and so many calls in flight.

    *body* and *headers* are the request as smsway sends it, for those who only post. *authority* is the file of the
    certificates to trust. If *stub* is an answer, it is at hand, and nothing goes over the network.
    """

    url: str
    mode: str
    recipients: int
    tasks: int
    prefix: str
    account: dict[str, Any]
    template: str
    sign: str
    params: list[str]
    vendor: str = ""
    configuration: dict[str, Any] | None = None
    authority: str = ""
    path: str = ""
    headers: dict[str, str] | None = None
    body: str = ""
    stub: str = ""

    def phones(self) -> Callable[[], list[str]]:
        """Return what gives the recipients of the next call: other ones than in the last, so that no cache helps."""
        pool = [f"{self.prefix}{number:06d}" for number in range(100_000)]
        step = self.recipients
        starts = itertools.cycle(range(0, len(pool), step))
        return lambda: pool[(start := next(starts)) : start + step]

    def numbers(self) -> Iterator[str]:
        """Yield a million phones, again and again."""
        return (f"{self.prefix}{number % 1_000_000:06d}" for number in itertools.count())

    def trust(self) -> ssl.SSLContext:
        """Return the TLS context that trusts the server of the benchmark."""
        return ssl.create_default_context(cafile=self.authority or None)


Opened = AbstractContextManager[Work]


def only_loopback() -> None:
    """Let no name but that of this machine be resolved, and heed no proxy: nothing can reach a real provider."""
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        del os.environ[name]
    resolve = socket.getaddrinfo

    def guarded(host: Any, *more: Any, **named: Any) -> Any:
        if host not in (LOOPBACK, LOOPBACK.encode()):
            raise OSError(f"the benchmark must not reach {host!r}")
        return resolve(host, *more, **named)

    socket.getaddrinfo = guarded


def serve(open_case: Callable[[Case], Opened]) -> None:
    """Do what standard input says, and answer on standard output."""
    only_loopback()
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    sys.stdout = sys.stderr  # a library that prints must not spoil the answers
    with ExitStack() as stack:
        for line in sys.stdin:
            told = json.loads(line)
            if "open" in told:
                stack.close()
                case = Case(**told["open"])
                if urlsplit(case.url).hostname != LOOPBACK:
                    raise SystemExit(f"{case.url} is not on this machine")
                work = stack.enter_context(open_case(case))
                answer = {}
            else:
                answer = timed(work, told["do"])
            print(json.dumps(answer), file=answers, flush=True)


def timed(work: Work, calls: int) -> dict[str, float]:
    """Do so many calls, and return what all of them took."""
    gc.collect()
    began, used = time.perf_counter(), time.process_time()
    work(calls)
    return {"seconds": time.perf_counter() - began, "cpu": time.process_time() - used}


@contextmanager
def in_threads(make: Callable[[], Callable[[], T]], check: Callable[[T], object], tasks: int) -> Iterator[Work]:
    """Yield what does calls in so many threads, each with a client of its own, as *make* makes it."""

    def drain(once: Callable[[], T], left: Iterator[int]) -> None:
        result = None
        for _ in left:
            result = once()
        if result is not None:
            check(result)

    each = [make() for _ in range(tasks)]
    if tasks == 1:
        yield lambda calls: drain(each[0], iter(range(calls)))
        return
    with ThreadPoolExecutor(tasks) as pool:

        def work(calls: int) -> None:
            left = iter(range(calls))
            for done in [pool.submit(drain, once, left) for once in each]:
                done.result()

        yield work


async def in_flight(once: Callable[[], Awaitable[object]], calls: int, tasks: int) -> None:
    """Do *once* so many times, with *tasks* of them at a time."""
    left = iter(range(calls))

    async def worker() -> None:
        for _ in left:
            await once()

    if tasks == 1:
        await worker()
    else:
        await asyncio.gather(*(worker() for _ in range(tasks)))
