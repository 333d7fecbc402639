"""The requests and answers that the vendor's pages show.

Most of them are no JSON there: they have comments, `...`, missing and surplus commas. They are retyped here as JSON;
what else had to be changed is said beside each. Seen in the edition of August 2018 and in later ones in
github.com/tencentyun/qcloud-documents; the pages are those under cloud.tencent.com/document/product/382.
"""

from __future__ import annotations

import json

import pytest

from smsway.provider import (
    Callback,
    Delivery,
    Kind,
    MalformedCallback,
    Phone,
    Reason,
    ReportQuery,
    Review,
    SandboxCall,
    SandboxTemplate,
    SignatureDraft,
    Stamp,
    TemplateDraft,
)

SIG = "c13e54f047ed75e821e698730c72d030dc30e5b510b3f8a0fb6fb7605283d7df"
SEALED = {"sig": SIG, "time": 1457336869}
PHONE = {"nationcode": "86", "mobile": "13788888888"}
WINDOW = {"begin_time": 1464624000, "end_time": 1464706800}
TEMPLATE = {"title": "xxxxx", "remark": "xxxxx", "text": "xxxxx", "type": 0}
# Published as "xxxxx", which is no base64 of anything.
SIGNATURE = {"remark": "xxxxx", "text": "xxxxx", "pic": "eHh4eHg="}
HOURS = {"begin_date": 2016090800, "end_date": 2016090823}

REQUESTS = {
    "pullstatus (5810)": ("pullstatus", {**SEALED, "max": 10, "type": 1}),
    "pullstatus4mobile (5811)": ("pullstatus4mobile", {**SEALED, "type": 1, "max": 10, **WINDOW, **PHONE}),
    "add_template (5817)": ("add_template", {**SEALED, **TEMPLATE}),
    "mod_template (8649)": ("mod_template", {**SEALED, **TEMPLATE, "tpl_id": 123}),
    "del_template (5818)": ("del_template", {**SEALED, "tpl_id": [123, 124]}),
    "del_template (5818), one": ("del_template", {**SEALED, "tpl_id": 123}),
    # Published as one request with both fields, of which the page says that they exclude each other.
    "get_template (5819), ids": ("get_template", {**SEALED, "tpl_id": [123, 124]}),
    "get_template (5819), page": ("get_template", {**SEALED, "tpl_page": {"offset": 0, "max": 10}}),
    "add_sign (6038)": ("add_sign", {**SEALED, **SIGNATURE}),
    "mod_sign (8650)": ("mod_sign", {**SEALED, **SIGNATURE, "sign_id": 123}),
    "del_sign (6039)": ("del_sign", {**SEALED, "sign_id": [123, 124]}),
    "del_sign (6039), one": ("del_sign", {**SEALED, "sign_id": 123}),
    "get_sign (6040)": ("get_sign", {**SEALED, "sign_id": [123, 124]}),
    "get_sign (6040), one": ("get_sign", {**SEALED, "sign_id": 123}),
    "pullsendstatus (7755)": ("pullsendstatus", {**SEALED, **HOURS}),
    "pullcallbackstatus (7756)": ("pullcallbackstatus", {**SEALED, **HOURS}),
    # Published with a signature that lacks its last digit, and a time that it was not made with.
    "getsmspackages (18324)": ("getsmspackages", {**SEALED, "offset": 0, "length": 10}),
}


@pytest.mark.parametrize(("method", "body"), REQUESTS.values(), ids=REQUESTS)
def test_every_published_request_is_judged_fine(method, body, judge, desk):
    desk.shelf |= {"123": SandboxTemplate("123", 0, "xxxxx"), "124": SandboxTemplate("124", 0, "yyyyy")}
    desk.drawer |= {id_: type(desk.drawer["1"])(id_, id_) for id_ in ("123", "124")}
    query = {"sdkappid": "1400006666", "random": "7226249334"}

    answer = judge(SandboxCall("POST", f"/v5/tlssmssvr/{method}", query, {}, json.dumps(body).encode()))

    assert answer.get("result", 0) == 0


def test_the_published_request_with_both_fields_is_refused(judge):
    body = {**SEALED, "tpl_id": [123, 124], "tpl_page": {"offset": 0, "max": 10}}
    query = {"sdkappid": "1400006666", "random": "7226249334"}

    answer = judge(SandboxCall("POST", "/v5/tlssmssvr/get_template", query, {}, json.dumps(body).encode()))

    assert answer["result"] == 1004


DRAFT = TemplateDraft(text="xxxxx", name="xxxxx", remark="xxxxx")
SIGN = SignatureDraft(text="xxxxx", remark="xxxxx", picture=b"xxxxx")
QUERY = ReportQuery(since=1464624000, until=1464706800, phone=Phone("+8613788888888"))
# 2016-09-08 in Beijing.
DAY = (1473264000, 1473350400)

OURS = {
    "pullstatus (5810)": lambda provider, stamp: provider.pull_inbound(10, stamp),
    "add_template (5817)": lambda provider, stamp: provider.add_template(DRAFT, stamp),
    "mod_template (8649)": lambda provider, stamp: provider.modify_template("123", DRAFT, stamp),
    "del_template (5818)": lambda provider, stamp: provider.delete_templates(["123", "124"], stamp),
    "get_template (5819), ids": lambda provider, stamp: provider.get_templates(["123", "124"], stamp),
    "add_sign (6038)": lambda provider, stamp: provider.add_signature(SIGN, stamp),
    "mod_sign (8650)": lambda provider, stamp: provider.modify_signature("123", SIGN, stamp),
    "del_sign (6039)": lambda provider, stamp: provider.delete_signatures(["123", "124"], stamp),
    "get_sign (6040)": lambda provider, stamp: provider.get_signatures(["123", "124"], stamp),
    "pullsendstatus (7755)": lambda provider, stamp: provider.send_statistics(*DAY, stamp),
    "pullcallbackstatus (7756)": lambda provider, stamp: provider.delivery_statistics(*DAY, stamp),
}


@pytest.mark.parametrize("name", OURS)
def test_we_make_the_published_request(name, provider, stamp):
    method, published = REQUESTS[name]

    request = next(OURS[name](provider, stamp))

    assert request.url == f"https://yun.tim.qq.com/v5/tlssmssvr/{method}?sdkappid=1400006666&random=7226249334"
    assert json.loads(request.body) == published


@pytest.mark.parametrize(
    ("name", "ours", "most"),
    [
        ("pullstatus4mobile (5811)", lambda provider, stamp: provider.find_inbound(QUERY, stamp), {"max": 100}),
        (
            "get_template (5819), page",
            lambda provider, stamp: provider.list_templates(None, stamp),
            {"tpl_page": {"offset": 0, "max": 50}},
        ),
        ("getsmspackages (18324)", lambda provider, stamp: provider.get_balance(stamp), {"length": 50}),
    ],
)
def test_where_a_request_says_how_much_we_ask_for_the_most(name, ours, most, provider, stamp):
    _, published = REQUESTS[name]

    body = json.loads(next(ours(provider, stamp)).body)

    assert body == published | most


# 5807. The phone is published as "13xxxxxxxx", which is none.
STATUS = {
    "user_receive_time": "2015-10-17 08:03:04",
    "nationcode": "86",
    "mobile": "13788888888",
    "report_status": "SUCCESS",
    "errmsg": "DELIVRD",
    "description": "The SMS message is successfully sent ",
    "sid": "xxxxxxx",
}
# 5809. The phone as above.
REPLY = {
    "nationcode": "86",
    "mobile": "13788888888",
    "text": "User's reply",
    "sign": "SMS signature",
    "time": 1457336869,
    "extend": "Extended code",
}


def posted(value):
    return Callback(json.dumps(value).encode())


def test_the_published_status_report_is_read(provider):
    [report] = provider.read_callback(posted([STATUS]))

    assert (report.recipient, report.delivery, report.provider_message_id) == (
        "+8613788888888",
        Delivery.DELIVERED,
        "xxxxxxx",
    )
    assert (report.code, report.detail, report.reason) == ("DELIVRD", "The SMS message is successfully sent", None)
    assert report.at == 1445040184  # 2015-10-17 00:03:04 UTC
    assert (report.reference, report.fee, report.account, report.raw) == (None, None, None, STATUS)


def test_the_published_reply_is_read(provider):
    [message] = provider.read_callback(posted(REPLY))

    assert (message.sender, message.text, message.at) == ("+8613788888888", "User's reply", 1457336869.0)
    assert (message.extension, message.signature, message.raw) == ("Extended code", "SMS signature", REPLY)


def test_a_phone_as_it_is_published_is_none(provider):
    with pytest.raises(MalformedCallback):
        provider.read_callback(posted([STATUS | {"mobile": "13xxxxxxxx"}]))


def test_the_published_receipt_is_what_we_answer(provider):
    answer = provider.answer_callback(taken=True)

    assert (json.loads(answer.body), answer.status) == ({"result": 0, "errmsg": "OK"}, 200)


@pytest.mark.parametrize("kind", ["pull_reports", "pull_inbound"])
def test_the_published_answer_to_a_pull_counts_what_it_leaves_out(kind, provider, stamp, ended):
    published = {"count": 3, "data": [], "errmsg": "ok", "result": 0}

    assert ended(getattr(provider, kind)(10, stamp), published) == []


def test_the_published_answer_to_a_pull_is_read_with_the_records_that_it_refers_to(provider, stamp, ended):
    published = {"count": 3, "errmsg": "ok", "result": 0}

    reports = ended(provider.pull_reports(10, stamp), published | {"data": [STATUS] * 3})
    messages = ended(provider.pull_inbound(10, stamp), published | {"data": [REPLY] * 3})

    assert [report.provider_message_id for report in reports] == ["xxxxxxx"] * 3
    assert [message.text for message in messages] == ["User's reply"] * 3


@pytest.mark.parametrize("words", [{"msg": ""}, {"errmsg": ""}])
@pytest.mark.parametrize("more", [{}, {"international": 0}])
@pytest.mark.parametrize("call", ["add_template", "modify_template"])
def test_the_published_answer_about_a_template_is_read(call, more, words, provider, stamp, ended):
    ids = ["123"] if call == "modify_template" else []
    record = {"id": 123, "text": "xxxxx", "status": 1, "type": 0} | more

    template = ended(getattr(provider, call)(*ids, DRAFT, stamp), {"result": 0, "data": record} | words)

    assert (template.id, template.text, template.review, template.kind) == (
        "123",
        "xxxxx",
        Review.PENDING,
        Kind.NOTIFICATION,
    )
    assert (template.international, template.raw) == (False if more else None, record)


def test_the_published_list_of_templates_is_read(provider, stamp, ended):
    record = {"id": 123, "text": "xxxxx", "status": 0, "reply": "xxxxx", "type": 0}
    # Published with a count of 3 and two of the templates left out.
    published = {"result": 0, "msg": "", "total": 100, "count": 1, "data": [record]}

    page = ended(provider.list_templates(None, stamp), published)

    [template] = page.items
    assert (template.id, template.review, template.detail) == ("123", Review.APPROVED, "xxxxx")
    assert (page.total, page.next) == (100, "1")


def test_the_published_list_of_templates_of_a_later_edition_is_read(provider, stamp, ended):
    record = {
        "id": 123,
        "international": 0,
        "reply": "xxxxx",
        "status": 0,
        "text": "xxxxx",
        "type": 0,
        "title": "xxxxx",
        "apply_time": "xxxxx",
        "reply_time": "xxxxx",
    }

    [template] = ended(
        provider.get_templates(["123"], stamp), {"result": 0, "errmsg": "", "count": 1, "data": [record]}
    )

    assert (template.name, template.international, template.created_at) == ("xxxxx", False, None)


@pytest.mark.parametrize("words", [{"msg": ""}, {"errmsg": ""}])
@pytest.mark.parametrize("call", ["add_signature", "modify_signature"])
def test_the_published_answer_about_a_signature_is_read(call, words, provider, stamp, ended):
    ids = ["123"] if call == "modify_signature" else []
    published = {"result": 0, "data": {"id": 123, "text": "xxxxx", "status": 1}} | words

    signature = ended(getattr(provider, call)(*ids, SIGN, stamp), published)

    assert (signature.id, signature.text, signature.review) == ("123", "xxxxx", Review.PENDING)


def test_the_published_list_of_signatures_is_read(provider, stamp, ended):
    record = {"id": 123, "text": "xxxxx", "status": 0, "reply": "xxxxx"}
    # Published with a count of 3 and two of the signatures left out.
    published = {"result": 0, "msg": "", "count": 1, "data": [record]}

    [signature] = ended(provider.get_signatures(["123"], stamp), published)

    assert (signature.id, signature.review, signature.detail) == ("123", Review.APPROVED, "xxxxx")


def test_the_published_list_of_signatures_of_a_later_edition_is_read(provider, stamp, ended):
    record = {
        "id": 123,
        "international": 0,
        "reply": "xxxxx",
        "status": 0,
        "text": "xxxxx",
        "apply_time": "2018-04-29 10:34:55",
        "reply_time": "2018-04-29 10:39:55",
    }

    [signature] = ended(
        provider.get_signatures(["123"], stamp), {"result": 0, "errmsg": "", "count": 1, "data": [record]}
    )

    assert (signature.international, signature.created_at) == (False, 1524969295.0)  # 02:34:55 UTC


@pytest.mark.parametrize("words", [{"msg": ""}, {"errmsg": ""}])
@pytest.mark.parametrize("call", ["delete_templates", "delete_signatures"])
def test_the_published_answer_to_a_deletion_is_read(call, words, provider, stamp, ended):
    assert ended(getattr(provider, call)(["123", "124"], stamp), {"result": 0} | words) is None


@pytest.mark.parametrize("words", [{"msg": "OK"}, {"errmsg": "OK"}])
def test_the_published_count_of_sends_is_read(words, provider, stamp, ended):
    data = {"request": 101, "success": 100, "bill_number": 120}

    counts = ended(provider.send_statistics(*DAY, stamp), {"result": 0, "data": data} | words)

    assert (counts.requested, counts.accepted, counts.billed, counts.raw) == (101, 100, 120, data)
    assert (counts.since, counts.until) == DAY


def test_the_published_count_of_reports_is_read(provider, stamp, ended):
    data = {
        "success": 100,
        "status": 90,
        "status_success": 80,
        "status_fail": 10,
        "status_fail_0": 2,
        "status_fail_1": 2,
        "status_fail_2": 2,
        "status_fail_3": 2,
        "status_fail_4": 2,
    }

    counts = ended(provider.delivery_statistics(*DAY, stamp), {"result": 0, "errmsg": "OK", "data": data})

    assert (counts.accepted, counts.reported, counts.delivered, counts.undelivered) == (100, 90, 80, 10)
    assert counts.failures == {
        Reason.CARRIER_FAILURE: 2,
        Reason.INVALID_RECIPIENT: 2,
        Reason.UNREACHABLE_RECIPIENT: 2,
        Reason.BLOCKED_RECIPIENT: 2,
        Reason.RECIPIENT_RATE_LIMITED: 2,
    }


def test_the_published_packages_are_read_on_the_day_of_their_request(provider, ended):
    stamp = Stamp(1531463729.0, 1)
    july = {
        "from_time": "2018-07-01 00:00:00",
        "to_time": "2018-07-31 23:59:59",
        "create_time": "2018-07-01 00:00:03",
        "amount": 100,
        "type": 0,
        "package_id": 1000200003,
        "used": 5,
    }
    june = {
        "from_time": "2018-06-01 00:00:00",
        "to_time": "2018-06-30 23:59:59",
        "create_time": "2018-06-01 00:00:03",
        "amount": 100,
        "type": 0,
        "package_id": 1000158193,
        "used": 6,
    }

    # Published with a total of 6 and the other four left out.
    balance = ended(provider.get_balance(stamp), {"total": 2, "data": [july, june]})

    assert (balance.remaining, balance.unit) == (95, "texts")
    assert balance.raw == {"total": 2, "data": [july, june]}
