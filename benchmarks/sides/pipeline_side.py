"""The simplest pipeline on httpcore's connections: normalize by a pattern, chunk, write JSON, post, parse, yield.

It has no routes and no certainty: what fails raises, and answers are taken by their order. A call is 200 recipients.
It comes in two modes, of one connection after which the next request goes out, and of threads with one each.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import re
import time
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from queue import SimpleQueue
from typing import Any

import httpcore
from _child import BATCH, Case, Work, serve

_E164 = re.compile(r"\+86([1-9][0-9]{6,12})")
THREADS = 8
"""As many as smsway has requests in flight by default."""


class Pipeline:
    """Sends to phones, over the connections that are free."""

    def __init__(self, case: Case, connections: int) -> None:
        self._case = case
        self._url = httpcore.URL(
            f"{case.url}/v5/tlssmssvr/sendmultisms2?sdkappid={case.account['sdk_app_id']}&random=7"
        )
        self._idle: SimpleQueue[httpcore.HTTPConnection] = SimpleQueue()
        for _ in range(connections):
            self._idle.put(httpcore.HTTPConnection(self._url.origin))

    def post(self, phones: list[str]) -> list[tuple[str, Any]]:
        """Send to up to 200, and return a result for each."""
        mobiles = [_E164.fullmatch(phone)[1] for phone in phones]  # type: ignore[index]  # who is no phone, raises
        now = int(time.time())
        text = f"appkey={self._case.account['app_key']}&random=7&time={now}&mobile={','.join(mobiles)}"
        body = json.dumps(
            {
                "tel": [{"nationcode": "86", "mobile": mobile} for mobile in mobiles],
                "sign": self._case.sign,
                "tpl_id": int(self._case.template),
                "params": self._case.params,
                "sig": hashlib.sha256(text.encode()).hexdigest(),
                "time": now,
                "extend": "",
                "ext": str(now),
            }
        ).encode()
        headers = {"Host": self._url.host.decode(), "Content-Length": str(len(body))}
        connection = self._idle.get()
        answer = json.loads(connection.request("POST", self._url, headers=headers, content=body).content)
        self._idle.put(connection)
        if answer["result"] != 0:
            raise SystemExit(f"not accepted: {answer['errmsg']}")
        return [(phone, item["sid"]) for phone, item in zip(phones, answer["detail"], strict=True)]

    def close(self) -> None:
        """Close the connections."""
        while not self._idle.empty():
            self._idle.get().close()


def chunks(case: Case, calls: int) -> Iterator[list[str]]:
    """Yield 200 phones at a time."""
    phones = case.numbers()
    return (list(itertools.islice(phones, BATCH)) for _ in range(calls))


def sequential(pipeline: Pipeline, case: Case, calls: int) -> Iterator[tuple[str, Any]]:
    """Send one batch after the other."""
    for chunk in chunks(case, calls):
        yield from pipeline.post(chunk)


def threaded(pipeline: Pipeline, case: Case, calls: int) -> Iterator[tuple[str, Any]]:
    """Send so many batches at once."""
    flying: deque[Future[list[tuple[str, Any]]]] = deque()
    with ThreadPoolExecutor(THREADS) as pool:
        for chunk in chunks(case, calls):
            flying.append(pool.submit(pipeline.post, chunk))
            if len(flying) >= THREADS:
                yield from flying.popleft().result()
        for each in flying:
            yield from each.result()


def check(results: Iterable[tuple[str, Any]], count: int) -> None:
    """Count the results."""
    if sum(bool(sid) for _, sid in results) != count:
        raise SystemExit("some were not accepted")


@contextmanager
def opened(case: Case) -> Iterator[Work]:
    """Yield what sends."""
    run, connections = (threaded, THREADS) if case.mode == "threads" else (sequential, 1)
    pipeline = Pipeline(case, connections)
    yield lambda calls: check(run(pipeline, case, calls), calls * BATCH)
    pipeline.close()


if __name__ == "__main__":
    serve(opened)
