"""`POST /sms/json` on the wire (`definitions/sms.yml` 1.0.10 in github.com/Nexmo/api-specification)."""

from __future__ import annotations

import json
from base64 import b64encode
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, TypeAdapter

from smsway.provider import (
    Batch,
    Outcome,
    Parcel,
    Reason,
    Request,
    Response,
    SecretStr,
    Stamp,
    UnexpectedResponse,
    accepted,
    decode_json,
    decoding,
    is_gsm,
    rejected,
    unknown,
)
from smsway_vonage._codes import ACCEPTED, reason_of
from smsway_vonage._config import VonageConfig, VonageOptions
from smsway_vonage._signing import sign


def encode_send(config: VonageConfig, batch: Batch, stamp: Stamp) -> Request:
    """Write the only parcel of *batch* as a form, with Basic authentication or, without an API secret, signed."""
    (parcel,) = batch.parcels
    params = _params(parcel, stamp)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    if config.api_secret is not None:
        headers["Authorization"] = basic(config, config.api_secret)
    elif config.signature_secret is not None:
        params |= {"api_key": config.api_key.get_secret_value(), "timestamp": str(int(stamp.now))}
        params["sig"] = sign(params, config.signature_secret, config.signature_method)
    return Request(f"{config.base_url}/sms/json", headers, urlencode(params).encode())


def basic(config: VonageConfig, secret: SecretStr) -> str:
    """Return the header `Authorization` with the key and *secret*."""
    pair = f"{config.api_key.get_secret_value()}:{secret.get_secret_value()}"
    return f"Basic {b64encode(pair.encode()).decode()}"


def _params(parcel: Parcel, stamp: Stamp) -> dict[str, str]:
    text = parcel.content.text or ""
    return {
        "from": parcel.content.sender.removeprefix("+"),
        "to": parcel.phone.removeprefix("+"),
        "text": text,
        # The vendor does not look: what GSM's alphabet has not arrives broken under `text`, and nothing says so.
        "type": "text" if is_gsm(text) else "unicode",
        "client-ref": stamp.reference,
        **_extras(parcel.options),
    }


def _extras(options: VonageOptions | None) -> dict[str, str]:
    given = options.model_dump(exclude_none=True) if options else {}
    return {_spelling(name): value if isinstance(value, str) else json.dumps(value) for name, value in given.items()}


def _spelling(name: str) -> str:
    return name.replace("_", "-")


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, alias_generator=_spelling)

    status: str
    to: str | None = None
    client_ref: str | None = None
    message_id: str | None = None
    error_text: str | None = None


class _Answer(BaseModel):
    model_config = ConfigDict(strict=True, alias_generator=_spelling)

    message_count: str | int
    messages: list[_Part]


_ANSWER = TypeAdapter(_Answer)


def decode_send(batch: Batch, stamp: Stamp, response: Response) -> list[Outcome]:
    """Read the answer to *batch*, which has an entry for each part of the text.

    The HTTP status says nothing. Raises `UnexpectedResponse` if the answer is not of the documented shape, or is
    another's.
    """
    # In a function of its own, so that a traceback that shows the locals of this one shows nothing of the answer.
    with decoding(response):
        return _decode(batch.parcels[0], stamp, response)


def _decode(parcel: Parcel, stamp: Stamp, response: Response) -> list[Outcome]:
    answer = decode_json(response, _ANSWER)
    for part in answer.messages:
        _check_whose(part, parcel, stamp, response)
    if not answer.messages or str(answer.message_count) != str(len(answer.messages)):
        return [unknown(parcel, Reason.MISSING_RESULT, None, "the answer does not speak of every part")]
    return [_outcome(parcel, answer.messages)]


def _check_whose(part: _Part, parcel: Parcel, stamp: Stamp, response: Response) -> None:
    if part.client_ref is None:
        response.require_fresh("an entry without client-ref")
    elif part.client_ref != stamp.reference:
        raise UnexpectedResponse("the answer repeats the client-ref of another request")
    # A refusal may name nobody; who is accepted is named.
    if part.to != parcel.phone.removeprefix("+") and (part.to is not None or part.status == ACCEPTED):
        raise UnexpectedResponse("the answer speaks of a recipient that was not in the request")


def _outcome(parcel: Parcel, parts: list[_Part]) -> Outcome:
    failed = [part for part in parts if part.status != ACCEPTED]
    if not failed:
        return accepted(parcel, message_id=parts[0].message_id, fee=len(parts))
    first = next((part for part in failed if reason_of(part.status) is Reason.AMBIGUOUS), failed[0])
    reason = reason_of(first.status)
    # What reaches the phone of a text of which some parts were taken is not documented.
    if reason is Reason.AMBIGUOUS or len(failed) < len(parts):
        return unknown(parcel, Reason.AMBIGUOUS, first.status, first.error_text)
    return rejected(parcel, reason, first.status, first.error_text)
