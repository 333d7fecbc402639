"""What the vendor posts to us: an array of status reports, or one message from a phone.

The pages are tencentcloud.com/document/product/382/43547 and 43548; `ext`, which support can have switched on, is on
cloud.tencent.com/document/api/382/59178 only.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import tzinfo
from functools import partial
from typing import Annotated, NotRequired

from pydantic import BeforeValidator, StringConstraints, TypeAdapter
from typing_extensions import TypedDict

from smsway.provider import (
    Callback,
    CallbackAnswer,
    Inbound,
    MalformedCallback,
    Report,
    clean,
    decode_json,
    parse_phone,
    reading,
)
from smsway_tencent_global._times import moment_of
from smsway_tencent_global._words import DELIVERIES, cause, receipt_code


def _seconds(value: object) -> object:
    # Documented as a number. A boolean is one to pydantic.
    if type(value) is int or (isinstance(value, str) and re.fullmatch("[0-9]{1,11}", value)):
        return value
    raise ValueError("is no time")


_Digits = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,15}$")]


class _Status(TypedDict):
    nationcode: _Digits
    mobile: _Digits
    report_status: str
    sid: str
    user_receive_time: NotRequired[str | None]
    errmsg: NotRequired[str | None]
    description: NotRequired[str | None]
    ext: NotRequired[str | None]


class _Reply(TypedDict):
    nationcode: _Digits
    mobile: _Digits
    text: str
    time: Annotated[int, BeforeValidator(_seconds)]
    sign: NotRequired[str | None]
    extend: NotRequired[str | None]


_POSTED = TypeAdapter(list[dict[str, object]] | dict[str, object])
_STATUS = TypeAdapter(_Status)
_REPLY = TypeAdapter(_Reply)


def read_callback(callback: Callback, zone: tzinfo) -> Sequence[Report] | Sequence[Inbound]:
    """Read what the vendor posted; times without a zone are in *zone*.

    Raises `MalformedCallback` if anything in it is not as documented, for the vendor posts it again.
    """
    # In a function of its own, so that a traceback that shows the locals of this one shows nothing of the callback.
    with reading(callback):
        return _read(callback, zone)


def _read(callback: Callback, zone: tzinfo) -> Sequence[Report] | Sequence[Inbound]:
    posted = decode_json(callback, _POSTED)
    if isinstance(posted, list):
        return tuple(map(partial(_report, zone=zone), posted))
    if "text" not in posted:
        raise MalformedCallback("the callback is neither an array of status reports nor a message from a phone")
    return (_message(posted),)


def _report(record: dict[str, object], zone: tzinfo) -> Report:
    status = _STATUS.validate_python(record)
    delivery = DELIVERIES[status["report_status"]]
    told, moment = status.get("errmsg"), status.get("user_receive_time")
    return Report(
        recipient=_phone(status["nationcode"], status["mobile"]),
        delivery=delivery,
        provider_message_id=status["sid"] or None,
        reference=status.get("ext") or None,
        reason=cause(delivery, told),
        code=receipt_code(told),
        detail=clean(status.get("description")),
        at=moment_of(moment, zone) if moment else None,
        raw=record,
    )


def _message(record: dict[str, object]) -> Inbound:
    reply = _REPLY.validate_python(record)
    return Inbound(
        sender=_phone(reply["nationcode"], reply["mobile"]),
        text=reply["text"],
        at=float(reply["time"]),
        extension=reply.get("extend") or None,
        signature=reply.get("sign") or None,
        raw=record,
    )


def _phone(nationcode: str, mobile: str) -> str:
    return parse_phone(f"+{nationcode}{mobile}")


def answer_callback(*, taken: bool) -> CallbackAnswer:
    """Return what the vendor wants to hear; any `result` but 0 makes it post again."""
    told = {"result": 0, "errmsg": "OK"} if taken else {"result": 1, "errmsg": "not taken, post it again"}
    return CallbackAnswer(json.dumps(told, separators=(",", ":")).encode(), 200 if taken else 503)
