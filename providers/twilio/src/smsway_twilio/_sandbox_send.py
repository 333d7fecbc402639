"""Twilio as the sandbox plays it, a message that is created: its recipient, sender and content, and what becomes of it.

It shares no wire code with the client side of this package, so that a mistake in one of them shows.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple
from urllib.parse import urlsplit

from smsway.provider import Phone, Reason, SandboxDesk, SandboxReply, count_segments, parse_phone
from smsway_twilio._sandbox_call import Admitted
from smsway_twilio._sandbox_records import Message, record
from smsway_twilio._sandbox_refusals import Refused

_CODES: Mapping[Reason, int] = MappingProxyType(
    {
        Reason.INVALID_RECIPIENT: 21211,
        Reason.BLOCKED_RECIPIENT: 21610,
        Reason.UNSUPPORTED_DESTINATION: 21408,
        Reason.INVALID_CONTENT: 21618,
        Reason.TEMPLATE_REFUSED: 21655,
        Reason.SIGNATURE_REFUSED: 21606,
        Reason.AUTHENTICATION: 20003,
        Reason.PERMISSION: 20006,
        Reason.CONFIGURATION: 21701,
        Reason.INSUFFICIENT_BALANCE: 20005,
        Reason.QUOTA_EXCEEDED: 63038,
        Reason.RATE_LIMITED: 20429,
        Reason.INVALID_REQUEST: 21604,
        Reason.AMBIGUOUS: 20500,
    }
)
"""What is answered for a phone that the desk refuses; 20500 for reasons that the vendor does not give."""

_FAILED: Mapping[Reason, int] = MappingProxyType({Reason.RECIPIENT_RATE_LIMITED: 14107})
"""The refusals for which a message is created all the same, with the status `failed` (twilio.com/docs/errors/14107)."""

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_SERVICE = re.compile(r"MG[0-9a-fA-F]{32}")
# twilio.com/docs/messaging/api/alphasender-resource: up to 11 characters, not all of them digits.
_ALPHANUMERIC = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 +&_-]{1,11}")
_SHORT_CODE = re.compile(r"[0-9]{3,8}")
_PLACEHOLDER = re.compile(r"\{([0-9]+)\}")

_LONGEST_BODY = 1600
_LONGEST_ADDRESS = 4000
_LONGEST_VALIDITY = 36_000
# twilio.com/docs/content/using-variables-with-content-api.
_MOST_VARIABLES = 100
_LONGEST_KEY = 16
_LONGEST_VALUE = 1600


class _Content(NamedTuple):
    """What is said, and where a template says it, its SID and the variables that it was given, by their numbers."""

    text: str
    template: str | None = None
    params: tuple[str, ...] = ()


def judge_send(asked: Admitted) -> SandboxReply:
    """Create a message, and answer with it; raises `Refused`."""
    form, desk = asked.form, asked.desk
    phone = _recipient(form)
    _check_sender(form, desk)
    content = _content(form, desk)
    _check_settings(form)
    message = _message(asked, phone, form, content)
    (*_, shown) = desk.results([record(asked, message)]) or [{}]
    return SandboxReply(json.dumps(shown).encode(), 201)


def _message(asked: Admitted, phone: Phone, form: Mapping[str, str], content: _Content) -> Message:
    desk, service = asked.desk, form.get("MessagingServiceSid") or None
    reason = desk.refusal(phone)
    if reason is not None and reason not in _FAILED:
        raise Refused(_CODES.get(reason, 20500), phone)
    sid = f"SM{uuid.uuid5(uuid.NAMESPACE_OID, f'{asked.config.account_sid} {desk.now} {desk.new_number()}').hex}"
    segments = count_segments(content.text)
    if reason is None and not _accepted(desk, phone, segments, sid, content):
        raise Refused(20005)
    return Message(
        sid,
        to=phone,
        sender=form.get("From") or None,
        service=service,
        body=content.text,
        # A sender of the service's is not chosen yet, nor how many segments its alphabet takes.
        status="failed" if reason else "accepted" if service else "queued",
        segments=0 if service else segments,
        created=desk.now,
        error=_FAILED[reason] if reason else None,
    )


def _accepted(desk: SandboxDesk, phone: Phone, segments: int, sid: str, content: _Content) -> bool:
    text = None if content.template else content.text
    return desk.accept(phone, None, segments, sid, content.template, text=text, params=content.params) is not None


def _recipient(form: Mapping[str, str]) -> Phone:
    number = form.get("To", "")
    if not number:
        raise Refused(21604)
    try:
        if _E164.fullmatch(number):
            return parse_phone(number)
    except ValueError:
        pass
    raise Refused(21211, number)


def _check_sender(form: Mapping[str, str], desk: SandboxDesk) -> None:
    number, service = form.get("From", ""), form.get("MessagingServiceSid", "")
    if not number and not service:
        raise Refused(21603)
    if service and not _SERVICE.fullmatch(service):
        raise Refused(21705)
    if service and not desk.knows_sender(service):
        raise Refused(21701)
    if number:
        _check_number(number, desk)


def _check_number(number: str, desk: SandboxDesk) -> None:
    numeric = _E164.fullmatch(number) or _SHORT_CODE.fullmatch(number)
    if not numeric and not _ALPHANUMERIC.fullmatch(number):
        raise Refused(21212, number)
    if not desk.knows_sender(number):
        raise Refused(21659 if numeric else 21606, number)


def _content(form: Mapping[str, str], desk: SandboxDesk) -> _Content:
    if "ContentVariables" in form and not form.get("ContentSid"):
        raise Refused(21654)
    content = _templated(form, desk) if form.get("ContentSid") else _Content(_body(form))
    # "Some glyphs ... will be counted as multiple characters": as UTF-16 does (twilio.com/docs/api/errors/21617).
    if len(content.text.encode("utf-16-le")) > 2 * _LONGEST_BODY:
        raise Refused(21617)
    return content


def _body(form: Mapping[str, str]) -> str:
    if "Body" not in form:
        raise Refused(21619)
    if not form["Body"]:
        raise Refused(21602)
    return form["Body"]


def _templated(form: Mapping[str, str], desk: SandboxDesk) -> _Content:
    template = desk.template(form["ContentSid"])
    if template is None:
        raise Refused(21655)
    numbers = [str(number) for number in range(1, template.params + 1)]
    values = _variables(form.get("ContentVariables", "{}"))
    # What the template does not name is refused here, for nothing is documented of it.
    if not values.keys() <= set(numbers):
        raise Refused(21656)
    # What is left out is filled with the sample that the template was created with.
    text = _PLACEHOLDER.sub(lambda found: values.get(found[1], f"sample {found[1]}"), template.text)
    return _Content(text, template.id, tuple(values[number] for number in numbers if number in values))


def _variables(text: str) -> Mapping[str, str]:
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        raise Refused(21656) from None
    if not isinstance(values, dict) or len(values) > _MOST_VARIABLES or not all(map(_fits, values, values.values())):
        raise Refused(21656)
    return values


def _fits(key: str, value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _LONGEST_VALUE and len(key) <= _LONGEST_KEY


def _check_settings(form: Mapping[str, str]) -> None:
    period, address = form.get("ValidityPeriod"), form.get("StatusCallback")
    if period is not None and not (re.fullmatch(r"[0-9]{1,5}", period) and 1 <= int(period) <= _LONGEST_VALIDITY):
        raise Refused(21624)
    if address and not _is_callable(address):
        raise Refused(21609, address)


def _is_callable(address: str) -> bool:
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and host != "" and "_" not in host and len(address) <= _LONGEST_ADDRESS
