"""What all calls beside sending have in common: a signed request, an envelope, refusals, and garbage."""

from __future__ import annotations

import json
import traceback

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsway.provider import (
    FACETS,
    CallFailed,
    CountsDeliveries,
    CountsSends,
    FindsInbound,
    FindsReports,
    FindsSignatures,
    ListsSignatures,
    ListsTemplates,
    ManagesSignatures,
    ManagesTemplates,
    PullsInbound,
    PullsReports,
    Reason,
    ReportQuery,
    Response,
    SignatureDraft,
    TakesCallbacks,
    TellsBalance,
    TemplateDraft,
    UnexpectedResponse,
    parse_phone,
)
from smsway_tencentcloud import CALL_RATES
from smsway_tencentcloud._api import host_of

NOW = 1_776_313_405.75
QUERY = ReportQuery(phone=parse_phone("+60198890000"), since=NOW - 600, until=NOW)
TEMPLATE = TemplateDraft(text="Your code is {1}", name="code", remark="login")
SIGNATURE = SignatureDraft(text="Acme", picture=b"\xff\xd8", options={"sign_type": 0, "document_type": 1})

CALLS = {
    "pull_reports": (100,),
    "pull_inbound": (100,),
    "find_reports": (QUERY,),
    "find_inbound": (QUERY,),
    "add_template": (TEMPLATE,),
    "modify_template": ("1110", TEMPLATE),
    "delete_templates": (["1110"],),
    "get_templates": (["1110"],),
    "list_templates": (None,),
    "add_signature": (SIGNATURE,),
    "modify_signature": ("1110", SIGNATURE),
    "delete_signatures": (["1110"],),
    "get_signatures": (["1110"],),
    "list_signatures": (None,),
    "send_statistics": (NOW - 3600, NOW),
    "delivery_statistics": (NOW - 3600, NOW),
}

every_call = pytest.mark.parametrize("name", CALLS)


@pytest.fixture(scope="session")
def start(provider, stamp):
    """Begin the call *name* with the arguments above."""
    return lambda name: getattr(provider, name)(*CALLS[name], stamp)


@pytest.mark.parametrize(
    "facet",
    [
        PullsReports,
        PullsInbound,
        FindsReports,
        FindsInbound,
        TakesCallbacks,
        ManagesTemplates,
        ListsTemplates,
        ManagesSignatures,
        ListsSignatures,
        CountsSends,
        CountsDeliveries,
    ],
)
def test_the_provider_has_the_facet(provider, facet):
    assert facet in FACETS.values()
    assert isinstance(provider, facet)


@pytest.mark.parametrize("facet", [TellsBalance, FindsSignatures])
def test_the_provider_has_no_facet_that_is_not_everybodys(provider, facet):
    assert not isinstance(provider, facet)


def test_every_call_has_the_rate_of_its_page():
    assert set(CALL_RATES) == set(CALLS)
    assert CALL_RATES == {
        "pull_reports": 100,
        "pull_inbound": 100,
        "find_reports": 20,
        "find_inbound": 20,
        "add_template": 2,
        "modify_template": 20,
        "delete_templates": 1,
        "get_templates": 20,
        "list_templates": 20,
        "add_signature": 1,
        "modify_signature": 1,
        "delete_signatures": 1,
        "get_signatures": 20,
        "list_signatures": 20,
        "send_statistics": 10,
        "delivery_statistics": 10,
    }


def test_a_request_is_these_bytes(start):
    request = next(start("pull_reports"))

    assert (request.method, request.url) == ("POST", "https://sms.intl.tencentcloudapi.com/")
    assert request.body == b'{"Limit":100,"SmsSdkAppId":"2400006666"}'
    assert request.headers == {
        "Content-Type": "application/json; charset=utf-8",
        "Host": "sms.intl.tencentcloudapi.com",
        "X-TC-Action": "PullSmsSendStatus",
        "X-TC-Version": "2021-01-11",
        "X-TC-Timestamp": "1776313405",
        "X-TC-Region": "ap-singapore",
        # Computed from the body above with `openssl dgst`.
        "Authorization": (
            "TC3-HMAC-SHA256 Credential=AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE/2026-04-16/sms/tc3_request, "
            "SignedHeaders=content-type;host;x-tc-action, "
            "Signature=2ef4105acce7c3129108786063b5f68bcabdc9e7c0d9de92583a90a486b82466"
        ),
    }


@pytest.mark.parametrize(
    "base_url",
    [
        "https://sms.intl.tencentcloudapi.com",
        "https://sms.intl.tencentcloudapi.com/",
        "https://SMS.Intl.TencentCloudApi.com:443",
        "https://sms.intl.tencentcloudapi.com:8443/",
        "http://127.0.0.1:8080",
        "http://localhost:80",
        "http://localhost:443",
        "https://localhost:80",
        "http://[::1]:8080/",
        "http://[::1]",
    ],
)
def test_the_host_under_the_signature_is_the_one_an_http_client_sends(make_client, stamp, base_url):
    expected = httpx.Request("POST", base_url).headers["Host"]

    request = next(make_client(base_url=base_url).provider.pull_reports(1, stamp))

    assert request.headers["Host"] == host_of(base_url) == expected
    assert httpx.URL(request.url).path == "/"


@every_call
def test_no_call_beside_sending_can_send(start, name):
    assert next(start(name)).sends is False


@every_call
def test_the_same_arguments_and_stamp_give_the_same_bytes(start, name):
    first, second = next(start(name)), next(start(name))

    assert (first.url, first.headers, first.body) == (second.url, second.headers, second.body)


@every_call
def test_neither_a_phone_nor_a_secret_is_in_the_address_or_in_what_a_request_shows(make_client, stamp, name):
    account = make_client(secret_id="canary-id", secret_key="canary-key", token="canary-token")

    request = next(getattr(account.provider, name)(*CALLS[name], stamp))

    assert "canary" not in request.url + repr(request)
    assert "60198890000" not in request.url + repr(request)
    assert "canary-key" not in str(request.headers)
    assert request.headers["X-TC-Token"] == "canary-token"


# Refusals


@every_call
@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("RequestLimitExceeded", Reason.RATE_LIMITED),
        ("AuthFailure.SignatureFailure", Reason.AUTHENTICATION),
        ("UnauthorizedOperation.RequestPermissionDeny", Reason.PERMISSION),
        ("FailedOperation.NotEnterpriseCertification", Reason.PERMISSION),
        ("InvalidParameterValue.New", Reason.INVALID_REQUEST),
    ],
)
def test_a_refusal_is_raised_with_its_reason_code_and_words(start, replay, answer, name, code, reason):
    envelope = answer({"Error": {"Code": code, "Message": "not for +60198890000"}, "RequestId": "104cc55c"})

    with pytest.raises(CallFailed) as caught:
        replay(start(name), envelope)

    failure = caught.value
    assert (failure.reason, failure.code, failure.detail) == (reason, code, "not for +***********")
    assert not failure.maybe_done
    assert "60198890000" not in str(failure)


@every_call
@pytest.mark.parametrize(
    ("code", "kept"),
    [("InternalError.Timeout", "InternalError.Timeout"), ("FailedOperation", "FailedOperation"), ("190191", None)],
)
def test_under_an_ambiguous_code_it_may_have_been_done(start, replay, answer, name, code, kept):
    with pytest.raises(CallFailed) as caught:
        replay(start(name), answer({"Error": {"Code": code, "Message": None}}))

    assert (caught.value.reason, caught.value.code, caught.value.maybe_done) == (Reason.AMBIGUOUS, kept, True)


@every_call
def test_an_answer_that_may_be_that_of_an_earlier_request_is_not_believed(start, replay, answer, name):
    with pytest.raises(UnexpectedResponse, match="echoes nothing"):
        replay(start(name), answer({"Error": {"Code": "RequestLimitExceeded"}}, fresh=False))


def test_an_error_beside_content_contradicts_itself(start, replay, answer):
    both = {"Error": {"Code": "RequestLimitExceeded"}, "PullSmsSendStatusSet": [{}]}

    with pytest.raises(UnexpectedResponse, match="as well"):
        replay(start("pull_reports"), answer(both))


# Garbage

GARBAGE = [
    b"",
    b"<html>502 Bad Gateway</html>",
    b"null",
    b"[]",
    b"{}",
    b'{"Response":null}',
    b'{"Response":{}}',
    b'{"Response":{"RequestId":"1"}}',
    b'{"Response":{"Error":{}}}',
    b'{"Response":{"Error":"FailedOperation"}}',
    b'{"Response":{"PullSmsSendStatusSet":{},"PullSmsReplyStatusSet":1}}',
    b'{"Response":{"AddTemplateStatus":{"TemplateId":null},"AddSignStatus":{"SignId":-1}}}',
    b'{"Response":{"ModifyTemplateStatus":{"TemplateId":true},"ModifySignStatus":{"SignId":"x"}}}',
    b'{"Response":{"ModifyTemplateStatus":{"TemplateId":1111},"ModifySignStatus":{"SignId":1111}}}',
    b'{"Response":{"DeleteTemplateStatus":"return successfully!","DeleteSignStatus":[]}}',
    b'{"Response":{"DescribeTemplateStatusSet":[{}],"DescribeSignListStatusSet":[{}]}}',
    b'{"Response":{"SendStatusStatistics":{"FeeCount":-1},"CallbackStatusStatistics":{}}}',
    b'{"Response":{"PullSmsSendStatusSet":[],"PullSmsSendStatusSet":[]}}',
    b"[" * 200_000,
    b"\xff",
]


@every_call
@pytest.mark.parametrize("body", GARBAGE)
def test_garbage_is_an_unexpected_response_that_quotes_nothing(start, replay, name, body):
    with pytest.raises(UnexpectedResponse) as caught:
        replay(start(name), Response(200, body))

    assert not {"Gateway", "successfully", "1111"} & set(str(caught.value).split())
    assert caught.value.__cause__ is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "Response",
                    "Error",
                    "Code",
                    "PullSmsSendStatusSet",
                    "PullSmsReplyStatusSet",
                    "PhoneNumber",
                    "ReportStatus",
                    "DescribeTemplateStatusSet",
                    "DescribeSignListStatusSet",
                    "AddTemplateStatus",
                    "TemplateId",
                ]
            ),
            inner,
        )
    ),
    max_leaves=10,
)


@every_call
@given(content=JSON, enveloped=st.booleans())
def test_no_other_json_makes_a_call_fail_in_another_way(start, name, content, enveloped):
    body = json.dumps({"Response": content} if enveloped else content).encode()
    exchange = start(name)
    next(exchange)

    with pytest.raises((UnexpectedResponse, CallFailed, StopIteration)):
        exchange.send(Response(200, body))


@every_call
def test_a_traceback_that_shows_locals_shows_nothing_of_a_garbled_answer(start, replay, name):
    body = b'{"Response":{"PhoneNumber":"+60198890001","PullSmsSendStatusSet":"+60198890001"}}'

    with pytest.raises(UnexpectedResponse) as caught:
        replay(start(name), Response(200, body))

    told = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    ours = "".join(
        line for frame in told.stack if "/src/smsway" in frame.filename for line in (frame.locals or {}).values()
    )
    assert "Response(200" in ours
    assert "60198890001" not in ours
