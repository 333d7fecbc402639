"""What each fault does to an answer: one short function per fault that spoils the reply or the list of results."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol, TypeVar

from smsway.model import SandboxReply
from smsway.sandbox._wire import Wire

ItemT = TypeVar("ItemT")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The dials of a fault, each with what it is if nobody turns it.

    *processed* says whether what was accepted is recorded. *retry_after*, *delay* (before the answer) and *interval*
    (between bytes) are in seconds. *status* is that of a redirect.
    """

    processed: bool = True
    retry_after: int | None = None
    delay: float = 2.0
    interval: float = 1.0
    status: int = 307


class Strike(Protocol):
    """Answers in a faulty way what *reply* would have answered properly."""

    async def __call__(self, wire: Wire, reply: SandboxReply, settings: Settings) -> None:
        """Write the faulty answer."""
        ...


class Reshape(Protocol):
    """Spoils a list of per-recipient results; *phones* are the recipients of the request."""

    def __call__(self, items: list[ItemT], phones: Collection[str]) -> list[ItemT]:
        """Return the spoilt list, and leave *items* as it is."""
        ...


async def close(wire: Wire, reply: SandboxReply, settings: Settings) -> None:  # noqa: ARG001  # a `Strike`
    """Close without a byte."""
    wire.close_after()


async def hang(wire: Wire, reply: SandboxReply, settings: Settings) -> None:  # noqa: ARG001  # a `Strike`
    """Never answer."""
    await wire.until_gone()


async def slow(wire: Wire, reply: SandboxReply, settings: Settings) -> None:
    """Answer properly, but late."""
    await wire.pause(settings.delay)
    await wire.answer(reply)


async def drip(wire: Wire, reply: SandboxReply, settings: Settings) -> None:
    """Send the body byte by byte in chunks, and then spaces, which never make JSON invalid, for ever."""
    wire.close_after()
    await wire.send(wire.head(reply.status, reply.content_type, ("Transfer-Encoding: chunked",)))
    left = reply.body
    while True:
        byte, left = left[:1] or b" ", left[1:]
        # From before the byte is there: whoever reads it may let time pass at once.
        pause = wire.pause(settings.interval)
        await wire.send(b"1\r\n%s\r\n" % byte)
        await pause


def error_page(status: int, phrase: str) -> Strike:
    """Return the strike that answers with a proxy's error page."""
    page = SandboxReply(f"<html><body><h1>{status} {phrase}</h1></body></html>".encode(), status, "text/html")

    async def strike(wire: Wire, reply: SandboxReply, settings: Settings) -> None:  # noqa: ARG001  # a `Strike`
        wait = settings.retry_after
        await wire.answer(page, () if wait is None else (f"Retry-After: {wait}",))

    return strike


_LOGIN = SandboxReply(b"<!DOCTYPE html><html><body>Welcome</body></html>", 200, "text/html; charset=utf-8")


async def html(wire: Wire, reply: SandboxReply, settings: Settings) -> None:  # noqa: ARG001  # a `Strike`
    """Answer 200 with a web page."""
    await wire.answer(_LOGIN)


async def empty(wire: Wire, reply: SandboxReply, settings: Settings) -> None:  # noqa: ARG001  # a `Strike`
    """Answer 200 with nothing."""
    await wire.answer(SandboxReply(b"", 200, reply.content_type))


async def truncated(wire: Wire, reply: SandboxReply, settings: Settings) -> None:  # noqa: ARG001  # a `Strike`
    """Announce the whole body, send half of it, close."""
    wire.close_after()
    half = SandboxReply(reply.body[: len(reply.body) // 2], reply.status, reply.content_type)
    # An empty body has no half, so one byte too many is announced.
    await wire.send(wire.render(half, length=max(len(reply.body), 1)))


async def garbled(wire: Wire, reply: SandboxReply, settings: Settings) -> None:  # noqa: ARG001  # a `Strike`
    """Put bytes into the middle that no JSON and no UTF-8 may have."""
    middle = len(reply.body) // 2
    body = reply.body[:middle] + b"\x00\xff" + reply.body[middle:]
    await wire.answer(SandboxReply(body, reply.status, reply.content_type))


async def two_responses(wire: Wire, reply: SandboxReply, settings: Settings) -> None:  # noqa: ARG001  # a `Strike`
    """Write the whole response twice, in one piece."""
    await wire.send(wire.render(reply) * 2)


async def wrong_length(wire: Wire, reply: SandboxReply, settings: Settings) -> None:  # noqa: ARG001  # a `Strike`
    """Announce half of the body and send all of it, so that the rest looks like the next response."""
    await wire.send(wire.render(reply, length=len(reply.body) // 2))


async def redirect(wire: Wire, reply: SandboxReply, settings: Settings) -> None:  # noqa: ARG001  # a `Strike`
    """Redirect to the very same address."""
    await wire.answer(SandboxReply(b"", settings.status, "text/html"), (f"Location: {wire.target}",))


def missing(items: list[ItemT], phones: Collection[str]) -> list[ItemT]:  # noqa: ARG001  # a `Reshape`
    """Leave out the first result."""
    return items[1:]


def reordered(items: list[ItemT], phones: Collection[str]) -> list[ItemT]:  # noqa: ARG001  # a `Reshape`
    """Reverse the results."""
    return items[::-1]


def duplicated(items: list[ItemT], phones: Collection[str]) -> list[ItemT]:  # noqa: ARG001  # a `Reshape`
    """Append the first result again."""
    return [*items, items[0]]


def surplus(items: list[ItemT], phones: Collection[str]) -> list[ItemT]:
    """Append the first result again, about a phone that was not in the request."""
    return [*items, _about_another(items[0], phones)]


def _about_another(item: ItemT, phones: Collection[str]) -> ItemT:
    """Change the phone in *item*, whatever its shape; as it is if it names no phone or is not made of JSON's types."""
    tails = tuple(dict.fromkeys(phone[-6:] for phone in phones))
    stranger = next(tail for tail in (f"{number:06d}" for number in range(len(tails) + 1)) if tail not in tails)
    try:
        told = json.dumps(item)
    except TypeError:
        return item
    for tail in tails:
        if f'{tail}"' in told:
            # The tail of the phone at the end of a string: vendors write it with and without its country code.
            changed: ItemT = json.loads(told.replace(f'{tail}"', f'{stranger}"'))
            return changed
    return item
