"""Tells what the attempts of one recipient come to together."""

from __future__ import annotations

from collections.abc import Sequence

from smsway.model import Delivery, Tracked
from smsway.tracking._records import Submission


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
