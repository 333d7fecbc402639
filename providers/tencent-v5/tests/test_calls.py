"""What all calls that send nothing have in common: how they are signed, refused, doubted and kept secret."""

from __future__ import annotations

import json
import re
import traceback

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smsway.provider import FACETS, CallFailed, Reason, Response, UnexpectedResponse
from smsway_tencent_v5._codes import REASONS

KEY = "5f03a35d00ee52a21327ab048186a2c4"
# The value that the vendor's pages give for all of these calls, such as cloud.tencent.com/document/product/382/5810.
SIG = "c13e54f047ed75e821e698730c72d030dc30e5b510b3f8a0fb6fb7605283d7df"
FACETS_OF_V5 = set(FACETS) - {"list signatures", "find signatures", "template statistics"}


def test_the_provider_has_every_facet_that_v5_documents(provider):
    assert {name for name, facet in FACETS.items() if isinstance(provider, facet)} == FACETS_OF_V5


def test_every_call_is_signed_with_nothing_but_key_number_and_time(begin):
    request = next(begin())

    body = json.loads(request.body)
    assert (body["sig"], body["time"]) == (SIG, 1457336869)
    assert re.fullmatch(
        r"https://yun\.tim\.qq\.com/v5/tlssmssvr/[a-z0-9_]+\?sdkappid=1400006666&random=7226249334", request.url
    )
    assert (request.method, dict(request.headers)) == ("POST", {"content-type": "application/json; charset=utf-8"})


def test_no_call_can_send_a_text(begin):
    assert next(begin()).sends is False


def test_the_same_arguments_and_stamp_give_the_same_bytes(begin):
    first, second = next(begin()), next(begin())

    assert (first.url, first.body) == (second.url, second.body)


def test_the_key_is_in_no_request(begin):
    request = next(begin())

    assert KEY.encode() not in request.body
    assert KEY not in request.url


@pytest.mark.parametrize("name", ["errmsg", "msg", "ErrorInfo"])
def test_a_refusal_has_its_reason_its_code_and_the_words_of_every_edition(name, begin, ended):
    with pytest.raises(CallFailed) as raised:
        ended(begin(), {"result": 1006, name: "why"})

    failed = raised.value
    assert (failed.reason, failed.code, failed.detail) == (Reason.PERMISSION, "1006", "why")


@pytest.mark.parametrize(
    ("code", "reason"), sorted((code, reason) for code, reason in REASONS.items() if reason is not Reason.AMBIGUOUS)
)
def test_every_other_documented_code_says_that_it_was_not_done(code, reason, provider, stamp, ended):
    with pytest.raises(CallFailed) as raised:
        ended(provider.get_templates(["19"], stamp), {"result": code, "msg": ""})

    failed = raised.value
    assert (failed.reason, failed.code, failed.detail, failed.maybe_done) == (reason, str(code), None, False)


@pytest.mark.parametrize("code", [1007, 1008, 3001, 3002, 3011, 60008, 60013, 1005, 99999])
def test_a_code_that_does_not_say_whether_it_was_done_says_that_it_may_have_been(code, provider, stamp, ended):
    with pytest.raises(CallFailed) as raised:
        ended(provider.delete_templates(["19"], stamp), {"result": code, "errmsg": "please try again"})

    assert (raised.value.reason, raised.value.code, raised.value.maybe_done) == (Reason.AMBIGUOUS, str(code), True)


def test_the_access_layer_refuses_in_its_own_envelope(begin, ended):
    with pytest.raises(CallFailed) as raised:
        ended(begin(), {"ActionStatus": "FAIL", "ErrorInfo": "request rate limited", "ErrorCode": 60007})

    failed = raised.value
    assert (failed.reason, failed.code, failed.detail) == (Reason.RATE_LIMITED, "60007", "request rate limited")


def test_a_phone_in_the_words_of_a_refusal_is_masked(begin, ended):
    with pytest.raises(CallFailed) as raised:
        ended(begin(), {"result": 1016, "errmsg": "bad mobile 13788888888"})

    assert "13788888888" not in str(raised.value)
    assert raised.value.detail == "bad mobile ***********"


@pytest.mark.parametrize("code", [13788888888, "8613788888888", -13788888888])
def test_a_code_that_could_be_a_phone_is_not_shown(code, begin, ended):
    with pytest.raises(CallFailed) as raised:
        ended(begin(), {"result": code, "errmsg": ""})

    assert (raised.value.reason, raised.value.code) == (Reason.AMBIGUOUS, None)
    assert "13788888888" not in str(raised.value)


@pytest.mark.parametrize("code", [0, 1031])
def test_an_answer_is_believed_as_the_first_on_its_connection_only(code, begin, ended):
    with pytest.raises(UnexpectedResponse, match="echoes nothing"):
        ended(begin(), {"result": code, "total": 0}, fresh=False)


@pytest.mark.parametrize(
    "answer",
    [
        {"ActionStatus": "OK", "ErrorCode": 0},
        {"result": 0, "ErrorCode": 60008},
        {"result": 0, "ActionStatus": "FAIL"},
        {"result": False},
        {"result": 0.0},
        {"result": None},
        {"result": "ok"},
        [],
        None,
        0,
    ],
)
def test_an_answer_in_no_documented_envelope_is_not_believed(answer, begin, ended):
    with pytest.raises(UnexpectedResponse):
        ended(begin(), answer)


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>OK</html>", b'{"result":0', b'{"result":0,"result":0}', b'{"result":NaN}', b"\xff\xfe", b"[" * 99999],
)
def test_what_is_no_json_is_not_believed(body, begin, ended):
    with pytest.raises(UnexpectedResponse):
        ended(begin(), body)


NAMES = [
    "result",
    "ErrorCode",
    "errmsg",
    "msg",
    "count",
    "total",
    "data",
    "id",
    "text",
    "status",
    "type",
    "reply",
    "apply_time",
    "mobile",
    "time",
    "nationcode",
    "report_status",
    "user_receive_time",
    "sid",
    "ext",
    "extend",
    "sign",
    "success",
    "amount",
    "used",
    "to_time",
    "status_fail",
]
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-2, 3), st.integers(), st.text(), st.floats(allow_nan=False)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.sampled_from(NAMES),
            inner,
            max_size=6,
        ),
    ),
    max_leaves=12,
)
ANSWERS = st.one_of(
    st.binary(),
    JSON.map(lambda value: json.dumps(value).encode()),
    JSON.map(lambda value: json.dumps({"result": 0, "total": 1, "data": value}).encode()),
    st.lists(JSON, max_size=3).map(lambda values: json.dumps({"result": 0, "total": 1, "data": values}).encode()),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.lists(ANSWERS, min_size=1, max_size=3))
def test_garbage_is_an_unexpected_response_or_a_refusal_and_nothing_else(begin, answers):
    exchange = begin()
    next(exchange)

    try:
        for answer in answers:
            exchange.send(Response(200, answer))
    except StopIteration:
        pass
    except (UnexpectedResponse, CallFailed) as error:
        told = "".join(traceback.format_exception(error))
        assert KEY not in told
        assert SIG not in told
