"""What a callback may cost us: bytes and seconds while it comes, depth and items before anything is made of it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sized
from http import HTTPStatus

from starlette.types import Receive

from smsway.config import WebhookSettings
from smsway.webhooks._refusal import Refusal


async def read_body(receive: Receive, length: str | None, limits: WebhookSettings) -> bytes:
    """Read a body within *limits*, of which *length* is what its header says. Raises `Refusal`."""
    if length is not None and not (length.isascii() and length.isdigit()):
        raise Refusal(HTTPStatus.BAD_REQUEST, "its length is no number")
    # Ten digits are compared without being read, for a number may be as long as a header.
    if length is not None and (len(length.lstrip("0")) > 10 or int(length) > limits.body_limit):
        raise _too_large(limits.body_limit)
    try:
        async with asyncio.timeout(limits.read_timeout):
            body = await _read(receive, limits.body_limit)
    except TimeoutError:
        why = f"it did not come within {limits.read_timeout:g} s; webhooks.read_timeout"
        raise Refusal(HTTPStatus.REQUEST_TIMEOUT, why) from None
    check_shape(body, limits.depth_limit, limits.item_limit)
    return body


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
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_NO_SIGNS = bytes(set(range(256)) - set(b"[]{},"))
_INNERMOST = re.compile(rb"\[(,*+)\]|\{,*+\}")


def check_shape(body: bytes, depth: int, items: int) -> None:
    """Raise `Refusal` if *body* is JSON with more than *depth* lists and objects within each other, or one left open.

    The same for a list of more than *items*: which of its lists holds the reports, only the vendor knows.
    """
    if body.lstrip()[:1] not in {b"[", b"{"}:
        return
    if body.count(b"[") + body.count(b"{") > depth and _is_deeper(_TEXT.sub(b"", body), depth):
        raise Refusal(HTTPStatus.BAD_REQUEST, f"deeper than {depth}, or unfinished; webhooks.depth_limit")
    if body.count(b",") >= items and _is_longer(_TEXT.sub(b"", body), depth, items):
        raise _too_many(items)


def _is_deeper(json: bytes, depth: int) -> bool:
    brackets = json.translate(_ONE_KIND, _NO_BRACKETS)
    for _ in range(depth):
        # Takes the innermost pairs away, one level at a time.
        brackets = brackets.replace(b"[]", b"")
    return bool(brackets)


def _is_longer(json: bytes, depth: int, items: int) -> bool:
    signs = json.translate(None, _NO_SIGNS)
    for _ in range(depth):
        # The same; what is left of a list then is the commas between its elements.
        if any(len(commas) >= items for commas in _INNERMOST.findall(signs)):
            return True
        signs = _INNERMOST.sub(b"", signs)
    return False


def check_count(items: Sized, limit: int) -> None:
    """Raise `Refusal` for more than *limit* items, which a body that is no JSON, or has several lists, may bring."""
    if len(items) > limit:
        raise _too_many(limit)


def _too_many(limit: int) -> Refusal:
    return Refusal(HTTPStatus.BAD_REQUEST, f"more than {limit} items; webhooks.item_limit")
