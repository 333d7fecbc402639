"""The caps of accounts: taken at each attempt, so that neither failover nor a worker nor a restart exceeds one."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from smsway._rules import Mode
from smsway.guards._aliases import Aliases
from smsway.guards._case import PAUSE, Judgement, triggered
from smsway.guards._sliding import Party
from smsway.guards._store import GuardError, GuardStore
from smsway.guards._velocity import Caps, Count
from smsway.model import GuardTriggered, Reason, Veto
from smsway.routing import Shipment

log = logging.getLogger("smsway")


class AccountQuota:
    """Counts what goes to each account. An account whose cap is full is passed over; it does not stop a recipient."""

    def __init__(
        self,
        caps: Caps,
        store: GuardStore,
        aliases: Aliases,
        now: Callable[[], float],
        tell: Callable[[GuardTriggered], None],
    ) -> None:
        self._caps = caps
        self._store = store
        self._aliases = aliases
        self._now = now
        self._tell = tell

    def take(self, shipment: Shipment) -> tuple[int, Veto | None]:
        """Count recipients of *shipment*, from the first on, until a cap is full.

        Return how many were counted, and why the others may not go. Does not raise.
        """
        counts = [*self._caps.of_account(shipment.account.name, shipment.batch.kind, self._aliases)]
        if not counts:
            return len(shipment.journeys), None
        judgements = self._judge([counts] * len(shipment.journeys), dry=False)
        self._report(shipment, judgements)
        # All are alike, so whoever comes after one that is stopped is stopped as well.
        vetoes = [veto for each in judgements if (veto := each.veto) is not None]
        return len(judgements) - len(vetoes), vetoes[0] if vetoes else None

    def look(self, accounts: Iterable[str], kind: str) -> Mapping[str, Judgement]:
        """Say of each of *accounts* with a cap whether it could take one more recipient; counts nothing."""
        counted = {name: counts for name in accounts if (counts := [*self._caps.of_account(name, kind, self._aliases)])}
        return dict(zip(counted, self._judge([*counted.values()], dry=True), strict=True)) if counted else {}

    def _judge(self, counted: Sequence[Sequence[Count]], *, dry: bool) -> list[Judgement]:
        now = self._now()
        parties = [Party([each.ask for each in counts]) for counts in counted]
        try:
            answers = self._store.admit(parties, now, dry=dry)
        except GuardError as error:
            log.error("guard caps failed: %s", error)  # noqa: TRY400  # said by the error itself
            return [Judgement(failure=Veto(Reason.SCREENED, "guard caps failed", now + PAUSE)) for _ in counted]
        return [
            Judgement([each.finding for each in counts if each.ask in over])
            for counts, over in zip(counted, answers, strict=True)
        ]

    def _report(self, shipment: Shipment, judgements: Sequence[Judgement]) -> None:
        """Tell the log once of each finding, and observers of each recipient."""
        kind, now = shipment.batch.kind, self._now()
        for finding, count in Counter(each for judgement in judgements for each in judgement.findings).items():
            blocked = finding.mode is Mode.BLOCK
            words = "passes it over for" if blocked else "would pass it over for"
            level = logging.INFO if blocked else logging.WARNING
            log.log(level, "%s: %s %d of %d recipients (%s)", finding, words, count, len(judgements), kind)
        for journey, judgement in zip(shipment.journeys, judgements, strict=True):
            for finding in judgement.findings:
                self._tell(triggered(finding, journey.phone, journey.country, kind, now))
