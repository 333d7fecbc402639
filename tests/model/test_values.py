"""What the values promise: results that behave as sequences, errors that list everything, and masked reprs."""

import copy
import pickle
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.pretty import pretty_repr

from smsway import Kind, Message, Outcome, Reason, Recipient, SendFailure, SendResult, Status, Template, Text
from smsway.model import (
    Attempt,
    Batch,
    CallFailed,
    Certainty,
    ConfigError,
    Filled,
    InvalidMessage,
    OutcomeSettled,
    Parcel,
    Phone,
    Problem,
    Request,
    Response,
    SandboxCall,
    SandboxReply,
    Screening,
    Stamp,
    UnexpectedResponse,
)

PHONE = "+8613788888888"
SECRET = "s3cr3t-987654"


def outcome(status=Status.ACCEPTED, reason=None, phone=PHONE):
    return Outcome(phone, status, "cn", reason)


@pytest.fixture
def result():
    return SendResult(
        (
            outcome(),
            outcome(Status.REJECTED, Reason.BLOCKED_RECIPIENT),
            outcome(Status.UNKNOWN, Reason.NO_ANSWER),
            outcome(Status.REJECTED, Reason.BLOCKED_RECIPIENT),
        )
    )


def test_a_result_is_a_sequence_of_outcomes(result):
    assert len(result) == 4
    assert list(result) == [result[0], *result[1:]]
    assert result[-1] is result.outcomes[3]
    assert result[1:3] == result.outcomes[1:3]
    assert result[0] in result


def test_a_result_counts_only_the_statuses_that_occur(result):
    assert result.counts == {Status.ACCEPTED: 1, Status.REJECTED: 2, Status.UNKNOWN: 1}
    assert not result.all_accepted
    assert repr(result) == "SendResult(1 accepted, 2 rejected, 1 unknown)"


def test_raise_for_failure_carries_the_outcomes_that_are_not_accepted_and_no_phone_in_its_text(result):
    with pytest.raises(SendFailure) as caught:
        result.raise_for_failure()

    assert caught.value.outcomes == result[1:]
    text = str(caught.value)
    assert "3 of the recipients" in text
    assert "2 rejected (blocked_recipient), 1 unknown (no_answer)" in text
    assert PHONE not in text


def test_raise_for_failure_is_silent_when_all_are_accepted():
    result = SendResult((outcome(), outcome()))

    assert result.all_accepted
    result.raise_for_failure()


@given(st.lists(st.sampled_from(Status)))
def test_raise_for_failure_raises_exactly_when_somebody_was_not_accepted(statuses):
    result = SendResult(tuple(map(outcome, statuses)))

    assert sum(result.counts.values()) == len(statuses)
    if result.all_accepted:
        result.raise_for_failure()
    else:
        with pytest.raises(SendFailure):
            result.raise_for_failure()


@pytest.mark.parametrize(
    "value",
    [
        Phone(PHONE),
        Recipient(PHONE, {"code": SECRET}),
        Message(to=[PHONE, Recipient(PHONE)], content=Template("login", {"code": SECRET})),
        Message(to=PHONE, content=SECRET),
        Text(SECRET),
        Template("login", {"code": SECRET}),
        outcome(Status.UNKNOWN, Reason.NO_ANSWER),
        SendResult((outcome(),)),
        OutcomeSettled((0, 0), outcome()),
        Screening(Phone(PHONE), "CN", "otp", "login", frozenset(), None),
        Filled("19", (SECRET,)),
        Filled(None, (), SECRET),
        Parcel(Phone(PHONE), Filled("19", (SECRET,)), {"extend": SECRET}),
        Batch([Parcel(Phone(PHONE), Filled("19", (SECRET,)))]),
        Request(f"https://host/{SECRET}", {"authorization": SECRET}, PHONE.encode()),
        Response(200, (PHONE + SECRET).encode(), {"x": SECRET}),
        SandboxCall("POST", "/", {"key": SECRET}, {"authorization": SECRET}, PHONE.encode()),
        SandboxReply((PHONE + SECRET).encode()),
        Attempt("cn", Certainty.SENT),
    ],
    ids=lambda value: type(value).__name__,
)
def test_no_repr_shows_a_phone_a_text_a_param_or_a_secret(value):
    shown = repr(value) + repr([value]) + f"{value!r}" + pretty_repr(value)

    assert PHONE not in shown
    assert PHONE[3:] not in shown
    assert SECRET not in shown


def test_a_recipient_that_is_no_text_can_still_be_shown():
    assert repr(Recipient(13788888888)).startswith("Recipient(137")
    assert "13788888888" not in repr(Recipient(13788888888))


def test_a_message_says_what_is_lacking_inside_a_property_of_its_subclass():
    class Login(Message):
        __slots__ = ()

        @property
        def first(self):
            return self.to[0].fone

    with pytest.raises(AttributeError, match="fone"):
        _ = Login(to=PHONE, content="x").first
    with pytest.raises(AttributeError, match="other"):
        _ = Login(to=PHONE, content="x").other


def test_a_message_is_equal_to_its_copies_whether_or_not_its_recipients_were_looked_at():
    one, other = (Message(to=[PHONE, Recipient(PHONE, {"a": "b"})], content="x") for _ in range(2))
    assert one.to == (Recipient(PHONE), Recipient(PHONE, {"a": "b"}))

    assert one == other == copy.copy(one) == copy.copy(other) == replace(other)
    assert copy.copy(one).given == one.to
    assert replace(other, kind="otp").to == one.to


def test_one_phone_or_one_recipient_is_a_list_of_one():
    assert Message(to=PHONE, content="x").to == (Recipient(PHONE),)
    assert Message(to=Recipient(PHONE), content="x").to == (Recipient(PHONE),)
    assert Message(to=(each for each in [PHONE, Recipient(PHONE)]), content="x").to == (Recipient(PHONE),) * 2


def test_words_are_accepted_where_the_model_has_values():
    message = Message(to=PHONE, content="hello", kind="otp", accounts="cn", tags="beta")

    assert message.content == Text("hello")
    assert message.kind is Kind.OTP
    assert message.accounts == ("cn",)
    assert message.tags == frozenset({"beta"})


def test_an_error_lists_every_problem_and_counts_them():
    one = InvalidMessage([Problem("to[3]", "is too short")])
    two = InvalidMessage([Problem("to", "names no recipient"), Problem("kind", "is wrong")])

    assert str(one) == "invalid message (1 problem):\n  to[3]: is too short"
    assert str(two) == "invalid message (2 problems):\n  to: names no recipient\n  kind: is wrong"
    assert [problem.where for problem in two.problems] == ["to", "kind"]


@given(st.integers(0, 2**80 - 1), st.integers(1, 200))
def test_references_are_of_the_promised_form(nonce, count):
    stamp = Stamp(0.0, nonce)

    assert len(stamp.reference) == 20
    assert int(stamp.reference, 16) == nonce
    assert stamp.references(count) == [f"{stamp.reference}-{index}" for index in range(count)]
    assert max(map(len, stamp.references(count))) <= 32


def test_an_answer_without_an_echo_counts_on_a_fresh_connection_only():
    Response(200, b"").require_fresh("an answer")

    with pytest.raises(UnexpectedResponse, match="an answer echoes nothing"):
        Response(200, b"", fresh=False).require_fresh("an answer")


@given(st.text(), st.text())
def test_a_problem_is_told_on_one_line_whatever_it_names(where, what):
    error = InvalidMessage([Problem(where, what)])

    headline, told = str(error).split("\n")

    assert headline == "invalid message (1 problem):"
    assert told.isprintable()
    assert (error.problems[0].where, error.problems[0].what) == (where, what)


OUTCOME = Outcome(PHONE, Status.REJECTED, "cn", Reason.INVALID_RECIPIENT)


@pytest.mark.parametrize(
    "error",
    [
        ConfigError([Problem("accounts", "is required")]),
        InvalidMessage([Problem("to", "names no recipient"), Problem("kind", "is none")]),
        CallFailed(Reason.NO_ANSWER, "code", "detail", account="cn", call="add_template", maybe_done=True),
        SendFailure([OUTCOME]),
        UnexpectedResponse("no answer"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_is_the_same_in_another_process(error):
    twin = pickle.loads(pickle.dumps(error))

    assert (type(twin), str(twin), vars(twin)) == (type(error), str(error), vars(error))
