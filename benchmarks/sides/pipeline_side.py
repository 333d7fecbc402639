"""A pipeline on httpcore's connections: normalize by a pattern, route, group, chunk, sign, post, parse, yield results.

It has no certainty: what fails raises. A call is 200 recipients.
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
from dataclasses import dataclass
from queue import SimpleQueue

import httpcore
from _child import BATCH, Case, Work, serve

_E164 = re.compile(r"\+([1-9][0-9]{6,14})")
ROUTES = (("1", "us"), ("44", "uk"), ("86", "cn"))
"""Which account takes the phones that begin so."""


@dataclass(slots=True)
class Result:
    """What became of a phone."""

    phone: str
    account: str
    code: int
    message_id: str


THREADS = 8
"""As many as smsway has requests in flight by default."""


@dataclass(slots=True)
class Chunk:
    """The digits of phones that go to an account."""

    account: str
    digits: list[str]


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

    def post(self, chunk: Chunk) -> list[Result]:
        """Send to up to 200, and return a result for each."""
        mobiles = [digits[2:] for digits in chunk.digits]
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
        items = {item["nationcode"] + item["mobile"]: item for item in answer["detail"]}
        return [
            Result(f"+{digits}", chunk.account, items[digits]["result"], items[digits]["sid"])
            for digits in chunk.digits
        ]

    def close(self) -> None:
        """Close the connections."""
        while not self._idle.empty():
            self._idle.get().close()


def planned(phones: Iterable[str]) -> Iterator[Chunk]:
    """Normalize and route phones, and yield chunks of 200 for one account."""
    groups: dict[str, list[str]] = {}
    for phone in phones:
        found = _E164.fullmatch(phone)
        if found is None:
            raise SystemExit("no phone")
        digits = found[1]
        for prefix, each in ROUTES:
            if digits.startswith(prefix):
                account = each
                break
        else:
            raise SystemExit("no route")
        group = groups.setdefault(account, [])
        group.append(digits)
        if len(group) == BATCH:
            yield Chunk(account, groups.pop(account))
    for account, group in groups.items():
        yield Chunk(account, group)


def chunks(case: Case, calls: int) -> Iterator[Chunk]:
    """Yield the chunks of so many calls."""
    return planned(itertools.islice(case.numbers(), calls * BATCH))


def sequential(pipeline: Pipeline, case: Case, calls: int) -> Iterator[Result]:
    """Send one batch after the other."""
    for chunk in chunks(case, calls):
        yield from pipeline.post(chunk)


def threaded(pipeline: Pipeline, case: Case, calls: int) -> Iterator[Result]:
    """Send so many batches at once."""
    flying: deque[Future[list[Result]]] = deque()
    with ThreadPoolExecutor(THREADS) as pool:
        for chunk in chunks(case, calls):
            flying.append(pool.submit(pipeline.post, chunk))
            if len(flying) >= THREADS:
                yield from flying.popleft().result()
        for each in flying:
            yield from each.result()


def check(results: Iterable[Result], count: int) -> None:
    """Count the results."""
    if sum(result.code == 0 for result in results) != count:
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
