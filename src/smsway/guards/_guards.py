"""All guards together: what they say of recipients, who is counted, and who is told of it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from smsway._rules import Mode, Rules
from smsway.guards._aliases import Aliases
from smsway.guards._bounds import Offer, too_long
from smsway.guards._case import PAUSE, Case, Finding, Judgement, triggered
from smsway.guards._conversion import Conversion
from smsway.guards._optouts import OptOuts
from smsway.guards._quota import AccountQuota
from smsway.guards._sliding import Party
from smsway.guards._store import GuardError, GuardStore
from smsway.guards._velocity import Count
from smsway.model import ConversionDropped, GuardTriggered, Inbound, Reason, Veto

log = logging.getLogger("smsway")


class Guards:
    """The guards of one client. *now* is the wall clock; *tell* is told of all that they find, but for dry runs.

    *region* is that of phones in national form, for the list of opt-outs. Raises `GuardError`.
    """

    def __init__(
        self,
        rules: Rules,
        store: GuardStore,
        now: Callable[[], float],
        tell: Callable[[GuardTriggered | ConversionDropped], None],
        region: str | None = None,
    ) -> None:
        self._rules = rules
        self._store = store
        self._now = now
        self._tell = tell
        self._aliases = Aliases(store.key(rules.key))
        self.optouts = OptOuts(rules.optouts, store, self._aliases, now, region) if rules.optouts else None
        caps = rules.caps if rules.caps and rules.caps.accounts else None
        self.quota = AccountQuota(caps, store, self._aliases, now, tell) if caps else None
        """The caps of accounts, which are taken at each attempt; `None` if there are none."""
        watched = rules.conversion
        self.conversion = Conversion(watched, store, self._aliases, now, tell) if watched else None
        """How many codes are used, which is counted after each attempt; `None` if nobody wants to know."""
        self.sifts = rules.bounds
        """True if `sift` may find anything."""
        self.waits = store.waits and rules.remember
        """True if judging may block."""

    def judge(self, cases: Sequence[Case], *, dry: bool = False) -> list[Judgement]:
        """Say of each of *cases* whether it may pass, and count those that do, unless *dry*."""
        now = self._now()
        judgements = [Judgement([*self._known(case, now)]) for case in cases]
        both = list(zip(cases, judgements, strict=True))
        self._try(both, "optouts", self._judge_optouts)
        suspect = [(case, each) for case, each in both if not self._is_trusted(case)]
        self._try([each for each in suspect if each[1].veto is None], "conversion", partial(self._judge_use, dry=dry))
        counts = partial(self._judge_counts, now=now, dry=dry)
        self._try([each for each in suspect if each[1].veto is None], "counts", counts)
        if not dry:
            for case, judgement in both:
                self._report(case, judgement, now)
        return judgements

    def _known(self, case: Case, now: float) -> Iterator[Finding]:
        """Yield what is found without looking anything up."""
        rules = self._rules
        found = [
            rules.numbers and rules.numbers.judge(case),
            rules.destinations and not self._is_trusted(case) and rules.destinations.judge(case),
            rules.quiet_hours and rules.quiet_hours.judge(case, now),
        ]
        yield from (each for each in found if isinstance(each, Finding))
        if rules.content:
            yield from rules.content.judge(case)

    def _is_trusted(self, case: Case) -> bool:
        return self._rules.numbers is not None and case.screening.phone in self._rules.numbers.allow

    def _try(
        self,
        cases: Sequence[tuple[Case, Judgement]],
        what: str,
        judge: Callable[[Sequence[tuple[Case, Judgement]]], None],
    ) -> None:
        """Let *judge* add findings; if the store fails, nobody passes."""
        if not cases:
            return
        try:
            judge(cases)
        except GuardError as error:
            log.error("guard %s failed: %s", what, error)  # noqa: TRY400  # said by the error itself
            for _, judgement in cases:
                judgement.failure = Veto(Reason.SCREENED, f"guard {what} failed", self._now() + PAUSE)

    def _judge_optouts(self, cases: Sequence[tuple[Case, Judgement]]) -> None:
        if self.optouts is None:
            return
        aliases = [self.optouts.alias(case.screening.phone) for case, _ in cases]
        found = self._store.opted_out(aliases)
        for (case, judgement), alias in zip(cases, aliases, strict=True):
            finding = self.optouts.rules.judge(case.screening.kind, found.get(alias, ()))
            if finding is not None:
                judgement.findings.append(finding)

    def _judge_use(self, cases: Sequence[tuple[Case, Judgement]], *, dry: bool) -> None:
        # That too few codes are used is told once; only a dry run hears of it for each recipient.
        if self.conversion is None or not (dry or self.conversion.rules.mode is Mode.BLOCK):
            return
        found = self.conversion.judge([case for case, _ in cases], dry=dry)
        for (_, judgement), finding in zip(cases, found, strict=True):
            if finding is not None:
                judgement.findings.append(finding)

    def _judge_counts(self, cases: Sequence[tuple[Case, Judgement]], *, now: float, dry: bool) -> None:
        counted = [(case, judgement, counts) for case, judgement in cases if (counts := [*self._counts(case)])]
        if not counted:
            return
        parties = [
            Party([each.ask for each in counts], self._aliases("passed", case.identity) if case.identity else None)
            for case, _, counts in counted
        ]
        for (_, judgement, counts), over in zip(counted, self._store.admit(parties, now, dry=dry), strict=True):
            judgement.findings += [each.finding for each in counts if each.ask in over]

    def sift(self, case: Case, offers: Sequence[Offer], *, dry: bool = False) -> list[Judgement]:
        """Say of each of *offers* for *case* whether it may be taken; unless *dry*, it is told if none may."""
        judgements = [Judgement([*self._too_much(offer)]) for offer in offers]
        stopped = all(each.veto for each in judgements)
        if not dry and all(each.findings for each in judgements):
            told = [each for judgement in judgements for each in judgement.findings]
            self._report(case, Judgement([each for each in told if stopped is (each.mode is Mode.BLOCK)]), self._now())
        return judgements

    def _too_much(self, offer: Offer) -> Iterator[Finding]:
        if self._rules.content is not None:
            yield from too_long(self._rules.content, offer)
        if self._rules.price is not None:
            yield from self._rules.price.judge(offer)

    def _counts(self, case: Case) -> Iterator[Count]:
        for guard in (self._rules.phones, self._rules.callers, self._rules.caps):
            if guard is not None:
                yield from guard.counts(case, self._aliases)

    def _report(self, case: Case, judgement: Judgement, now: float) -> None:
        screening = case.screening
        for each in judgement.findings:
            blocked = each.mode is Mode.BLOCK
            words = "stops" if blocked else "would stop"
            level = logging.INFO if blocked else logging.WARNING
            log.log(level, "%s: %s a recipient in %s (%s)", each, words, screening.country, screening.kind)
            self._tell(triggered(each, screening.phone, screening.country, screening.kind, now))

    def withdrawn(self, recipients: Sequence[tuple[str, str]]) -> bool:
        """True if any of *recipients*, each a phone and the kind of its text, has opted out; raises `GuardError`."""
        if self.optouts is None or self.optouts.rules.mode is not Mode.BLOCK:
            return False
        aliases = [self.optouts.alias(phone) for phone, _ in recipients]
        found = self._store.opted_out(aliases)
        return any(
            self.optouts.rules.judge(kind, found.get(alias, ())) is not None
            for alias, (_, kind) in zip(aliases, recipients, strict=True)
        )

    def hear(self, inbound: Inbound) -> None:
        """Take a message from a phone, which may be an opt-out; raises `GuardError` if that cannot be kept."""
        if self.optouts is not None:
            try:
                added = self.optouts.hear(inbound)
            except ValueError:
                # Such as a short code, or a phone that the provider could not read.
                log.warning(
                    "guard optouts: an opt-out at account %s comes from no phone; `smsway inbound list` shows it",
                    inbound.account,
                )
                return
            if added:
                log.info("guard optouts: a phone has opted out of %s", self.optouts.rules.scope)

    def close(self) -> None:
        """Close the store."""
        self._store.close()
