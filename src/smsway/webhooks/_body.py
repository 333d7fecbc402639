"""Reads the body of a callback within its limits: bytes, seconds, and depth."""

from __future__ import annotations

import asyncio
import re
from http import HTTPStatus

from starlette.types import Receive

from smsway.webhooks._refusal import Refusal


async def read_body(receive: Receive, length: str | None, limit: int, seconds: float) -> bytes:
    """Read a body of at most *limit* bytes within *seconds*; *length* is what its header says. Raises `Refusal`."""
    if length is not None and not (length.isascii() and length.isdigit()):
        raise Refusal(HTTPStatus.BAD_REQUEST, "its length is no number")
    # Ten digits are compared without being read, for a number may be as long as a header.
    if length is not None and (len(length.lstrip("0")) > 10 or int(length) > limit):
        raise _too_large(limit)
    try:
        async with asyncio.timeout(seconds):
            return await _read(receive, limit)
    except TimeoutError:
        raise Refusal(HTTPStatus.REQUEST_TIMEOUT, f"it did not come within {seconds:g} s") from None


async def _read(receive: Receive, limit: int) -> bytes:
    parts, size, more = [], 0, True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            raise Refusal(HTTPStatus.BAD_REQUEST, "the caller left in the middle of it")
        part = message.get("body", b"")
        parts.append(part)
        size += len(part)
        if size > limit:
            raise _too_large(limit)
        more = message.get("more_body", False)
    return b"".join(parts)


def _too_large(limit: int) -> Refusal:
    return Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"it has more than {limit} bytes; webhooks.body_limit")


# Possessive, so that an unfinished text costs no more than a finished one.
_TEXT = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL)
_ONE_KIND = bytes.maketrans(b"{}", b"[]")
_OTHERS = bytes(set(range(256)) - set(b"[]{}"))


def too_deep(body: bytes, limit: int) -> bool:
    """True if *body* is JSON that has more than *limit* lists and objects within each other, or leaves one open."""
    if body.lstrip()[:1] not in {b"[", b"{"} or body.count(b"[") + body.count(b"{") <= limit:
        return False
    brackets = _TEXT.sub(b"", body).translate(_ONE_KIND, _OTHERS)
    for _ in range(limit):
        # Takes the innermost pairs away, one level at a time.
        brackets = brackets.replace(b"[]", b"")
    return bool(brackets)
