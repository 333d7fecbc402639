"""Whatever the vendor answers, every recipient has one outcome, and none is accepted without a documented success."""

from __future__ import annotations

import json
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from smsway.provider import Batch, Filled, Parcel, Phone, Reason, Response, Stamp, Status, UnexpectedResponse
from smsway_usms._codes import REASONS
from smsway_usms._wire import decode_send

STAMP = Stamp(now=1_700_000_000.0, nonce=0x0123456789ABCDEF0123)
DETAILS = st.sampled_from([None, "", "phone in the black list", "template", "signature", "balance", "whatever"])
REFUSALS = {code for code, reason in REASONS.items() if reason is not Reason.AMBIGUOUS}
CODES = st.sampled_from([0, 18046, *REASONS]) | st.sampled_from([0, 18046]) | st.integers()

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def batch_of(size):
    phones = [f"+8618500000{index:03}" if index % 2 else f"+6019889{index:04}" for index in range(size)]
    return Batch([Parcel(Phone(phone), Filled(template="UTA1", params=("1",))) for phone in phones])


def decode(batch, answer):
    return decode_send(batch, STAMP, Response(200, json.dumps(answer).encode()))


@st.composite
def failures(draw, batch):
    """Return failed targets of *batch*, found by UserId, by phone or by both, in items of any size."""
    indices = draw(st.lists(st.integers(0, len(batch) - 1)))
    items = []
    for index in indices:
        phone = batch.parcels[index].phone
        target = {"Phone": f"({phone.calling_code}){phone.national}", "FailureDetails": draw(DETAILS)}
        if draw(st.booleans()):
            target["UserId"] = f"{STAMP.reference}-{index}"
        if items and draw(st.booleans()):
            items[-1]["Target"].append(target)
        else:
            items.append({"Target": [target], "FailureDetails": draw(DETAILS)})
    return items, {str(batch.parcels[index].phone) for index in indices}


@st.composite
def answers(draw):
    batch = batch_of(draw(st.integers(1, 8)))
    items, named = draw(failures(batch))
    honest = len(batch) - len(named)
    count = draw(st.just(honest) | st.none() | st.integers(0, 10))
    members = {"RetCode": draw(CODES), "FailContent": items, "SuccessCount": count, "SessionNo": draw(SESSIONS)}
    return batch, named, {name: value for name, value in members.items() if value is not None}


SESSIONS = st.sampled_from([None, "", "abcd-dadd"])


@given(answers())
def test_every_parcel_has_one_outcome_in_its_place(drawn):
    batch, _, answer = drawn

    outcomes = decode(batch, answer)

    assert [outcome.recipient for outcome in outcomes] == [parcel.phone for parcel in batch.parcels]


@given(answers())
def test_nobody_is_accepted_without_a_documented_success(drawn):
    batch, named, answer = drawn

    outcomes = decode(batch, answer)

    accepted = [outcome.recipient for outcome in outcomes if outcome.status is Status.ACCEPTED]
    if accepted:
        assert answer["RetCode"] in {0, 18046}
        assert not named & set(accepted)
        assert answer.get("SuccessCount", len(accepted)) == len(accepted)
        assert answer.get("SessionNo") or "SuccessCount" in answer


@given(answers())
def test_whoever_is_rejected_was_named_or_the_whole_request_was_refused(drawn):
    batch, named, answer = drawn

    outcomes = decode(batch, answer)

    rejected = {outcome.recipient for outcome in outcomes if outcome.status is Status.REJECTED}
    assert rejected <= named or (answer["RetCode"] in REFUSALS and not answer.get("SuccessCount"))


@given(answers(), st.randoms(use_true_random=False))
def test_the_order_of_the_failures_does_not_matter(drawn, random):
    batch, _, answer = drawn
    shuffled = json.loads(json.dumps(answer))
    random.shuffle(shuffled["FailContent"])
    for item in shuffled["FailContent"]:
        random.shuffle(item["Target"])

    first, second = decode(batch, answer), decode(batch, shuffled)

    assert [(each.status, each.reason) for each in first] == [(each.status, each.reason) for each in second]


@given(answers(), st.data())
def test_a_stranger_among_the_failures_makes_the_whole_answer_suspect(drawn, data):
    batch, _, answer = drawn
    stranger = data.draw(
        st.sampled_from(
            [
                {"Phone": "(86)13800000000"},
                {"Phone": "13800000000", "UserId": ""},
                {"Phone": "(86)18500000001", "UserId": "0123456789abcdef0124-1"},
                {"Phone": "", "UserId": f"{STAMP.reference}-{len(batch)}"},
            ]
        )
    )
    answer["FailContent"].insert(data.draw(st.integers(0, len(answer["FailContent"]))), {"Target": [stranger]})

    try:
        outcomes = decode(batch, answer)
    except UnexpectedResponse:
        return

    assert {(outcome.status, outcome.reason) for outcome in outcomes} == {(Status.UNKNOWN, Reason.AMBIGUOUS)}


@given(answers(), st.data())
def test_an_answer_with_members_missing_or_garbled_accepts_nobody_wrongly(drawn, data):
    batch, named, answer = drawn
    garbled = dict(answer)
    for name in data.draw(st.sets(st.sampled_from(sorted(answer)))):
        if data.draw(st.booleans()):
            del garbled[name]
        else:
            garbled[name] = data.draw(JSON)

    try:
        outcomes = decode(batch, garbled)
    except UnexpectedResponse:
        return

    counts = Counter(outcome.status for outcome in outcomes)
    assert sum(counts.values()) == len(batch)
    if counts[Status.ACCEPTED]:
        assert garbled["RetCode"] in {0, 18046}
        assert type(garbled["RetCode"]) is int
        assert garbled.get("SuccessCount") in {None, counts[Status.ACCEPTED]}
        assert garbled.get("FailContent") != answer["FailContent"] or not named & {
            outcome.recipient for outcome in outcomes if outcome.status is Status.ACCEPTED
        }


@given(st.binary() | JSON.map(lambda value: json.dumps(value).encode()))
def test_garbage_is_unexpected(body):
    try:
        outcomes = decode_send(batch_of(3), STAMP, Response(200, body))
    except UnexpectedResponse:
        return

    assert not [outcome for outcome in outcomes if outcome.status is Status.ACCEPTED]
