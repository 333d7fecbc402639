"""One record of a receipt, or of a message from a phone, as USMS writes it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, TypeAlias

from pydantic import BeforeValidator, Field, ValidationError

from smsway.provider import Delivery, Inbound, Report, clean
from smsway_usms._calls import Members, Shape
from smsway_usms._codes import DELIVERIES
from smsway_usms._phones import LOOKS_LIKE_ONE, read_phone
from smsway_usms._receipt_codes import reason_of_receipt


def _number(value: object) -> object:
    """Take digits in quotes for a number."""
    return int(value) if isinstance(value, str) and re.fullmatch("[0-9]{1,10}", value) else value


# The bounds are far beyond what can be meant, and let a number fit wherever it is kept.
_Number: TypeAlias = Annotated[int, Field(ge=0, lt=2**31), BeforeValidator(_number)]
_Seconds: TypeAlias = Annotated[int, Field(ge=0, lt=2**40), BeforeValidator(_number)]
_Name: TypeAlias = Annotated[str, Field(max_length=256)]
_Phone: TypeAlias = Annotated[str, Field(pattern=LOOKS_LIKE_ONE)]


class Receipt(Shape):
    """What became of one text (docs.ucloud.cn/usms/api_docs/ret_message/PullUSMSReport and retStatus)."""

    session_no: _Name
    phone: _Phone
    receipt_result: _Name
    cost_count: _Number | None = None
    receipt_time: _Seconds | None = None
    receipt_code: _Name | None = None
    receipt_desc: str | None = None
    user_id: _Name | None = None

    def report(self, raw: Members) -> Report:
        """Return the report that this is; *raw* is the record as it came.

        Its delivery is unknown if the phone or ReceiptResult is spelt as nobody documents.
        """
        phone = read_phone(self.phone)
        delivery = DELIVERIES.get(self.receipt_result.strip(), Delivery.UNKNOWN) if phone else Delivery.UNKNOWN
        code, description = self.receipt_code or "", self.receipt_desc or ""
        failed = delivery is Delivery.UNDELIVERED
        return Report(
            recipient=phone or "",
            delivery=delivery,
            provider_message_id=self.session_no or None,
            reference=self.user_id or None,
            reason=reason_of_receipt(code, description) if failed else None,
            code=_code(code),
            detail=clean(description),
            at=float(self.receipt_time) if self.receipt_time else None,
            fee=self.cost_count,
            raw=raw,
        )


# Of the 2,040 codes that are published, all but a few with Chinese characters or in full width.
_CODE = re.compile(r"(?!.*[0-9]{7})[A-Za-z0-9_:-][A-Za-z0-9_.: -]{0,63}")


def _code(code: str) -> str | None:
    """Keep what looks like a code; anything else, such as a phone, is in the raw record only."""
    return code if _CODE.fullmatch(code) else None


class Reply(Shape):
    """A message from a phone (docs.ucloud.cn/usms/api_docs/ret_message/upMes)."""

    phone: _Phone
    reply_content: str
    reply_time: _Seconds
    extend_code: _Name | None = None
    user_id: _Name | None = None

    def inbound(self, raw: Members) -> Inbound:
        """Return the message that this is; *raw* is the record as it came."""
        return Inbound(
            sender=read_phone(self.phone) or "",
            text=self.reply_content,
            at=float(self.reply_time) if self.reply_time else None,
            extension=self.extend_code or None,
            reference=self.user_id or None,
            raw=raw,
        )


def report_of(record: object, session: str | None = None) -> Report:
    """Read a record of a receipt, whatever it is; *session* is its SessionNo where that stands beside it.

    One that is not of the documented shape becomes a report of unknown delivery, for it must not cost the others.
    """
    raw: Members = {"record": record} if not isinstance(record, dict) else record
    written = raw if session is None else {"SessionNo": session, **raw}
    try:
        return Receipt.model_validate(written).report(raw)
    except ValidationError:
        return _unreadable(written, raw)


def _unreadable(written: Mapping[str, Any], raw: Members) -> Report:
    return Report(
        recipient=read_phone(_text(written.get("Phone")) or "") or "",
        delivery=Delivery.UNKNOWN,
        provider_message_id=_text(written.get("SessionNo")),
        reference=_text(written.get("UserId")),
        raw=raw,
    )


def _text(value: object) -> str | None:
    """Return a name that can be kept."""
    return value if isinstance(value, str) and value.isprintable() and 0 < len(value) <= 256 else None
