"""Checks of templates, signatures, statistics and the balance, each through a whole life."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from operator import attrgetter
from typing import Any

import pytest

from smsway.model import CallFailed, InvalidCall, Page, Reason, Review
from smsway.provider import (
    CountsDeliveries,
    CountsSends,
    CountsTemplates,
    Exchange,
    FindsSignatures,
    ListsSignatures,
    ListsTemplates,
    ManagesSignatures,
    ManagesTemplates,
    TellsBalance,
)
from smsway.testing._calls import DAY, added, drafts, prepared, review
from smsway.testing._cast import NOW, frozen_stamp
from smsway.testing._checks._declared import Declared
from smsway.testing._stage import Stage

_MANY = 120


class ManagingChecks(Declared):
    """What holds for what a vendor keeps about an account."""

    def test_a_template_lives_from_its_draft_to_its_deletion(self) -> None:
        """It is submitted, looked up, rejected, changed, approved, looked up again, deleted, and gone.

        If it fails: the message names the step.
        """
        self._manages(ManagesTemplates, "template", "it manages no templates")
        self._check_life("template", self.subject.template_draft.text)

    def test_a_signature_lives_from_its_draft_to_its_deletion(self) -> None:
        """The same as for templates.

        If it fails: the message names the step.
        """
        self._manages(ManagesSignatures, "signature", "it manages no signatures")
        self._check_life("signature", self.subject.signature_draft.text)

    def test_the_reviewer_s_words_come_along(self) -> None:
        """What was rejected says so, and why.

        If it fails: map the vendor's states to `Review`.
        """
        self._manages(ManagesTemplates, "template", "it manages no templates")
        stage = self.stage()
        id_ = added(stage, "template")
        stage.book.templates.decide(id_, approve=False, words="too vague")

        (info,) = self._got(stage, "template", [id_])

        assert info.review is Review.REJECTED, f"a rejected template is {info.review!s}"
        assert info.detail and "too vague" in info.detail, "the reviewer's words are lost"

    def test_every_template_is_listed_once(self) -> None:
        """Page after page, from the first cursor to the last, with none lost and none twice.

        If it fails: look at the cursor of the next page.
        """
        self._manages(ListsTemplates, "template", "it lists no templates")
        self._check_list("template")

    def test_every_signature_is_listed_once(self) -> None:
        """The same as for templates.

        If it fails: as above.
        """
        self._manages(ListsSignatures, "signature", "it lists no signatures")
        self._check_list("signature")

    def test_a_cursor_that_is_none_is_refused(self) -> None:
        """A cursor comes from a page; anything else is `InvalidCall` before anything is asked.

        If it fails: check it before the first `yield`.
        """
        provider = self.subject.provider()
        calls = [name for name in ("list_templates", "list_signatures") if hasattr(provider, name)]
        self.need(calls, "it lists nothing")
        for name in calls:
            for cursor in ("no cursor", "-1", "../"):
                begin = partial(getattr(provider, name), cursor, frozen_stamp())
                _check_refused(f"{name} with the cursor {cursor!r}", begin)

    def test_a_signature_is_found_by_its_text(self) -> None:
        """And one that there is not is `None`.

        If it fails: look at how the vendor says that there is none.
        """
        self.need(self.subject.has(FindsSignatures), "it finds no signatures")
        stage, provider = self.stage(), self.subject.provider()

        found = stage.play(provider.find_signature(self.subject.signature, frozen_stamp()))  # type: ignore[attr-defined]
        missing = stage.play(provider.find_signature("Nobody", frozen_stamp()))  # type: ignore[attr-defined]

        assert found is not None and found.text == self.subject.signature, "a signature that there is is not found"
        assert missing is None, "a signature that there is not is found"

    def test_sends_are_counted(self) -> None:
        """What was sent in the span is counted, and the answer says which span it is.

        If it fails: look at the units and the ends of the span.
        """
        self.need(self.subject.has(CountsSends), "it counts no sends")
        stage = prepared(self.subject)

        counted = stage.play(self._count("send_statistics"))

        assert counted.accepted in {None, len(stage.submissions)}, f"{counted.accepted} texts are counted"
        assert counted.since <= NOW - DAY + 1 and counted.until >= NOW - 1, "another span is counted than was asked for"

    def test_deliveries_are_counted(self) -> None:
        """The same for what became of them.

        If it fails: as above.
        """
        self.need(self.subject.has(CountsDeliveries), "it counts no deliveries")
        stage = prepared(self.subject)
        stage.book.settle()

        counted = stage.play(self._count("delivery_statistics"))

        assert counted.delivered in {None, len(stage.submissions)}, f"{counted.delivered} deliveries are counted"

    def test_the_texts_of_each_template_are_counted(self) -> None:
        """The same by template: a text counts for its own and for no other.

        If it fails: look at the ids in the vendor's answer.
        """
        self.need(self.subject.has(CountsTemplates), "it counts by no template")
        stage = prepared(self.subject)
        sent = Counter(each.template for each in stage.submissions if each.template)

        counted = stage.play(self._count("template_statistics"))

        told = {each.template_id: each.accepted for each in counted if each.accepted}
        assert told == sent, f"for templates with {sorted(sent.values())} texts {sorted(told.values())} are counted"

    def test_a_span_that_ends_before_it_begins_is_refused(self) -> None:
        """`InvalidCall`, before anything is asked.

        If it fails: compare the two times before the first `yield`.
        """
        provider = self.subject.provider()
        counts = ("send_statistics", "delivery_statistics", "template_statistics")
        calls = [name for name in counts if hasattr(provider, name)]
        self.need(calls, "it counts nothing")
        for name in calls:
            begin = partial(getattr(provider, name), NOW, NOW - DAY, frozen_stamp())
            _check_refused(f"{name} of a span that ends before it begins", begin)

    def test_the_balance_is_what_is_left(self) -> None:
        """Another balance is told otherwise, in texts or in a currency.

        If it fails: read the vendor's number and its unit.
        """
        self.need(self.subject.has(TellsBalance), "it tells no balance")
        less, more = (self._balance(amount) for amount in (10, 1000))

        assert less.remaining < more.remaining, "the balance does not depend on what is left"
        assert less.unit == "texts" or (len(less.unit) == 3 and less.unit.isupper()), f"{less.unit!r} is no unit"

    def _manages(self, facet: type[Any], kind: str, otherwise: str) -> None:
        self.need(self.subject.has(facet), otherwise)
        self.need(drafts(self.subject, kind), f"declare {kind}_draft, for the vendor takes none like it")

    def _balance(self, amount: int) -> Any:
        return self.stage(balance=amount).play(self.subject.provider().get_balance(frozen_stamp()))  # type: ignore[attr-defined]

    def _count(self, method: str) -> Any:
        return getattr(self.subject.provider(), method)(NOW - DAY, NOW, frozen_stamp())

    def _got(self, stage: Stage, kind: str, ids: list[str]) -> list[Any]:
        return list(stage.play(getattr(self.subject.provider(), f"get_{kind}s")(ids, frozen_stamp(4))))

    def _check_life(self, kind: str, text: str) -> None:
        stage, provider = self.stage(), self.subject.provider()
        draft = self.subject.draft(kind, change=True)

        id_ = added(stage, kind)
        (info,) = self._got(stage, kind, [id_])
        assert (info.id, info.review) == (id_, Review.PENDING), f"a {kind} that was submitted is not pending"
        assert info.text == text, f"the text of a {kind} does not come back as it was submitted"
        assert info.raw, f"the vendor's record of a {kind} is lost; keep it in raw"

        review(stage, kind, id_, approve=False)
        changed = replace(draft, text=f"{draft.text}!" if kind == "template" else draft.text)
        modified: Any = stage.play(getattr(provider, f"modify_{kind}")(id_, changed, frozen_stamp(5)))
        assert modified.id == id_, f"a {kind} that was changed has another id"
        (info,) = self._got(stage, kind, [id_])
        assert info.text == changed.text, f"a change of a {kind} is not there afterwards"

        review(stage, kind, id_)
        (info,) = self._got(stage, kind, [id_])
        assert info.review is Review.APPROVED, f"an approved {kind} is {info.review!s}"

        stage.play(getattr(provider, f"delete_{kind}s")([id_], frozen_stamp(6)))
        assert self._got(stage, kind, [id_]) == [], f"a deleted {kind} is still found"

    def _check_list(self, kind: str) -> None:
        stage, provider = self.stage(), self.subject.provider()
        for number in range(100, 100 + _MANY):
            try:
                added(stage, kind, number)
            except CallFailed as error:
                if error.reason is not Reason.QUOTA_EXCEEDED:
                    raise
                break  # the vendor takes no more a day
        shelf = stage.book.templates if kind == "template" else stage.book.signatures
        # No vendor has two signatures of one text, and some have no other id for them.
        key = attrgetter("text" if kind == "signature" else "id")
        listed: list[str] = []
        cursor: str | None = None
        for _ in range(_MANY * 2):
            page: Page[Any] = stage.play(getattr(provider, f"list_{kind}s")(cursor, frozen_stamp(7)))
            listed += map(key, page.items)
            cursor = page.next
            if cursor is None:
                break
        assert sorted(listed) == sorted(map(key, shelf.all())), f"not every {kind} is listed once"


def _check_refused(what: str, begin: Callable[[], Exchange[Any]]) -> None:
    try:
        next(begin())
    except InvalidCall:
        return
    except Exception as error:  # noqa: BLE001  # what it is, is the finding
        pytest.fail(f"{what} raises {type(error).__name__}; raise InvalidCall")
    pytest.fail(f"{what} is asked; raise InvalidCall")
