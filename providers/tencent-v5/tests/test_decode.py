"""What an answer proves, and what it does not."""

from __future__ import annotations

import traceback

import pytest

from smsway.provider import Reason, Status, UnexpectedResponse

ONE = "+8613788888888"
TWO = "+8613788888889"
ABROAD = "+60198890000"
EXT = "000000000001731d0676"
OK = {"result": 0, "errmsg": "OK", "ext": EXT, "fee": 1, "sid": "8:abc"}


def item(phone, result=0, **more):
    return {"result": result, "errmsg": "", "nationcode": "86", "mobile": phone[3:], "sid": phone, "fee": 1} | more


def bulk(*items, **more):
    return {"result": 0, "errmsg": "OK", "ext": EXT, "detail": list(items)} | more


def statuses(outcomes):
    return [outcome.status for outcome in outcomes]


def test_success_has_the_message_id_and_the_fee(batch_of, answered):
    [outcome] = answered(batch_of(ONE), OK)

    assert (
        outcome.recipient,
        outcome.status,
        outcome.provider_message_id,
        outcome.fee,
    ) == (ONE, Status.ACCEPTED, "8:abc", 1)


@pytest.mark.parametrize("name", ["fee", "sid"])
def test_fee_and_message_id_are_optional(name, batch_of, answered):
    [outcome] = answered(batch_of(ONE), {key: value for key, value in OK.items() if key != name})

    assert outcome.status is Status.ACCEPTED
    assert (outcome.fee if name == "fee" else outcome.provider_message_id) is None


def test_numbers_in_quotes_are_numbers(batch_of, answered):
    [accepted] = answered(batch_of(ONE), OK | {"result": "0", "fee": "2"})
    [rejected] = answered(batch_of(ONE), OK | {"result": "1016"})

    assert (accepted.status, accepted.fee) == (Status.ACCEPTED, 2)
    assert (rejected.status, rejected.reason) == (Status.REJECTED, Reason.INVALID_RECIPIENT)


@pytest.mark.parametrize("result", [False, 0.0, None, "", "ok", "0x0", " 0", [], {}, "-"])
def test_nothing_but_the_number_zero_is_success(result, batch_of, answered):
    with pytest.raises(UnexpectedResponse):
        answered(batch_of(ONE), OK | {"result": result})


@pytest.mark.parametrize(
    ("names", "detail"),
    [
        ({"errmsg": "first", "msg": "second", "ErrorInfo": "third"}, "first"),
        ({"errmsg": "", "msg": "second", "ErrorInfo": "third"}, "second"),
        ({"errmsg": None, "ErrorInfo": "third"}, "third"),
        ({"errmsg": 7}, None),
        ({}, None),
    ],
)
def test_the_explanation_is_errmsg_then_msg_then_error_info(names, detail, batch_of, answered):
    [outcome] = answered(batch_of(ONE), {"result": 1014} | names)

    assert detail == outcome.detail


def test_a_code_that_could_be_a_phone_is_not_kept(batch_of, answered):
    [outcome] = answered(batch_of(ONE), OK | {"result": 13788888888})

    assert (outcome.status, outcome.reason, outcome.code) == (Status.UNKNOWN, Reason.AMBIGUOUS, None)


def test_long_numbers_in_the_explanation_are_masked(batch_of, answered):
    [outcome] = answered(batch_of(ONE), {"result": 1016, "errmsg": "bad mobile 13788888888"})

    assert outcome.detail == "bad mobile ***********"


@pytest.mark.parametrize(
    "answer",
    [
        {"ActionStatus": "FAIL", "ErrorInfo": "please check", "ErrorCode": 60008},
        {"result": 60008, "errmsg": "please check"},
        {"result": 60008, "ErrorCode": 60008, "msg": "please check"},
    ],
)
def test_both_envelopes_of_the_access_layer_are_read(answer, batch_of, answered):
    [outcome] = answered(batch_of(ONE), answer)

    assert (
        outcome.status,
        outcome.reason,
        outcome.code,
        outcome.detail,
    ) == (Status.UNKNOWN, Reason.AMBIGUOUS, "60008", "please check")


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"ActionStatus": "OK", "ErrorCode": 0},
        {"ActionStatus": "FAIL", "ErrorCode": 0, "result": 0},
        {"ActionStatus": "FAIL", "ErrorCode": 60008, "result": 0},
        {"result": 0, "ActionStatus": "FAIL"},
        {"result": 1016, "ErrorCode": 60008},
        {"errmsg": "OK", "sid": "8:abc", "fee": 1},
    ],
)
def test_an_answer_in_no_documented_envelope_is_not_believed(answer, batch_of, answered):
    with pytest.raises(UnexpectedResponse):
        answered(batch_of(ONE), answer | {"ext": EXT})


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>OK</html>",
        b"[]",
        b"null",
        b"0",
        b'{"result":0',
        b'{"result":0,"result":1016}',
        b"\xff\xfe",
        b"[" * 9999,
    ],
)
@pytest.mark.parametrize("phones", [(ONE,), (ABROAD,), (ONE, TWO)])
def test_garbage_is_unexpected(body, phones, batch_of, answered):
    with pytest.raises(UnexpectedResponse):
        answered(batch_of(*phones), body)


def test_the_published_sample_with_comments_is_not_json(batch_of, answered):
    with pytest.raises(UnexpectedResponse):
        answered(batch_of(ONE), b'{"result": 0, //0: Successful\n "errmsg": "OK", "ext": "", "sid": "xxxxxxx"}')


@pytest.mark.parametrize("phones", [(ONE,), (ABROAD,), (ONE, TWO)])
@pytest.mark.parametrize("fresh", [True, False])
@pytest.mark.parametrize("result", [0, 1031])
def test_a_foreign_ext_is_never_believed(phones, fresh, result, batch_of, answered):
    with pytest.raises(UnexpectedResponse, match="ext of another request"):
        answered(batch_of(*phones), OK | {"ext": "00000000000000000000", "result": result}, fresh=fresh)


@pytest.mark.parametrize("ext", ["00000000000000000000", ""])
def test_a_late_answer_that_accepts_the_very_same_numbers_is_not_believed(ext, batch_of, answered):
    with pytest.raises(UnexpectedResponse, match="ext"):
        answered(batch_of(ONE, TWO), bulk(item(ONE), item(TWO), ext=ext), fresh=False)


@pytest.mark.parametrize("ext", ["", None])
@pytest.mark.parametrize("result", [0, 1031, 60008])
def test_without_ext_only_the_first_answer_on_a_connection_is_believed(ext, result, batch_of, answered):
    answer = OK | {"ext": ext, "result": result}

    assert answered(batch_of(ONE), answer)[0].recipient == ONE
    with pytest.raises(UnexpectedResponse, match=r"echoes nothing.*; keep_alive = false gives"):
        answered(batch_of(ONE), answer, fresh=False)


def test_the_access_layers_envelope_echoes_nothing(batch_of, answered):
    with pytest.raises(UnexpectedResponse, match=r"echoes nothing.*; keep_alive = false gives"):
        answered(batch_of(ONE), {"ActionStatus": "FAIL", "ErrorInfo": "", "ErrorCode": 60007}, fresh=False)


@pytest.mark.parametrize("phones", [(ONE,), (ABROAD,)])
def test_our_ext_is_believed_on_any_connection(phones, batch_of, answered):
    assert statuses(answered(batch_of(*phones), OK, fresh=False)) == [Status.ACCEPTED]


@pytest.mark.parametrize("nationcode", ["60", 60, None, ""])
def test_sendisms_answers_for_our_country_or_none(nationcode, batch_of, answered):
    assert statuses(answered(batch_of(ABROAD), OK | {"nationcode": nationcode})) == [Status.ACCEPTED]


@pytest.mark.parametrize("nationcode", ["1", "1876"])
def test_a_country_code_may_take_in_the_area_code(nationcode, batch_of, answered):
    assert statuses(answered(batch_of("+18765550100"), OK | {"nationcode": nationcode})) == [Status.ACCEPTED]


@pytest.mark.parametrize("nationcode", ["86", 65, "+60", "x"])
def test_sendisms_answers_for_another_country_are_not_believed(nationcode, batch_of, answered):
    with pytest.raises(UnexpectedResponse, match="another country"):
        answered(batch_of(ABROAD), OK | {"nationcode": nationcode})


def test_results_are_booked_by_number_and_not_by_position(batch_of, answered):
    outcomes = answered(batch_of(ONE, TWO), bulk(item(TWO, 1016), item(ONE)))

    assert [(outcome.recipient, outcome.status, outcome.provider_message_id) for outcome in outcomes] == [
        (ONE, Status.ACCEPTED, ONE),
        (TWO, Status.REJECTED, None),
    ]


@pytest.mark.parametrize("change", [{"nationcode": 86}, {"mobile": 13788888888}, {"fee": "1"}, {"sid": None}])
def test_items_may_quote_numbers_or_not(change, batch_of, answered):
    assert statuses(answered(batch_of(ONE, TWO), bulk(item(ONE, **change), item(TWO)))) == [Status.ACCEPTED] * 2


def test_a_missing_recipient_is_unknown(batch_of, answered):
    outcomes = answered(batch_of(ONE, TWO), bulk(item(ONE)))

    assert statuses(outcomes) == [Status.ACCEPTED, Status.UNKNOWN]
    assert outcomes[1].reason is Reason.MISSING_RESULT


@pytest.mark.parametrize("detail", [None, []])
def test_success_without_a_list_is_unknown(detail, batch_of, answered):
    assert statuses(answered(batch_of(ONE, TWO), bulk(detail=detail))) == [Status.UNKNOWN] * 2


def test_a_contradiction_about_a_recipient_is_unknown(batch_of, answered):
    outcomes = answered(batch_of(ONE, TWO), bulk(item(ONE), item(ONE, 1016), item(TWO)))

    assert statuses(outcomes) == [Status.UNKNOWN, Status.ACCEPTED]


def test_a_result_for_a_stranger_makes_the_whole_answer_suspect(batch_of, answered):
    with pytest.raises(UnexpectedResponse, match="not in the request"):
        answered(batch_of(ONE, TWO), bulk(item(ONE), item(TWO), item("+8613788888880")))


@pytest.mark.parametrize("name", ["result", "mobile", "nationcode"])
def test_an_item_that_does_not_say_what_became_of_whom_makes_the_whole_answer_suspect(name, batch_of, answered):
    broken = {key: value for key, value in item(TWO).items() if key != name}

    with pytest.raises(UnexpectedResponse):
        answered(batch_of(ONE, TWO), bulk(item(ONE), broken))


def test_an_ambiguous_item_concerns_its_recipient_only(batch_of, answered):
    outcomes = answered(batch_of(ONE, TWO), bulk(item(ONE, 1008), item(TWO)))

    assert statuses(outcomes) == [Status.UNKNOWN, Status.ACCEPTED]


@pytest.mark.parametrize("detail", [None, []])
def test_a_refused_request_has_no_list_and_is_refused_for_all(detail, batch_of, answered):
    outcomes = answered(batch_of(ONE, TWO), bulk(result=1031, errmsg="no balance", detail=detail))

    assert [(outcome.status, outcome.reason, outcome.code) for outcome in outcomes] == [
        (Status.REJECTED, Reason.INSUFFICIENT_BALANCE, "1031")
    ] * 2


def test_a_success_in_the_list_of_a_refused_request_is_unknown(batch_of, answered):
    outcomes = answered(batch_of(ONE, TWO), bulk(item(ONE), item(TWO, 1016), result=1031))

    assert [(outcome.status, outcome.code) for outcome in outcomes] == [
        (Status.UNKNOWN, "1031"),
        (Status.REJECTED, "1016"),
    ]


@pytest.mark.parametrize("change", [{"ext": "another"}, {"ext": ""}, {}], ids=["foreign", "none", "stranger"])
def test_a_traceback_that_shows_locals_shows_nothing_of_an_answer_to_others(change, batch_of, answered):
    strangers = bulk(item("+8613911111111"), item("+8613911111112"), **change)

    with pytest.raises(UnexpectedResponse) as caught:
        answered(batch_of(ONE, TWO), strangers, fresh=False)

    told = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    ours = [line for frame in told.stack if "/src/smsway" in frame.filename for line in (frame.locals or {}).values()]
    assert any("Response(200" in line for line in ours)
    assert not any("139111111" in line for line in ours)
