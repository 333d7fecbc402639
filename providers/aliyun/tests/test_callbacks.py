"""What the vendor posts, beginning with the examples of its pages."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from smsway.provider import Callback, Delivery, MalformedCallback, Reason, Report

# help.aliyun.com/document_detail/101867.html, but for the phone, which the page masks.
REPORT = {
    "phone_number": "13811110000",
    "send_time": "2017-01-01 00:00:00",
    "report_time": "2017-01-01 00:00:00",
    "success": True,
    "err_code": "DELIVERED",
    "err_msg": "\u7528\u6237\u63a5\u6536\u6210\u529f",
    "sms_size": "1",
    "biz_id": "12345",
    "out_id": "67890",
}
# help.aliyun.com/zh/sms/developer-reference/smsup-http, likewise.
MESSAGE = {
    "phone_number": "13811110000",
    "content": "\u5185\u5bb9",
    "send_time": "2017-09-01 00:00:00",
    "dest_code": "1234",
    "sequence_id": "1234567890",
}


@pytest.fixture
def read(provider):
    return lambda *records: provider.read_callback(Callback(json.dumps(records).encode()))


def test_the_report_of_the_page_is_read(read):
    (report,) = read(REPORT)

    assert (report.recipient, report.delivery, report.reason) == ("+8613811110000", Delivery.DELIVERED, None)
    assert (report.provider_message_id, report.reference, report.fee) == ("12345", "67890", 1)
    assert (report.code, report.detail) == ("DELIVERED", "\u7528\u6237\u63a5\u6536\u6210\u529f")
    assert report.at == datetime(2016, 12, 31, 16, tzinfo=UTC).timestamp()
    assert report.raw == REPORT


def test_the_message_of_the_page_is_read(read):
    (message,) = read(MESSAGE)

    assert (message.sender, message.text, message.extension) == ("+8613811110000", "\u5185\u5bb9", "1234")
    assert message.at == datetime(2017, 8, 31, 16, tzinfo=UTC).timestamp()
    assert (message.signature, message.raw) == (None, MESSAGE)


def test_an_older_message_with_its_signature_and_a_number_is_read(read):
    (message,) = read({**MESSAGE, "sign_name": "Acme", "sequence_id": 1234567890})

    assert message.signature == "Acme"


def test_a_text_that_did_not_arrive_says_why(read):
    (report,) = read({**REPORT, "success": False, "err_code": "MOBILE_IN_BLACK", "err_msg": ""})

    assert (report.delivery, report.reason) == (Delivery.UNDELIVERED, Reason.BLOCKED_RECIPIENT)
    assert (report.code, report.detail) == ("MOBILE_IN_BLACK", None)


@pytest.mark.parametrize("success", ["true", "false", 1, 0, None, []])
def test_success_that_is_neither_true_nor_false_proves_nothing(read, success):
    assert [report.delivery for report in read({**REPORT, "success": success})] == [Delivery.UNKNOWN]


def test_a_code_that_could_be_a_phone_is_in_the_raw_record_only(read):
    (report,) = read({**REPORT, "err_code": "13811110000", "err_msg": "no text to 13811110000"})

    assert report.code is None
    assert "13811110000" not in (report.detail or "")


@pytest.mark.parametrize("good", [REPORT, MESSAGE])
@pytest.mark.parametrize("bad", [{"phone_number": "1370000****"}, {}, "x", None, 7])
def test_a_record_that_cannot_be_read_does_not_cost_the_others(read, good, bad):
    first, second = read(bad, good)

    phones = [item.recipient if isinstance(item, Report) else item.sender for item in (first, second)]
    assert phones == ["", "+8613811110000"]
    assert getattr(first, "delivery", Delivery.UNKNOWN) is Delivery.UNKNOWN


@pytest.mark.parametrize(
    "records",
    [
        (),
        (REPORT, MESSAGE),
        ({**REPORT, "phone_number": "1381111****"},),
        # GlobeSmsReport, which has an address and members of its own.
        ({"To": "85298765432", "Status": "1", "MessageId": "1"},),
    ],
)
def test_what_is_neither_reports_nor_messages_is_malformed(read, records):
    with pytest.raises(MalformedCallback):
        read(*records)


def test_an_object_beside_an_array_is_malformed(provider):
    with pytest.raises(MalformedCallback):
        provider.read_callback(Callback(json.dumps(REPORT).encode()))


def test_what_was_not_taken_is_told_by_the_status_for_any_number_is_a_receipt(provider):
    taken, again = (provider.answer_callback(taken=taken) for taken in (True, False))

    assert (taken.status, json.loads(taken.body)["code"]) == (200, 0)
    assert again.status >= 500
