"""SendSms and SendBatchSms on the wire (help.aliyun.com/document_detail/419273.html and 419274.html)."""

from __future__ import annotations

import json
from collections.abc import Callable

from pydantic import TypeAdapter

from smsway.provider import (
    Batch,
    Filled,
    Outcome,
    Parcel,
    Reason,
    Request,
    Response,
    Stamp,
    UnexpectedResponse,
    accepted,
    decode_json,
    decoding,
    rejected,
    unknown,
)
from smsway_aliyun._calls import Shape, write_call
from smsway_aliyun._codes import ABOUT_ONE_PHONE, SUCCESS, reason_of
from smsway_aliyun._config import AliyunConfig
from smsway_aliyun._phones import write_phone


def encode_send(config: AliyunConfig, batch: Batch, stamp: Stamp) -> Request:
    """Write *batch* as one request: SendSms for one recipient, SendBatchSms for several, who share the template.

    SendSms is the one that the vendor recommends for codes.
    """
    return _one(config, batch.parcels[0], stamp) if len(batch) == 1 else _several(config, batch, stamp)


def _one(config: AliyunConfig, parcel: Parcel, stamp: Stamp) -> Request:
    content = parcel.content
    form = {"PhoneNumbers": write_phone(parcel.phone), "SignName": content.signature, **_shared(content, stamp)}
    if content.params:
        form["TemplateParam"] = _json(_named(content))
    return write_call(config, "SendSms", stamp, form=form, sends=True)


def _several(config: AliyunConfig, batch: Batch, stamp: Stamp) -> Request:
    contents = [parcel.content for parcel in batch.parcels]
    form = {
        "PhoneNumberJson": _json([write_phone(parcel.phone) for parcel in batch.parcels]),
        "SignNameJson": _json([content.signature for content in contents]),
    }
    if any(content.params for content in contents):
        form["TemplateParamJson"] = _json([_named(content) for content in contents])
    return write_call(config, "SendBatchSms", stamp, _shared(contents[0], stamp), form, sends=True)


def _shared(content: Filled, stamp: Stamp) -> dict[str, str]:
    return {"TemplateCode": content.template or "", "OutId": stamp.reference}


def _named(content: Filled) -> dict[str, str]:
    return dict(zip(content.names, content.params, strict=True))


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


class _Answer(Shape):
    code: str
    message: str | None = None
    biz_id: str | None = None


_ANSWER = TypeAdapter(_Answer)


def decode_send(batch: Batch, response: Response) -> list[Outcome]:
    """Read the answer to *batch*, one code for all its recipients; raises `UnexpectedResponse`.

    It echoes nothing, neither a phone nor OutId, so only one on a connection of its own is believed.
    """
    with decoding(response):
        response.require_fresh("an answer of Alibaba Cloud")
        fate = _fate(decode_json(response, _ANSWER), response.status, len(batch))
        return [fate(parcel) for parcel in batch.parcels]


def _fate(answer: _Answer, status: int, recipients: int) -> Callable[[Parcel], Outcome]:
    """Return what became of each recipient."""
    code, message, receipt = answer.code, answer.message, answer.biz_id
    if code == SUCCESS:
        if status != 200 or not receipt:
            raise UnexpectedResponse(f"the answer says OK under HTTP status {status}, or without a receipt")
        return lambda parcel: accepted(parcel, message_id=receipt)
    reason = reason_of(code)
    # Whom a code about one phone means is not said of several, nor whether the others were texted. A receipt, which
    # only success has, says that somebody was.
    if reason is Reason.AMBIGUOUS or receipt or (recipients > 1 and code in ABOUT_ONE_PHONE):
        return lambda parcel: unknown(parcel, Reason.AMBIGUOUS, code, message)
    return lambda parcel: rejected(parcel, reason, code, message)
