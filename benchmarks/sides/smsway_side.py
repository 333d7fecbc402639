"""smsway: the whole pipeline with default settings, from the making of the message to the outcomes."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from _child import Case, Work, in_flight, in_threads, serve

from smsway import AsyncClient, Client, Message, SendResult, Status, Template


class _Stub(httpx.BaseTransport):
    """Has the answer at hand, but for the reference of the request."""

    def __init__(self, case: Case) -> None:
        sys.path.append(str(Path(__file__).resolve().parent.parent))
        from _canned import VENDORS  # noqa: PLC0415  # the answer depends on the request, as it does on the server

        self._answer = VENDORS[case.vendor].answer

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=self._answer(request.read()), extensions={"fresh": True})


def messages(case: Case) -> Callable[[], Message]:
    """Return what makes the next message."""
    phones = case.phones()
    params = dict(zip(("code", "minutes"), case.params, strict=True))
    return lambda: Message(to=phones(), content=Template("login_code", params), kind="otp", reference="login-77")


def check(result: SendResult, recipients: int) -> None:
    """A benchmark of failures would be worth nothing."""
    if [outcome.status for outcome in result] != [Status.ACCEPTED] * recipients:
        raise SystemExit(f"not accepted: {[(o.status, o.reason, o.code, o.detail) for o in result][:3]}")


@contextmanager
def opened(case: Case) -> Iterator[Work]:
    """Yield what sends."""
    assert case.configuration is not None
    message, trust = messages(case), case.trust() if case.authority else None
    named: dict[str, Any] = {"base_urls": {"only": case.url}, "ssl_context": trust}

    def checked(result: SendResult) -> None:
        check(result, case.recipients)

    if case.mode == "Client":
        stub = _Stub(case) if case.stub else None
        with (
            Client.from_config(case.configuration, transport=stub, **named) as client,
            in_threads(lambda: lambda: client.send(message()), checked, case.tasks) as work,
        ):
            yield work
        return
    with asyncio.Runner() as runner:
        asynchronous = AsyncClient.from_config(case.configuration, **named)

        async def once() -> None:
            checked(await asynchronous.send(message()))

        yield lambda calls: runner.run(in_flight(once, calls, case.tasks))
        runner.run(asynchronous.aclose())


if __name__ == "__main__":
    serve(opened)
