"""One record of a status report or reply, as pulled, found and posted: read whole, or as far as it can be read."""

from __future__ import annotations

import re
from datetime import tzinfo
from typing import Any, Literal

from pydantic import TypeAdapter
from typing_extensions import TypedDict

from smsway.provider import Delivery, Inbound, Report, clean
from smsway_tencent_v5._codes import DELIVERIES, report_reason_of
from smsway_tencent_v5._envelope import Integer, Text
from smsway_tencent_v5._times import moment


class _Told(TypedDict, total=False):
    user_receive_time: str | None
    errmsg: Text | None
    description: str | None
    sid: Text | None
    ext: Text | None  # only where support has enabled it (cloud.tencent.com/document/api/382/59178)


class _Status(_Told):
    nationcode: Text
    mobile: Text
    report_status: Literal["SUCCESS", "FAIL"]


class _Marks(TypedDict, total=False):
    nationcode: Text | None  # missing on an early page in github.com/tencentyun/qcloud-documents
    extend: Text | None
    sign: Text | None


class _Reply(_Marks):
    mobile: Text
    text: Text
    time: Integer


_STATUS: TypeAdapter[_Status] = TypeAdapter(_Status)
_REPLY: TypeAdapter[_Reply] = TypeAdapter(_Reply)
# Only phones in the mainland can answer, so that is what a reply without a code means.
_MAINLAND = "86"


def report_of(record: object, zone: tzinfo) -> Report:
    """Read one status report (cloud.tencent.com/document/product/382/5807); *zone* is that of its time.

    Raises `ValueError` if it does not say what became of which phone's text. Its time may be missing or no time at all,
    for a text that did not arrive was never received.
    """
    fields = _fields(record)
    said = _STATUS.validate_python(fields)
    phone = _phone(said["nationcode"], said["mobile"])
    return _report(fields, phone, DELIVERIES[said["report_status"]], said, zone)


def salvaged_report(record: object, zone: tzinfo) -> Report:
    """Read whatever a status report has; one without a readable phone or status is `unknown`."""
    fields = _fields(record)
    phone = _readable_phone(fields, "")
    status = _readable(fields, "report_status") or ""
    told = _Told(
        user_receive_time=_readable(fields, "user_receive_time"),
        errmsg=_readable(fields, "errmsg"),
        description=_readable(fields, "description"),
        sid=_readable(fields, "sid"),
        ext=_readable(fields, "ext"),
    )
    delivery = DELIVERIES.get(status, Delivery.UNKNOWN) if phone else Delivery.UNKNOWN
    return _report(fields, phone, delivery, told, zone)


def _report(fields: dict[str, Any], phone: str, delivery: Delivery, told: _Told, zone: tzinfo) -> Report:
    errmsg = told.get("errmsg") or ""
    return Report(
        recipient=phone,
        delivery=delivery,
        provider_message_id=told.get("sid") or None,
        reference=told.get("ext") or None,
        reason=report_reason_of(errmsg) if delivery is Delivery.UNDELIVERED else None,
        code=_code(errmsg),
        detail=clean(told.get("description")),
        at=moment(told.get("user_receive_time"), zone),
        raw=fields,
    )


def inbound_of(record: object) -> Inbound:
    """Read one reply (cloud.tencent.com/document/product/382/5809).

    Raises `ValueError` if it does not say who wrote what and when.
    """
    fields = _fields(record)
    said = _REPLY.validate_python(fields)
    phone = _phone(said.get("nationcode") or _MAINLAND, said["mobile"])
    return _inbound(fields, phone, said["text"], said["time"], said)


def salvaged_inbound(record: object) -> Inbound:
    """Read whatever a reply has."""
    fields = _fields(record)
    phone = _readable_phone(fields, _MAINLAND)
    time = _readable(fields, "time") or ""
    at = int(time) if re.fullmatch(r"[0-9]{1,18}", time) else 0
    marks = _Marks(extend=_readable(fields, "extend"), sign=_readable(fields, "sign"))
    return _inbound(fields, phone, _readable(fields, "text") or "", at, marks)


def _inbound(fields: dict[str, Any], phone: str, text: str, time: int, marks: _Marks) -> Inbound:
    return Inbound(
        sender=phone,
        text=text,
        at=float(time) if 0 < time < _YEAR_10000 else None,
        extension=marks.get("extend") or None,
        signature=marks.get("sign") or None,
        raw=fields,
    )


_YEAR_10000 = 253_402_300_800


def _phone(nationcode: str, mobile: str) -> str:
    """Return a phone in E.164; raises `ValueError`."""
    code = nationcode.lstrip("+0")
    phone = f"+{code}{mobile}"
    if not code or not re.fullmatch(r"\+[0-9]{5,15}", phone):
        raise ValueError("not a phone")
    return phone


def _readable_phone(fields: dict[str, Any], default_code: str) -> str:
    try:
        return _phone(_readable(fields, "nationcode") or default_code, _readable(fields, "mobile") or "")
    except ValueError:
        return ""


def _readable(fields: dict[str, Any], name: str) -> str | None:
    value = fields.get(name)
    if type(value) is int:
        return str(value)
    return value if isinstance(value, str) else None


def _fields(record: object) -> dict[str, Any]:
    """Return the fields of a record, and one that has none as a field of its own."""
    return record if isinstance(record, dict) else {"record": record}


def _code(errmsg: str) -> str | None:
    """Keep what looks like a code; a text, or a number that could be a phone, may repeat what nobody should see."""
    code = errmsg.replace(" ", "")
    return code if re.fullmatch(r"(?!.*[0-9]{6})[A-Za-z0-9_:.-]{1,32}", code) else None
