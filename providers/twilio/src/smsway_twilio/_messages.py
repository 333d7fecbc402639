"""Looking up messages to phones and from phones: by the page, or one by one (docs/messaging/api/message-resource)."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import NamedTuple
from urllib.parse import urlencode

from pydantic import TypeAdapter

from smsway.provider import (
    CallFailed,
    Exchange,
    Inbound,
    InvalidCall,
    Report,
    ReportQuery,
    Response,
    UnexpectedResponse,
    Verification,
    decode_json,
)
from smsway_twilio._calls import Shape, ask, path_of
from smsway_twilio._config import TwilioConfig
from smsway_twilio._records import INBOUND, created_at, message_of, phone_of, record_of, report_of

VERIFICATION = Verification(grace=5, questions=3, interval=10)
"""A text that was taken is listed at once (assumed). One that waits may have no date to be found by: no proof."""

_PAGE_SIZE = 1000
_PATIENCE = 50
"""How many pages one search may take."""
_SID = re.compile(r"(SM|MM)[0-9a-fA-F]{32}")
_NOT_FOUND = "20404"
_DAY = timedelta(days=1)

Record = Mapping[str, object]


def find_reports(config: TwilioConfig, query: ReportQuery) -> Exchange[Sequence[Report]]:
    """Look up the texts to one phone, or those with some ids, of which the time does not matter."""
    if not query.message_ids:
        return tuple(map(report_of, (yield from _list(config, "To", query, inbound=False))))
    if query.phone is not None:
        raise InvalidCall("twilio looks texts up by phone or by message_ids; give one of them")
    return (yield from _fetch(config, query.message_ids))


def find_inbound(config: TwilioConfig, query: ReportQuery) -> Exchange[Sequence[Inbound]]:
    """Look up the messages from one phone."""
    if query.message_ids:
        raise InvalidCall("twilio looks messages from phones up by phone alone; give phone, and no message_ids")
    return tuple(map(message_of, (yield from _list(config, "From", query, inbound=True))))


def _fetch(config: TwilioConfig, sids: Sequence[str]) -> Exchange[Sequence[Report]]:
    """Fetch texts one by one; one that is not there is left out."""
    for sid in sids:
        if not isinstance(sid, str) or not _SID.fullmatch(sid):
            raise InvalidCall(f"message_ids: {sid!r} is no id of twilio; give 'SM' or 'MM' and 32 hexadecimal digits")
    found = []
    for sid in dict.fromkeys(sids):
        try:
            found.append((yield from ask(config, path_of(config, f"Messages/{sid}"), partial(_one, sid))))
        except CallFailed as error:
            if error.code != _NOT_FOUND:
                raise
    return tuple(map(report_of, found))


_RECORD: TypeAdapter[dict[str, object]] = TypeAdapter(dict[str, object])


def _one(sid: str, response: Response) -> Record:
    record = decode_json(response, _RECORD)
    if record.get("sid") != sid:
        raise UnexpectedResponse("the answer speaks of a message that was not asked for")
    return record


def _list(config: TwilioConfig, name: str, query: ReportQuery, *, inbound: bool) -> Exchange[list[Record]]:
    """List the messages whose phone *name*, `To` or `From`, is that of *query*, page after page.

    Raises `UnexpectedResponse` if that does not come to an end, for a part must not be taken for the whole.
    """
    path = f"{path_of(config, 'Messages')}?{urlencode(_asked(name, query))}"
    found: list[Record] = []
    for _ in range(_PATIENCE):
        page = yield from ask(config, path, partial(_page, path_of(config, "Messages")))
        _check_phone(query, name.lower(), page.records)
        found += [each for each in page.records if _fits(each, query, inbound=inbound)]
        if page.next is None:
            return found
        path = page.next
    raise UnexpectedResponse(f"{_PATIENCE} pages do not list all that the phone has; ask about a shorter time")


def _asked(name: str, query: ReportQuery) -> dict[str, str]:
    """Return the filters; raises `InvalidCall`."""
    if query.phone is None:
        raise InvalidCall("twilio looks messages up by phone; give phone")
    if not query.since <= query.until:
        raise InvalidCall(f"since {query.since} is not before until {query.until}; give a span of time")
    try:
        # What a date as a bound takes in is documented in two ways, so a day more is asked for on both sides.
        first = datetime.fromtimestamp(query.since, UTC).date() - _DAY
        last = datetime.fromtimestamp(query.until, UTC).date() + _DAY
    except (OverflowError, OSError, ValueError):
        raise InvalidCall(
            f"since {query.since} to until {query.until} is beyond any calendar; give seconds since the epoch"
        ) from None
    dates = {"DateSent>": first.isoformat(), "DateSent<": last.isoformat()}
    return {name: str(query.phone), **dates, "PageSize": str(_PAGE_SIZE)}


class _Listed(Shape):
    messages: list[object]
    next_page_uri: str | None


_LISTED = TypeAdapter(_Listed)


class _Page(NamedTuple):
    """Some records, and the path of those that follow."""

    records: list[Record]
    next: str | None


def _page(path: str, response: Response) -> _Page:
    listed = decode_json(response, _LISTED)
    following = listed.next_page_uri or None
    # What an answer names is followed only within the list itself, for our key goes along.
    if following is not None and not re.fullmatch(re.escape(path) + r"\?[!-~]*", following):
        raise UnexpectedResponse("the next page is not one of this list")
    return _Page(list(map(record_of, listed.messages)), following)


def _check_phone(query: ReportQuery, name: str, records: Sequence[Record]) -> None:
    """Raise `UnexpectedResponse` if a record is about another phone; one that cannot be read is no other."""
    if not {phone_of(record, name) for record in records} <= {query.phone, None}:
        raise UnexpectedResponse("the answer speaks of a phone that was not in the request")


def _fits(record: Record, query: ReportQuery, *, inbound: bool) -> bool:
    """True if a record is of this direction and time; times are whole seconds, and one that is not told may fit."""
    created = created_at(record)
    timely = created is None or math.floor(query.since) <= created <= query.until
    return timely and (record.get("direction") == INBOUND) is inbound
