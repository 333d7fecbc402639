"""A transport that the application brings, and requests that no transport can carry."""

import asyncio
import time

import httpx
import pytest

from smsway import Status
from smsway.delivery import TransportFailure
from smsway.model import Reason, Request
from smsway.transport._messages import encode, prepare


class Drip(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body that never ends, in drops."""

    def __iter__(self):
        while True:
            time.sleep(0.05)
            yield b" "

    async def __aiter__(self):
        while True:
            await asyncio.sleep(0.05)
            yield b" "


class Flood(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body that never ends, in floods."""

    def __iter__(self):
        while True:
            yield b" " * 100_000

    async def __aiter__(self):
        while True:
            yield b" " * 100_000


@pytest.mark.parametrize("stream", [Drip, Flood])
def test_an_endless_answer_over_another_transport_ends_at_the_deadline_or_the_cap(
    make_face, config_of, message, stream
):
    config = config_of({"first": "tencent-v5"}, settings={"first": {"timeout": 0.5}})
    face = make_face(config, transport=httpx.MockTransport(lambda _: httpx.Response(200, stream=stream())))
    began = time.monotonic()

    (outcome,) = face.send(message())

    assert (outcome.status, outcome.reason) == (Status.UNKNOWN, Reason.NO_ANSWER)
    assert time.monotonic() - began < 1


@pytest.mark.parametrize(
    "build",
    [lambda request: prepare(request, close=False), lambda request: encode(request, 1.0, 1.0, None)],
    ids=["ours", "theirs"],
)
@pytest.mark.parametrize(
    "request_",
    [
        Request("https://a.example/", {"X-Key": "naïve"}, b""),
        Request("https://a.example/", {"X-Key": "two\r\nX-Admin: lines"}, b""),
        Request("https://a.example/", {"X-Key": "end\0"}, b""),
        Request("https://a.example/", {"X-Key: 1\r\nX-Admin": "lines"}, b""),
        Request("https://a.example/", {"": "nameless"}, b""),
        Request("https://a.example/\r\nX-Admin: lines", {}, b""),
        Request("https://a.example:port/", {}, b""),
        Request("https://a.example/", {}, 5),
    ],
    ids=["not ASCII", "two lines", "a NUL", "two names", "no name", "two lines of URL", "no port", "no bytes"],
)
def test_a_request_that_cannot_be_built_was_not_sent(build, request_):
    with pytest.raises(TransportFailure) as caught:
        build(request_)

    assert not caught.value.maybe_sent
