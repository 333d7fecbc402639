"""The server side: against the client of this package, and by itself with requests that the client never makes."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from smsway.provider import (
    Batch,
    Filled,
    Parcel,
    Reason,
    SandboxCall,
    Stamp,
    Status,
    UnexpectedResponse,
    parse_phone,
)
from smsway_tencent_global._sandbox import server_side
from smsway_tencentcloud import REASONS, Signer
from smsway_tencentcloud.sandbox import CODES

FIRST, SECOND = "+60198890000", "+60198890001"
INFO = {"PhoneNumber": FIRST, "TemplateId": "1800308", "TemplateParamSet": ["190191"]}
GOOD = {"SmsSdkAppId": "2400006666", "MultiSmsInfoSet": [INFO]}


@pytest.fixture
def sign(config):
    """Make a request with any body, and with headers that are changed or taken away (`None`) after signing."""

    def signed_call(
        body: object, *, names: tuple[str, ...] = ("content-type", "host"), at: int = 1_776_313_405, **after: str | None
    ):
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {
            "content-type": "application/json",
            "host": "sms.intl.tencentcloudapi.com",
            "x-tc-action": "SendMultiGlobalSms",
            "x-tc-version": "2021-01-11",
            "x-tc-region": "eu-frankfurt",
            "x-tc-timestamp": str(at),
        }
        signer = Signer("sms", config.secret_id, config.secret_key)
        signed = {name: headers[name] for name in names}
        headers["authorization"] = signer.authorization(signed, raw, at)
        changed = {**headers, **{name.replace("_", "-"): value for name, value in after.items()}}
        return SandboxCall("POST", "/", {}, {name: v for name, v in changed.items() if v is not None}, raw)

    return signed_call


@pytest.fixture
def judge(side, desk):
    """Let the server judge a call; returns what is inside the envelope."""

    def judged(call: SandboxCall):
        reply = side.judge(call, desk)
        assert (reply.status, reply.content_type) == (200, "application/json")
        envelope = json.loads(reply.body)
        assert list(envelope) == ["Response"]
        assert envelope["Response"]["RequestId"]
        return envelope["Response"]

    return judged


@pytest.fixture
def post(judge, sign):
    """Sign and send any body; returns what is inside the envelope of the answer."""
    return lambda body, **changes: judge(sign(body, **changes))


def code_of(response):
    return response["Error"]["Code"]


def items(*changes: dict[str, object]) -> dict[str, object]:
    return {**GOOD, "MultiSmsInfoSet": [{**INFO, **change} for change in changes]}


# Client and server of this package against each other, over every refusal that a client can meet


def test_what_the_client_sends_the_server_accepts(send, make_batch, desk, stamp):
    outcomes = send(make_batch(200))

    assert {o.status for o in outcomes} == {Status.ACCEPTED}
    assert len(desk.texts) == 200
    assert desk.texts[7] == ("+60198890007", f"{stamp.reference}-{7}")
    assert (outcomes[7].provider_message_id, outcomes[7].fee) == ("serial-8", 1)


def test_a_temporary_pair_of_keys_is_accepted_with_its_token_only(make_config, make_client, make_batch, transmit):
    batch, side = make_batch(1), server_side(make_config(token="temporary"))
    with_token, without = make_client(token="temporary"), make_client()

    (good,) = with_token.decode(batch, transmit(with_token.encode(batch), side))
    (bad,) = without.decode(batch, transmit(without.encode(batch), side))

    assert good.status is Status.ACCEPTED
    assert bad.code == "AuthFailure.TokenFailure"


def test_contents_of_their_own_are_judged_each_by_itself(send):
    contents = [
        Filled(template="1800308", params=("190191",), sender="Qsms"),
        Filled(template="1800309"),
        Filled(template="1800308", params=("190191", "4")),
        Filled(template="1800308", params=()),
        Filled(template="1"),
        Filled(template="1800309", sender="Unknown"),
        Filled(template="1800308", params=("see HTTPS://example.com",)),
        Filled(template="1800308", params=("www.example.com",)),
    ]

    outcomes = send(Batch([Parcel(parse_phone(f"+6019889{i:04}"), content) for i, content in enumerate(contents)]))

    assert [outcome.reason for outcome in outcomes] == [
        None,
        None,
        Reason.TEMPLATE_REFUSED,
        Reason.TEMPLATE_REFUSED,
        Reason.TEMPLATE_REFUSED,
        Reason.SIGNATURE_REFUSED,
        Reason.INVALID_CONTENT,
        Reason.INVALID_CONTENT,
    ]


@pytest.mark.parametrize("reason", CODES)
def test_what_the_desk_refuses_is_what_the_client_reads(send, make_batch, desk, reason):
    desk.refusals[SECOND] = reason

    outcomes = send(make_batch(3))

    assert [o.status for o in outcomes][::2] == [Status.ACCEPTED, Status.ACCEPTED]
    assert outcomes[1].reason is reason
    assert (outcomes[1].status is Status.UNKNOWN) == (reason is Reason.AMBIGUOUS)
    assert [phone for phone, _ in desk.texts] == [FIRST, "+60198890002"]


@pytest.mark.parametrize("reason", sorted(set(Reason) - set(CODES)))
def test_a_reason_that_no_vendor_gives_is_answered_ambiguously(send, make_batch, desk, reason):
    desk.refusals[FIRST] = reason

    assert send(make_batch(1))[0].reason is Reason.AMBIGUOUS


def test_whoever_the_balance_does_not_cover_is_refused(send, make_batch, desk):
    desk.balance = 2

    outcomes = send(make_batch(4))

    assert [o.reason for o in outcomes] == [None, None, Reason.INSUFFICIENT_BALANCE, Reason.INSUFFICIENT_BALANCE]
    assert outcomes[2].code == "FailedOperation.InsufficientBalanceInSmsPackage"


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"secret_id": "AKIDother"}, "AuthFailure.SecretIdNotFound"),
        ({"secret_key": "other"}, "AuthFailure.SignatureFailure"),
        ({"token": "other"}, "AuthFailure.TokenFailure"),
        ({"sdk_app_id": "1400006666"}, "UnauthorizedOperation.SmsSdkAppIdVerifyFail"),
    ],
)
def test_an_account_that_is_set_up_wrongly_is_refused_as_a_whole(send, make_batch, desk, settings, code):
    outcomes = send(make_batch(2), **settings)

    assert [(o.status, o.code) for o in outcomes] == [(Status.REJECTED, code)] * 2
    assert desk.texts == []


@pytest.mark.parametrize(("skew", "refused"), [(-301, True), (-300, False), (0, False), (300, False), (301, True)])
def test_the_clocks_may_differ_by_five_minutes(send, make_batch, desk, skew, refused):
    (outcome,) = send(make_batch(1), at=Stamp(desk.now + skew, 1))

    assert outcome.reason is (Reason.CLOCK_SKEW if refused else None)
    assert outcome.code == ("AuthFailure.SignatureExpire" if refused else None)


def test_too_many_requests_are_refused_as_a_whole(send, make_batch, desk):
    desk.busy = True

    assert {o.code for o in send(make_batch(2))} == {"RequestLimitExceeded"}
    assert desk.texts == []


def test_more_than_200_numbers_are_refused_as_a_whole(send, make_batch, desk):
    outcomes = send(make_batch(201))

    assert {(o.code, o.reason) for o in outcomes} == {("LimitExceeded.PhoneNumberCountLimit", Reason.INVALID_BATCH)}
    assert desk.texts == []


def test_results_that_a_fault_leaves_out_are_unknown_to_the_client(send, make_batch, desk):
    desk.rewrite = lambda results: results[1:]

    outcomes = send(make_batch(3))

    assert [o.status for o in outcomes] == [Status.UNKNOWN, Status.ACCEPTED, Status.ACCEPTED]
    assert len(desk.texts) == 3


def test_results_that_a_fault_shuffles_are_booked_all_the_same(send, make_batch, desk):
    desk.rewrite = lambda results: results[::-1]

    outcomes = send(make_batch(3))

    assert [o.provider_message_id for o in outcomes] == ["serial-1", "serial-2", "serial-3"]


def test_the_answer_to_another_attempt_is_not_believed(make_client, make_batch, desk, transmit):
    first, second = make_client(at=Stamp(desk.now, 1)), make_client(at=Stamp(desk.now, 2))

    stray = replace(transmit(first.encode(make_batch(2))), fresh=False)

    with pytest.raises(UnexpectedResponse, match="not of this request"):
        second.decode(make_batch(2), stray)


# The server by itself


def test_the_server_answers_documented_codes_only():
    assert set(CODES.values()) <= set(REASONS)


@pytest.mark.parametrize(
    ("phone", "country"),
    [
        ("+60198890000", "MY"),
        ("+85298765432", "HK"),
        ("+886912345678", "TW"),
        ("+14155552671", "US"),
        ("+80012345678", "DEF"),
    ],
)
def test_a_result_names_the_country(post, phone, country):
    (result,) = post(items({"PhoneNumber": phone}))["SendMultiStatusSet"]

    assert (result["Code"], result["IsoCode"]) == ("Ok", country)


@pytest.mark.parametrize(
    ("header", "value", "code"),
    [
        ("x_tc_action", None, "MissingParameter"),
        ("x_tc_action", "SendSms", "InvalidAction"),
        ("x_tc_action", "sendmultiglobalsms", "InvalidAction"),
        ("x_tc_version", None, "MissingParameter"),
        ("x_tc_version", "2019-07-11", "NoSuchVersion"),
        ("x_tc_region", None, "MissingParameter"),
        ("x_tc_region", "ap-guangzhou", "UnsupportedRegion"),
        ("x_tc_timestamp", None, "MissingParameter"),
        ("x_tc_timestamp", "1776313405.75", "InvalidParameter"),
        ("x_tc_timestamp", "1776313406", "AuthFailure.SignatureFailure"),
        ("x_tc_timestamp", "1776313000", "AuthFailure.SignatureExpire"),
        ("authorization", None, "AuthFailure.InvalidAuthorization"),
        ("authorization", "SKIP", "AuthFailure.InvalidAuthorization"),
        ("content_type", "text/plain", "AuthFailure.SignatureFailure"),
        ("content_type", None, "AuthFailure.SignatureFailure"),
        ("host", "sms.tencentcloudapi.com", "AuthFailure.SignatureFailure"),
        ("x_tc_token", "uninvited", "AuthFailure.TokenFailure"),
        ("x_tc_content_sha256", "UNSIGNED-PAYLOAD", "AuthFailure.SignatureFailure"),
    ],
)
def test_a_header_that_is_wrong_or_missing_has_its_own_code(post, desk, header, value, code):
    response = post(GOOD, **{header: value})

    assert code_of(response) == code
    assert desk.texts == []


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("TC3-HMAC-SHA256 ", "TC3-HMAC-SHA1 ", "AuthFailure.InvalidAuthorization"),
        (", SignedHeaders", ",SignedHeaders", "AuthFailure.InvalidAuthorization"),
        ("tc3_request", "aws4_request", "AuthFailure.InvalidAuthorization"),
        ("Signature=", "Signature=A", "AuthFailure.InvalidAuthorization"),
        ("2026-04-16", "2026-04-15", "AuthFailure.SignatureFailure"),
        ("/sms/", "/cvm/", "AuthFailure.SignatureFailure"),
        ("content-type;host", "content-type", "AuthFailure.SignatureFailure"),
        ("content-type;host", "host;content-type", "AuthFailure.SignatureFailure"),
        ("content-type;host", "content-type;host;x-tc-action", "AuthFailure.SignatureFailure"),
        ("content-type;host", "content-type;host;x-tc-traceid", "AuthFailure.SignatureFailure"),
    ],
)
def test_an_authorization_is_read_strictly(judge, sign, old, new, code):
    good = sign(GOOD)
    authorization = good.headers["authorization"].replace(old, new)

    response = judge(replace(good, headers={**good.headers, "authorization": authorization}))

    assert authorization != good.headers["authorization"]
    assert code_of(response) == code


@pytest.mark.parametrize("more", [(), ("x-tc-action",), ("x-tc-action", "x-tc-region", "x-tc-timestamp")])
def test_the_signature_may_cover_more_headers_than_it_must(post, more):
    assert "SendMultiStatusSet" in post(GOOD, names=("content-type", "host", *more))


@pytest.mark.parametrize("names", [("content-type",), ("host",), ("x-tc-action", "x-tc-region")])
def test_a_good_signature_over_fewer_headers_than_it_must_cover_is_refused(post, names):
    assert code_of(post(GOOD, names=names)) == "AuthFailure.SignatureFailure"


def test_a_body_that_was_changed_on_the_way_is_refused(judge, sign):
    call = sign(GOOD)

    response = judge(replace(call, body=call.body.replace(b"190191", b"190192")))

    assert code_of(response) == "AuthFailure.SignatureFailure"


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_another_method_is_an_unsupported_protocol(judge, sign, method):
    assert code_of(judge(replace(sign(GOOD), method=method))) == "UnsupportedProtocol"


def test_another_path_is_not_the_api(side, sign, desk):
    assert side.judge(replace(sign(GOOD), path="/v5"), desk).status == 404


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "FailedOperation.FailResolvePacket"),
        (b"SmsSdkAppId=2400006666", "FailedOperation.FailResolvePacket"),
        (b"\xff", "FailedOperation.FailResolvePacket"),
        (b"[" * 100_000, "FailedOperation.FailResolvePacket"),
        (b"[]", "InvalidParameter"),
        ({}, "MissingParameter"),
        ({"SmsSdkAppId": "2400006666"}, "MissingParameter"),
        ({**GOOD, "SmsSdkAppId": 2400006666}, "InvalidParameter"),
        ({**GOOD, "MultiSmsInfoSet": {}}, "InvalidParameter"),
        ({**GOOD, "PhoneNumberSet": [FIRST]}, "UnknownParameter"),
        ({**GOOD, "MultiSmsInfoSet": []}, "InvalidParameterValue.MultiSmsInfoSetEmpty"),
        ({**GOOD, "SmsSdkAppId": ""}, "UnauthorizedOperation.SmsSdkAppIdVerifyFail"),
        ({**GOOD, "MultiSmsInfoSet": [{"PhoneNumber": FIRST}]}, "MissingParameter"),
        ({**GOOD, "MultiSmsInfoSet": [{"TemplateId": "1800308"}]}, "MissingParameter"),
        (items({"TemplateId": 1800308}), "InvalidParameter"),
        (items({"TemplateParamSet": [190191]}), "InvalidParameter"),
        (items({"TemplateParamSet": "190191"}), "InvalidParameter"),
        (items({"TemplateParamSet": None}), "InvalidParameter"),
        (items({"ExtendCode": ""}), "UnknownParameter"),
        (items({"SignName": "Acme"}), "UnknownParameter"),
        (items({"SessionContext": "\u672a" * 171}), "InvalidParameter"),
        (items({}, {"PhoneNumber": "+8613788888888"}), "UnsupportedOperation.ContainDomesticPhoneNumber"),
        (items(*[{}] * 201), "LimitExceeded.PhoneNumberCountLimit"),
    ],
)
def test_a_body_of_another_shape_has_its_documented_code(post, desk, body, code):
    response = post(body)

    assert code_of(response) == code
    assert desk.texts == []


@pytest.mark.parametrize("phone", ["", "60198890000", "0060198890000", "+60 19-889 0000", "+6", "+60198***000", "+999"])
def test_a_malformed_number_is_refused_by_itself(post, phone):
    bad, good = post(items({"PhoneNumber": phone}, {"PhoneNumber": SECOND}))["SendMultiStatusSet"]

    assert (bad["Code"], bad["IsoCode"]) == ("InvalidParameterValue.IncorrectPhoneNumber", "DEF")
    assert bad["PhoneNumber"] == phone
    assert good["Code"] == "Ok"


def test_a_success_has_the_members_of_the_published_one(post):
    (result,) = post(items({"SenderId": "Qsms", "SessionContext": "outsid_1"}))["SendMultiStatusSet"]

    assert result == {
        "Code": "Ok",
        "Fee": 1,
        "IsoCode": "MY",
        "Message": "send success",
        "PhoneNumber": FIRST,
        "SerialNo": "serial-1",
        "SessionContext": "outsid_1",
    }


def test_a_refusal_costs_nothing_and_has_a_serial_number_all_the_same(post):
    first, second = post(items({"TemplateParamSet": []}, {"TemplateParamSet": []}))["SendMultiStatusSet"]

    assert (first["Code"], first["Fee"]) == ("FailedOperation.TemplateIncorrectOrUnapproved", 0)
    assert first["SerialNo"]
    assert first["SerialNo"] != second["SerialNo"]
    assert first["Message"] == "template incorrect or unapproved"
