"""Tells what the attempts of one recipient come to together, and what there is to say of something that came in."""

from __future__ import annotations

from collections.abc import Sequence

from smsway.model import Delivery, InboundReceived, ReportReceived, Tracked
from smsway.tracking._records import Key, Received, ReceivedInbound, Submission
from smsway.tracking._settling import Match
from smsway.tracking._store import Records, Submissions


def summarize(submissions: Sequence[Submission]) -> Tracked:
    """Tell what the attempts of one recipient of one message, at least one, come to.

    That is the best that any of them came to; but if none was accepted, it is unknown as long as one may have been.
    """
    ordered = sorted(submissions, key=lambda each: (each.started_at, each.attempt))
    decisive = max(ordered, key=lambda each: each.latest.weight)
    if decisive.latest.delivery.rank < Delivery.ACCEPTED.rank:
        doubtful = [each for each in ordered if each.latest.delivery is Delivery.UNKNOWN]
        decisive = (doubtful or ordered)[-1]
    latest, name = decisive.latest, decisive.name
    return Tracked(
        recipient=decisive.phone,
        delivery=latest.delivery,
        account=decisive.account,
        started_at=ordered[0].started_at,
        provider_message_id=name[2] if name else latest.provider_message_id,
        reference=next((each.reference for each in ordered if each.reference), None),
        reason=latest.reason,
        code=latest.code,
        detail=latest.detail,
        reported_at=latest.at,
    )


def journeys(records: Records, submissions: Sequence[Submission]) -> dict[Key, list[Submission]]:
    """Group *submissions*, and those of the same chains, by chain and phone."""
    chains = dict.fromkeys((each.chain, each.phone) for each in submissions if each.chain)
    groups: dict[Key, list[Submission]] = {}
    for each in records.submissions(Submissions.CHAIN, chains):
        groups.setdefault((each.chain or each.attempt, each.phone), []).append(each)
    return groups | {each.key: [each] for each in submissions if not each.chain}


def events_of(
    records: Records, known: Sequence[Received], matches: Sequence[Match]
) -> list[tuple[Received, ReportReceived | InboundReceived]]:
    """Say what there is to tell of *known*, in its order, each beside what it tells of."""
    groups = journeys(records, [each.owner for each in matches if each.owner])
    by_number = {each.received.number: each for each in matches}
    events: list[tuple[Received, ReportReceived | InboundReceived]] = []
    for each in known:
        if isinstance(each, ReceivedInbound):
            events.append((each, InboundReceived(each.inbound)))
            continue
        found = by_number[each.number]
        tracked = _tracked(found.owner, groups) if found.owner else None
        events.append((found.received, ReportReceived(each.report, tracked, found.received.changed)))
    return events


def _tracked(owner: Submission, groups: dict[Key, list[Submission]]) -> Tracked:
    """Tell of *owner* as it was when its report counted, beside the other attempts."""
    group = groups[owner.chain or owner.attempt, owner.phone]
    return summarize([owner, *(each for each in group if each.key != owner.key)])
