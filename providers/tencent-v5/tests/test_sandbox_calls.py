"""The server side of the calls that send nothing: each documented refusal, and what it posts."""

from __future__ import annotations

import hashlib
import json

import pytest

from smsway.provider import (
    Delivery,
    PushRule,
    Reason,
    Review,
    SandboxCall,
    SandboxInbound,
    SandboxPusher,
    SandboxReport,
    SandboxTally,
    SandboxTemplate,
)
from smsway_tencent_v5._sandbox import _CALLS

KEY = "5f03a35d00ee52a21327ab048186a2c4"
NOW = 1457336869
BODIES = {
    "pullstatus": {"type": 0, "max": 10},
    "pullstatus4mobile": {
        "type": 0,
        "max": 10,
        "begin_time": 0,
        "end_time": NOW,
        "nationcode": "86",
        "mobile": "13788888888",
    },
    "add_template": {"text": "Hi {1}", "type": 0},
    "mod_template": {"tpl_id": 19, "text": "Hi {1}", "type": 0},
    "del_template": {"tpl_id": [19]},
    "get_template": {"tpl_page": {"offset": 0, "max": 50}},
    "add_sign": {"text": "Acme"},
    "mod_sign": {"sign_id": 1, "text": "Acme"},
    "del_sign": {"sign_id": [1]},
    "get_sign": {"sign_id": [1]},
    "pullsendstatus": {"begin_date": 2016030700, "end_date": 2016030723},
    "pullcallbackstatus": {"begin_date": 2016030700, "end_date": 2016030723},
    "getsmspackages": {"offset": 0, "length": 10},
}
REPORT = SandboxReport("8:1", "+8613788888888", "mine", NOW, NOW + 3.5, Delivery.DELIVERED)
MESSAGE = SandboxInbound("+8613788888888", "TD", NOW + 0.5, "01", "Acme")


def posted(method, change=None, *, random="7226249334", last="", **sealed):
    """Sign the package of *method* by hand, with *change* made to its fields."""
    sealed = {"time": NOW} | sealed
    signed = f"appkey={KEY}&random={random}&time={sealed['time']}{last}"
    body = {"sig": hashlib.sha256(signed.encode()).hexdigest()} | sealed | BODIES[method] | (change or {})
    body = {name: value for name, value in body.items() if value is not ...}
    query = {"sdkappid": "1400006666", "random": random}
    return SandboxCall("POST", f"/v5/tlssmssvr/{method}", query, {}, json.dumps(body).encode())


def refused(answer):
    return answer.get("result"), answer.get("errmsg", answer.get("msg"))


def test_every_documented_call_is_played():
    assert set(_CALLS) == set(BODIES)


@pytest.mark.parametrize("method", BODIES)
def test_a_good_package_is_taken(method, judge):
    assert judge(posted(method)).get("result", 0) == 0


@pytest.mark.parametrize("method", BODIES)
def test_a_missing_signature_is_1003_and_a_wrong_one_1001(method, judge):
    answers = [judge(posted(method, {"sig": ""})), judge(posted(method, {"sig": "0" * 64}))]

    assert [answer["result"] for answer in answers] == [1003, 1001]


@pytest.mark.parametrize("method", BODIES)
def test_nothing_but_key_number_and_time_is_signed(method, judge):
    assert judge(posted(method, last="&mobile=13788888888"))["result"] == 1001


@pytest.mark.parametrize("method", BODIES)
@pytest.mark.parametrize("skew", [-601, 601])
def test_a_clock_more_than_ten_minutes_off_is_1021(skew, method, judge):
    assert judge(posted(method, time=NOW + skew))["result"] == 1021


@pytest.mark.parametrize("method", BODIES)
def test_the_gateway_refuses_these_calls_as_it_does_the_others(method, judge, desk):
    other = posted(method)
    other.query["sdkappid"] = "1"
    desk_answers = [judge(other)["result"]]
    desk.throttle = True

    desk_answers.append(judge(posted(method))["ErrorCode"])

    assert desk_answers == [1019, 60007]


@pytest.mark.parametrize("method", sorted(set(BODIES) - {"getsmspackages"}))
def test_the_words_stand_where_the_edition_of_2018_has_them(method, judge):
    good, bad = judge(posted(method)), judge(posted(method, {"sig": ""}))

    words = "msg" if method.endswith(("_template", "_sign")) else "errmsg"
    assert words in good
    assert set(bad) == {"result", words}


MALFORMED = {
    "pullstatus": [{"type": 2}, {"type": "0"}, {"type": ...}, {"max": 0}, {"max": 101}, {"max": "10"}, {"max": ...}],
    "pullstatus4mobile": [
        {"max": 101},
        {"begin_time": "0"},
        {"begin_time": -1},
        {"begin_time": NOW + 1},
        {"end_time": ...},
        {"nationcode": 86},
        {"mobile": 13788888888},
    ],
    "add_template": [{"text": ""}, {"text": ...}, {"type": 3}, {"type": ...}, {"title": 7}, {"international": 2}],
    "mod_template": [{"tpl_id": "19"}, {"tpl_id": ...}, {"tpl_id": [19]}],
    "del_template": [{"tpl_id": []}, {"tpl_id": "19"}, {"tpl_id": ["19"]}, {"tpl_id": ...}],
    "get_template": [
        {"tpl_id": [19]},
        {"tpl_page": ...},
        {"tpl_page": {"offset": 0, "max": 51}},
        {"tpl_page": {"offset": -1, "max": 50}},
        {"tpl_page": {"max": 50}},
        {"tpl_page": ..., "tpl_id": 19},
        {"tpl_page": ..., "tpl_id": []},
    ],
    "add_sign": [{"text": ""}, {"text": ...}, {"pic": "no base64!"}, {"pic": "xxxxx"}, {"international": True}],
    "mod_sign": [{"sign_id": "1"}, {"sign_id": ...}],
    "del_sign": [{"sign_id": []}, {"sign_id": ...}],
    "get_sign": [{"sign_id": []}, {"sign_id": "1"}],
    "pullsendstatus": [
        {"begin_date": "2016030700"},
        {"begin_date": 2016030724},
        {"begin_date": 20160307},
        {"end_date": ...},
    ],
    "pullcallbackstatus": [{"end_date": 2016030600}, {"end_date": 2016133100}, {"begin_date": -1}],
    "getsmspackages": [{"length": 0}, {"length": ...}, {"offset": -1}, {"offset": "0"}],
}


@pytest.mark.parametrize(
    ("method", "change"), [(method, change) for method, changes in MALFORMED.items() for change in changes]
)
def test_a_field_of_another_type_or_beyond_its_limit_is_1004(method, change, judge, desk):
    answer = judge(posted(method, change))

    assert refused(answer)[0] == 1004
    assert set(desk.shelf) == {"19", "20"}


@pytest.mark.parametrize(("nationcode", "mobile"), [("86", "1378888888"), ("86", "x"), ("999", "12345678")])
def test_to_look_for_a_number_that_is_none_is_1016(nationcode, mobile, judge):
    change = {"nationcode": nationcode, "mobile": mobile}

    assert judge(posted("pullstatus4mobile", change))["result"] == 1016


@pytest.mark.parametrize("text", ["【Acme】", "[Acme]", "Ac】me"])
def test_a_signature_with_brackets_is_1012(text, judge, desk):
    assert [judge(posted(method, {"text": text}))["result"] for method in ("add_sign", "mod_sign")] == [1012, 1012]
    assert set(desk.drawer) == {"1"}


def test_pulling_is_destructive_and_finding_is_not(judge, desk):
    desk.waiting = [REPORT] * 3

    pulled = [judge(posted("pullstatus", {"max": 2}))["count"] for _ in range(3)]
    desk.waiting = [REPORT]
    found = [judge(posted("pullstatus4mobile"))["count"] for _ in range(2)]

    assert (pulled, found) == ([2, 1, 0], [1, 1])


def test_a_status_report_has_the_documented_fields_all_of_them_texts(judge, desk):
    desk.waiting = [REPORT]

    assert judge(posted("pullstatus"))["data"] == [
        {
            "user_receive_time": "2016-03-07 15:47:52",
            "nationcode": "86",
            "mobile": "13788888888",
            "report_status": "SUCCESS",
            "errmsg": "DELIVRD",
            "description": "the phone has it",
            "sid": "8:1",
        }
    ]


def test_a_reply_has_the_documented_fields(judge, desk):
    desk.received = [MESSAGE]

    assert judge(posted("pullstatus", {"type": 1}))["data"] == [
        {"nationcode": "86", "mobile": "13788888888", "text": "TD", "sign": "Acme", "time": NOW, "extend": "01"}
    ]


@pytest.mark.parametrize(
    ("reason", "errmsg"),
    [
        (Reason.BLOCKED_RECIPIENT, "MX:0012"),
        (Reason.CARRIER_FAILURE, "UNKNOWN"),
        (Reason.QUIET_HOURS, "UNKNOWN"),
        (None, "UNKNOWN"),
    ],
)
def test_a_text_that_did_not_arrive_has_a_code_of_a_carrier(reason, errmsg, judge, desk):
    desk.waiting = [SandboxReport("8:1", "+8613788888888", None, NOW, NOW, Delivery.UNDELIVERED, reason)]

    [status] = judge(posted("pullstatus"))["data"]

    assert (status["report_status"], status["errmsg"]) == ("FAIL", errmsg)


def test_no_more_are_found_than_were_asked_for(judge, desk):
    desk.waiting, desk.received = [REPORT] * 5, [MESSAGE] * 5

    answers = [judge(posted("pullstatus4mobile", {"type": type_, "max": 3, "end_time": NOW + 1})) for type_ in (0, 1)]

    assert [answer["count"] for answer in answers] == [3, 3]


def test_a_submitted_template_is_pending_and_knows_its_params(judge, desk):
    change = {"text": "{1} and {2}, {1}", "title": "t", "remark": "r", "international": 1, "type": 2}

    answer = judge(posted("add_template", change))

    template = desk.shelf["1001"]
    assert answer["data"] == {"id": 1001, "text": "{1} and {2}, {1}", "status": 1, "type": 2, "international": 1}
    assert (template.params, template.review, template.created_at) == (2, Review.PENDING, desk.now)
    assert template.extras == {"type": 2, "title": "t", "remark": "r", "international": 1}
    assert desk.template("1001") is None


def test_ids_that_are_not_v5s_are_not_listed(judge, desk):
    desk.shelf["UTA1"] = SandboxTemplate("UTA1", 0, "x")

    answer = judge(posted("get_template"))

    assert ([template["id"] for template in answer["data"]], answer["total"]) == ([19, 20], 2)


@pytest.mark.parametrize(
    ("review", "status"), [(Review.APPROVED, 0), (Review.PENDING, 1), (Review.REJECTED, 2), (Review.DISABLED, 2)]
)
def test_every_review_has_a_number(review, status, judge, desk):
    desk.shelf["19"] = SandboxTemplate("19", 0, "x", review, "why")

    [template] = judge(posted("get_template", {"tpl_page": ..., "tpl_id": [19]}))["data"]

    assert (template["status"], template["reply"]) == (status, "why")


def test_the_failures_add_up_whatever_their_cause(judge, desk):
    failures = {Reason.QUIET_HOURS: 2, Reason.CARRIER_FAILURE: 1, Reason.BLOCKED_RECIPIENT: 4}
    desk.counts = SandboxTally(10, 9, 9, 1, 7, failures)

    data = judge(posted("pullcallbackstatus"))["data"]

    assert data["status_fail"] == 7
    assert [data[f"status_fail_{number}"] for number in range(5)] == [3, 0, 0, 4, 0]


def test_the_packages_are_paged_and_say_no_result(judge):
    pages = [judge(posted("getsmspackages", {"offset": offset, "length": 1})) for offset in range(3)]

    assert [(set(page), page["total"], len(page["data"])) for page in pages] == [
        ({"total", "data"}, 2, 1),
        ({"total", "data"}, 2, 1),
        ({"total", "data"}, 2, 0),
    ]


def test_the_side_pushes_by_the_documented_rule(side):
    assert isinstance(side, SandboxPusher)
    assert side.push_rule == PushRule(reports=100, inbound=1, tries=3, interval=10)


def test_reports_are_posted_as_a_list_and_a_reply_as_an_object(side):
    reports, reply = side.push([REPORT, REPORT]), side.push([MESSAGE])

    assert [status["sid"] for status in json.loads(reports.body)] == ["8:1", "8:1"]
    assert json.loads(reply.body)["text"] == "TD"
    assert reports.content_type == "application/json"


@pytest.mark.parametrize(
    ("status", "body", "acknowledged"),
    [
        (200, b'{"result":0,"errmsg":"OK"}', True),
        (200, b'{"result": 0}', True),
        (200, b'{"result":1,"errmsg":"OK"}', False),
        (200, b'{"result":false}', False),
        (200, b'{"errmsg":"OK"}', False),
        (200, b"OK", False),
        (200, b"", False),
        (200, b"[0]", False),
        (200, b"\xff", False),
        (200, b"[" * 99999, False),
        (500, b'{"result":0,"errmsg":"OK"}', False),
        (204, b"", False),
    ],
)
def test_only_the_documented_receipt_is_one(status, body, acknowledged, side):
    assert side.acknowledged(status, body) is acknowledged
