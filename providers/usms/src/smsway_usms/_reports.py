"""Delivery reports: PullUSMSReport takes them off a queue, GetUSMSSendReceipt looks them up by session."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, Final

from smsway.provider import Exchange, InvalidCall, Report, ReportQuery, UnexpectedResponse
from smsway_usms._calls import Members, Shape, known_ids, numbered, read_answer, write_call
from smsway_usms._config import UsmsConfig
from smsway_usms._receipts import Receipt, members_of

PULL: Final = "PullUSMSReport"
FIND: Final = "GetUSMSSendReceipt"

MOST_REPORTS: Final = 200
"""docs.ucloud.cn/usms/api_docs/ret_message/PullUSMSReport: 100 by default, 200 at most."""
MOST_SESSIONS: Final = 99
"""docs.ucloud.cn/api/usms-api/get_usms_send_receipt: kept within 100."""


def pull(config: UsmsConfig, limit: int) -> Exchange[list[Report]]:
    """Take up to *limit* reports off the queue, in one request."""
    if isinstance(limit, bool) or not isinstance(limit, int) or not 1 <= limit <= MOST_REPORTS:
        raise InvalidCall(f"limit {limit!r}: USMS gives 1 to {MOST_REPORTS} reports at a time; ask again for more")
    response = yield write_call(config, PULL, {"Limit": str(limit)})
    return read_answer(response, PULL, _pulled)


class _Pulled(Shape):
    report_set: list[Any] | None = None


def _pulled(members: Members) -> list[Report]:
    """Read each record; one that cannot be read must not cost the others, for they are never given again."""
    raws = map(members_of, _Pulled.model_validate(members).report_set or ())
    return [Receipt.model_validate(raw).report(raw) for raw in raws]


def find(config: UsmsConfig, query: ReportQuery) -> Exchange[list[Report]]:
    """Look up the reports of the sessions that *query* names, in as many requests as they need."""
    sessions = known_ids("session", query.message_ids)
    if not sessions:
        raise InvalidCall(
            "USMS finds reports by session number only; give message_ids, the provider_message_id of what was accepted"
        )
    reports: list[Report] = []
    for start in range(0, len(sessions), MOST_SESSIONS):
        asked = sessions[start : start + MOST_SESSIONS]
        response = yield write_call(config, FIND, numbered("SessionNoSet", asked))
        reports += read_answer(response, FIND, partial(_found, asked))
    # One whose phone cannot be read may be of any.
    return [report for report in reports if query.phone is None or report.recipient in {query.phone, ""}]


class _Session(Shape):
    session_no: str
    receipt_set: list[Any] | None = None


class _Found(Shape):
    data: list[_Session] | None = None


def _found(asked: Sequence[str], members: Members) -> list[Report]:
    sessions = _Found.model_validate(members).data or []
    named = [session.session_no for session in sessions]
    if not set(named) <= set(asked):
        raise UnexpectedResponse("the answer speaks of a session that was not asked for")
    if len(set(named)) < len(named):
        raise UnexpectedResponse("the answer speaks of a session twice")
    return [report for session in sessions for report in _received(session)]


def _received(session: _Session) -> Iterator[Report]:
    for raw in map(members_of, session.receipt_set or ()):
        receipt = Receipt.model_validate(raw)
        if receipt.session_no not in {None, session.session_no}:
            raise UnexpectedResponse("a receipt names another session than the one that it stands under")
        yield receipt.report(raw, session.session_no)
