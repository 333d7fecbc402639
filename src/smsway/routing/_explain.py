"""The dry run: what would be sent to whom through which account, and why not through the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from smsway.model import Filled, Phone, Text, count_segments, mask
from smsway.routing._account import Account
from smsway.routing._catalogue import Catalogue
from smsway.routing._journey import Journey
from smsway.routing._rules import OnUnknown
from smsway.routing._ways import Decision


@dataclass(frozen=True, slots=True)
class Candidate:
    """An account that may carry the message, and what it would be told.

    *resting* says why the account is skipped at the moment, `None` if it is not.
    """

    account: str
    template: str | None
    params: tuple[str, ...]
    text: str | None
    signature: str
    sender: str
    segments: int | None
    price: float | None = None
    resting: str | None = None

    def __repr__(self) -> str:
        return f"Candidate({self.account}, template {self.template}, <{len(self.params)} params>)"


@dataclass(frozen=True, slots=True)
class RecipientPlan:
    """The dry run of one recipient: its route, the candidates in order, and each exclusion with its cause.

    *passed* are the routes that did not match, each with the condition that failed. *vetoed* names the reason and the
    plugin or guard of a screening that refused; whoever is screened out is not routed. *warnings* are what guards say
    that only watch.
    """

    recipient: Phone
    country: str
    route: str | None
    on_unknown: str | None
    candidates: tuple[Candidate, ...]
    excluded: tuple[tuple[str, str], ...]
    passed: tuple[tuple[str, str], ...]
    vetoed: str | None = None
    reference: str | None = None
    warnings: tuple[str, ...] = ()

    def __repr__(self) -> str:
        accounts = ", ".join(candidate.account for candidate in self.candidates)
        return f"RecipientPlan({mask(self.recipient)}, route {self.route!r}, {accounts or 'no candidate'})"


@dataclass(frozen=True, slots=True)
class BatchPlan:
    """A request that would go out: the account and the positions in `Message.to` of its recipients."""

    account: str
    recipients: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """The dry run of one message; nothing was sent."""

    recipients: tuple[RecipientPlan, ...]
    batches: tuple[BatchPlan, ...] = field(default=())
    notes: tuple[str, ...] = field(default=())


VERIFY_NOTE = "on_unknown = verify acts as hold: account {account} cannot be asked what became of a text"


def segments_of(journey: Journey, account: Account, catalogue: Catalogue, filled: Filled) -> int | None:
    """Count the segments of the recipient's text at *account*; `None` if the catalogue does not know the text."""
    if journey.params is not None:
        return _count(journey, account, catalogue, filled)
    counted = journey.envelope.segments
    key = (account.name, journey.country)
    if key not in counted:
        counted[key] = _count(journey, account, catalogue, filled)
    return counted[key]


def _count(journey: Journey, account: Account, catalogue: Catalogue, filled: Filled) -> int | None:
    text = filled.text
    if text is None:
        text = rendered(journey, catalogue)
    if text is None:
        return None
    rule = account.capabilities.segment_rule(journey.country)
    if rule.signature and filled.signature:
        text = rule.signature.format(filled.signature) + text
    return count_segments(text, rule)


def rendered(journey: Journey, catalogue: Catalogue) -> str | None:
    """Return the recipient's text, `None` if the catalogue does not know it."""
    content = journey.envelope.message.content
    if isinstance(content, Text):
        return content.text
    entry = catalogue.templates[content.name]
    return entry.render(journey.params if journey.params is not None else content.params)


def recipient_plan(
    journey: Journey,
    *,
    decision: Decision,
    catalogue: Catalogue,
    filled: Sequence[Filled],
    resting: Mapping[str, str],
    prices: Mapping[str, float],
    vetoed: str | None,
    warnings: tuple[str, ...] = (),
) -> RecipientPlan:
    """Tell what was decided for *journey*; *filled* goes with the decision's candidates."""
    candidates = tuple(
        Candidate(
            account.name,
            content.template,
            content.params,
            content.text if content.text is not None else rendered(journey, catalogue),
            content.signature,
            content.sender,
            segments_of(journey, account, catalogue, content),
            prices.get(account.name),
            resting.get(account.name),
        )
        for account, content in zip(decision.candidates, filled, strict=True)
    )
    route = decision.route
    return RecipientPlan(
        journey.phone,
        journey.country,
        route.name if route else None,
        str(route.on_unknown) if route else None,
        candidates,
        decision.excluded,
        decision.passed,
        vetoed,
        journey.reference,
        warnings,
    )


def notes_of(plans: Sequence[RecipientPlan], accounts: Mapping[str, Account]) -> tuple[str, ...]:
    """Say, once each, what an operator would not expect."""
    verified = {
        candidate.account for plan in plans if plan.on_unknown == OnUnknown.VERIFY for candidate in plan.candidates
    }
    return tuple(
        VERIFY_NOTE.format(account=account) for account in sorted(verified) if accounts[account].verification is None
    )
