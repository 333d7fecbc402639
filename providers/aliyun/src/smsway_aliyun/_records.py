"""One record of what became of a text, or of a message from a phone: each member is read by itself.

What cannot be read of one record must not cost the others, for a post comes again as the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from smsway.provider import Delivery, Inbound, Reason, Report, clean
from smsway_aliyun._calls import Members
from smsway_aliyun._codes import reason_of_receipt
from smsway_aliyun._phones import read_phone
from smsway_aliyun._times import moment_of

_STATUSES: Mapping[str, Delivery] = {"1": Delivery.ACCEPTED, "2": Delivery.UNDELIVERED, "3": Delivery.DELIVERED}
_SUCCESS: Mapping[object, Delivery] = {True: Delivery.DELIVERED, False: Delivery.UNDELIVERED}

_PARTS = re.compile("[0-9]{1,4}")
_CODE = re.compile(r"(?!(?:[^0-9]*[0-9]){8})[A-Za-z0-9_.:-]{1,64}")


def members_of(record: object) -> Members:
    """Return the members of a record, whatever it is."""
    return record if isinstance(record, dict) else {"record": record}


def posted_report(record: Members) -> Report:
    """Read a report as it is posted (help.aliyun.com/document_detail/101867.html); `success` alone decides."""
    success = record.get("success")
    delivery = _SUCCESS[success] if type(success) is bool else Delivery.UNKNOWN
    parts = _text(record, "sms_size") or ""
    return _report(
        record,
        _phone(record, "phone_number"),
        delivery,
        _text(record, "err_code"),
        message_id=_text(record, "biz_id"),
        reference=_text(record, "out_id"),
        detail=_text(record, "err_msg"),
        at=moment_of(record.get("report_time")),
        fee=int(parts) if _PARTS.fullmatch(parts) else None,
    )


def found_report(record: Members, message_id: str | None) -> Report:
    """Read a record of QuerySendDetails (help.aliyun.com/document_detail/419277.html).

    It has no BizId, so *message_id* is the one that was asked with, if any. What was texted is dropped, as is the code.
    """
    kept = {name: value for name, value in record.items() if name != "Content"}
    delivery = _STATUSES.get(_text(record, "SendStatus") or "", Delivery.UNKNOWN)
    return _report(
        kept,
        _phone(record, "PhoneNum"),
        delivery,
        _text(record, "ErrCode"),
        message_id=message_id,
        reference=_text(record, "OutId"),
        at=moment_of(record.get("ReceiveDate")),
    )


def _report(
    raw: Members,
    phone: str,
    delivery: Delivery,
    code: str | None,
    *,
    message_id: str | None,
    reference: str | None,
    detail: str | None = None,
    at: float | None = None,
    fee: int | None = None,
) -> Report:
    delivery = delivery if phone else Delivery.UNKNOWN
    reason: Reason | None = reason_of_receipt(code or "") if delivery is Delivery.UNDELIVERED else None
    return Report(
        recipient=phone,
        delivery=delivery,
        provider_message_id=message_id,
        reference=reference,
        reason=reason,
        # Anything else, such as a phone, is in the raw record only.
        code=code if code and _CODE.fullmatch(code) else None,
        detail=clean(detail),
        at=at,
        fee=fee,
        raw=raw,
    )


def posted_message(record: Members) -> Inbound:
    """Read a message from a phone as it is posted (help.aliyun.com/zh/sms/developer-reference/smsup-http)."""
    return Inbound(
        sender=_phone(record, "phone_number"),
        text=_text(record, "content") or "",
        at=moment_of(record.get("send_time")),
        extension=_text(record, "dest_code"),
        signature=_text(record, "sign_name"),
        raw=record,
    )


def _text(record: Members, name: str) -> str | None:
    """Return the member *name* as text if it is one or a whole number, and not empty."""
    value = record.get(name)
    text = str(value) if type(value) is int else value
    return text if isinstance(text, str) and text else None


def _phone(record: Members, name: str) -> str:
    return read_phone(_text(record, name) or "") or ""
