"""Checks of how answers are booked: each recipient gets its own result, or none that is certain."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from smsway.model import Batch, Outcome, Reason, Response, Status, UnexpectedResponse
from smsway.testing._cast import batch_of, frozen_stamp, home, phones, some
from smsway.testing._checks._declared import Declared, check_sound, sent_or_refused
from smsway.testing._sent import Sent
from smsway.testing._stage import Reshape, Stage, stale

_SHUFFLES = 60

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


class BookingChecks(Declared):
    """What holds for the outcomes of `submit`, whatever the vendor answers in its own language."""

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

    def test_results_in_another_order_are_booked_on_the_right_recipients(self) -> None:
        """A vendor may write its results in any order; results are never matched by their place.

        If it fails: look for `zip` or an index over the results; use `Tally`, or the reference of each recipient.
        """
        self._reshaped(lambda items: items[::-1])
        self._reshaped(lambda items: [*items[1:], *items[:1]])

    def test_a_missing_result_leaves_its_recipient_unknown(self) -> None:
        """Whom an answer leaves out may have been texted; the others keep their results.

        If it fails: end with `Tally.outcomes()`, which calls them unknown.
        """
        for place in (0, -1):
            self._reshaped(_without(place))

    def test_no_results_at_all_accept_and_reject_nobody(self) -> None:
        """An empty list of results says nothing of anybody.

        If it fails: do not read the absence of a failure as success.
        """
        stage = self.stage(reshape=lambda _items: [])
        batch = some(self.subject, 2)
        stage.refuse(Reason.BLOCKED_RECIPIENT, batch.parcels[0].phone)

        sent_or_refused(stage, batch)

    def test_a_result_that_comes_twice_counts_once(self) -> None:
        """The same result twice is one result.

        If it fails: book into a table by recipient, as `Tally` does.
        """
        self._reshaped(lambda items: [*items, *items[:1]])

    def test_results_that_contradict_each_other_prove_nothing(self) -> None:
        """Two different results for one recipient leave it unknown.

        If it fails: compare with what was booked before, as `Tally.book` does.
        """
        count = min(3, self.subject.capabilities.max_batch)
        self.need(count > 1, "a request has one recipient")
        batch = some(self.subject, count)
        written: list[list[Any]] = []
        good, bad = self.stage(reshape=_kept(written)), self.stage(reshape=_kept(written))
        bad.refuse(Reason.BLOCKED_RECIPIENT, batch.parcels[0].phone)
        good.send(batch)
        bad.send(batch)
        self.need(len(written) == 2 and all(written), "the vendor does not write a result for every recipient")
        stage = self.stage(reshape=lambda items: [*items, written[1][0]])

        outcomes = sent_or_refused(stage, batch)

        if outcomes is not None and outcomes[0].status is not Status.UNKNOWN:
            pytest.fail("a recipient with two results that contradict each other is not unknown")

    def test_a_result_for_a_stranger_makes_the_answer_suspect(self) -> None:
        """A result for a phone that was not in the request shows that the answer is another's.

        If it fails: raise `UnexpectedResponse` for it, as `Tally.parcel` does.
        """
        count = min(2, self.subject.capabilities.max_batch)
        written: list[list[Any]] = []
        recipients = phones(home(self.subject.capabilities), count + 1)
        stranger = self.stage(reshape=_kept(written))
        stranger.send(batch_of(self.subject, recipients[count:]), frozen_stamp())
        self.need(written and written[0], "the vendor does not write a result for every recipient")
        stage = self.stage(reshape=lambda items: [*items, *written[0]])

        outcomes = sent_or_refused(stage, batch_of(self.subject, recipients[:count]))

        if outcomes is not None:
            pytest.fail("an answer with a result for a stranger is believed")

    def test_no_reshaping_of_the_results_makes_a_false_outcome(self) -> None:
        """Results shuffled, lost, doubled and mixed up in any way never accept or reject anybody falsely.

        If it fails: the message tells the first falsehood; the checks of orders and losses find its cause.
        """
        chance = random.Random(20_26)  # noqa: S311  # the same each time
        for _ in range(_SHUFFLES):
            self._reshaped(lambda items: chance.choices(items, k=chance.randint(0, 2 * len(items))) if items else [])

    def test_a_good_answer_to_another_request_is_not_believed(self) -> None:
        """On a connection that carried earlier requests, an answer may be the late one to any of them.

        If it fails: compare the reference that the answer repeats, and call `response.require_fresh` where it has none.
        """
        for sent in self.sends(3):
            outcomes = sent.ending(self.subject, stale(sent.answers[-1]), frozen_stamp(2))

            if any(outcome.status is not Status.UNKNOWN for outcome in outcomes or ()):
                pytest.fail("the answer to another request is believed on a connection that is used again")

    def test_an_answer_that_echoes_nothing_is_believed_on_a_fresh_connection_only(self) -> None:
        """`echo` says whether an accepted answer proves whose it is.

        If it fails: set `echo` only if the answer repeats our reference, and call `response.require_fresh` without it.
        """
        for sent in self.sends(3):
            if not any(each.status is Status.ACCEPTED for each in sent.outcomes):
                continue

            outcomes = sent.ending(self.subject, stale(sent.answers[-1]))

            if self.subject.capabilities.echo and outcomes != sent.outcomes:
                pytest.fail("echo is claimed, and an answer on a connection that is used again is not believed")
            if not self.subject.capabilities.echo and outcomes is not None:
                pytest.fail("an answer is believed on a connection that is used again, and no echo is claimed")

    def test_a_refusal_that_echoes_nothing_is_believed_on_a_fresh_connection_only(self) -> None:
        """An error for the whole request that repeats nothing of it may be meant for an earlier one.

        If it fails: call `response.require_fresh` before you read an error envelope.
        """
        self.need(self.subject.secrets, "it has no secrets to be refused for")
        batch = some(self.subject)
        wrong = self.subject.provider(self.subject.with_wrong_secrets())
        refusing = self.stage()
        try:
            refusing.send(batch, frozen_stamp(1), provider=wrong)
        except UnexpectedResponse:
            pytest.skip("the vendor refuses by HTTP status")
        answers = [step.response for step in refusing.steps]
        sent = Sent("a refusal", batch, frozen_stamp(2), answers, (), ())

        outcomes = sent.ending(self.subject, stale(answers[-1]))

        if any(outcome.status is Status.REJECTED for outcome in outcomes or ()):
            pytest.fail("a refusal of another request is believed: recipients that were texted would be texted again")

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

    def _reshaped(self, reshape: Reshape) -> None:
        """Send to four, one of whom is refused, with the results as *reshape* writes them."""
        batch = some(self.subject, 4)
        stage = self.stage(reshape=reshape)
        stage.refuse(Reason.BLOCKED_RECIPIENT, batch.parcels[-1].phone)
        sent_or_refused(stage, batch)


def _without(place: int) -> Reshape:
    return lambda items: [each for each in items if each is not items[place]]


def _kept(written: list[list[Any]]) -> Reshape:
    """Return what leaves results as they are, and keeps them."""

    def keep(items: list[Any]) -> list[Any]:
        written.append(items)
        return items

    return keep


def _with(answer: Response) -> Callable[[Response], Response]:
    return lambda _response: answer
