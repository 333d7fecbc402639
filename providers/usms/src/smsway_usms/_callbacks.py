"""What USMS posts to its customers: receipts and messages from phones (docs.ucloud.cn/usms/api_docs/ret_message)."""

from __future__ import annotations

from typing import Final, TypeAlias

from pydantic import TypeAdapter

from smsway.provider import Callback, CallbackAnswer, Inbound, MalformedCallback, Report, decode_json, reading
from smsway_usms._calls import Members, Shape
from smsway_usms._receipts import Receipt, Reply

MESSAGES: Final = 0
"""MsgType of messages from phones."""
RECEIPTS: Final = 2
"""MsgType of receipts."""

_TAKEN = CallbackAnswer(b'{"code":0,"message":"ok"}')
_NOT_TAKEN = CallbackAnswer(b'{"code":1,"message":"not taken, post it again"}', status=503)

_Records: TypeAlias = list[Members]


class _Push(Shape):
    msg_type: int
    data: _Records


_BODY: TypeAdapter[Members | _Records] = TypeAdapter(Members | _Records)


def read_callback(callback: Callback) -> list[Report] | list[Inbound]:
    """Read a push; raises `MalformedCallback` if any record in it is not of the documented shape.

    USMS posts it again then, a second apart and three times.
    """
    with reading(callback):
        kind, records = _opened(decode_json(callback, _BODY))
        if kind == RECEIPTS:
            return [Receipt.model_validate(record).report(record) for record in records]
        if kind == MESSAGES:
            return [Reply.model_validate(record).inbound(record) for record in records]
        raise MalformedCallback("MsgType is neither that of receipts nor that of messages")


def _opened(body: Members | _Records) -> tuple[int | None, _Records]:
    """Return MsgType and the records; the pages speak of an array, and show an object that has it in Data."""
    if isinstance(body, list):
        return _kind(body), body
    push = _Push.model_validate(body)
    return push.msg_type, push.data


def _kind(records: _Records) -> int | None:
    """Tell receipts from messages by a member that only one of them has."""
    kinds = {RECEIPTS if "ReceiptResult" in each else MESSAGES if "ReplyContent" in each else None for each in records}
    return kinds.pop() if len(kinds) == 1 else None


def answer_callback(*, taken: bool) -> CallbackAnswer:
    """Return the answer that USMS takes for a receipt, or one after which it posts again."""
    return _TAKEN if taken else _NOT_TAKEN
