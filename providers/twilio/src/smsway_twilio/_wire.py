"""The bytes that create a message, as pure functions (twilio.com/docs/messaging/api/message-resource)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated

from pydantic import Field, TypeAdapter

from smsway.provider import (
    Batch,
    Filled,
    Kind,
    Outcome,
    Parcel,
    Reason,
    Request,
    Response,
    Stamp,
    Tally,
    UnexpectedResponse,
    accepted,
    decode_json,
    decoding,
    unknown,
)
from smsway_twilio._callbacks import address_for
from smsway_twilio._calls import REFUSAL, Shape, path_of, post
from smsway_twilio._codes import FAILED, TAKEN, reason_of, refusal
from smsway_twilio._config import TwilioConfig, TwilioOptions
from smsway_twilio._records import segments_of

INTENTS: Mapping[Kind, str] = MappingProxyType(
    {Kind.OTP: "otp", Kind.NOTIFICATION: "notifications", Kind.MARKETING: "marketing"}
)
"""`MessageIntent`, which twilio 9.13.0 sends and no stored page lists; it is ignored where it is not known."""

_SERVICE = re.compile(r"MG[0-9a-fA-F]{32}")
_CREATED = 201
_REFUSED = 400


def encode_send(config: TwilioConfig, batch: Batch, stamp: Stamp) -> Request:
    """Return the request that sends to the one recipient of *batch*."""
    (parcel,) = batch.parcels
    form = {
        "To": str(parcel.phone),
        **_sender(parcel.content.sender),
        **_content(parcel.content),
        "MessageIntent": INTENTS[batch.kind],
        **_extras(parcel.options),
    }
    if config.status_callback is not None:
        form["StatusCallback"] = address_for(config.status_callback, stamp)
    return post(config, path_of(config, "Messages"), form)


def _sender(sender: str) -> Mapping[str, str]:
    """Return who sends; without anybody the vendor refuses with 21603."""
    if _SERVICE.fullmatch(sender):
        return {"MessagingServiceSid": sender}
    return {"From": sender} if sender else {}


def _content(content: Filled) -> Mapping[str, str]:
    if content.template is None:
        return {"Body": content.text or ""}
    if not content.params:
        return {"ContentSid": content.template}
    # Params are ordered and have no names, so only templates with numbers for names can be filled.
    variables = {str(number): param for number, param in enumerate(content.params, start=1)}
    return {"ContentSid": content.template, "ContentVariables": json.dumps(variables)}


def _extras(options: TwilioOptions | None) -> Mapping[str, str]:
    told = {} if options is None else options.model_dump(exclude_none=True)
    names = {"validity_period": "ValidityPeriod", "smart_encoded": "SmartEncoded", "risk_check": "RiskCheck"}
    return {names[name]: str(value).lower() for name, value in told.items()}


class _Message(Shape):
    sid: Annotated[str, Field(pattern=r"^(SM|MM)[0-9a-fA-F]{32}$")]
    to: str
    status: str
    error_code: int | None = None
    error_message: str | None = None
    num_segments: str | None = None


_MESSAGE = TypeAdapter(_Message)


def decode_send(batch: Batch, response: Response) -> list[Outcome]:
    """Return what *response* says of the one recipient of *batch*.

    Raises `UnexpectedResponse` if it is garbled, contradicts its documents or may answer another request.
    """
    # In a function of its own, so that a traceback that shows the locals of this one shows nothing of the answer.
    with decoding(response):
        return _decode(batch, response)


def _decode(batch: Batch, response: Response) -> list[Outcome]:
    response.require_fresh("an answer of Twilio")
    tally = Tally(batch)
    if response.status == _CREATED:
        message = decode_json(response, _MESSAGE)
        tally.book(_outcome(tally.parcel(message.to), message))
        return tally.outcomes()
    if response.status < _REFUSED:
        raise UnexpectedResponse(f"HTTP {response.status} is neither a message that was created nor a refusal")
    told = decode_json(response, REFUSAL)
    reason, code = reason_of(str(told.code), response.status), str(told.code)
    return [refusal(parcel, code, told.message, reason) for parcel in batch.parcels]


def _outcome(parcel: Parcel, message: _Message) -> Outcome:
    """Return what became of a message that exists: its status decides, and its code says why."""
    code = message.status if message.error_code is None else str(message.error_code)
    if message.status in FAILED:
        return refusal(parcel, code, message.error_message, reason_of(code, _CREATED))
    if message.status not in TAKEN or message.error_code is not None:
        return unknown(parcel, Reason.AMBIGUOUS, code, message.error_message)
    return accepted(parcel, message_id=message.sid, fee=segments_of(message.num_segments))
