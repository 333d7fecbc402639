"""Traps of this API: places where its documents, its SDK, its predecessor and its neighbour contradict each other."""

from __future__ import annotations

import pytest

from smsway.provider import (
    Delivery,
    InvalidCall,
    Reason,
    ReportQuery,
    SignatureDraft,
    Status,
    TemplateDraft,
    parse_phone,
)
from smsway_tencent_sms._config import TencentSmsOptions

HOME, ABROAD = "+8618501234444", "+60198890000"


@pytest.mark.parametrize("written", ["腾讯云", "【腾讯云】", "[腾讯云]", " 腾讯云 ", "【 腾讯云】\n"])
def test_a_signature_goes_out_without_the_brackets_that_the_console_shows_and_the_vendor_adds(
    body_of, batch_of, written
):
    assert body_of(batch_of(HOME, signature=written))["SignName"] == "腾讯云"


def test_a_signature_goes_out_abroad_only_if_there_is_one(body_of, batch_of):
    assert body_of(batch_of(ABROAD))["SignName"] == "腾讯云"
    assert "SignName" not in body_of(batch_of(ABROAD, signature=""))


@pytest.mark.parametrize(
    ("phone", "members"),
    [(HOME, {"ExtendCode": "10"}), (ABROAD, {"SenderId": "Qsms"}), ("+85298765432", {"SenderId": "Qsms"})],
)
def test_the_extension_is_for_the_mainland_and_the_sender_for_abroad(body_of, batch_of, phone, members):
    body = body_of(batch_of(phone, options=TencentSmsOptions(extend_code="10"), sender="Qsms"))

    assert {name: body[name] for name in ("ExtendCode", "SenderId") if name in body} == members


@pytest.mark.parametrize("options", [None, TencentSmsOptions()])
def test_nothing_that_is_empty_is_sent(body_of, batch_of, options):
    body = body_of(batch_of(HOME, options=options, params=(), signature=""))

    assert set(body) == {"PhoneNumberSet", "SmsSdkAppId", "TemplateId", "SessionContext"}


def test_ids_are_digits_in_text_and_not_the_numbers_of_v5(body_of, batch_of):
    body = body_of(batch_of(HOME))

    assert (body["SmsSdkAppId"], body["TemplateId"]) == ("1400006666", "1110")


def test_the_context_is_one_for_the_request_and_not_one_for_each_recipient_as_abroad(body_of, batch_of, stamp):
    assert body_of(batch_of(HOME, "+8618501234445"))["SessionContext"] == stamp.reference


@pytest.mark.parametrize("code", ["ok", "OK", "Ok ", "0", "send success"])
def test_only_ok_in_exactly_these_letters_is_success(provider, stamp, batch_of, replay, answer, code):
    told = {"PhoneNumber": HOME, "Code": code, "SessionContext": stamp.reference, "SerialNo": "5000:1", "Fee": 1}

    (outcome,) = replay(provider.submit(batch_of(HOME), stamp), answer({"SendStatusSet": [told]}))[1]

    assert outcome.status is Status.UNKNOWN


@pytest.mark.parametrize("code", ["InternalError.Timeout", "InternalError.SendAndRecvFail"])
def test_a_time_out_inside_the_vendor_is_ambiguous_though_its_page_points_to_v5s_60008(
    provider, stamp, batch_of, replay, answer, code
):
    envelope = answer({"Error": {"Code": code, "Message": "please retry"}})

    outcomes = replay(provider.submit(batch_of(HOME, "+8618501234445"), stamp), envelope)[1]

    assert {(o.status, o.reason) for o in outcomes} == {(Status.UNKNOWN, Reason.AMBIGUOUS)}


@pytest.mark.parametrize(("international", "number"), [(False, 0), (True, 1)])
def test_a_draft_is_for_the_mainland_unless_it_says_abroad(provider, stamp, replay, answer, international, number):
    draft = TemplateDraft(text="{1}", name="code", remark="login", international=international)

    (request,), info = replay(
        provider.add_template(draft, stamp), answer({"AddTemplateStatus": {"TemplateId": "1110"}})
    )

    assert f'"International":{number}'.encode() in request.body
    assert info.international is international


def test_a_signature_for_the_mainland_is_not_submitted_without_a_qualification(provider, stamp):
    draft = SignatureDraft(text="Acme", picture=b"\xff\xd8", options={"sign_type": 0, "document_type": 1})

    with pytest.raises(InvalidCall, match="qualification_id is missing"):
        next(provider.add_signature(draft, stamp))


def test_how_to_ask_whether_a_text_was_sent_is_told(provider, stamp):
    phone = parse_phone(HOME)

    next(provider.find_reports(ReportQuery(phone=phone, since=stamp.now - 60, until=stamp.now), stamp))

    assert provider.verification is not None
    assert not provider.verification.absence_proves


@pytest.mark.parametrize("mobile", ["18501234444", 18501234444])
def test_a_callback_names_a_phone_in_two_parts(provider, post, mobile):
    record = {
        "user_receive_time": "2015-10-17 08:03:04",
        "nationcode": "86",
        "mobile": mobile,
        "report_status": "SUCCESS",
        "errmsg": "DELIVRD",
        "description": "用户短信送达成功",
        "sid": "5000:1",
        "ext": "a84166ff8c6c41f7923b",
    }

    (report,) = provider.read_callback(post([record]))

    assert (report.recipient, report.delivery, report.provider_message_id) == (HOME, Delivery.DELIVERED, "5000:1")
    assert (report.reference, report.at) == ("a84166ff8c6c41f7923b", 1445040184.0)
