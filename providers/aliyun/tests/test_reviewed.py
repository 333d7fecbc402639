"""Templates and signatures: what is written of a draft, and read of a record."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from smsway.provider import CallFailed, InvalidCall, Kind, Reason, Review, Stamp, TemplateDraft, UnexpectedResponse

STAMP = Stamp(0.0, 1)
DRAFT = TemplateDraft(
    text="Code {1}, for {2} minutes.",
    kind=Kind.NOTIFICATION,
    name="Login",
    remark="For logins",
    options={"variables": {"code": "other_number2", "ttl": "time"}, "signature": "Acme"},
)
CREATED = {"TemplateCode": "SMS_1", "TemplateName": "Login", "OrderId": "7"}
GOT = {
    "TemplateCode": "SMS_1",
    "TemplateName": "Login",
    "TemplateContent": "Code ${code}, for ${ttl} minutes.",
    "TemplateStatus": "1",
    "TemplateType": "1",
    "CreateDate": "2019-01-08 16:44:10",
    "AuditInfo": {"RejectInfo": "No audit remarks"},
}
LISTED = {
    "TemplateCode": "SMS_1",
    "TemplateContent": "Code ${code}.",
    "TemplateType": 2,
    "OuterTemplateType": 0,
    "AuditStatus": "AUDIT_STATE_PASS",
    "CreateDate": "2019-01-08 16:44:10",
}


def test_a_draft_is_written_with_its_variables_by_name(provider, replay, told):
    (request,), info = replay(provider.add_template(DRAFT, STAMP), CREATED)

    action, query, form = told(request)
    assert (action, form) == ("CreateSmsTemplate", {})
    assert json.loads(query.pop("TemplateRule")) == {"code": "other_number2", "ttl": "time"}
    assert query == {
        "TemplateName": "Login",
        "TemplateContent": "Code ${code}, for ${ttl} minutes.",
        "TemplateType": "1",
        "RelatedSignName": "Acme",
        "Remark": "For logins",
    }
    assert (info.id, info.review, info.text, info.raw["OrderId"]) == ("SMS_1", Review.PENDING, DRAFT.text, "7")


@pytest.mark.parametrize(
    ("kind", "at_home", "elsewhere"),
    [(Kind.OTP, "0", "2"), (Kind.NOTIFICATION, "1", "0"), (Kind.MARKETING, "2", "1")],
)
def test_a_kind_has_one_number_at_home_and_another_elsewhere(provider, told, kind, at_home, elsewhere):
    draft = replace(DRAFT, kind=kind)

    _, home, _ = told(next(provider.add_template(draft, STAMP)))
    _, abroad, _ = told(next(provider.add_template(replace(draft, international=True, options={}, text="Hi"), STAMP)))

    assert (home["TemplateType"], home.get("IntlType")) == (at_home, None)
    assert (abroad["TemplateType"], abroad["IntlType"]) == ("3", elsewhere)


def test_a_change_names_its_template(provider, replay, told):
    (request,), info = replay(provider.modify_template("SMS_1", DRAFT, STAMP), CREATED)

    assert told(request)[0] == "UpdateSmsTemplate"
    assert told(request)[1]["TemplateCode"] == "SMS_1"
    assert (info.id, info.review) == ("SMS_1", Review.PENDING)


def test_an_answer_about_another_template_is_not_believed(provider, replay):
    with pytest.raises(UnexpectedResponse, match="another template"):
        replay(provider.modify_template("SMS_2", DRAFT, STAMP), CREATED)
    with pytest.raises(UnexpectedResponse, match="another template"):
        replay(provider.get_templates(["SMS_2"], STAMP), GOT)


@pytest.mark.parametrize(
    ("changed", "match"),
    [
        ({"text": "Code {2}, for {1} minutes."}, "in this order"),
        ({"text": "Code {1}."}, "in this order"),
        ({"text": "Code ${code}, for ${ttl} minutes."}, "in this order"),
        ({"text": "{1} {1} {2}"}, "in this order"),
        ({"name": ""}, "name is empty"),
        ({"name": "x" * 31}, "shorten it to 30"),
        ({"text": "x" * 490 + "{1} {2}"}, "shorten it to 500"),
        ({"kind": "fax"}, "'fax' is none"),
        ({"options": {}}, "options.signature"),
        ({"options": {"signature": "Acme", "variables": {"c ode": "time"}}}, "options.variables"),
        ({"options": {"sign": "Acme"}}, "known: variables, signature"),
    ],
)
def test_a_draft_that_the_vendor_would_refuse_is_refused_before(provider, changed, match):
    with pytest.raises(InvalidCall, match=match):
        next(provider.add_template(replace(DRAFT, **changed), STAMP))


@pytest.mark.parametrize("ids", [[], "SMS_1", ["1"], [None], [7]])
def test_what_is_no_list_of_codes_deletes_nothing(provider, ids):
    with pytest.raises(InvalidCall):
        next(provider.delete_templates(ids, STAMP))


def test_each_template_is_deleted_once_and_a_failure_says_how_many_were_before(provider, replay):
    exchange = provider.delete_templates(["SMS_1", "SMS_2", "SMS_1", "SMS_3"], STAMP)

    with pytest.raises(CallFailed, match="1 of 3 were deleted before") as caught:
        replay(exchange, {"TemplateCode": "SMS_1"}, {"Code": "isv.ERROR_TEMPLATE_NOT_DELETE"})

    assert caught.value.code == "isv.ERROR_TEMPLATE_NOT_DELETE"


def test_an_answer_that_cannot_be_read_says_how_many_were_deleted_before(provider, replay):
    with pytest.raises(UnexpectedResponse, match="1 of 2 were deleted before"):
        replay(provider.delete_templates(["SMS_1", "SMS_2"], STAMP), {}, {"Code": 7})


def test_a_template_that_there_is_not_is_left_out(provider, replay):
    missing = {"Code": "isv.SMS_TEMPLATE_ILLEGAL"}

    requests, found = replay(provider.get_templates(["SMS_2", "SMS_1"], STAMP), missing, GOT)

    assert len(requests) == 2
    assert [info.id for info in found] == ["SMS_1"]


def test_a_look_up_that_is_refused_is_not_one_that_found_nothing(provider, replay):
    with pytest.raises(CallFailed) as caught:
        replay(provider.get_templates(["SMS_1"], STAMP), {"Code": "isp.RAM_PERMISSION_DENY"})

    assert caught.value.reason is Reason.PERMISSION


@pytest.mark.parametrize(
    ("changed", "review", "detail"),
    [
        ({"TemplateStatus": "0"}, Review.PENDING, None),
        ({"TemplateStatus": 1}, Review.APPROVED, None),
        ({"TemplateStatus": "2", "AuditInfo": {"RejectInfo": "too vague"}}, Review.REJECTED, "too vague"),
        ({"TemplateStatus": "10"}, Review.DISABLED, None),
        ({"TemplateStatus": "11"}, Review.PENDING, "unknown state 11"),
    ],
)
def test_a_template_that_is_looked_up_tells_its_review(provider, replay, changed, review, detail):
    _, (info,) = replay(provider.get_templates(["SMS_1"], STAMP), {**GOT, **changed})

    assert (info.review, info.detail) == (review, detail)
    assert (info.text, info.kind, info.international) == (DRAFT.text, Kind.NOTIFICATION, False)
    assert info.created_at == 1_546_937_050


@pytest.mark.parametrize(
    ("changed", "kind", "international"),
    [
        ({}, Kind.OTP, False),
        ({"OuterTemplateType": 3, "TemplateType": 6}, None, True),
        ({"OuterTemplateType": 3, "IntlType": 1}, Kind.MARKETING, True),
        ({"OuterTemplateType": None}, None, None),
    ],
)
def test_the_usual_type_is_read_of_a_list_and_not_its_own(provider, replay, changed, kind, international):
    _, page = replay(
        provider.list_templates(None, STAMP), {"SmsTemplateList": [{**LISTED, **changed}], "TotalCount": 1}
    )

    assert [(info.kind, info.international) for info in page.items] == [(kind, international)]
    assert (page.next, page.total) == (None, 1)


@pytest.mark.parametrize("state", ["AUDIT_SATE_CANCEL", "AUDIT_STATE_CANCEL"])
def test_a_review_that_was_called_off_is_spelt_in_two_ways(provider, replay, state):
    _, page = replay(provider.list_templates("3", STAMP), {"SmsTemplateList": [{**LISTED, "AuditStatus": state}]})

    assert [info.review for info in page.items] == [Review.DISABLED]


def test_a_full_page_is_followed_by_another_and_an_id_twice_is_not_believed(provider, replay, told):
    records = [{**LISTED, "TemplateCode": f"SMS_{number}"} for number in range(50)]

    (request,), page = replay(provider.list_templates("3", STAMP), {"SmsTemplateList": records})

    assert told(request) == ("QuerySmsTemplateList", {"PageIndex": "3", "PageSize": "50"}, {})
    assert page.next == "4"
    with pytest.raises(UnexpectedResponse, match="twice"):
        replay(provider.list_templates(None, STAMP), {"SmsTemplateList": [LISTED, LISTED]})


def test_a_signature_is_found_by_its_text_which_is_its_id(provider, replay, told):
    answer = {"SignName": "Acme", "SignStatus": 2, "AuditInfo": {"RejectInfo": "no proof"}}

    (request,), info = replay(provider.find_signature("Acme", STAMP), answer)

    assert told(request) == ("GetSmsSign", {"SignName": "Acme"}, {})
    assert (info.id, info.text, info.review, info.detail) == ("Acme", "Acme", Review.REJECTED, "no proof")


def test_a_signature_that_there_is_not_is_none_and_another_refusal_is_raised(provider, replay):
    assert replay(provider.find_signature("Acme", STAMP), {"Code": "isv.SMS_SIGNATURE_ILLEGAL"})[1] is None
    with pytest.raises(CallFailed) as caught:
        replay(provider.find_signature("Acme", STAMP), {"Code": "isp.RAM_PERMISSION_DENY"})
    assert caught.value.reason is Reason.PERMISSION


def test_a_signature_of_another_text_is_not_believed(provider, replay):
    with pytest.raises(UnexpectedResponse, match="another signature"):
        replay(provider.find_signature("acme", STAMP), {"SignName": "Acme", "SignStatus": 1})


def test_an_empty_text_is_not_asked_for(provider):
    with pytest.raises(InvalidCall, match="text is empty"):
        next(provider.find_signature("", STAMP))
