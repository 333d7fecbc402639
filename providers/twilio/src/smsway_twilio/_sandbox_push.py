"""Twilio as the sandbox plays it, its callbacks: forms with one status or one message each, signed with their address.

It shares no wire code with the client side of this package, so that a mistake in one of them shows.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from smsway.provider import Phone, PushRule, SandboxInbound, SandboxPush, SandboxReport, count_segments
from smsway_twilio._config import TwilioConfig
from smsway_twilio._sandbox_records import NUMBER, outcome_of, sid_of

PUSH_RULE = PushRule(reports=1, inbound=1, tries=6, interval=2)
"""One at a time, and five more tries, as to an address that ends with `#rc=5&rp=all`.

To one without that, nothing that was answered is tried again, and a connection that failed once
(twilio.com/docs/usage/webhooks/webhooks-connection-overrides). The interval is ours: all tries come within 15 seconds.
"""

_FORM = "application/x-www-form-urlencoded"
# twilio.com/docs/messaging/tutorials/advanced-opt-out, where that is switched on.
_OPT_OUTS = frozenset({"STOP", "START", "HELP"})


def push(item: SandboxReport | SandboxInbound, config: TwilioConfig) -> SandboxPush:
    """Write a callback with *item*."""
    told = _status(item) if isinstance(item, SandboxReport) else _message(item)
    body = urlencode({"AccountSid": config.account_sid, "ApiVersion": "2010-04-01", **told}).encode()
    # The same for every try (twilio.com/docs/usage/webhooks/webhooks-connection-overrides).
    return SandboxPush(body, _FORM, {"I-Twilio-Idempotency-Token": hashlib.sha256(body).hexdigest()[:32]})


def _status(report: SandboxReport) -> Mapping[str, str]:
    status, error = outcome_of(report)
    told = {
        "From": NUMBER,
        "MessageSid": report.message_id,
        "MessageStatus": status,
        "RawDlrDoneDate": datetime.fromtimestamp(report.at, UTC).strftime("%y%m%d%H%M"),
        "SmsSid": report.message_id,
        "SmsStatus": status,
        "To": report.phone,
    }
    return told if error is None else {**told, "ErrorCode": str(error)}


def _message(message: SandboxInbound) -> Mapping[str, str]:
    sid, word = sid_of(message), message.text.strip().upper()
    told = {
        "Body": message.text,
        "From": message.phone,
        # What is not known is empty, and signed all the same.
        "FromCity": "",
        "FromCountry": Phone(message.phone).country,
        "FromState": "",
        "FromZip": "",
        "MessageSid": sid,
        "NumMedia": "0",
        "NumSegments": str(count_segments(message.text)),
        "SmsMessageSid": sid,
        "SmsSid": sid,
        "SmsStatus": "received",
        "To": message.extension or NUMBER,
    }
    return {**told, "OptOutType": word} if word in _OPT_OUTS else told


def sign(push: SandboxPush, url: str, config: TwilioConfig) -> Mapping[str, str]:
    """Return the signature: of the address up to its query, and of the fields in the order of their names."""
    parts = urlsplit(url)
    signed = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], fragment=""))
    for name, value in sorted(parse_qsl(push.body.decode(), keep_blank_values=True)):
        signed += name + value
    # An account has a token, whether we know it or not.
    token = config.auth_token.get_secret_value() if config.auth_token else "known to the vendor only"
    digest = hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()
    return {"X-Twilio-Signature": base64.b64encode(digest).decode()}


def acknowledged(status: int, body: bytes) -> bool:
    """True for an answer with this *status* and *body*: 200 or 204 (twilio.com/docs/messaging/twiml), and no text.

    Plain text would be sent to the phone that wrote, so it is no receipt here.
    """
    return status in {200, 204} and (not body.strip() or body.lstrip().startswith((b"<?xml", b"<Response")))
