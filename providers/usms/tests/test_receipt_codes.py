"""Why a text did not arrive: the words of a receipt before its code, and neither further than it is unmistakable."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsway.provider import Reason
from smsway_usms._receipt_codes import _CODES, BY_CODE, reason_of_receipt

BLOCKED, RATE = Reason.BLOCKED_RECIPIENT, Reason.RECIPIENT_RATE_LIMITED
AWAY, NOBODY = Reason.UNREACHABLE_RECIPIENT, Reason.INVALID_RECIPIENT
UNTOLD = Reason.CARRIER_FAILURE


# Rows of docs.ucloud.cn/usms/api_docs/error_code/receipt_code, and of the page of the push.
@pytest.mark.parametrize(
    ("code", "description", "reason"),
    [
        ("MSBLACK", "手机在运营商防骚扰黑名单", BLOCKED),
        ("MK:0001", "空号", NOBODY),
        ("MK:0010", "关机", AWAY),
        ("MI:0013", "关机、停机或空号的", AWAY),
        ("UNDELIV", "用户欠费停机", AWAY),
        ("UNDELIV", "发送失败", UNTOLD),
        ("UNKNOWN", "手机号码为空号或不存在", NOBODY),
        ("EXPIRED", "短消息超过期", AWAY),
        (
            "2",
            "1、发送频率高\uff0c被运营商系统拦截\uff1b2、内容含有敏感词\uff0c被运营商系统拦截\uff1b3、号码在运营商防骚扰名单",
            UNTOLD,
        ),
        ("SME20", "超过手机号每天接收频率上限拦截", RATE),
        ("REJECTD", "短信内容或签名触发运营商通道风控拦截", Reason.SIGNATURE_REFUSED),
        ("REJECTD", "短信内容被运营商网关驳回", UNTOLD),
        ("TC:0007", "短信内容含有敏感词被运营商网关拦截", Reason.INVALID_CONTENT),
        ("YX:9417", "夜间模板审核", Reason.TEMPLATE_REFUSED),
        ("MI:0099", "运营商未告知的原因拦截", UNTOLD),
        ("MOBILE BLACK", "号码在运营商全局黑名单", BLOCKED),
        ("BWLIST _006", "号码在运营商网关黑名单", BLOCKED),
        ("", "关机、停机或空号的", AWAY),
        ("", "反向退订无权限", UNTOLD),
        ("", "拒收", UNTOLD),  # of no published row
        ("", "", UNTOLD),
    ],
)
def test_published_rows(code, description, reason):
    assert reason_of_receipt(code, description) is reason


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("MSBLACK", BLOCKED),
        (" msblack ", BLOCKED),
        ("Mobile", UNTOLD),
        ("MOBILE BLACK", BLOCKED),
        ("BWLIST", BLOCKED),
        ("BwList", BLOCKED),
        ("BWLIST:006", BLOCKED),
        ("BWLIST _006", BLOCKED),
        ("DB:0141", BLOCKED),
        ("TUIDING", BLOCKED),
        ("EXPIRED", AWAY),
        ("UNDELIV:601", AWAY),
        ("MK:0001", NOBODY),
        ("mk:0001", NOBODY),
        ("SIGNERR", Reason.SIGNATURE_REFUSED),
        ("KEYWORD", Reason.INVALID_CONTENT),
    ],
)
def test_a_code_tells_where_the_words_do_not(code, reason):
    assert reason_of_receipt(code, "sorry") is reason


@pytest.mark.parametrize("code", ["1", "5", "12", "-37", "UNDELIV", "REJECTD", "MK:0000", "Delivrd", "0", "FAIL_XX"])
def test_a_code_that_each_carrier_means_otherwise_tells_nothing(code):
    assert reason_of_receipt(code, "") is UNTOLD


def test_no_code_stands_under_two_reasons():
    listed = [code for codes in _CODES.values() for code in codes.split()]

    assert len(listed) == len(set(listed)) == len(BY_CODE)
    assert all(code == code.casefold() for code in listed)


def test_the_words_in_english_are_those_of_a_blacklist():
    assert reason_of_receipt("", "Phone in operator's anti-harassment blacklist") is BLOCKED
    assert reason_of_receipt("", "phone in the black list") is BLOCKED


@given(st.text(), st.text())
def test_a_hint_is_about_a_recipient_a_text_or_a_carrier(code, description):
    assert reason_of_receipt(code, description) in {*BY_CODE.values(), UNTOLD}
