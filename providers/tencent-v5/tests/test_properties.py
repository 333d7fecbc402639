"""Whatever comes back: everyone gets one outcome or the answer is refused, and nobody is accepted by accident."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsway.provider import Batch, Filled, Parcel, Phone, Response, Stamp, Status, UnexpectedResponse
from smsway_tencent_v5._wire import decode_sendisms, decode_sendmultisms2, decode_sendsms

ONE = "+8613788888888"
TWO = "+8613788888889"


def item(phone, result=0, **more):
    return {"result": result, "errmsg": "", "nationcode": "86", "mobile": phone[3:], "sid": phone, "fee": 1} | more


STAMP = Stamp(1457336869.0, 7)
CODES = st.one_of(st.sampled_from([0, "0", 1016, 1008, 60008, 1031]), st.integers(-5, 99999))
PHONES = st.integers(13_000_000_000, 13_000_000_015).map(lambda number: Phone(f"+86{number}"))
BATCHES = st.lists(PHONES, min_size=1, max_size=8, unique=True).map(
    lambda phones: Batch([Parcel(phone, Filled(template="1")) for phone in phones])
)
ITEMS = st.builds(item, PHONES, CODES)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(), st.floats(allow_nan=False)),
    lambda inner: st.one_of(
        st.lists(inner),
        st.dictionaries(
            st.sampled_from(["result", "ErrorCode", "ext", "detail", "mobile", "nationcode", "sid", "fee", "errmsg"]),
            inner,
        ),
    ),
)


def documented(answer, phone):
    """True if *answer* is a documented success for *phone*, read without the code under test."""
    about = [each for each in answer["detail"] if f"+{each['nationcode']}{each['mobile']}" == phone]
    return answer["result"] in (0, "0") and bool(about) and all(each["result"] in (0, "0") for each in about)


@given(st.data(), BATCHES, CODES)
def test_n_recipients_have_n_outcomes_and_none_is_accepted_without_documented_success(data, batch, code):
    mine = [parcel.phone for parcel in batch.parcels]
    items = data.draw(st.lists(st.builds(item, st.sampled_from(mine), CODES), max_size=12))
    answer = {"result": code, "errmsg": "", "ext": STAMP.reference, "detail": data.draw(st.permutations(items))}

    outcomes = decode_sendmultisms2(batch, STAMP, Response(200, json.dumps(answer).encode(), fresh=False))

    assert mine == [outcome.recipient for outcome in outcomes]
    assert [documented(answer, phone) for phone in mine] == [outcome.status is Status.ACCEPTED for outcome in outcomes]


@given(BATCHES, st.lists(ITEMS, max_size=12))
def test_foreign_items_never_decide_about_anyone(batch, items):
    mine = {parcel.phone for parcel in batch.parcels}
    foreign = [each for each in items if f"+86{each['mobile']}" not in mine]
    body = json.dumps({"result": 0, "ext": STAMP.reference, "detail": items}).encode()

    if not foreign:
        assert len(decode_sendmultisms2(batch, STAMP, Response(200, body))) == len(batch)
        return
    with pytest.raises(UnexpectedResponse):
        decode_sendmultisms2(batch, STAMP, Response(200, body))


@given(st.one_of(JSON.map(lambda value: json.dumps(value).encode()), st.binary()), st.booleans())
def test_random_answers_are_never_a_success_that_nobody_documented(body, fresh):
    batch = Batch([Parcel(Phone(ONE), Filled(template="1")), Parcel(Phone(TWO), Filled(template="1"))])

    for decode in (decode_sendsms, decode_sendisms, decode_sendmultisms2):
        try:
            outcomes = decode(batch, STAMP, Response(200, body, fresh=fresh))
        except UnexpectedResponse:
            continue
        answer = json.loads(body)
        assert len(outcomes) == (2 if decode is decode_sendmultisms2 else 1)
        if any(outcome.status is Status.ACCEPTED for outcome in outcomes):
            assert answer["result"] in (0, "0")
            assert answer["result"] is not False


@given(st.integers(0, 80), st.integers(0, 255))
def test_an_answer_with_one_wrong_byte_never_accepts_another_recipient(position, byte):
    good = json.dumps({"result": 0, "ext": STAMP.reference, "detail": [item(ONE), item(TWO, 1016)]}).encode()
    body = bytearray(good)
    body[position] = byte
    batch = Batch([Parcel(Phone(ONE), Filled(template="1")), Parcel(Phone(TWO), Filled(template="1"))])

    try:
        outcomes = decode_sendmultisms2(batch, STAMP, Response(200, bytes(body), fresh=False))
    except UnexpectedResponse:
        return

    assert outcomes[1].status is not Status.ACCEPTED
