"""Templates and signatures that the vendor reviews, and what may be sent with them meanwhile."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsway.model import Review, SandboxSignature, SandboxTemplate
from smsway.sandbox import SandboxError
from smsway.sandbox._reviews import Shelf

A = "+8613700000001"


def _error(line, **asked):
    line.post(A, **asked)
    return line.answer().body


def _reviews(items):
    return {each["id"]: each["review"] for each in items}


class TestTemplates:
    def test_a_new_template_may_not_be_used_until_it_is_approved(self, sandbox, line):
        name = line.ask("/put-template", text="Parcel {1} is here.")

        pending = _error(line, template=name), _error(line, text="Parcel 7 is here.")
        decided = sandbox.review("cn", template=name)
        sent = line.send(A, template=name), line.send(A, text="Parcel 7 is here.")

        assert pending == (b'{"error": "template"}', b'{"error": "text"}')
        assert decided == 1
        assert all(len(ids) == 1 for ids in sent)

    def test_a_rejected_template_may_not_be_used_and_has_the_reviewers_words(self, sandbox, line):
        name = line.ask("/put-template", text="You won!")

        sandbox.review("cn", template=name, approve=False, words="no lotteries")

        assert _error(line, template=name) == b'{"error": "template"}'
        assert sandbox.templates("cn")[-1].review is Review.REJECTED
        assert sandbox.templates("cn")[-1].words == "no lotteries"

    def test_an_approved_one_may_be_rejected_later(self, sandbox, line):
        sandbox.review("cn", template="19", approve=False)

        assert _error(line, template="19") == b'{"error": "template"}'

    def test_the_vendor_lists_all_of_them_the_oldest_first(self, line):
        name = line.ask("/put-template", text="Hello")

        listed = line.ask("/templates")

        assert _reviews(listed) == {"19": "approved", name: "pending"}
        assert [each["created_at"] for each in listed] == pytest.approx([line.ask("/now")] * len(listed), abs=5)

    def test_a_changed_text_goes_back_to_review_in_its_place(self, sandbox, line):
        first = line.ask("/put-template", text="One")
        second = line.ask("/put-template", text="Two")
        for name in (first, second):
            sandbox.review("cn", template=name)

        line.ask("/put-template", name=first, text="Other")

        assert _reviews(line.ask("/templates")) == {"19": "approved", first: "pending", second: "approved"}
        assert [each.id for each in sandbox.templates("cn")] == ["19", first, second]

    def test_whatever_else_changes_needs_no_review(self, sandbox, line):
        name = line.ask("/put-template", text="One", created_at=5.0)
        sandbox.review("cn", template=name, words="fine")

        line.ask("/put-template", name=name, text="One", extras={"remark": "new"})

        assert sandbox.templates("cn")[-1] == SandboxTemplate(
            name, 0, "One", Review.APPROVED, "fine", 5.0, {"remark": "new"}
        )

    def test_the_side_may_ask_for_a_review(self, sandbox, line):
        name = line.ask("/put-template", text="One")
        sandbox.review("cn", template=name)

        line.ask("/put-template", name=name, text="One", review="pending")

        assert sandbox.templates("cn")[-1].review is Review.PENDING

    def test_a_rejected_one_that_is_submitted_again_is_pending(self, sandbox, line):
        name = line.ask("/put-template", text="One")
        sandbox.review("cn", template=name, approve=False, words="why?")

        line.ask("/put-template", name=name, text="One")

        assert (sandbox.templates("cn")[-1].review, sandbox.templates("cn")[-1].words) == (Review.PENDING, "")

    def test_a_deleted_one_is_gone(self, sandbox, line):
        assert line.ask("/drop-template", name="19") is True
        assert line.ask("/drop-template", name="19") is False
        assert _error(line, template="19") == b'{"error": "template"}'
        assert sandbox.templates("cn") == []

    @pytest.mark.parametrize(
        ("path", "asked"), [("/put-template", {"text": "New"}), ("/drop-template", {"name": "19"})]
    )
    def test_what_was_never_processed_changes_nothing(self, sandbox, line, path, asked):
        before = sandbox.templates("cn"), sandbox.signatures("cn")
        sandbox.inject("http_503", processed=False, times=2)

        for each in (path, path.replace("template", "signature")):
            line.call(each, **asked)
            line.answer()

        assert (sandbox.templates("cn"), sandbox.signatures("cn")) == before

    def test_a_lost_answer_does_not_undo_a_change(self, sandbox, line):
        sandbox.inject("drop_after", times=1)

        line.call("/put-template", text="New")
        line.read_all()

        assert [each.text for each in sandbox.templates("cn")] == ["", "New"]

    def test_reset_brings_back_those_the_account_was_made_with(self, sandbox, line):
        line.ask("/put-template", text="New")
        line.ask("/drop-template", name="19")

        sandbox.reset()

        (template,) = sandbox.templates("cn")
        assert template == SandboxTemplate("19", 2, created_at=template.created_at)

    def test_ids_of_the_desk_are_none_that_the_account_was_made_with(self, run, account, dial):
        filed = [SandboxTemplate("100001", 0), SandboxTemplate("100003", 0)]
        line = dial(run(account(templates=filed)).urls["cn"])

        made = [line.ask("/put-signature", text="New") for _ in range(3)]

        assert made == ["100002", "100004", "100005"]


class TestSignatures:
    def test_a_new_signature_may_not_be_used_until_it_is_approved(self, sandbox, line):
        name = line.ask("/put-signature", text="Beta")

        pending = _error(line, signature="Beta")
        sandbox.review("cn", signature=name)

        assert pending == b'{"error": "signature"}'
        assert len(line.send(A, signature="Beta")) == 1

    def test_a_rejected_one_may_not_be_used(self, sandbox, line):
        sandbox.review("cn", signature="1", approve=False, words="not yours")

        assert _error(line, signature="Acme") == b'{"error": "signature"}'
        (signature,) = sandbox.signatures("cn")
        assert (signature.id, signature.review, signature.words) == ("1", Review.REJECTED, "not yours")

    def test_those_an_account_is_made_with_have_ids_of_their_own(self, run, account):
        sandbox = run(account(signatures=["A", SandboxSignature("2", "B"), "C", "D"]))

        assert [(each.id, each.text) for each in sandbox.signatures("cn")] == [
            ("1", "A"),
            ("2", "B"),
            ("3", "C"),
            ("4", "D"),
        ]

    def test_one_may_be_replaced_and_deleted(self, sandbox, line):
        line.ask("/put-signature", name="1", text="Gamma")

        assert _reviews(line.ask("/signatures")) == {"1": "pending"}
        assert line.ask("/drop-signature", name="1") is True
        assert sandbox.signatures("cn") == []


class TestTime:
    def test_a_review_may_end_by_itself(self, run, account, dial):
        sandbox = run(account(review_after=3600, signatures=[SandboxSignature("7", "Old", Review.PENDING)]))
        line = dial(sandbox.urls["cn"])
        name = line.ask("/put-template", text="New")

        sandbox.advance(3599)
        pending = sandbox.templates("cn")[-1].review, sandbox.signatures("cn")[0].review
        sandbox.advance(2)

        assert pending == (Review.PENDING, Review.PENDING)
        assert sandbox.signatures("cn")[0].review is Review.APPROVED
        assert len(line.send(A, template=name, signature="Old")) == 1

    def test_it_may_end_at_once(self, run, account, dial):
        line = dial(run(account(review_after=0)).urls["cn"])

        name = line.ask("/put-template", text="New")

        assert len(line.send(A, template=name)) == 1

    def test_what_was_decided_stays_decided(self, run, account, dial):
        sandbox = run(account(review_after=60))
        name = dial(sandbox.urls["cn"]).ask("/put-template", text="New")
        sandbox.review("cn", template=name, approve=False)

        sandbox.advance(100)

        assert sandbox.templates("cn")[-1].review is Review.REJECTED

    def test_a_change_begins_it_anew(self, run, account, dial):
        sandbox = run(account(review_after=60))
        line = dial(sandbox.urls["cn"])
        name = line.ask("/put-template", text="One")
        sandbox.advance(50)

        line.ask("/put-template", name=name, text="Two")
        sandbox.advance(50)

        assert sandbox.templates("cn")[-1].review is Review.PENDING

    def test_without_a_number_it_never_ends(self, sandbox, line):
        line.ask("/put-template", text="New")

        sandbox.advance(1e6)

        assert sandbox.templates("cn")[-1].review is Review.PENDING


class TestDeciding:
    def test_all_accounts_that_have_it_decide_at_once(self, sandbox):
        assert sandbox.review("*", template="19", approve=False) == 2
        assert [each.review for each in sandbox.templates("*")] == [Review.REJECTED, Review.REJECTED]

    def test_only_those_that_have_it(self, sandbox, line):
        name = line.ask("/put-template", text="New")

        assert sandbox.review("*", template=name) == 1

    @pytest.mark.parametrize(
        ("asked", "told"),
        [
            ({"template": "20"}, "template: unknown template '20'; choose from '19'"),
            ({"signature": "9"}, "signature: unknown signature '9'; choose from '1'"),
            ({}, "template: give either the id of a template or"),
            ({"template": "19", "signature": "1"}, "template: give either the id of a template or"),
        ],
    )
    def test_what_cannot_be_decided_is_told(self, sandbox, asked, told):
        with pytest.raises(SandboxError) as caught:
            sandbox.review("cn", **asked)

        assert told in str(caught.value)

    def test_an_account_without_any_has_none_to_choose_from(self, run, account):
        sandbox = run(account(templates=[]))

        with pytest.raises(SandboxError, match="unknown template '19'; there is none"):
            sandbox.review("cn", template="19")


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["x", "y", None, True, False])), max_size=20))
def test_a_copy_of_a_shelf_goes_its_own_way(steps):
    shelf = Shelf([SandboxTemplate("a", 0, "x", Review.PENDING)], 0.0, 10.0)
    copied = shelf.copy()
    before = shelf.all()

    for name, step in steps:
        if isinstance(step, bool) and name in copied:
            copied.decide(name, approve=step, words="")
        elif isinstance(step, str):
            copied.put(SandboxTemplate(name, 0, step), 5.0, 5.0)
        elif step is None:
            copied.drop(name)

    assert shelf.all() == before
    assert {each.id for each in copied.approved()} == {each.id for each in copied.all() if copied.find(each.id)}
    copied.settle(100.0)
    shelf.settle(100.0)
    assert Review.PENDING not in {each.review for each in (*copied.all(), *shelf.all())}
