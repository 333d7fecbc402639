"""smsway's `send_many`: a call is 200 recipients, in messages of so many as the case says."""

from __future__ import annotations

import asyncio
import gc
import itertools
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from _child import BATCH, Case, Work, serve

from smsway import AsyncClient, Client, Message, Outcome, Status, Template


def messages(case: Case, count: int) -> Iterator[Message]:
    """Yield messages to *count* recipients."""
    phones, params = case.numbers(), dict(zip(("code", "minutes"), case.params, strict=True))
    for _ in range(count // case.recipients):
        to = list(itertools.islice(phones, case.recipients))
        yield Message(to=to, content=Template("login_code", params), kind="notification")


def check(outcomes: Iterable[Outcome], count: int) -> None:
    """A benchmark of failures would be worth nothing."""
    accepted = sum(outcome.status is Status.ACCEPTED for outcome in outcomes)
    if accepted != count:
        raise SystemExit(f"{accepted} of {count} were accepted")


@contextmanager
def opened(case: Case) -> Iterator[Work]:
    """Yield what sends."""
    assert case.configuration is not None
    urls = {"only": case.url}
    if case.mode == "Client":
        with Client.from_config(case.configuration, base_urls=urls) as client:
            yield lambda calls: check(client.send_many(messages(case, calls * BATCH)), calls * BATCH)
        return
    with asyncio.Runner() as runner:
        asynchronous = AsyncClient.from_config(case.configuration, base_urls=urls)

        async def stream(calls: int) -> None:
            accepted = 0
            async for outcome in asynchronous.send_many(messages(case, calls * BATCH)):
                accepted += outcome.status is Status.ACCEPTED
            if accepted != calls * BATCH:
                raise SystemExit(f"{accepted} of {calls * BATCH} were accepted")

        if case.mode.endswith("fewer collections"):
            gc.freeze()
            gc.set_threshold(100_000)
        yield lambda calls: runner.run(stream(calls))
        runner.run(asynchronous.aclose())


if __name__ == "__main__":
    serve(opened)
