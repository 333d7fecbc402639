"""Turns what is remembered into rows of a database, and back."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, TypeAlias

from smsway.model import Delivery, Inbound, Reason, Report, Response, Stamp
from smsway.tracking._records import (
    SILENCE,
    Evidence,
    Pull,
    Received,
    ReceivedInbound,
    ReceivedReport,
    Source,
    Stage,
    Submission,
)

Row: TypeAlias = tuple[Any, ...]

SUBMISSION = (
    *("attempt", "phone", "account", "started_at", "reference", "chain", "open", "message_id"),
    *("answer", "answer_source", "answer_reason", "answer_code", "answer_detail"),
    *("latest", "latest_source", "latest_reason", "latest_code", "latest_detail", "reported_id", "reported_at"),
)
"""The columns of a submission. Those of *latest* are null where the answer, or that there is none, is the latest."""

RECEIVED = (
    *("number", "kind", "account", "phone", "received_at", "stage", "found", "changed", "loose"),
    *("identity", "message_id", "attempt", "content"),
)
"""The columns of what came in; the last four are made of the others."""

PULL = ("number", "account", "call", "now", "nonce", "most", "answers")

REPORT, INBOUND = 0, 1

_DELIVERIES = {each.value: each for each in Delivery}
_REASONS: dict[str | None, Reason | None] = {None: None, **{each.value: each for each in Reason}}
_SOURCES = {each.value: each for each in Source}
_STAGES = {each.value: each for each in Stage}
_NO_EVIDENCE = (None,) * 5


def submission_row(submission: Submission) -> Row:
    """Return the values of `SUBMISSION`."""
    answer, latest, name = submission.answer, submission.latest, submission.name
    own = (*_NO_EVIDENCE, None, None)
    if latest != (answer or SILENCE):
        own = (*_evidence_row(latest), latest.provider_message_id, latest.at)
    return (
        str(submission.attempt),
        str(submission.phone),
        submission.account,
        submission.started_at,
        submission.reference,
        submission.chain,
        submission.is_open,
        name[2] if name else None,
        *(_evidence_row(answer) if answer else _NO_EVIDENCE),
        *own,
    )


def _evidence_row(evidence: Evidence) -> Row:
    reason = evidence.reason and evidence.reason.value
    return evidence.delivery.value, evidence.source.value, reason, evidence.code, evidence.detail


def submission_of(row: Row) -> Submission:
    """Read the values of `SUBMISSION`."""
    attempt, phone, account, started_at, reference, chain, _, message_id, *evidence = row
    answer = _evidence(evidence[:5], message_id, None)
    latest = _evidence(evidence[5:10], *evidence[10:])
    return Submission(
        attempt=attempt,
        phone=phone,
        account=account,
        started_at=started_at,
        reference=reference,
        chain=chain,
        answer=answer,
        latest=latest or answer or SILENCE,
    )


def _evidence(values: list[Any], message_id: str | None, at: float | None) -> Evidence | None:
    delivery, source, reason, code, detail = values
    if delivery is None:
        return None
    return Evidence(
        delivery=_DELIVERIES[delivery],
        source=_SOURCES[source],
        provider_message_id=message_id,
        reason=_REASONS[reason],
        code=code,
        detail=detail,
        at=at,
    )


def received_row(received: Received) -> Row:
    """Return the values of `RECEIVED` but the number, which the database gives."""
    if isinstance(received, ReceivedReport):
        report, name, mention = received.report, received.name, received.mention
        return (
            *(REPORT, *received.line, received.received_at, received.stage.value),
            *(received.found, received.changed, received.loose),
            *(received.identity, name and name[2], mention and mention[0], _text(report)),
        )
    inbound = received.inbound
    return (
        *(INBOUND, inbound.account or "", str(inbound.sender), received.received_at, received.stage.value),
        *(True, True, False),
        *(received.identity, None, None, _text(inbound)),
    )


def received_of(row: Row) -> Received:
    """Read the values of `RECEIVED` but the last four, and then the content."""
    number, kind, account, phone, received_at, stage, found, changed, loose, content = row
    told = json.loads(content)
    whose = account or None
    if kind == INBOUND:
        inbound = Inbound(sender=phone, account=whose, **told)
        return ReceivedInbound(inbound=inbound, received_at=received_at, number=number, stage=_STAGES[stage])
    delivery, reason = _DELIVERIES[told.pop("delivery")], _REASONS[told.pop("reason", None)]
    return ReceivedReport(
        report=Report(recipient=phone, account=whose, delivery=delivery, reason=reason, **told),
        received_at=received_at,
        number=number,
        stage=_STAGES[stage],
        found=bool(found),
        changed=bool(changed),
        loose=bool(loose),
    )


# What is not written into the content: it has columns of its own.
_APART = {"recipient", "sender", "account"}
_WRITTEN = {kind: [each.name for each in fields(kind) if each.name not in _APART] for kind in (Report, Inbound)}


def _text(content: Report | Inbound) -> str:
    told = {name: value for name in _WRITTEN[type(content)] if (value := getattr(content, name)) not in (None, {})}
    return json.dumps(told, separators=(",", ":"), default=_plain)


def _plain(value: Any) -> Any:
    """A vendor's record is mostly plain JSON; whatever else a provider puts into it is kept as well as it can be."""
    if isinstance(value, Mapping):
        return dict(value)
    return list(value) if isinstance(value, (tuple, set, frozenset)) else str(value)


def pull_row(pull: Pull) -> Row:
    """Return the values of `PULL`."""
    answers = [[each.status, b64encode(each.body).decode(), dict(each.headers), each.fresh] for each in pull.answers]
    stamp = f"{pull.stamp.nonce:x}"
    return pull.number, pull.account, pull.call, pull.stamp.now, stamp, pull.limit, json.dumps(answers)


def pull_of(row: Row) -> Pull:
    """Read the values of `PULL`."""
    number, account, call, now, nonce, limit, answers = row
    responses = tuple(
        Response(status, b64decode(body), headers, fresh) for status, body, headers, fresh in json.loads(answers)
    )
    return Pull(account, call, Stamp(now, int(nonce, 16)), limit, responses, number)
