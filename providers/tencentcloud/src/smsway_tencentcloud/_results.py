"""What the answer to an action that sends proves of each recipient.

`SendStatusSet` of `SendSms` and `SendMultiStatusSet` of `SendMultiGlobalSms` have the same members, and an error for
the whole request stands in the same place.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NotRequired

from pydantic import TypeAdapter
from typing_extensions import TypedDict

from smsway.provider import (
    Batch,
    Outcome,
    Parcel,
    Response,
    Tally,
    UnexpectedResponse,
    accepted,
    decoding,
    reason_for_all,
)
from smsway_tencentcloud._api import opened
from smsway_tencentcloud._codes import SUCCESS, reason_of, refusal


class _Result(TypedDict):
    PhoneNumber: str
    Code: str
    Message: NotRequired[str | None]
    SerialNo: NotRequired[str | None]
    Fee: NotRequired[int | None]
    SessionContext: NotRequired[str | None]


_RESULTS = TypeAdapter(list[_Result] | None)


def decode_results(member: str, batch: Batch, references: Sequence[str], response: Response) -> list[Outcome]:
    """Return what *response* says of each recipient in its *member*, in the order of *batch*.

    *references* are the `SessionContext`s that the recipients were sent with, in the same order. Raises
    `UnexpectedResponse` if the answer is garbled, contradicts its documents or may answer another request.
    """
    # In a function of its own, so that a traceback that shows the locals of this one shows nothing of the answer.
    with decoding(response):
        return _decode(member, batch, references, response)


def _decode(member: str, batch: Batch, references: Sequence[str], response: Response) -> list[Outcome]:
    error, content = opened(response)
    results = _RESULTS.validate_python(content.get(member))
    if error is not None:
        if results:
            raise UnexpectedResponse("the answer has an error for the whole request and results as well")
        response.require_fresh("an error envelope")
        reason = reason_for_all(reason_of(error["Code"]), batch)
        return [refusal(parcel, error["Code"], error.get("Message"), reason) for parcel in batch.parcels]
    if results is None:
        raise UnexpectedResponse("the answer has neither an error nor results")
    return _book(batch, references, response, results)


def _book(batch: Batch, references: Sequence[str], response: Response, results: list[_Result]) -> list[Outcome]:
    tally = Tally(batch)
    expected = dict(zip((str(parcel.phone) for parcel in batch.parcels), references, strict=True))
    for result in results:
        parcel = tally.parcel(result["PhoneNumber"])
        echo = result.get("SessionContext")
        if not echo:
            response.require_fresh("a result without SessionContext")
        elif echo != expected[result["PhoneNumber"]]:
            raise UnexpectedResponse("a result repeats a SessionContext that is not of this request")
        tally.book(_outcome(parcel, result))
    return tally.outcomes()


def _outcome(parcel: Parcel, result: _Result) -> Outcome:
    # SerialNo is there for failures as well, so it proves nothing.
    if result["Code"] == SUCCESS:
        return accepted(parcel, message_id=result.get("SerialNo") or None, fee=result.get("Fee"))
    return refusal(parcel, result["Code"], result.get("Message"))
