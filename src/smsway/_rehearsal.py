"""The dry run of a message: what would become of each recipient, and why. It sends nothing and counts nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from smsway._screening import Screen, case_of
from smsway.config import Configuration
from smsway.delivery import Engine
from smsway.guards import Judgement
from smsway.model import Message
from smsway.routing import (
    Account,
    BatchPlan,
    Decision,
    Explanation,
    Journey,
    RecipientPlan,
    Router,
    notes_of,
    recipient_plan,
)


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """Plays what a client would do with a message."""

    configuration: Configuration
    router: Router
    screen: Screen
    engine: Engine

    def explain(self, message: Message, journeys: Sequence[Journey], now: float) -> Explanation:
        """Return the dry run of *message*, whose *journeys* were found valid, as of *now*."""
        guards, accounts = self.screen.guards, self.configuration.accounts
        cases = [case_of(journey, dry=True) for journey in journeys]
        judged = guards.judge(cases, dry=True) if guards else [Judgement()] * len(cases)
        full = guards.quota.look(accounts, message.kind) if guards and guards.quota else {}
        plans = [self._plan(*each, full, now) for each in zip(journeys, judged, strict=True)]
        shipments, _ = self.engine.plan([journey for journey in journeys if journey.candidates])
        batches = tuple(
            BatchPlan(shipment.account.name, tuple(journey.index for journey in shipment.journeys))
            for shipment in shipments
        )
        return Explanation(tuple(plans), batches, notes_of(plans, accounts))

    def _plan(
        self, journey: Journey, judgement: Judgement, quotas: Mapping[str, Judgement], now: float
    ) -> RecipientPlan:
        veto = self.screen.ask_plugins(journey, dry=True) or judgement.veto
        # As when it is sent, whoever is screened out is not routed and takes no turn of a round robin.
        decision = self.router.rehearse(journey, now) if veto is None else Decision(None, (), (), ())
        journey.route, journey.candidates, journey.excluded = decision.route, decision.candidates, decision.excluded
        held, sifted = self.screen.sift(journey, dry=True)
        veto = veto or held
        decision = replace(decision, candidates=journey.candidates, excluded=journey.excluded)
        of_quotas = {each.name: quotas.get(each.name) or Judgement() for each in decision.candidates}
        full = {name: each.veto.detail for name, each in of_quotas.items() if each.veto is not None}
        journey.candidates = tuple(each for each in decision.candidates if each.name not in full)
        watched = [*judgement.watched, *sifted, *(finding for each in of_quotas.values() for finding in each.watched)]
        return recipient_plan(
            journey,
            decision=decision,
            catalogue=self.configuration.catalogue,
            filled=[self.router.fill(journey, account) for account in decision.candidates],
            resting=self._resting(journey, decision.candidates) | full,
            prices=self._prices(journey, decision.candidates),
            vetoed=f"{veto.reason} ({veto.detail})" if veto else None,
            warnings=tuple(map(str, watched)),
        )

    def _resting(self, journey: Journey, accounts: Sequence[Account]) -> dict[str, str]:
        """Return why some of *accounts* rest at the moment."""
        found = ((each.name, self.engine.gate.resting(journey, each)) for each in accounts)
        return {name: why for name, why in found if why is not None}

    def _prices(self, journey: Journey, accounts: Sequence[Account]) -> dict[str, float]:
        """Return the prices of a segment, where they are known."""
        found = ((each.name, self.router.price(each.name, journey.country)) for each in accounts)
        return {name: price for name, price in found if price is not None}
