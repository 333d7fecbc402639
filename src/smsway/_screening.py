"""What plugins and guards are told of a recipient, and what is left to it of its accounts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from smsway.model import Screening, Template, Veto
from smsway.plugins import Plugins
from smsway.routing import Account, Journey, Router

if TYPE_CHECKING:
    from smsway.guards import Case, Finding, Guards, Offer


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
    from smsway.guards import Case  # noqa: PLC0415  # without guards there is no case

    content = journey.envelope.message.content
    params = journey.params if journey.params is not None else content.params if isinstance(content, Template) else {}
    return Case(screening_of(journey, dry=dry), params, identity)


@dataclass(frozen=True, slots=True)
class Screen:
    """Asks plugins and *guards* about recipients. *segments* counts those of a recipient's text at an account."""

    plugins: Plugins
    guards: Guards | None
    router: Router
    segments: Callable[[Journey, Account], int | None]

    def judge(self, journeys: Sequence[Journey], identities: Sequence[str] = ()) -> dict[int, Veto]:
        """Return what stands against *journeys*, by position; whoever is stopped is not counted.

        *identities* go with the journeys, as in `Case`.
        """
        vetoes: dict[int, Veto] = {}
        if self.plugins.screens:
            found = ((index, self.ask_plugins(journey)) for index, journey in enumerate(journeys))
            vetoes = {index: veto for index, veto in found if veto is not None}
        if self.guards is not None:
            passed = [index for index in range(len(journeys)) if index not in vetoes]
            cases = [case_of(journeys[index], identities[index] if identities else None) for index in passed]
            judged = zip(passed, self.guards.judge(cases), strict=True)
            vetoes |= {index: veto for index, judgement in judged if (veto := judgement.veto) is not None}
        return vetoes

    def ask_plugins(self, journey: Journey, *, dry: bool = False) -> Veto | None:
        """Return what plugins have against *journey*."""
        return self.plugins.screen(screening_of(journey, dry=dry)) if self.plugins.screens else None

    @property
    def sifts(self) -> bool:
        """True if guards look at the candidates of each recipient."""
        return self.guards is not None and self.guards.sifts

    def sift(self, journey: Journey, *, dry: bool = False) -> tuple[Veto | None, list[Finding]]:
        """Leave *journey* the candidates that guards let it have.

        Returns a veto if none is left, and what is only watched.
        """
        if self.guards is None or not self.guards.sifts:
            return None, []
        offers = [self._offer(journey, each) for each in journey.candidates]
        judgements = self.guards.sift(case_of(journey, dry=dry), offers, dry=dry)
        held = {offer.account: veto for offer, each in zip(offers, judgements, strict=True) if (veto := each.veto)}
        watched = [finding for each in judgements for finding in each.watched]
        if not held:
            return None, watched
        journey.candidates = tuple(each for each in journey.candidates if each.name not in held)
        journey.excluded = (*journey.excluded, *((name, veto.detail) for name, veto in held.items()))
        first = next(iter(held.values()))
        details = "; ".join(veto.detail for veto in held.values())
        return None if journey.candidates else Veto(first.reason, details), watched

    def _offer(self, journey: Journey, account: Account) -> Offer:
        from smsway.guards import Offer  # noqa: PLC0415  # as above

        name, country = account.name, journey.country
        return Offer(name, country, self.segments(journey, account), self.router.price(name, country))
