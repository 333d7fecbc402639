"""What plugins and guards are told of a recipient, and what is left to it of its accounts."""

from __future__ import annotations

from collections.abc import Sequence

from smsway.guards import Case, Finding, Guards, Offer
from smsway.model import Screening, Template, Veto
from smsway.routing import Journey


def screening_of(journey: Journey, *, dry: bool = False) -> Screening:
    """Return what plugins judge of *journey*."""
    envelope = journey.envelope
    return Screening(
        journey.phone,
        journey.country,
        envelope.message.kind,
        envelope.template,
        envelope.message.tags,
        journey.reference,
        envelope.message.caller,
        dry,
    )


def case_of(journey: Journey, identity: str | None = None, *, dry: bool = False) -> Case:
    """Return what guards judge of *journey*; *identity* as in `Case`."""
    content = journey.envelope.message.content
    params = journey.params if journey.params is not None else content.params if isinstance(content, Template) else {}
    return Case(screening_of(journey, dry=dry), params, identity)


def sift(
    guards: Guards, journey: Journey, offers: Sequence[Offer], *, dry: bool = False
) -> tuple[Veto | None, list[Finding]]:
    """Take the accounts from the candidates of *journey* that guards do not let it have, for what they offer.

    *offers* go with its candidates. Returns a veto if none is left, and what is only watched.
    """
    judgements = guards.sift(case_of(journey, dry=dry), offers, dry=dry)
    held = {offer.account: veto for offer, each in zip(offers, judgements, strict=True) if (veto := each.veto)}
    watched = [finding for each in judgements for finding in each.watched]
    if not held:
        return None, watched
    journey.candidates = tuple(each for each in journey.candidates if each.name not in held)
    journey.excluded = (*journey.excluded, *((name, veto.detail) for name, veto in held.items()))
    first = next(iter(held.values()))
    details = "; ".join(veto.detail for veto in held.values())
    return None if journey.candidates else Veto(first.reason, details), watched
