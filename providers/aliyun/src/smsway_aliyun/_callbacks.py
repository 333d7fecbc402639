"""What the vendor posts by "HTTP batch push": SmsReport (help.aliyun.com/document_detail/101867.html) and SmsUp."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from pydantic import TypeAdapter

from smsway.provider import Callback, CallbackAnswer, Inbound, MalformedCallback, Report, decode_json, reading
from smsway_aliyun._calls import Members
from smsway_aliyun._records import members_of, posted_message, posted_report

ItemT = TypeVar("ItemT", Report, Inbound)

_TELLING = ("success", "content")

_POSTED: TypeAdapter[list[Any]] = TypeAdapter(list[Any])

# A number as `code` under status 200 is a receipt, whatever the number; so the status says that it is none.
_TAKEN = CallbackAnswer(b'{"code":0,"msg":"ok"}')
_NOT_TAKEN = CallbackAnswer(b'{"code":1,"msg":"not taken, post it again"}', status=503)


def read_callback(callback: Callback) -> list[Report] | list[Inbound]:
    """Read a post: an array of reports, which have `success`, or of messages from phones, which have `content`.

    A bad record among good ones is kept as far as it can be read, for it would be posted again as the same bytes.
    Raises `MalformedCallback` for anything else, for both at once, and if no record can be read.
    """
    with reading(callback):
        return _read([members_of(record) for record in decode_json(callback, _POSTED)])


def _read(records: list[Members]) -> list[Report] | list[Inbound]:
    kinds = {name for name in _TELLING for record in records if name in record}
    if kinds == {"success"}:
        return _readable([posted_report(record) for record in records], lambda report: report.recipient)
    if kinds == {"content"}:
        return _readable([posted_message(record) for record in records], lambda message: message.sender)
    raise MalformedCallback("it is neither an array of reports nor one of messages from phones")


def _readable(items: list[ItemT], phone: Callable[[ItemT], str]) -> list[ItemT]:
    if not any(map(phone, items)):
        raise MalformedCallback("not a single record of it can be read")
    return items


def answer_callback(*, taken: bool) -> CallbackAnswer:
    """Return what the vendor takes for a receipt, or a status after which it posts again."""
    return _TAKEN if taken else _NOT_TAKEN
