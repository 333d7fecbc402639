"""QuerySendDetails: what became of the texts to one phone (help.aliyun.com/document_detail/419277.html)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from typing import Any, Final

from pydantic import Field

from smsway.provider import Exchange, InvalidCall, Report, ReportQuery, Stamp, UnexpectedResponse, Verification
from smsway_aliyun._calls import Caller, Members, Shape
from smsway_aliyun._config import AliyunConfig
from smsway_aliyun._phones import write_phone
from smsway_aliyun._records import found_report, members_of
from smsway_aliyun._times import Days, day_of, moment_of, written_day

DETAILS: Final = "QuerySendDetails"

PER_PAGE: Final = 50
DAYS: Final = 30
"""How many days back the records are kept."""

VERIFICATION: Final = Verification(grace=15, questions=4, interval=15)
"""How soon a text shows up in the records is not documented, so nothing follows from one that does not."""

_MOST_PAGES = 100
"""How many pages one day may have."""


def find(config: AliyunConfig, query: ReportQuery, stamp: Stamp) -> Exchange[list[Report]]:
    """Look up the texts of one phone, or those of its that have one of these message ids.

    With a request for each day in China that the span touches, each page, and each message id.
    """
    days = _asked(query, stamp)
    caller = Caller(config, stamp)
    reports: list[Report] = []
    # Without ids it is asked for all of them.
    for message_id in dict.fromkeys(query.message_ids) or (None,):
        for day in days:
            records = yield from _of_day(caller, query, day, message_id)
            reports += [found_report(record, message_id) for record in records if _in_span(record, query)]
    return reports


def _asked(query: ReportQuery, stamp: Stamp) -> Sequence[date]:
    """Return the days to ask about, none of which has yet to come; raises `InvalidCall`."""
    if query.phone is None:
        raise InvalidCall("Alibaba Cloud looks reports up by phone; give phone, and message_ids beside it if you like")
    asked, today = Days.touched(query.since, query.until), day_of(stamp.now)
    if asked.first < today - timedelta(days=DAYS):
        raise InvalidCall(f"since {query.since:.0f} is more than {DAYS} days ago; the vendor keeps no more")
    days = [day for day in asked.each if day <= today]
    if not days:
        raise InvalidCall(f"since {query.since:.0f} has yet to come; give a time in the past")
    return days


def _of_day(caller: Caller, query: ReportQuery, day: date, message_id: str | None) -> Exchange[list[Members]]:
    """Walk the pages of *day* until one is not full; the total is not believed, for it has been seen with no records.

    See github.com/aliyun/alibabacloud-java-sdk/issues/42.
    """
    asked: Mapping[str, str] = {
        # In the form, so that the phone is not in the address.
        "PhoneNumber": write_phone(query.phone) if query.phone else "",
        "SendDate": written_day(day),
        "PageSize": str(PER_PAGE),
        **({"BizId": message_id} if message_id else {}),
    }
    records: list[Members] = []
    for page in range(1, _MOST_PAGES + 1):
        form = {**asked, "CurrentPage": str(page)}
        found = yield from caller.ask(DETAILS, partial(_records, query), form=form)
        records += found
        if len(found) < PER_PAGE:
            return records
    raise UnexpectedResponse(f"the records of one day have no end after {_MOST_PAGES} pages")


class _List(Shape):
    records: list[Any] | None = Field(None, alias="SmsSendDetailDTO")


class _Found(Shape):
    details: _List = Field(alias="SmsSendDetailDTOs")


def _records(query: ReportQuery, members: Members) -> list[Members]:
    records = list(map(members_of, _Found.model_validate(members).details.records or ()))
    # One whose phone cannot be read is of no other.
    if not {query.phone, ""}.issuperset(found_report(record, None).recipient for record in records):
        raise UnexpectedResponse("the answer speaks of a phone that was not in the request")
    return records


def _in_span(record: Members, query: ReportQuery) -> bool:
    """True if a text was sent in the span that is asked about, as far as its record tells, to the second."""
    sent_at = moment_of(record.get("SendDate"))
    return sent_at is None or int(query.since) <= sent_at <= query.until
