"""Whatever comes back: everyone gets one outcome or the answer is refused, and nobody is accepted by accident."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsway.provider import Response, Status, UnexpectedResponse

OURS = "the reference that the request gave"
CODES = st.sampled_from(
    ["Ok", "ok", "OK ", "", "FailedOperation", "FailedOperation.PhoneNumberInBlacklist", "InternalError.Timeout", "?"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["Response", "Error", "SendMultiStatusSet", "Code", "PhoneNumber", "Message"]), inner
        )
    ),
    max_leaves=12,
)


@dataclass(frozen=True)
class Line:
    """One result of an answer: who, the code, and what it echoes (`None`: no such member)."""

    index: int
    code: str
    echo: str | None = OURS


@st.composite
def answers(draw):
    """Draw a number of recipients and results: shuffled, some missing, some repeated, some foreign."""
    count = draw(st.integers(1, 6))
    whole = [Line(index, draw(CODES)) for index in range(count)]
    kept = [line for line in whole if draw(st.integers(0, 4))]
    repeated = [Line(line.index, draw(CODES)) for line in kept if not draw(st.integers(0, 4))]
    foreign = [Line(count + 7, "Ok")] if not draw(st.integers(0, 9)) else []
    lines = draw(st.permutations(kept + repeated + foreign))
    echoes = st.sampled_from([OURS] * 20 + [None, "", "a84166ff8c6c41f7923a-0"])
    return count, [Line(line.index, line.code, draw(echoes)) for line in lines]


@pytest.fixture(scope="session")
def body(stamp):
    def write(lines: list[Line], *, whole: bool = False) -> bytes:
        results = []
        for line in lines:
            result = {"PhoneNumber": f"+6019889{line.index:04}", "Code": line.code, "SerialNo": "a84166ff", "Fee": 1}
            if line.echo is not None:
                result["SessionContext"] = f"{stamp.reference}-{line.index}" if line.echo == OURS else line.echo
            results.append({**result, "Message": "send success", "IsoCode": "MY"} if whole else result)
        content = {"Response": {"SendMultiStatusSet": results, "RequestId": "104cc55c"}}
        # As the vendor writes it, or otherwise.
        return json.dumps(content, separators=(",", ":") if whole else None).encode()

    return write


def is_suspect(count: int, lines: list[Line], *, fresh: bool) -> bool:
    foreign = any(line.index >= count for line in lines)
    misdirected = any(line.echo not in {OURS, None, ""} for line in lines)
    unproven = not fresh and any(line.echo != OURS for line in lines)
    return foreign or misdirected or unproven


@given(drawn=answers(), fresh=st.booleans(), whole=st.booleans())
def test_n_parcels_give_n_outcomes_and_only_a_documented_success_is_accepted(
    client, make_batch, body, drawn, fresh, whole
):
    count, lines = drawn
    batch = make_batch(count)
    response = Response(200, body(lines, whole=whole), fresh=fresh)

    if is_suspect(count, lines, fresh=fresh):
        with pytest.raises(UnexpectedResponse):
            client.decode(batch, response)
        return
    outcomes = client.decode(batch, response)

    assert [outcome.recipient for outcome in outcomes] == [parcel.phone for parcel in batch.parcels]
    for index, outcome in enumerate(outcomes):
        codes = {line.code for line in lines if line.index == index}
        assert (outcome.status is Status.ACCEPTED) == (codes == {"Ok"})
        if len(codes) != 1:
            assert outcome.status is Status.UNKNOWN
        if outcome.status is Status.REJECTED:
            assert codes == {"FailedOperation.PhoneNumberInBlacklist"}


@given(drawn=answers(), data=st.data(), compact=st.booleans())
def test_an_answer_that_is_cut_off_anywhere_is_refused(client, make_batch, body, drawn, data, compact):
    count, lines = drawn
    whole = body(lines, whole=compact)
    kept = data.draw(st.integers(0, len(whole) - 1))

    with pytest.raises(UnexpectedResponse):
        client.decode(make_batch(count), Response(200, whole[:kept]))


@given(content=JSON)
def test_no_other_json_accepts_anybody(client, make_batch, content):
    response = Response(200, json.dumps(content).encode())

    try:
        outcomes = client.decode(make_batch(2), response)
    except UnexpectedResponse:
        return

    assert [outcome.status for outcome in outcomes].count(Status.ACCEPTED) == 0
    assert len(outcomes) == 2


@given(garbage=st.binary(max_size=200))
def test_no_bytes_make_the_decoder_fail_in_another_way(client, make_batch, garbage):
    with pytest.raises(UnexpectedResponse):
        client.decode(make_batch(2), Response(200, garbage))
