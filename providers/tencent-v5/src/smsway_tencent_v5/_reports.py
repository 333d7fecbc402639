"""The calls that fetch status reports and replies: off the vendor's queue, or those of one phone."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import tzinfo
from typing import Any

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
from smsway_tencent_v5._records import inbound_of, report_of, salvaged_inbound, salvaged_report
from smsway_tencent_v5._times import check_span

MOST = 100
"""How many records one call fetches at the most (cloud.tencent.com/document/product/382/5810 and 5811)."""

VERIFICATION = Verification(grace=5, questions=4, interval=10)
"""How to ask whether a text was sent.

The vendor tells no delays; in the mainland a report usually follows within seconds, so the questions end after 35. Only
texts that have a report are found, so that none is found proves nothing.
"""

_STATUSES, _REPLIES = 0, 1


def encode_pullstatus(config: TencentV5Config, stamp: Stamp, type_: int, limit: int) -> Request:
    """Encode the pull of up to *limit* records; *type_* is 0 for status reports and 1 for replies.

    Source: cloud.tencent.com/document/product/382/5810. Raises `InvalidCall`.
    """
    if type(limit) is not int or not 1 <= limit <= MOST:
        raise InvalidCall(f"limit {limit!r} is not a number from 1 to {MOST}; pull several times for more")
    return encode_call(config, stamp, "pullstatus", {"type": type_, "max": limit})


def encode_pullstatus4mobile(config: TencentV5Config, stamp: Stamp, type_: int, query: ReportQuery) -> Request:
    """Encode the search for the records of one phone; *type_* as for `encode_pullstatus`. The number is not signed.

    Source: cloud.tencent.com/document/product/382/5811. Raises `InvalidCall`.
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
    return encode_call(config, stamp, "pullstatus4mobile", fields)


def pull_reports(config: TencentV5Config, limit: int, stamp: Stamp) -> Exchange[Sequence[Report]]:
    """Take status reports off the queue."""
    response = yield encode_pullstatus(config, stamp, _STATUSES, limit)
    return decode_reports(config, response)


def pull_inbound(config: TencentV5Config, limit: int, stamp: Stamp) -> Exchange[Sequence[Inbound]]:
    """Take replies off the queue."""
    response = yield encode_pullstatus(config, stamp, _REPLIES, limit)
    return decode_inbound(response)


def find_reports(config: TencentV5Config, query: ReportQuery, stamp: Stamp) -> Exchange[Sequence[Report]]:
    """Look up the status reports of one phone, at most a hundred."""
    response = yield encode_pullstatus4mobile(config, stamp, _STATUSES, query)
    reports = decode_reports(config, response)
    _check_phones((report.recipient for report in reports), query)
    return reports


def find_inbound(config: TencentV5Config, query: ReportQuery, stamp: Stamp) -> Exchange[Sequence[Inbound]]:
    """Look up the replies of one phone, at most a hundred."""
    response = yield encode_pullstatus4mobile(config, stamp, _REPLIES, query)
    messages = decode_inbound(response)
    _check_phones((message.sender for message in messages), query)
    return messages


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
        return [_report(record, zone) for record in _records(response)]


def decode_inbound(response: Response) -> list[Inbound]:
    """Read the replies of an answer, in the way of `decode_reports`."""
    with decoding(response):
        return [_inbound(record) for record in _records(response)]


def _records(response: Response) -> Sequence[Any]:
    return read_answer(response, _RECORDS).get("data") or []


def _report(record: object, zone: tzinfo) -> Report:
    try:
        return report_of(record, zone)
    except ValueError:
        return salvaged_report(record, zone)


def _inbound(record: object) -> Inbound:
    try:
        return inbound_of(record)
    except ValueError:
        return salvaged_inbound(record)


def _check_phones(phones: Iterable[str], query: ReportQuery) -> None:
    if any(phone and phone != query.phone for phone in phones):
        raise UnexpectedResponse("the answer speaks of a phone that was not asked for")
