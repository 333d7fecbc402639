"""Checks of refusals: each has its reason, sends nothing, and is never tried again by the provider."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from smsway.model import Batch, Outcome, Reason, Response, Status, UnexpectedResponse
from smsway.testing._cast import frozen_stamp, some
from smsway.testing._checks._declared import Declared, check_sound, sent_or_refused
from smsway.testing._stage import Stage

_ABOUT_RECIPIENTS = (Reason.INVALID_RECIPIENT, Reason.BLOCKED_RECIPIENT)
_REFUSALS = (
    Reason.INVALID_RECIPIENT,
    Reason.BLOCKED_RECIPIENT,
    Reason.RECIPIENT_RATE_LIMITED,
    Reason.UNSUPPORTED_DESTINATION,
    Reason.INVALID_CONTENT,
    Reason.TEMPLATE_REFUSED,
    Reason.INSUFFICIENT_BALANCE,
)


class RefusingChecks(Declared):
    """What holds for the outcomes of `submit` when the vendor refuses, in whatever language."""

    def test_a_refused_recipient_is_rejected_and_the_others_are_accepted(self) -> None:
        """One number that the vendor refuses leaves the others alone, wherever in the batch it stands.

        If it fails: book results by what they name (`Tally`), and read the code of each recipient, not of the whole.
        """
        count = min(4, self.subject.capabilities.max_batch)
        for refused in range(count):
            for reason in _ABOUT_RECIPIENTS:
                batch, stage = some(self.subject, count), self.stage()
                stage.refuse(reason, batch.parcels[refused].phone)

                outcomes = stage.send(batch)

                check_sound(batch, outcomes, stage.taken)
                if outcomes[refused].status is Status.ACCEPTED:
                    pytest.fail(f"a recipient that was refused ({reason!s}) is accepted")
                self._check_others(batch, outcomes, stage.taken)

    def _check_others(self, batch: Batch, outcomes: Sequence[Outcome], taken: Sequence[str]) -> None:
        for parcel, outcome in zip(batch.parcels, outcomes, strict=True):
            if parcel.phone in taken and outcome.status is Status.REJECTED:
                pytest.fail("a recipient that the vendor took is rejected for another's sake")

    def test_each_refusal_has_its_reason_and_keeps_the_code(self) -> None:
        """A refusal is an outcome with a neutral reason and the vendor's code beside it.

        If it fails: map the code in the table of codes, and pass it to `rejected` as text.
        """
        for reason in _REFUSALS:
            batch, stage = some(self.subject, 1), self.stage()
            stage.refuse(reason)

            (outcome,) = stage.send(batch)

            if outcome.status is Status.ACCEPTED:
                pytest.fail(f"a text that was refused ({reason!s}) is accepted")
            if outcome.reason is None or outcome.code is None:
                pytest.fail(f"a refusal ({reason!s}) has no reason, or lost the vendor's code")
            if outcome.status is Status.UNKNOWN and outcome.reason is not Reason.AMBIGUOUS:
                pytest.fail(f"a refusal ({reason!s}) is unknown with the reason {outcome.reason!s}, not ambiguous")

    def test_opt_outs_and_bad_numbers_are_told_from_faults_of_the_account(self) -> None:
        """What protects a recipient must not read as a fault after which another account is asked.

        If it fails: look at the reason that the vendor's code for an opt-out or an unknown number is mapped to.
        """
        for reason in _ABOUT_RECIPIENTS:
            stage = self.stage()
            stage.refuse(reason)

            (outcome,) = stage.send(some(self.subject, 1))

            if outcome.status is Status.REJECTED and outcome.reason not in {reason, Reason.OTHER}:
                pytest.fail(f"{reason!s} is told as {outcome.reason!s}")

    def test_an_empty_balance_accepts_nobody(self) -> None:
        """A vendor that refuses for want of money has sent nothing, and another account may.

        If it fails: look for the vendor's code for an empty account in the table of codes.
        """
        batch, stage = some(self.subject), self.stage(balance=0)
        stage.send(some(self.subject, 1), frozen_stamp(7))
        self.need(not stage.taken, "the vendor does not stop at an empty balance")

        outcomes = stage.send(batch)

        check_sound(batch, outcomes, stage.taken)
        reasons = {outcome.reason for outcome in outcomes}
        assert reasons == {Reason.INSUFFICIENT_BALANCE}, f"an empty balance is told as {reasons}"

    def test_a_balance_that_ends_in_the_middle_of_a_batch_is_told_of_each(self) -> None:
        """The first recipients are accepted and the others not.

        If it fails: read the result of each recipient.
        """
        count = min(4, self.subject.capabilities.max_batch)
        self.need(count > 1, "a request has one recipient")
        batch, stage = some(self.subject, count), self.stage(balance=2)

        outcomes = stage.send(batch)

        check_sound(batch, outcomes, stage.taken)
        accepted = sum(outcome.status is Status.ACCEPTED for outcome in outcomes)
        assert accepted == len(stage.taken), f"{len(stage.taken)} were taken, and {accepted} are accepted"

    def test_throttling_is_told_as_throttling(self) -> None:
        """A request beyond the rate sends nothing; the engine waits and tries again.

        If it fails: map the vendor's code to `rate_limited`, or let HTTP status 429 speak for itself
        (raise `UnexpectedResponse`, and the engine reads the status).
        """
        stage = self.stage(rate=1)
        stage.send(some(self.subject, 1), frozen_stamp(1))
        batch = some(self.subject, 1)
        before = list(stage.taken)

        try:
            outcomes = stage.send(batch, frozen_stamp(2))
        except UnexpectedResponse:
            assert stage.steps[-1].response.status == 429, "throttling is neither understood nor told by status 429"
            return

        assert stage.taken == before, "the side has sent though it is throttled"
        reason = outcomes[0].reason
        assert reason is Reason.RATE_LIMITED, f"throttling is told as {reason!s}"

    def test_wrong_credentials_accept_nobody(self) -> None:
        """A request whose key or signature is wrong sends nothing, and the refusal says why.

        If it fails: sign or authenticate with every secret of the settings, and map the vendor's code.
        """
        self.need(self.subject.secrets, "it has no secrets")
        stage, batch = self.stage(), some(self.subject)
        provider = self.subject.provider(self.subject.with_wrong_secrets())

        try:
            outcomes = stage.send(batch, provider=provider)
        except UnexpectedResponse:
            assert stage.steps[-1].response.status in {401, 403}, "wrong credentials are told by no code or status"
            return

        check_sound(batch, outcomes, stage.taken)
        reasons = {outcome.reason for outcome in outcomes}
        known = {Reason.AUTHENTICATION, Reason.PERMISSION, Reason.CONFIGURATION}
        assert reasons <= known, f"wrong credentials are told as {reasons}"

    def test_a_request_that_was_not_answered_well_is_never_repeated(self) -> None:
        """There is one retry layer, the engine's: a provider that asks again sends twice.

        If it fails: look for a loop around the request that sends; return the outcome, or raise `UnexpectedResponse`.
        """
        batch = some(self.subject, 2)
        for answer in (Response(500, b""), Response(503, b"busy"), Response(429, b""), Response(200, b"")):
            stage = self.stage()
            sent_or_refused(stage, batch, twist=_with(answer))
            self._check_repeats(stage)
        for reason in _REFUSALS:
            stage = self.stage()
            stage.refuse(reason)
            stage.send(batch)
            self._check_repeats(stage)

    def _check_repeats(self, stage: Stage) -> None:
        sending = [step.request for step in stage.steps if step.request.sends]
        if len({(each.url, each.body) for each in sending}) < len(sending) or len(sending) > 1 >= len(stage.taken):
            pytest.fail("a request that sends is repeated after an answer that was not good")


def _with(answer: Response) -> Callable[[Response], Response]:
    return lambda _response: answer
