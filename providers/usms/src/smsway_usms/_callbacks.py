"""What USMS posts to its customers: receipts and messages from phones (docs.ucloud.cn/usms/api_docs/ret_message)."""

from __future__ import annotations

from typing import Any, Final, TypeAlias, TypeVar

from pydantic import TypeAdapter

from smsway.provider import Callback, CallbackAnswer, Inbound, MalformedCallback, Report, decode_json, reading
from smsway_usms._calls import Members, Shape
from smsway_usms._receipts import Receipt, Reply, members_of

MESSAGES: Final = 0
"""MsgType of messages from phones."""
RECEIPTS: Final = 2
"""MsgType of receipts."""

_TAKEN = CallbackAnswer(b'{"code":0,"message":"ok"}')
_NOT_TAKEN = CallbackAnswer(b'{"code":1,"message":"not taken, post it again"}', status=503)

_Records: TypeAlias = list[Any]


class _Push(Shape):
    msg_type: int
    data: _Records


_BODY: TypeAdapter[Members | _Records] = TypeAdapter(Members | _Records)


def read_callback(callback: Callback) -> list[Report] | list[Inbound]:
    """Read a push; raises `MalformedCallback` if it is not of the documented shape, or no record in it can be read.

    A bad record among good ones becomes a report of unknown delivery, or a message of what can be read: USMS would
    post the same bytes again, a second apart and three times, and then never more.
    """
    # In a function of its own, so that a traceback that shows the locals of this one shows nothing of the callback.
    with reading(callback):
        return _read(callback)


def _read(callback: Callback) -> list[Report] | list[Inbound]:
    kind, records = _opened(decode_json(callback, _BODY))
    if kind == RECEIPTS:
        return [receipt.report(raw) for receipt, raw in _salvaged(records, Receipt)]
    if kind == MESSAGES:
        return [reply.inbound(raw) for reply, raw in _salvaged(records, Reply)]
    raise MalformedCallback("MsgType is neither that of receipts nor that of messages")


_RecordT = TypeVar("_RecordT", Receipt, Reply)


def _salvaged(records: _Records, shape: type[_RecordT]) -> list[tuple[_RecordT, Members]]:
    """Read each of *records*, and keep it as it came beside."""
    salvaged = [(shape.model_validate(raw), raw) for raw in map(members_of, records)]
    if salvaged and not any(record.readable for record, _ in salvaged):
        raise MalformedCallback("not a single record of it can be read")
    return salvaged


def _opened(body: Members | _Records) -> tuple[int | None, _Records]:
    """Return MsgType and the records; the pages speak of an array, and show an object that has it in Data."""
    if isinstance(body, list):
        return _kind(body), body
    push = _Push.model_validate(body)
    return push.msg_type, push.data


_TELLING: Final = {"ReceiptResult": RECEIPTS, "ReplyContent": MESSAGES}


def _kind(records: _Records) -> int | None:
    """Tell receipts from messages by a member that only one of them has."""
    objects = [each for each in records if isinstance(each, dict)]
    kinds = {kind for each in objects for name, kind in _TELLING.items() if name in each}
    return kinds.pop() if len(kinds) == 1 else None


def answer_callback(*, taken: bool) -> CallbackAnswer:
    """Return the answer that USMS takes for a receipt, or one after which it posts again."""
    return _TAKEN if taken else _NOT_TAKEN
