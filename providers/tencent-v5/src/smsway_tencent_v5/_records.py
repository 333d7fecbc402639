"""One record of a status report or reply, as pulled, found and posted: read as far as it can be read.

One that is not as documented may stand among good ones, in what the vendor never gives again.
"""

from __future__ import annotations

import re
from datetime import tzinfo
from typing import Any

from smsway.provider import Delivery, Inbound, Report, clean
from smsway_tencent_v5._codes import DELIVERIES, report_reason_of
from smsway_tencent_v5._times import moment

# Only phones in the mainland can answer, so that is what a reply without a code means. An early page in
# github.com/tencentyun/qcloud-documents has none.
_MAINLAND = "86"


def report_of(record: object, zone: tzinfo) -> Report:
    """Read one status report (cloud.tencent.com/document/product/382/5807); *zone* is that of its time.

    One without a readable phone or status is `unknown`. Its time may be missing or no time at all, for a text that did
    not arrive was never received.
    """
    fields = _fields(record)
    phone = _phone(fields, "")
    delivery = DELIVERIES.get(readable(fields, "report_status") or "", Delivery.UNKNOWN) if phone else Delivery.UNKNOWN
    errmsg = readable(fields, "errmsg") or ""
    return Report(
        recipient=phone,
        delivery=delivery,
        provider_message_id=readable(fields, "sid") or None,
        # Only where support has enabled it (cloud.tencent.com/document/api/382/59178).
        reference=readable(fields, "ext") or None,
        reason=report_reason_of(errmsg) if delivery is Delivery.UNDELIVERED else None,
        code=_code(errmsg),
        detail=clean(readable(fields, "description")),
        at=moment(readable(fields, "user_receive_time"), zone),
        raw=fields,
    )


def inbound_of(record: object) -> Inbound:
    """Read one reply (cloud.tencent.com/document/product/382/5809); what cannot be read of it is empty."""
    fields = _fields(record)
    time = readable(fields, "time") or ""
    at = int(time) if re.fullmatch(r"[0-9]{1,18}", time) else 0
    return Inbound(
        sender=_phone(fields, _MAINLAND),
        text=readable(fields, "text") or "",
        at=float(at) if 0 < at < _YEAR_10000 else None,
        extension=readable(fields, "extend") or None,
        signature=readable(fields, "sign") or None,
        raw=fields,
    )


_YEAR_10000 = 253_402_300_800


def readable(fields: dict[str, Any], name: str) -> str | None:
    """Return the text in a field, which may stand there as a number; `None` if it holds anything else."""
    value = fields.get(name)
    if type(value) is int:
        return str(value)
    return value if isinstance(value, str) else None


def _phone(fields: dict[str, Any], default_code: str) -> str:
    """Return the phone of a record in E.164, and nothing if it has none."""
    # Only a code that is not there has a default: one that cannot be read is another country's for all we know.
    absent = fields.get("nationcode") in (None, "")
    code = (default_code if absent else readable(fields, "nationcode") or "").lstrip("+0")
    phone = f"+{code}{readable(fields, 'mobile') or ''}"
    return phone if code and re.fullmatch(r"\+[0-9]{5,15}", phone) else ""


def _fields(record: object) -> dict[str, Any]:
    """Return the fields of a record, and one that has none as a field of its own."""
    return record if isinstance(record, dict) else {"record": record}


def _code(errmsg: str) -> str | None:
    """Keep what looks like a code; a text, or a number that could be a phone, may repeat what nobody should see."""
    code = errmsg.replace(" ", "")
    return code if _CODE.fullmatch(code) else None


# The longest that is published has seven digits, `MC:0055_006`; a phone may be set apart by signs.
_CODE = re.compile(r"(?!.*[0-9]{6}|(?:[^0-9]*[0-9]){8})[A-Za-z0-9_:.-]{1,32}")
