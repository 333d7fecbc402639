"""Checks of how answers are booked: each recipient gets its own result, or none that is certain."""

from __future__ import annotations

import random
from typing import Any

import pytest

from smsway.model import Reason, Status, UnexpectedResponse
from smsway.testing._cast import batch_of, frozen_stamp, home, phones, some
from smsway.testing._checks._declared import Declared, sent_or_refused
from smsway.testing._sent import Sent
from smsway.testing._stage import Reshape, stale

_SHUFFLES = 60


class BookingChecks(Declared):
    """What holds for the outcomes of `submit`, however the vendor's results are ordered, lost or doubled."""

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
