"""What the door for plugin authors gives them: outcomes, the tally, and strict decoding."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from smsway.provider import (
    Batch,
    Callback,
    CallFailed,
    Filled,
    MalformedCallback,
    Parcel,
    Phone,
    Reason,
    Response,
    Status,
    Tally,
    UnexpectedResponse,
    accepted,
    decode_json,
    decoding,
    reading,
    refused,
    rejected,
    unknown,
)

PHONES = ["+8613788888888", "+8613788888889", "+60198890000"]
PARCELS = [Parcel(Phone(phone), Filled("19")) for phone in PHONES]
ANYTHING = TypeAdapter(object)


@pytest.fixture
def tally():
    return Tally(Batch(PARCELS))


def outcome_of(phone, status):
    parcel = PARCELS[PHONES.index(phone)]
    made = {
        Status.ACCEPTED: lambda: accepted(parcel, message_id="1", fee=1),
        Status.REJECTED: lambda: rejected(parcel, Reason.BLOCKED_RECIPIENT, "1015"),
        Status.UNKNOWN: lambda: unknown(parcel, Reason.AMBIGUOUS, "1008"),
    }
    return made[status]()


@given(st.lists(st.tuples(st.sampled_from(PHONES), st.sampled_from([*Status][:3]))))
def test_a_tally_has_one_outcome_per_parcel_whatever_is_booked(results):
    tally = Tally(Batch(PARCELS))

    for phone, status in results:
        tally.book(outcome_of(phone, status))
    outcomes = tally.outcomes()

    assert [outcome.recipient for outcome in outcomes] == PHONES
    for outcome in outcomes:
        said = {status for phone, status in results if phone == outcome.recipient}
        assert outcome.status is (said.pop() if len(said) == 1 else Status.UNKNOWN)


def test_whoever_an_answer_leaves_out_or_contradicts_itself_about_is_unknown(tally):
    tally.book(outcome_of(PHONES[0], Status.ACCEPTED))
    tally.book(outcome_of(PHONES[0], Status.REJECTED))
    tally.book(outcome_of(PHONES[1], Status.ACCEPTED))
    tally.book(outcome_of(PHONES[1], Status.ACCEPTED))

    contradicted, repeated, left_out = tally.outcomes()

    assert (contradicted.status, contradicted.reason) == (Status.UNKNOWN, Reason.MISSING_RESULT)
    assert repeated.status is Status.ACCEPTED
    assert (left_out.status, left_out.reason) == (Status.UNKNOWN, Reason.MISSING_RESULT)


def test_a_foreign_phone_spoils_the_whole_answer_and_is_not_quoted(tally):
    with pytest.raises(UnexpectedResponse) as caught:
        tally.parcel("+8613700000000")

    assert "13700000000" not in str(caught.value)


@given(st.text())
def test_a_vendors_words_are_short_printable_and_without_long_numbers(words):
    outcome = rejected(PARCELS[0], Reason.OTHER, words, words)

    detail = outcome.detail or ""
    assert len(detail) <= 256
    assert detail.isprintable()
    assert all(sum(character in "0123456789" for character in word) < 4 for word in detail.split())
    assert outcome.code is None or outcome.code == words


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("to 13788888888 failed", "to *********** failed"),
        ("code: 190191\r\nretry 3", "code: ****** retry 3"),
        ("", None),
        (None, None),
        ("发送 成功", "发送 成功"),
        ("138 8888 8888 refused", "*** **** **** refused"),
        ("call (65) 987-654.32 now", "call (**) ***-***.** now"),
        ("号码１３７８８８８８８８８无效", "号码***********无效"),
        ("code 123 is bad", "code 123 is bad"),
    ],
)
def test_numbers_in_a_vendors_words_are_masked(words, shown):
    assert unknown(PARCELS[0], Reason.OTHER, None, words).detail == shown


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"NaN",
        b"Infinity",
        b"[-Infinity]",
        b'{"a": 1, "a": 2}',
        b"\xff",
        b'{"a": {"b": 1, "b": 1}}',
        b"[" * 9999,
    ],
)
def test_what_is_not_strict_json_is_an_unexpected_response_that_quotes_nothing(body):
    response = Response(200, body)

    with pytest.raises(UnexpectedResponse) as caught, decoding(response):
        decode_json(response, ANYTHING)

    assert str(caught.value).startswith(f"HTTP 200, {len(body)} bytes: ")
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=10,
    )
)
def test_strict_json_is_read_as_it_stands(value):
    assert decode_json(Response(200, json.dumps(value).encode()), ANYTHING) == value


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (b'"STOP \\ud83d"', "STOP \ufffd"),
        (b'"\\ud83d\\ude00"', "\U0001f600"),
        (b'{"\\uDC00": ["\\ud83d", 1, null]}', {"\ufffd": ["\ufffd", 1, None]}),
    ],
)
def test_half_of_an_emoji_is_read_as_something_that_can_be_written(written, read):
    assert decode_json(Response(200, written), ANYTHING) == read
    assert decode_json(Callback(written), ANYTHING) == read


@pytest.mark.parametrize("body", [b"", b"nonsense +8613788888888", b"\xff", b'{"a": 1, "a": 1}', b"[" * 9999])
def test_what_trips_a_reader_is_a_malformed_callback_that_quotes_nothing(body):
    callback = Callback(body)

    with pytest.raises(MalformedCallback) as caught, reading(callback):
        decode_json(callback, ANYTHING)

    assert str(caught.value).startswith(f"{len(body)} bytes: ")
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_a_refusal_passes_through_decoding():
    with (
        pytest.raises(CallFailed, match=r"^the call failed: permission \(code 6\): no \*{11}$"),
        decoding(Response(200, b"")),
    ):
        raise refused(Reason.PERMISSION, "6", "no 13788888888\n")


def test_what_a_decoder_says_on_purpose_is_kept():
    with pytest.raises(UnexpectedResponse, match=r"^the answer has no code$"), decoding(Response(200, b"x")):
        raise UnexpectedResponse("the answer has no code")
