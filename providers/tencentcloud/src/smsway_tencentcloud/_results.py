"""What the answer to an action that sends proves of each recipient.

`SendStatusSet` of `SendSms` and `SendMultiStatusSet` of `SendMultiGlobalSms` have the same members, and an error for
the whole request stands in the same place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Generic, Literal, NotRequired, TypeVar

from msgspec import field
from pydantic import TypeAdapter
from typing_extensions import TypedDict

from smsway.provider import (
    Batch,
    Exact,
    ExactReader,
    Outcome,
    Response,
    Tally,
    UnexpectedResponse,
    accepted,
    all_accepted,
    decode_json,
    decoding,
    reason_for_all,
)
from smsway_tencentcloud._api import Error
from smsway_tencentcloud._codes import SUCCESS, reason_of, refusal

AcceptedT = TypeVar("AcceptedT")
ContentT = TypeVar("ContentT")


class _Result(TypedDict):
    PhoneNumber: str
    Code: str
    Message: NotRequired[str | None]
    SerialNo: NotRequired[str | None]
    Fee: NotRequired[int | None]
    SessionContext: NotRequired[str | None]


class _Content(TypedDict):
    Error: NotRequired[Error | None]


class _SendSms(_Content):
    SendStatusSet: NotRequired[list[_Result] | None]


class _SendMultiGlobalSms(_Content):
    SendMultiStatusSet: NotRequired[list[_Result] | None]


class _Answer(TypedDict, Generic[ContentT]):
    Response: ContentT


_SHAPES: Mapping[str, TypeAdapter[Any]] = MappingProxyType(
    {
        "SendStatusSet": TypeAdapter(_Answer[_SendSms]),
        "SendMultiStatusSet": TypeAdapter(_Answer[_SendMultiGlobalSms]),
    }
)
"""The answer by the member in which its results are."""


class _AcceptedResult(Exact):
    SerialNo: str
    PhoneNumber: str
    Fee: int
    SessionContext: str
    Code: Literal["Ok"]
    Message: str
    IsoCode: str


class _SendSmsAccepted(Exact):
    results: list[_AcceptedResult] = field(name="SendStatusSet")
    RequestId: str


class _SendMultiGlobalSmsAccepted(Exact):
    results: list[_AcceptedResult] = field(name="SendMultiStatusSet")
    RequestId: str


class _AllAccepted(Exact, Generic[AcceptedT]):
    Response: AcceptedT


_READERS: Mapping[str, ExactReader[Any]] = MappingProxyType(
    {
        "SendStatusSet": ExactReader(_AllAccepted[_SendSmsAccepted]),
        "SendMultiStatusSet": ExactReader(_AllAccepted[_SendMultiGlobalSmsAccepted]),
    }
)
"""The answer if all are accepted, which it mostly says, likewise."""


def decode_results(member: str, batch: Batch, references: Sequence[str], response: Response) -> list[Outcome]:
    """Return what *response* says of each recipient in its *member*, in the order of *batch*.

    *references* are the `SessionContext`s that the recipients were sent with, in the same order. Raises
    `UnexpectedResponse` if the answer is garbled, contradicts its documents or may answer another request.
    """
    # In a function of its own, so that a traceback that shows the locals of this one shows nothing of the answer.
    with decoding(response):
        return _decode(member, batch, references, response)


def _decode(member: str, batch: Batch, references: Sequence[str], response: Response) -> list[Outcome]:
    usual = _READERS[member](response)
    if usual is not None:
        outcomes = _all_accepted(batch, references, usual.Response.results)
        if outcomes is not None:
            return outcomes
    content = decode_json(response, _SHAPES[member])["Response"]
    error, results = content.get("Error"), content.get(member)
    if error is not None:
        if results:
            raise UnexpectedResponse("the answer has an error for the whole request and results as well")
        response.require_fresh("an error envelope")
        reason = reason_for_all(reason_of(error["Code"]), batch)
        return [refusal(parcel, error["Code"], error.get("Message"), reason) for parcel in batch.parcels]
    if results is None:
        raise UnexpectedResponse("the answer has neither an error nor results")
    return _book(batch, references, response, results)


def _all_accepted(batch: Batch, references: Sequence[str], results: list[_AcceptedResult]) -> list[Outcome] | None:
    if [each.SessionContext for each in results] != list(references):
        return None
    phones = [each.PhoneNumber for each in results]
    return all_accepted(batch, phones, [each.SerialNo for each in results], [each.Fee for each in results])


def _book(batch: Batch, references: Sequence[str], response: Response, results: list[_Result]) -> list[Outcome]:
    tally = Tally(batch)
    expected: dict[str, str] = dict(zip([parcel.phone for parcel in batch.parcels], references, strict=True))
    for result in results:
        phone, code, echo = result["PhoneNumber"], result["Code"], result.get("SessionContext")
        parcel = tally.parcel(phone)
        if not echo:
            response.require_fresh("a result without SessionContext")
        elif echo != expected[phone]:
            raise UnexpectedResponse("a result repeats a SessionContext that is not of this request")
        # SerialNo is there for failures as well, so it proves nothing.
        if code == SUCCESS:
            tally.book(accepted(parcel, message_id=result.get("SerialNo") or None, fee=result.get("Fee")))
        else:
            tally.book(refusal(parcel, code, result.get("Message")))
    return tally.outcomes()
