"""What Twilio posts to us, and where: one status of a text, or one message from a phone, in each form.

The pages are twilio.com/docs/messaging/guides/track-outbound-message-status and /webhook-request beside it; the
receipt is at twilio.com/docs/messaging/twiml, tries at twilio.com/docs/usage/webhooks/webhooks-connection-overrides.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from urllib.parse import parse_qsl

from smsway.provider import (
    Callback,
    CallbackAnswer,
    Delivery,
    Inbound,
    MalformedCallback,
    Report,
    SecretStr,
    Stamp,
    reading,
)
from smsway_twilio._codes import DELIVERIES, cause
from smsway_twilio._config import TwilioConfig
from smsway_twilio._records import code_of, phone_of, text_of
from smsway_twilio._signing import check_signature

_REFERENCE = "ref"
_OURS = re.compile(r"[0-9a-f]{20}")
_TRIES = "rc=5&rp=all"
"""Lets a callback be tried five times more, whatever went wrong; without it, what was answered is never tried again."""


def address_for(registered: SecretStr, stamp: Stamp) -> str:
    """Return where the statuses of one text shall go: the address that was *registered*, with our reference.

    The vendor calls an address with its query, so every report names our attempt, even if no answer came to it.
    """
    address, _, fragment = registered.get_secret_value().partition("#")
    return f"{address}{'&' if '?' in address else '?'}{_REFERENCE}={stamp.reference}#{fragment or _TRIES}"


def read_callback(callback: Callback, config: TwilioConfig) -> Sequence[Report] | Sequence[Inbound]:
    """Read what the vendor posted; it must be signed if the account has an auth token.

    Raises `MalformedCallback` for anything that is neither a status of a text to a phone nor a message.
    """
    # In a function of its own, so that a traceback that shows the locals of this one shows nothing of the callback.
    with reading(callback):
        return _read(callback, config)


def _read(callback: Callback, config: TwilioConfig) -> Sequence[Report] | Sequence[Inbound]:
    # Fields that are empty are signed as well.
    form = parse_qsl(callback.body.decode(), keep_blank_values=True)
    if config.auth_token is not None:
        check_signature(callback, form, config.auth_token)
    fields = dict(form)
    if "MessageStatus" in fields:
        return (_report(fields, callback.query.get(_REFERENCE, "")),)
    if "Body" in fields:
        return (_message(fields),)
    raise MalformedCallback("the callback is neither a status nor a message from a phone")


def _report(fields: Mapping[str, str], reference: str) -> Report:
    phone, code = phone_of(fields, "To"), code_of(fields, "ErrorCode")
    if phone is None:
        raise MalformedCallback("the status in the callback is of no phone")
    delivery = DELIVERIES.get(fields["MessageStatus"], Delivery.UNKNOWN)
    # There is no time in it but `RawDlrDoneDate`, whose zone nobody tells.
    return Report(
        recipient=phone,
        delivery=delivery,
        provider_message_id=text_of(fields, "MessageSid"),
        reference=reference if _OURS.fullmatch(reference) else None,
        reason=cause(delivery, code),
        code=code,
        raw=fields,
    )


def _message(fields: Mapping[str, str]) -> Inbound:
    if "From" not in fields:
        raise MalformedCallback("the message in the callback has no sender")
    # Short codes and names are senders as well, and no phones.
    return Inbound(sender=phone_of(fields, "From") or "", text=fields["Body"], raw=fields)


def answer_callback(*, taken: bool) -> CallbackAnswer:
    """Return TwiML that does nothing; plain text would be sent to the phone that wrote."""
    return CallbackAnswer(b"<Response/>" if taken else b"", 200 if taken else 503, "text/xml")
