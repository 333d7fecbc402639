"""The calls that fetch status reports and replies: off the vendor's queue, or those of one phone."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from operator import attrgetter
from typing import Any, TypeVar

from pydantic import TypeAdapter

from smsway.provider import (
    Exchange,
    Inbound,
    InvalidCall,
    Report,
    ReportQuery,
    Request,
    Response,
    Stamp,
    UnexpectedResponse,
    Verification,
    decoding,
)
from smsway_tencent_v5._calls import encode_call, read_answer
from smsway_tencent_v5._config import TencentV5Config
from smsway_tencent_v5._envelope import Answer
from smsway_tencent_v5._records import inbound_of, report_of
from smsway_tencent_v5._times import check_span

MOST = 100
"""How many records one call fetches at the most (cloud.tencent.com/document/product/382/5810 and 5811)."""

VERIFICATION = Verification(grace=5, questions=4, interval=10)
"""How to ask whether a text was sent.

The vendor tells no delays; in the mainland a report usually follows within seconds, so the questions end after 35. Only
texts that have a report are found, so that none is found proves nothing.
"""

_STATUSES, _REPLIES = 0, 1

_PATIENCE = 50
"""How many requests one search may take."""

ItemT = TypeVar("ItemT", Report, Inbound)


def encode_pullstatus(config: TencentV5Config, stamp: Stamp, type_: int, limit: int) -> Request:
    """Encode the pull of up to *limit* records; *type_* is 0 for status reports and 1 for replies.

    Source: cloud.tencent.com/document/product/382/5810. Raises `InvalidCall`.
    """
    if type(limit) is not int or not 1 <= limit <= MOST:
        raise InvalidCall(f"limit {limit!r} is not a number from 1 to {MOST}; pull several times for more")
    return encode_call(config, stamp, "pullstatus", {"type": type_, "max": limit})


def encode_pullstatus4mobile(
    config: TencentV5Config, stamp: Stamp, type_: int, query: ReportQuery, turn: int = 0
) -> Request:
    """Encode the search for the records of one phone; *type_* as for `encode_pullstatus`. The number is not signed.

    It is request number *turn* of *stamp*. Source: cloud.tencent.com/document/product/382/5811. Raises `InvalidCall`.
    """
    if query.message_ids:
        raise InvalidCall("tencent-v5 finds nothing by message ids; ask by the phone alone")
    if query.phone is None:
        raise InvalidCall("tencent-v5 finds reports and replies by phone only; give the phone")
    check_span(query.since, query.until)
    nationcode, mobile = query.phone.split_code()
    fields = {
        "type": type_,
        "max": MOST,
        "begin_time": math.floor(query.since),
        "end_time": math.ceil(query.until),
        "nationcode": nationcode,
        "mobile": mobile,
    }
    return encode_call(config, stamp, "pullstatus4mobile", fields, turn)


def pull_reports(config: TencentV5Config, limit: int, stamp: Stamp) -> Exchange[Sequence[Report]]:
    """Take status reports off the queue."""
    response = yield encode_pullstatus(config, stamp, _STATUSES, limit)
    return decode_reports(config, response)


def pull_inbound(config: TencentV5Config, limit: int, stamp: Stamp) -> Exchange[Sequence[Inbound]]:
    """Take replies off the queue."""
    response = yield encode_pullstatus(config, stamp, _REPLIES, limit)
    return decode_inbound(response)


def find_reports(config: TencentV5Config, query: ReportQuery, stamp: Stamp) -> Exchange[Sequence[Report]]:
    """Look up the status reports of one phone."""

    def read(response: Response) -> list[Report]:
        return decode_reports(config, response)

    return (yield from _find(config, query, stamp, _STATUSES, read, attrgetter("recipient")))


def find_inbound(config: TencentV5Config, query: ReportQuery, stamp: Stamp) -> Exchange[Sequence[Inbound]]:
    """Look up the replies of one phone."""
    return (yield from _find(config, query, stamp, _REPLIES, decode_inbound, attrgetter("sender")))


def _find(
    config: TencentV5Config,
    query: ReportQuery,
    stamp: Stamp,
    type_: int,
    read: Callable[[Response], list[ItemT]],
    phone_of: Callable[[ItemT], str],
) -> Exchange[Sequence[ItemT]]:
    """Ask for *query*, in halves wherever an answer is full: there is no second page of it."""
    found: list[ItemT] = []
    spans = [query]
    for turn in range(_PATIENCE):
        span = spans.pop()
        response = yield encode_pullstatus4mobile(config, stamp, type_, span, turn)
        items = read(response)
        if any(phone_of(item) not in ("", query.phone) for item in items):
            raise UnexpectedResponse("the answer speaks of a phone that was not asked for")
        if len(items) < MOST:
            found = _joined(found, items)
        else:
            spans += _halves(span)
        if not spans:
            return found
    raise UnexpectedResponse(f"{_PATIENCE} requests do not list all that the phone has; ask about a shorter time")


def _halves(span: ReportQuery) -> tuple[ReportQuery, ReportQuery]:
    """Split a span in whole seconds, the earlier half last.

    Whether a bound belongs to its span is not documented, so the halves share one.
    """
    begin, end = math.floor(span.since), math.ceil(span.until)
    if end - begin <= 1:
        raise UnexpectedResponse(f"the phone has {MOST} records or more in one second, and no call lists the rest")
    middle = (begin + end) // 2
    return replace(span, since=middle, until=end), replace(span, since=begin, until=middle)


def _joined(found: list[ItemT], items: list[ItemT]) -> list[ItemT]:
    """Add to what was found what another span has, without what both have."""
    others = list(found)
    new: list[ItemT] = []
    for item in items:
        if item in others:
            others.remove(item)  # an answer may hold the same record twice, and then both count
        else:
            new.append(item)
    return found + new


class _Records(Answer, total=False):
    # `count` stands beside it and is not believed: the published sample counts 3 and lists none, and what was pulled
    # is never given again.
    data: list[Any] | None


_RECORDS: TypeAdapter[_Records] = TypeAdapter(_Records)


def decode_reports(config: TencentV5Config, response: Response) -> list[Report]:
    """Read the status reports of an answer; raises `UnexpectedResponse` and `CallFailed`.

    What was pulled is never given again, so a record that is not as documented hides none of the others.
    """
    zone = config.zone
    with decoding(response):
        return [report_of(record, zone) for record in _records(response)]


def decode_inbound(response: Response) -> list[Inbound]:
    """Read the replies of an answer, in the way of `decode_reports`."""
    with decoding(response):
        return [inbound_of(record) for record in _records(response)]


def _records(response: Response) -> Sequence[Any]:
    return read_answer(response, _RECORDS).get("data") or []
