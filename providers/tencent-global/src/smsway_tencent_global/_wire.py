"""The bytes of `SendMultiGlobalSms`, version 2021-01-11, as pure functions.

Its page is among the API documents of Short Message Service at tencentcloud.com.
"""

from __future__ import annotations

from typing import NotRequired

from pydantic import TypeAdapter
from typing_extensions import TypedDict

from smsway.provider import (
    Batch,
    Outcome,
    Parcel,
    Request,
    Response,
    Stamp,
    Tally,
    UnexpectedResponse,
    accepted,
    decode_json,
    decoding,
    reason_for_all,
)
from smsway_tencent_global._calls import Api, Error
from smsway_tencent_global._codes import SUCCESS, reason_of, refusal


def encode_send(api: Api, batch: Batch, stamp: Stamp) -> Request:
    """Return the request that sends *batch*, each recipient under the reference that *stamp* gives it."""
    infos = list(map(_info, batch.parcels, stamp.references(len(batch))))
    content = {"SmsSdkAppId": api.config.sdk_app_id, "MultiSmsInfoSet": infos}
    return api.request("SendMultiGlobalSms", content, stamp, sends=True)


def _info(parcel: Parcel, reference: str) -> dict[str, object]:
    content = parcel.content
    # A plain str: the encoder takes the long way round for subclasses.
    info: dict[str, object] = {"PhoneNumber": str(parcel.phone), "TemplateId": content.template}
    # The page's own request without params has no such member and is judged by its template, not by its shape; no
    # published request has an empty list.
    if content.params:
        info["TemplateParamSet"] = content.params
    # An account without a sender id of its own sends under the public one, and names none.
    if content.sender:
        info["SenderId"] = content.sender
    info["SessionContext"] = reference
    return info


class _Result(TypedDict):
    PhoneNumber: str
    Code: str
    Message: NotRequired[str | None]
    SerialNo: NotRequired[str | None]
    Fee: NotRequired[int | None]
    SessionContext: NotRequired[str | None]


class _Answer(TypedDict):
    Error: NotRequired[Error | None]
    SendMultiStatusSet: NotRequired[list[_Result] | None]


class _Envelope(TypedDict):
    Response: _Answer


_ENVELOPE = TypeAdapter(_Envelope)


def decode_send(batch: Batch, stamp: Stamp, response: Response) -> list[Outcome]:
    """Return what *response* says of each recipient, in the order of *batch*.

    Raises `UnexpectedResponse` if it is garbled, contradicts its documents or may answer another request.
    """
    # In a function of its own, so that a traceback that shows the locals of this one shows nothing of the answer.
    with decoding(response):
        return _decode(batch, stamp, response)


def _decode(batch: Batch, stamp: Stamp, response: Response) -> list[Outcome]:
    answer = decode_json(response, _ENVELOPE)["Response"]
    error, results = answer.get("Error"), answer.get("SendMultiStatusSet")
    if error is not None:
        if results:
            raise UnexpectedResponse("the answer has an error for the whole request and results as well")
        response.require_fresh("an error envelope")
        reason = reason_for_all(reason_of(error["Code"]), batch)
        return [refusal(parcel, error["Code"], error.get("Message"), reason) for parcel in batch.parcels]
    if results is None:
        raise UnexpectedResponse("the answer has neither an error nor results")
    return _book(batch, stamp, response, results)


def _book(batch: Batch, stamp: Stamp, response: Response, results: list[_Result]) -> list[Outcome]:
    tally = Tally(batch)
    phones = (str(parcel.phone) for parcel in batch.parcels)
    references = dict(zip(phones, stamp.references(len(batch)), strict=True))
    for result in results:
        parcel = tally.parcel(result["PhoneNumber"])
        echo = result.get("SessionContext")
        if not echo:
            response.require_fresh("a result without SessionContext")
        elif echo != references[result["PhoneNumber"]]:
            raise UnexpectedResponse("a result repeats a SessionContext that is not of this request")
        tally.book(_outcome(parcel, result))
    return tally.outcomes()


def _outcome(parcel: Parcel, result: _Result) -> Outcome:
    # SerialNo is there for failures as well, so it proves nothing.
    if result["Code"] == SUCCESS:
        return accepted(parcel, message_id=result.get("SerialNo") or None, fee=result.get("Fee"))
    return refusal(parcel, result["Code"], result.get("Message"))
