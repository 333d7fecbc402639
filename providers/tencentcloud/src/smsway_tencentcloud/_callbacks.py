"""What the vendor posts to us: an array of status reports, or one message from a phone.

The pages are tencentcloud.com/document/product/382/43547 and 43548; `ext`, which support can have switched on, is on
cloud.tencent.com/document/api/382/59178 only.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import tzinfo
from functools import partial

from pydantic import TypeAdapter

from smsway.provider import (
    Callback,
    CallbackAnswer,
    Delivery,
    Inbound,
    MalformedCallback,
    Report,
    clean,
    decode_json,
    reading,
)
from smsway_tencentcloud._receipts import Receipts, cause, receipt_code
from smsway_tencentcloud._records import joined, phone_of, record_of, seconds_of, text_of
from smsway_tencentcloud._times import moment_of
from smsway_tencentcloud._words import DELIVERIES

_POSTED = TypeAdapter(list[object] | dict[str, object])


def read_callback(callback: Callback, receipts: Receipts, zone: tzinfo) -> Sequence[Report] | Sequence[Inbound]:
    """Read what the vendor posted; times without a zone are in *zone*.

    A status report that cannot be read beside one that can has the delivery `unknown`, for the vendor would post the
    same bytes twice more and then never again. Raises `MalformedCallback` for anything that is neither an array of
    status reports nor a message from a phone, or in which nothing can be read.
    """
    # In a function of its own, so that a traceback that shows the locals of this one shows nothing of the callback.
    with reading(callback):
        return _read(callback, receipts, zone)


def _read(callback: Callback, receipts: Receipts, zone: tzinfo) -> Sequence[Report] | Sequence[Inbound]:
    posted = decode_json(callback, _POSTED)
    if isinstance(posted, dict):
        return (_message(posted),)
    reports = tuple(map(partial(_report, receipts, zone), posted))
    if reports and all(report.delivery is Delivery.UNKNOWN for report in reports):
        raise MalformedCallback("not one of the status reports in the callback can be read")
    return reports


def _report(receipts: Receipts, zone: tzinfo, item: object) -> Report:
    record = record_of(item)
    phone = _phone(record)
    status, told = text_of(record, "report_status") or "", text_of(record, "errmsg")
    delivery = DELIVERIES.get(status, Delivery.UNKNOWN) if phone else Delivery.UNKNOWN
    return Report(
        recipient=phone or "",
        delivery=delivery,
        provider_message_id=text_of(record, "sid"),
        reference=text_of(record, "ext"),
        reason=cause(receipts, delivery, told),
        code=receipt_code(told),
        detail=clean(text_of(record, "description")),
        at=moment_of(text_of(record, "user_receive_time"), zone),
        raw=record,
    )


def _message(record: Mapping[str, object]) -> Inbound:
    if "text" not in record:
        raise MalformedCallback("the callback is neither an array of status reports nor a message from a phone")
    phone, text = _phone(record), text_of(record, "text")
    if phone is None or (text is None and record["text"] != ""):
        raise MalformedCallback("the message in the callback has no phone or no text that can be read")
    return Inbound(
        sender=phone,
        text=text or "",
        at=seconds_of(record, "time"),
        extension=text_of(record, "extend"),
        signature=text_of(record, "sign"),
        raw=record,
    )


def _phone(record: Mapping[str, object]) -> str | None:
    return phone_of(joined(text_of(record, "nationcode"), text_of(record, "mobile")))


def answer_callback(*, taken: bool) -> CallbackAnswer:
    """Return what the vendor wants to hear; any `result` but 0 makes it post again."""
    told = {"result": 0, "errmsg": "OK"} if taken else {"result": 1, "errmsg": "not taken, post it again"}
    return CallbackAnswer(json.dumps(told, separators=(",", ":")).encode(), 200 if taken else 503)
