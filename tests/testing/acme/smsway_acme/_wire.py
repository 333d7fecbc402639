"""Acme's language: every call is a POST of JSON with our `ref`, which every answer of its own repeats.

A `code` but 0 refuses the whole call. The gate in front of Acme, which knows the keys and the rates, reads no `ref`.
"""

import json
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, TypeAdapter

from smsway.provider import (
    Batch,
    Outcome,
    Page,
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
    reason_for_all,
    refused,
    rejected,
    unknown,
)
from smsway_acme._codes import OK, reason_of
from smsway_acme._config import AcmeConfig, AcmeOptions

T = TypeVar("T")


class Answer(BaseModel, strict=True):
    """What every call is answered; without *items* it is a refusal."""

    ref: str | None = None
    code: int
    items: list[Any] | None = None
    next: int | None = None


class Result(BaseModel, strict=True):
    """What became of one recipient."""

    to: str
    code: int
    id: str | None = None
    words: str | None = None


ANSWER = TypeAdapter(Answer)


def encode(config: AcmeConfig, call: str, stamp: Stamp, *, sends: bool = False, **content: object) -> Request:
    """Write a request."""
    headers = {"Content-Type": "application/json", "X-Key": config.api_key.get_secret_value()}
    body = json.dumps({"ref": stamp.reference, **content}).encode()
    return Request(f"{config.base_url}/{call}", headers, body, sends=sends)


def encode_send(config: AcmeConfig, batch: Batch, stamp: Stamp) -> Request:
    """Write the request that sends."""
    items = [_item(parcel) for parcel in batch.parcels]
    return encode(config, "send", stamp, sends=True, items=items)


def _item(parcel: Parcel) -> dict[str, object]:
    content, options = parcel.content, parcel.options or AcmeOptions()
    said: dict[str, object] = {"text": content.text}
    if content.template is not None:
        said = {"template": content.template, "params": content.params}
    return {
        "to": parcel.phone,
        **said,
        "signature": content.signature,
        "sender": content.sender,
        "flash": options.flash,
    }


def decode_send(batch: Batch, stamp: Stamp, response: Response) -> Sequence[Outcome]:
    """Read what became of every recipient."""
    with decoding(response):
        return _booked(batch, stamp, response)


def _booked(batch: Batch, stamp: Stamp, response: Response) -> Sequence[Outcome]:
    answer = _answer(stamp, response)
    if answer.code != OK:
        reason = reason_for_all(reason_of(answer.code), batch)
        return [_refused(parcel, reason, answer.code) for parcel in batch.parcels]
    tally = Tally(batch)
    for item in answer.items:
        result = Result.model_validate(item)
        tally.book(_outcome(tally.parcel(result.to), result))
    return tally.outcomes()


def _outcome(parcel: Parcel, result: Result) -> Outcome:
    if result.code == OK:
        return accepted(parcel, message_id=result.id)
    return _refused(parcel, reason_of(result.code), result.code, result.words)


def _refused(parcel: Parcel, reason: Reason, code: int, words: str | None = None) -> Outcome:
    conclude = unknown if reason is Reason.AMBIGUOUS else rejected
    return conclude(parcel, reason, str(code), words)


def decode(stamp: Stamp, response: Response, make: Callable[[Any], T]) -> Page[T]:
    """Read the answer to a call beside sending, and *make* of each of its items what it means."""
    with decoding(response):
        return _page(stamp, response, make)


def decode_one(stamp: Stamp, response: Response, make: Callable[[Any], T]) -> T:
    """Read the answer to a call that has one item; any other number is no answer to it."""
    with decoding(response):
        (item,) = _page(stamp, response, make).items
        return item


def _page(stamp: Stamp, response: Response, make: Callable[[Any], T]) -> Page[T]:
    answer = _answer(stamp, response)
    if answer.code != OK:
        raise refused(reason_of(answer.code), str(answer.code))
    return Page([make(item) for item in answer.items], None if answer.next is None else str(answer.next))


def _answer(stamp: Stamp, response: Response) -> Answer:
    answer = decode_json(response, ANSWER)
    if answer.ref is None:
        response.require_fresh("an answer without ref")
    elif answer.ref != stamp.reference:
        raise UnexpectedResponse("the answer repeats the ref of another request")
    return answer
