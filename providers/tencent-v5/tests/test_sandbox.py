"""Both sides of the API talking to each other, and each documented refusal of the server side."""

from __future__ import annotations

import dataclasses
import hashlib
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smsway.provider import Kind, Reason, Request, SandboxCall, Stamp, Status, UnexpectedResponse
from smsway_tencent_v5._config import TencentV5Config
from smsway_tencent_v5._provider import TencentV5
from smsway_tencent_v5._sandbox_send import _CODES

ONE = "+8613788888888"
TWO = "+8613788888889"
ABROAD = "+60198890000"
ALSO_ABROAD = "+14155550100"
KEY = "5f03a35d00ee52a21327ab048186a2c4"
EXT = "000000000001731d0676"
SENDS = [(ONE,), (ABROAD,), (ONE, TWO), (ABROAD, ALSO_ABROAD)]


def verdicts(outcomes):
    return [(outcome.status, outcome.reason, outcome.code) for outcome in outcomes]


def signed(body, random="7226249334", **last):
    """Sign *body* by hand, so that only what the test changed is wrong with it."""
    fields = {"appkey": KEY, "random": random, "time": body["time"]} | last
    text = "&".join(f"{name}={value}" for name, value in fields.items())
    return body | {"sig": hashlib.sha256(text.encode()).hexdigest()}


def single(**changes):
    return signed(
        {
            "tel": {"nationcode": "86", "mobile": "13788888888"},
            "sign": "Tencent Cloud",
            "tpl_id": 19,
            "params": ["1234", "4"],
            "time": 1457336869,
            "extend": "",
            "ext": "mine",
        }
        | changes,
        mobile="13788888888",
    )


def posted(body, method="sendsms", **changes):
    call = SandboxCall(
        "POST",
        f"/v5/tlssmssvr/{method}",
        {"sdkappid": "1400006666", "random": "7226249334"},
        {"content-type": "application/json"},
        body if isinstance(body, bytes) else json.dumps(body).encode(),
    )
    return dataclasses.replace(call, **changes)


@pytest.mark.parametrize("phones", SENDS)
@pytest.mark.parametrize("content", [{}, {"text": "Your code is 1234"}, {"template": "20", "params": ()}])
@pytest.mark.parametrize("signature", ["", "Tencent Cloud"])
def test_what_we_send_is_accepted(*, phones, content, signature, send, batch_of, desk):
    outcomes = send(batch_of(*phones, signature=signature, **content), fresh=False)

    assert [(Status.ACCEPTED, f"sid-{n}", 1) for n in range(1, len(phones) + 1)] == [
        (outcome.status, outcome.provider_message_id, outcome.fee) for outcome in outcomes
    ]
    assert [(phone, EXT, 1) for phone in phones] == desk.accepted


def test_two_hundred_go_in_one_request(send, batch_of, desk):
    phones = [f"+86{13_700_000_000 + number}" for number in range(200)]

    outcomes = send(batch_of(*phones))

    assert phones == [outcome.recipient for outcome in outcomes]
    assert {Status.ACCEPTED} == {outcome.status for outcome in outcomes}
    assert len(desk.accepted) == 200


def test_an_answer_of_sendisms_names_the_country(judge, request_of, batch_of):
    answer = judge(request_of(batch_of(ABROAD)))

    assert answer == {"result": 0, "errmsg": "OK", "ext": EXT, "sid": "sid-1", "fee": 1, "nationcode": "60"}


def test_an_answer_of_sendsms_has_the_documented_fields(judge):
    assert judge(posted(single())) == {"result": 0, "errmsg": "OK", "ext": "mine", "sid": "sid-1", "fee": 1}


def test_fee_and_sid_stand_in_a_success_only(judge, request_of, batch_of, desk):
    desk.refusals[TWO] = Reason.BLOCKED_RECIPIENT

    detail = judge(request_of(batch_of(ONE, TWO)))["detail"]

    assert detail == [
        {"mobile": "13788888888", "nationcode": "86", "result": 0, "errmsg": "OK", "sid": "sid-1", "fee": 1},
        {"mobile": "13788888889", "nationcode": "86", "result": 1015, "errmsg": "blocked_recipient"},
    ]


@pytest.mark.parametrize(
    ("phone", "text", "fee"),
    [
        (ONE, "a" * 55, 1),  # with the signature in its brackets: 70
        (ONE, "a" * 56, 2),
        (ONE, "a" * 119, 2),
        (ONE, "a" * 120, 3),
        (ABROAD, "a" * 56, 2),
    ],
)
def test_a_long_text_costs_more(*, phone, text, fee, send, batch_of, desk):
    desk.texts.add(text)

    [outcome] = send(batch_of(phone, text=text))

    assert fee == outcome.fee


@pytest.mark.parametrize(("length", "fee"), [(160, 1), (161, 2), (306, 2), (307, 3)])
def test_english_abroad_costs_less(length, fee, send, batch_of, desk):
    desk.texts.add("a" * length)

    [outcome] = send(batch_of(ABROAD, text="a" * length, signature=""))

    assert fee == outcome.fee


def test_marketing_is_taken_at_any_hour(send, batch_of, desk):
    desk.now = 1457370000.0  # 01:00 in Beijing

    [outcome] = send(batch_of(ONE, text="Your code is 1234", kind=Kind.MARKETING), Stamp(desk.now, 1))

    assert outcome.status is Status.ACCEPTED


def test_the_list_is_written_as_the_desk_wants_it(send, batch_of, desk):
    desk.rewrite = lambda items: items[1:]

    outcomes = send(batch_of(ONE, TWO))

    assert [outcome.status for outcome in outcomes] == [Status.UNKNOWN, Status.ACCEPTED]
    assert len(desk.accepted) == 2


def test_an_unknown_call_is_1011(judge):
    assert judge(posted(single(), "sendsms2"))["result"] == 1011
    assert judge(posted(single(), path="/v5/other/sendsms"))["result"] == 1011
    assert judge(posted(single(), path="sendsms"))["result"] == 1011


def test_a_get_is_60008(judge):
    answer = judge(dataclasses.replace(posted(single()), method="GET"))

    assert answer["result"] == 60008


@pytest.mark.parametrize("phones", SENDS)
def test_a_throttled_request_is_60007_in_the_access_layers_envelope(*, phones, send, judge, request_of, batch_of, desk):
    desk.throttle = True

    outcomes = send(batch_of(*phones))

    assert {"ActionStatus", "ErrorInfo", "ErrorCode"} == set(judge(request_of(batch_of(*phones))))
    assert [(Status.REJECTED, Reason.RATE_LIMITED, "60007")] * len(phones) == verdicts(outcomes)
    assert desk.accepted == []


@pytest.mark.parametrize("query", [{"random": "1"}, {"sdkappid": "1400006667", "random": "1"}])
def test_another_application_is_1019(query, judge):
    assert judge(posted(single(), query=query))["result"] == 1019


@pytest.mark.parametrize("random", [None, "", "x", "-1", "1.0"])
def test_a_request_without_a_random_number_is_1004(random, judge):
    query = {"sdkappid": "1400006666"} | ({} if random is None else {"random": random})

    assert judge(posted(single(), query=query))["result"] == 1004


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b'{"time": NaN}', b'{"ext": "\\ud800"}', b"[" * 99999])
def test_a_body_that_is_no_json_object_is_1004(body, judge):
    assert judge(posted(body))["result"] == 1004


@pytest.mark.parametrize("name", ["tel", "tpl_id", "params", "time"])
def test_a_missing_field_is_1004(name, judge):
    body = {key: value for key, value in single().items() if key != name}

    assert judge(posted(body))["result"] == 1004


@pytest.mark.parametrize(
    "change",
    [
        {"time": "1457336869"},
        {"time": 1457336869.5},
        {"time": True},
        {"tpl_id": "19"},
        {"params": [1234, "4"]},
        {"params": "1234"},
        {"sign": 7},
        {"sign": None},
        {"ext": 7},
        {"extend": 7},
        {"tel": "+8613788888888"},
        {"tel": [{"nationcode": "86", "mobile": "13788888888"}]},
        {"tel": {"nationcode": 86, "mobile": "13788888888"}},
        {"tel": {"nationcode": "86", "mobile": 13788888888}},
        {"tel": {"nationcode": "86"}},
        {"sig": 7},
    ],
)
def test_a_wrong_type_is_1004(change, judge):
    assert judge(posted(single() | change))["result"] == 1004


@pytest.mark.parametrize(
    ("method", "tel"),
    [
        ("sendisms", {"nationcode": "86", "mobile": "13788888888"}),
        ("sendmultisms2", {"nationcode": "86", "mobile": "13788888888"}),
        ("sendmultisms2", []),
        ("sendmultisms2", "+8613788888888"),
    ],
)
def test_the_recipient_of_another_call_is_1004(method, tel, judge):
    assert judge(posted(single() | {"tel": tel}, method))["result"] == 1004


def test_the_two_shapes_of_content_are_not_mixed(judge):
    both = single(msg="Your code is 1234", type=0)
    neither = {key: value for key, value in single().items() if key != "tpl_id"}

    assert [judge(posted(body))["result"] for body in (both, neither)] == [1004, 1004]


@pytest.mark.parametrize("change", [{"type": 2}, {"type": "0"}, {"type": None}, {"msg": 7}])
def test_free_text_needs_its_type(change, judge):
    body = {"tel": single()["tel"], "type": 0, "msg": "Your code is 1234", "time": 1457336869} | change

    assert judge(posted(signed(body, mobile="13788888888")))["result"] == 1004


@pytest.mark.parametrize("sig", [None, ""])
def test_a_missing_signature_is_1003(sig, judge):
    assert judge(posted(single() | {"sig": sig}))["result"] == 1003


@pytest.mark.parametrize("phones", SENDS)
def test_another_key_is_1001(*, phones, judge, batch_of, answered, stamp, desk):
    other = TencentV5(TencentV5Config(sdk_app_id=1400006666, app_key="f" * 32))
    request: Request = next(other.submit(batch_of(*phones), stamp))

    outcomes = answered(batch_of(*phones), judge(request), fresh=False)

    assert [(Status.REJECTED, Reason.AUTHENTICATION, "1001")] * len(phones) == verdicts(outcomes)
    assert desk.accepted == []


def test_each_call_has_its_own_formula(judge):
    many = {"tel": [{"nationcode": "86", "mobile": "13788888888"}, {"nationcode": "86", "mobile": "13788888889"}]}
    international = {"tel": "+8613788888888"}
    wrong = [
        posted(signed(single())),  # nothing but key, number and time
        posted(signed(single(), tel="+8613788888888")),
        posted(signed(single(), mobile="8613788888888")),
        posted(signed(single() | many, mobile="13788888889,13788888888"), "sendmultisms2"),
        posted(signed(single() | many, mobile="13788888888"), "sendmultisms2"),
        posted(signed(single() | international, mobile="13788888888"), "sendisms"),
        posted(signed(single() | international, tel="13788888888"), "sendisms"),
        posted(signed(single(), random="1", mobile="13788888888")),
    ]
    right = [
        posted(signed(single(), mobile="13788888888")),
        posted(signed(single() | many, mobile="13788888888,13788888889"), "sendmultisms2"),
        posted(signed(single() | international, tel="+8613788888888"), "sendisms"),
    ]

    assert [judge(call)["result"] for call in wrong] == [1001] * len(wrong)
    assert [judge(call)["result"] for call in right] == [0] * len(right)


@pytest.mark.parametrize(("skew", "result"), [(-601, 1021), (-600, 0), (0, 0), (600, 0), (601, 1021)])
def test_a_clock_more_than_ten_minutes_off_is_1021(skew, result, judge, desk):
    desk.now = 1457336869.0 + skew

    assert judge(posted(single()))["result"] == result


def test_a_clock_that_is_off_is_named_as_the_reason(send, batch_of, desk):
    desk.now += 700

    assert verdicts(send(batch_of(ONE))) == [(Status.REJECTED, Reason.CLOCK_SKEW, "1021")]


@pytest.mark.parametrize("phones", SENDS)
@pytest.mark.parametrize(
    ("content", "reason", "code"),
    [
        ({"signature": "Nobody"}, Reason.SIGNATURE_REFUSED, "1012"),
        ({"signature": "Nobody", "text": "Your code is 1234"}, Reason.SIGNATURE_REFUSED, "1012"),
        ({"template": "7"}, Reason.TEMPLATE_REFUSED, "1014"),
        ({"params": ("1234",)}, Reason.TEMPLATE_REFUSED, "1014"),
        ({"params": ("1234", "4", "5")}, Reason.TEMPLATE_REFUSED, "1014"),
        ({"text": "Never approved"}, Reason.TEMPLATE_REFUSED, "1014"),
        ({"text": "x" * 451}, Reason.INVALID_CONTENT, "1017"),
        ({"text": "x" * 440}, Reason.INVALID_CONTENT, "1017"),
        ({"params": ("1234", "x" * 13)}, Reason.INVALID_CONTENT, "1036"),
        ({"params": ("http://x.cn", "4")}, Reason.INVALID_CONTENT, "1048"),
        ({"params": ("1234", "HTTPS://example.com/login")}, Reason.INVALID_CONTENT, "1048"),
        ({"params": ("www.x.cn", "4")}, Reason.INVALID_CONTENT, "1048"),
    ],
)
def test_content_that_was_not_approved_is_refused_for_all(*, phones, content, reason, code, send, batch_of, desk):
    outcomes = send(batch_of(*phones, **content), fresh=False)

    assert [(Status.REJECTED, reason, code)] * len(phones) == verdicts(outcomes)
    assert desk.accepted == []


def test_a_text_of_450_characters_is_taken_with_its_signature(send, batch_of, desk):
    text = "x" * (450 - len("【Tencent Cloud】"))
    desk.texts |= {text, text + "x"}

    outcomes = [*send(batch_of(ONE, text=text)), *send(batch_of(ONE, text=text + "x"))]

    assert [outcome.code for outcome in outcomes] == [None, "1017"]


def test_a_param_of_twelve_characters_is_taken(send, batch_of):
    assert send(batch_of(ONE, params=("1234", "x" * 12)))[0].status is Status.ACCEPTED


def test_a_signature_with_a_space_is_another_signature(judge):
    assert judge(posted(single(sign="Tencent Cloud ")))["result"] == 1012


@pytest.mark.parametrize("phone", [ONE, ABROAD])
@pytest.mark.parametrize("reason", sorted(set(_CODES) - {Reason.AMBIGUOUS}))
def test_a_refused_recipient_comes_back_with_the_same_reason(phone, reason, send, batch_of, desk):
    other = TWO if phone == ONE else ALSO_ABROAD
    desk.refusals[phone] = reason

    alone = send(batch_of(phone), fresh=False)
    among_others = send(batch_of(phone, other), fresh=False)

    refused = (Status.REJECTED, reason, str(_CODES[reason]))
    assert verdicts(alone) == [refused]
    assert verdicts(among_others) == [refused, (Status.ACCEPTED, None, None)]
    assert [accepted for accepted, _, _ in desk.accepted] == [other]


@pytest.mark.parametrize("reason", [Reason.AMBIGUOUS, Reason.PROVIDER_FAILURE, Reason.OTHER])
def test_what_v5_has_no_certain_code_for_is_unknown(reason, send, batch_of, desk):
    desk.refusals[ONE] = reason

    outcomes = [*send(batch_of(ONE)), *send(batch_of(ONE, TWO))]

    assert [outcome.status for outcome in outcomes] == [Status.UNKNOWN, Status.UNKNOWN, Status.ACCEPTED]


def test_a_number_that_is_no_mobile_is_1016(send, batch_of, desk):
    outcomes = send(batch_of("+861062670000", ONE))

    assert verdicts(outcomes) == [
        (Status.REJECTED, Reason.INVALID_RECIPIENT, "1016"),
        (Status.ACCEPTED, None, None),
    ]
    assert [phone for phone, _, _ in desk.accepted] == [ONE]


@pytest.mark.parametrize(
    ("nationcode", "mobile"),
    [("86", "1378888888"), ("86", "+8613788888888"), ("999", "12345678"), ("60", "x"), ("", "1")],
)
def test_a_badly_written_number_is_1016(nationcode, mobile, judge):
    body = single(tel={"nationcode": nationcode, "mobile": mobile})

    assert judge(posted(signed(body, mobile=mobile)))["result"] == 1016


@pytest.mark.parametrize("tel", ["8613788888888", "+86 13788888888", "+999123456", "", "+86137x"])
def test_sendisms_takes_e164_only(tel, judge):
    assert judge(posted(signed(single(tel=tel), tel=tel), "sendisms"))["result"] == 1016


def test_an_empty_package_is_1031(send, batch_of, desk):
    desk.balance = 1

    outcomes = send(batch_of(ONE, TWO))
    [alone] = send(batch_of(ONE))

    refused = (Status.REJECTED, Reason.INSUFFICIENT_BALANCE, "1031")
    assert verdicts([*outcomes, alone]) == [(Status.ACCEPTED, None, None), refused, refused]


def test_more_than_two_hundred_recipients_are_1046(send, batch_of, desk):
    outcomes = send(batch_of(*(f"+86{13_700_000_000 + number}" for number in range(201))))

    assert {(Status.REJECTED, Reason.INVALID_BATCH, "1046")} == set(verdicts(outcomes))
    assert desk.accepted == []


def test_the_mainland_and_the_rest_in_one_request_are_1034(send, batch_of, desk):
    outcomes = send(batch_of(ONE, ABROAD))

    assert verdicts(outcomes) == [(Status.REJECTED, Reason.INVALID_BATCH, "1034")] * 2
    assert desk.accepted == []


NAMES = ["tel", "msg", "tpl_id", "params", "type", "sig", "time", "ext"]
JSON = st.recursive(
    st.none() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(NAMES), inner),
)


@given(
    body=st.binary() | JSON.map(lambda value: json.dumps(value).encode()),
    method=st.sampled_from(["sendsms", "sendisms", "sendmultisms2"]),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_request_brings_the_side_down_or_is_sent_unsigned(body, method, judge, desk):
    assert judge(posted(body, method))["result"] != 0
    assert desk.accepted == []


def test_an_answer_to_another_attempt_is_not_believed(judge, request_of, batch_of, answered, stamp):
    earlier = judge(request_of(batch_of(ONE), Stamp(stamp.now, 1)))

    with pytest.raises(UnexpectedResponse, match="ext of another request"):
        answered(batch_of(ONE), earlier)
