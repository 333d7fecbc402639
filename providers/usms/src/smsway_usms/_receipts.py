"""One record of a receipt, or of a message from a phone, as USMS writes it."""

from __future__ import annotations

import re
from functools import partial
from typing import Annotated, Final, TypeAlias

from pydantic import BeforeValidator

from smsway.provider import Delivery, Inbound, Report, clean
from smsway_usms._calls import Members, Shape
from smsway_usms._codes import DELIVERIES
from smsway_usms._phones import LOOKS_LIKE_ONE, read_phone
from smsway_usms._receipt_codes import reason_of_receipt


def _text(value: object) -> object:
    """Take a number for the text that it would be."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _words(value: object) -> str | None:
    text = _text(value)
    return text if isinstance(text, str) else None


def _name(value: object) -> str | None:
    """Read a name that can be kept."""
    text = _words(value)
    return text if text and len(text) <= 256 and text.isprintable() else None


_LOOKS_LIKE_A_PHONE = re.compile(LOOKS_LIKE_ONE)


def _phone(value: object) -> str | None:
    text = _words(value)
    return text if text and _LOOKS_LIKE_A_PHONE.fullmatch(text) else None


def _number(value: object, below: int) -> int | None:
    digits = _words(value) or ""
    return int(digits) if re.fullmatch("[0-9]{1,15}", digits) and int(digits) < below else None


# The bounds are far beyond what can be meant, and let a number fit wherever it is kept. A time in milliseconds would be
# one after the year 9999.
_COUNTS_BELOW: Final = 2**31
_SECONDS_BELOW: Final = 253_402_300_800

# What is senseless becomes `None`, for a member that nobody needs must not cost the others.
_Words: TypeAlias = Annotated[str | None, BeforeValidator(_words)]
_Name: TypeAlias = Annotated[str | None, BeforeValidator(_name)]
_Phone: TypeAlias = Annotated[str | None, BeforeValidator(_phone)]
_Count: TypeAlias = Annotated[int | None, BeforeValidator(partial(_number, below=_COUNTS_BELOW))]
_Seconds: TypeAlias = Annotated[int | None, BeforeValidator(partial(_number, below=_SECONDS_BELOW))]


def members_of(record: object) -> Members:
    """Return the members of a record, whatever it is."""
    return record if isinstance(record, dict) else {"record": record}


class Receipt(Shape):
    """What became of one text (docs.ucloud.cn/usms/api_docs/ret_message/PullUSMSReport and retStatus).

    Only Phone and ReceiptResult decide that; each member that cannot be read is `None`.
    """

    session_no: _Name = None
    phone: _Phone = None
    receipt_result: _Name = None
    cost_count: _Count = None
    receipt_time: _Seconds = None
    receipt_code: _Name = None
    receipt_desc: _Words = None
    user_id: _Name = None

    @property
    def readable(self) -> bool:
        """True if there is something like a phone, and a verdict, whatever it means."""
        return self.phone is not None and self.receipt_result is not None

    def report(self, raw: Members, session: str | None = None) -> Report:
        """Return the report that this is; *raw* is the record as it came, *session* the SessionNo that stands beside.

        Its delivery is unknown if the phone or ReceiptResult is missing, or spelt as nobody documents.
        """
        phone = read_phone(self.phone or "")
        result = (self.receipt_result or "").strip()
        delivery = DELIVERIES.get(result, Delivery.UNKNOWN) if phone else Delivery.UNKNOWN
        code, description = self.receipt_code or "", self.receipt_desc or ""
        failed = delivery is Delivery.UNDELIVERED
        return Report(
            recipient=phone or "",
            delivery=delivery,
            provider_message_id=self.session_no or session,
            reference=self.user_id,
            reason=reason_of_receipt(code, description) if failed else None,
            code=_code(code),
            detail=clean(description),
            at=float(self.receipt_time) if self.receipt_time else None,
            fee=self.cost_count,
            raw=raw,
        )


# Of the 2,040 codes that are published, all but a few with Chinese characters or in full width. A phone, which may be
# set apart by signs, has more digits than any of them.
_CODE = re.compile(r"(?!.*[0-9]{7}|(?:[^0-9]*[0-9]){8})[A-Za-z0-9_:-][A-Za-z0-9_.: -]{0,63}")


def _code(code: str) -> str | None:
    """Keep what looks like a code; anything else, such as a phone, is in the raw record only."""
    return code if _CODE.fullmatch(code) else None


class Reply(Shape):
    """A message from a phone (docs.ucloud.cn/usms/api_docs/ret_message/upMes); each member as in `Receipt`."""

    phone: _Phone = None
    reply_content: _Words = None
    reply_time: _Seconds = None
    extend_code: _Name = None
    user_id: _Name = None

    @property
    def readable(self) -> bool:
        """True if there is something like a phone, and a text, which may be empty."""
        return self.phone is not None and self.reply_content is not None

    def inbound(self, raw: Members) -> Inbound:
        """Return the message that this is; *raw* is the record as it came."""
        return Inbound(
            sender=read_phone(self.phone or "") or "",
            text=self.reply_content or "",
            at=float(self.reply_time) if self.reply_time else None,
            extension=self.extend_code,
            reference=self.user_id,
            raw=raw,
        )
