"""What the vendor tells us: one receipt, or one message from a phone, by GET, as a form or as JSON.

The pages are developer.vonage.com/messaging/sms/guides/delivery-receipts and
developer.vonage.com/en/messaging/sms/guides/inbound-sms.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import parse_qsl

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
    parse_phone,
    reading,
)
from smsway_vonage._codes import DELIVERIES, receipt_reason_of
from smsway_vonage._config import VonageConfig
from smsway_vonage._signing import is_signed

_MEMBERS: TypeAdapter[dict[str, object]] = TypeAdapter(dict[str, object])


def read_callback(config: VonageConfig, callback: Callback) -> list[Report] | list[Inbound]:
    """Read a callback; raises `MalformedCallback` if it is neither a receipt nor a message, or is not well signed."""
    # In a function of its own, so that a traceback that shows the locals of this one shows nothing of the callback.
    with reading(callback):
        return _read(config, callback)


def _read(config: VonageConfig, callback: Callback) -> list[Report] | list[Inbound]:
    said = _said(callback)
    if config.signed_callbacks:
        _check_signature(config, said)
    if "status" in said:
        return [_report(said)]
    if "type" in said:
        return [_inbound(said)]
    raise MalformedCallback("neither a receipt, which has status, nor a message from a phone, which has type")


def _said(callback: Callback) -> Mapping[str, str]:
    if not callback.body:
        return dict(callback.query)
    if not callback.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        # All are documented as text; a number is taken for the text that it would be, and nothing else is read.
        posted = decode_json(callback, _MEMBERS)
        return {name: str(value) for name, value in posted.items() if type(value) in {str, int}}
    members = parse_qsl(callback.body.decode(), keep_blank_values=True)
    if len(dict(members)) < len(members):
        raise MalformedCallback("a form that names a member twice")
    return dict(members)


def _check_signature(config: VonageConfig, said: Mapping[str, str]) -> None:
    if config.signature_secret is None or not is_signed(said, config.signature_secret, config.signature_method):
        raise MalformedCallback("sig is missing, or is not that of the account's signature_secret and method")


def _report(said: Mapping[str, str]) -> Report:
    """Return the report that a receipt is.

    `msisdn` is the phone and `to` our sender. `scts` is in no zone that is documented, and so is not read.
    """
    status, phone = said["status"], _phone(said)
    if phone is None:
        raise MalformedCallback("a receipt whose msisdn is no phone")
    delivery, code = DELIVERIES.get(status, Delivery.UNKNOWN), said.get("err-code")
    return Report(
        recipient=phone,
        delivery=delivery,
        provider_message_id=said.get("messageId"),
        reference=said.get("client-ref"),
        reason=receipt_reason_of(code) if delivery is Delivery.UNDELIVERED else None,
        code=code if code and _CODE.fullmatch(code) else None,
        detail=None if delivery is Delivery.DELIVERED else clean(status),
        at=_moment(said),
        raw=said,
    )


def _inbound(said: Mapping[str, str]) -> Inbound:
    """Return the message that *said* is, a part of a long one by itself; one of type `binary` may have no text.

    A sender that is no phone, such as a short code, is empty, for the same bytes would come again.
    """
    if "msisdn" not in said or ("text" not in said and said["type"] != "binary"):
        raise MalformedCallback("a message from a phone that does not say who wrote what")
    return Inbound(
        sender=_phone(said) or "", text=said.get("text", ""), at=_moment(said), extension=said.get("to"), raw=said
    )


_CODE = re.compile(r"[0-9]{1,4}")


def _phone(said: Mapping[str, str]) -> str | None:
    try:
        return parse_phone(f"+{said.get('msisdn', '').removeprefix('+')}")
    except ValueError:
        return None


def _moment(said: Mapping[str, str]) -> float | None:
    try:
        return datetime.strptime(f"{said.get('message-timestamp')}+0000", "%Y-%m-%d %H:%M:%S%z").timestamp()
    except ValueError:
        return None


def answer_callback(*, taken: bool) -> CallbackAnswer:
    """Return an answer with a status that the vendor takes for a receipt, or one after which it calls again.

    developer.vonage.com/en/getting-started/concepts/webhooks
    """
    return CallbackAnswer(b"", 200 if taken else 503, "text/plain")
