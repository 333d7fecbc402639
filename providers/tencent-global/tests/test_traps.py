"""Traps of this API: places where its documents, its SDK and its neighbours contradict each other."""

from __future__ import annotations

import json

import pytest

from smsway.provider import Batch, Filled, Parcel, Reason, Response, Stamp, Status, UnexpectedResponse, parse_phone
from smsway_tencentcloud import Signer

PHONE = "+60198890000"


@pytest.fixture
def read_one(client, make_batch, answer):
    """Decode a fresh answer with one result, for a request for one recipient."""

    def read(**members: object):
        result = {"PhoneNumber": PHONE, "SerialNo": "de61cf79-636e-4ad0-ac0b-dc29937999af", "Fee": 0, **members}
        (outcome,) = client.decode(make_batch(1), answer({"SendMultiStatusSet": [result]}))
        return outcome

    return read


@pytest.fixture
def read_error(client, make_batch, answer):
    def read(code: str):
        (outcome,) = client.decode(make_batch(1), answer({"Error": {"Code": code, "Message": "text"}}))
        return outcome

    return read


def test_mainland_numbers_fail_the_whole_request_so_the_planner_must_know_that_cn_is_not_served(send, make_batch):
    outcomes = send(make_batch([PHONE, "+8613788888888"]))

    assert {o.reason for o in outcomes} == {Reason.UNSUPPORTED_DESTINATION}


def test_the_content_type_is_the_same_on_the_wire_and_under_the_signature(client, make_batch):
    request = client.encode(make_batch(1))

    assert request.headers["Content-Type"] == request.headers["Content-Type"].lower()
    assert "content-type;host;x-tc-action" in request.headers["Authorization"]


def test_the_action_is_sent_in_its_own_case_and_signed_in_lower_case(client, make_batch):
    request = client.encode(make_batch(1))
    signed = {name: request.headers[name] for name in ("Content-Type", "Host")}
    lowered = {**signed, "X-TC-Action": "sendmultiglobalsms"}

    signer = Signer("sms", client.config.secret_id, client.config.secret_key)
    expected = signer.authorization(lowered, request.body, int(client.stamp.now))

    assert request.headers["X-TC-Action"] == "SendMultiGlobalSms"
    assert request.headers["Authorization"] == expected


@pytest.mark.parametrize("code", ["AuthFailure.SignatureExpire", "InternalError.RequestTimeException"])
def test_both_codes_for_a_wrong_clock_are_clock_skew_though_their_limits_differ(read_error, code):
    assert read_error(code).reason is Reason.CLOCK_SKEW


def test_every_attempt_is_signed_with_its_own_time(make_client, make_batch):
    times = [
        make_client(at=Stamp(now, 1)).encode(make_batch(1)).headers["X-TC-Timestamp"] for now in (1e9, 1e9 + 299.9)
    ]

    assert times == ["1000000000", "1000000299"]


@pytest.mark.parametrize(
    "code",
    [
        "FailedOperation.TemplateIncorrectOrUnapproved",
        "FailedOperation.TemplateParamSetNotMatchApprovedTemplate",
        "FailedOperation.TemplateUnapprovedOrNotExist",
    ],
)
def test_a_wrong_number_of_params_is_a_refused_template_under_every_code_it_comes_with(read_one, code):
    assert read_one(Code=code).reason is Reason.TEMPLATE_REFUSED


def test_codes_that_speak_of_members_this_api_has_not_are_still_read(read_error):
    assert read_error("MissingParameter.EmptyPhoneNumberSet").reason is Reason.INVALID_BATCH
    assert read_error("LimitExceeded.PhoneNumberCountLimit").reason is Reason.INVALID_BATCH


@pytest.mark.parametrize("app_id", ["1400006666", "2400006666"])
def test_application_ids_of_both_sites_are_taken(make_client, make_batch, app_id):
    request = make_client(sdk_app_id=app_id).encode(make_batch(1))

    assert json.loads(request.body)["SmsSdkAppId"] == app_id


def test_a_masked_phone_as_in_the_published_samples_is_nobodys(client, make_batch, answer):
    sample = {"PhoneNumber": "+60198***000", "Code": "Ok", "SerialNo": "a84166ff", "Fee": 1}

    with pytest.raises(UnexpectedResponse):
        client.decode(make_batch(1), answer({"SendMultiStatusSet": [sample]}))


def test_a_serial_number_does_not_prove_success(read_one):
    outcome = read_one(Code="FailedOperation.TemplateIncorrectOrUnapproved")

    assert (outcome.status, outcome.provider_message_id) == (Status.REJECTED, None)


@pytest.mark.parametrize("code", ["ok", "OK", "Ok ", " Ok", "Success", "0", "send success"])
def test_only_ok_in_exactly_these_letters_is_success(read_one, code):
    assert read_one(Code=code, Fee=1, Message="send success").status is Status.UNKNOWN


@pytest.mark.parametrize("content_type", ["application/json", "application/json; charset=utf-8", "text/html", None])
def test_an_error_envelope_is_an_error_under_any_content_type(client, make_batch, content_type):
    body = b'{"Response":{"Error":{"Code":"AuthFailure.SignatureFailure","Message":"x"},"RequestId":"1"}}'
    headers = {} if content_type is None else {"Content-Type": content_type}

    (outcome,) = client.decode(make_batch(1), Response(200, body, headers))

    assert (outcome.status, outcome.reason) == (Status.REJECTED, Reason.AUTHENTICATION)


@pytest.mark.parametrize("code", ["Ok", "InternalError.Timeout", "FailedOperation.OtherError"])
def test_a_send_is_never_repeated_by_the_provider(read_one, code):
    # `decode` fails if the exchange yields a second request.
    assert read_one(Code=code).recipient == PHONE


@pytest.mark.parametrize(
    ("alias", "spelling"),
    [
        ("UnauthorizedOperation.SerivceSuspendDueToArrears", "UnauthorizedOperation.ServiceSuspendDueToArrears"),
        ("UnsupportedOperation.UnsuportedRegion", "UnsupportedOperation.UnsupportedRegion"),
        ("FailedOperation.PhoneNumberOnBlacklist", "FailedOperation.PhoneNumberInBlacklist"),
        ("UnauthorizedOperation.SdkAppidIsDisabled", "UnauthorizedOperation.SdkAppIdIsDisabled"),
        ("UnauthorizedOperation.SmsSdkAppidVerifyFail", "UnauthorizedOperation.SmsSdkAppIdVerifyFail"),
        ("InvalidParameterValue.SdkAppidNotExist", "InvalidParameterValue.SdkAppIdNotExist"),
        ("UnsupportedOperation.", "UnsupportedOperation"),
    ],
)
def test_older_and_misspelt_codes_mean_what_the_present_spelling_means(read_error, alias, spelling):
    assert read_error(alias).reason is read_error(spelling).reason
    assert read_error(alias).code == alias


def test_template_and_application_ids_are_texts_of_digits(client, make_batch):
    content = json.loads(client.encode(make_batch(1)).body)

    assert content["SmsSdkAppId"] == "2400006666"
    assert content["MultiSmsInfoSet"][0]["TemplateId"] == "1800308"


def test_params_are_left_out_where_the_template_has_none(client, make_batch, send):
    batch = make_batch(1, template="1800309", params=())

    (info,) = json.loads(client.encode(batch).body)["MultiSmsInfoSet"]

    assert "TemplateParamSet" not in info
    assert send(batch)[0].status is Status.ACCEPTED


def test_the_sender_is_left_out_where_the_public_one_is_meant(client):
    parcels = [Parcel(parse_phone(PHONE), Filled(template="1800309", sender=sender)) for sender in ("", "Qsms")]

    infos = [json.loads(client.encode(Batch([parcel])).body)["MultiSmsInfoSet"][0] for parcel in parcels]

    assert [info.get("SenderId") for info in infos] == [None, "Qsms"]


def test_a_signature_has_no_place_in_this_api(client, make_batch):
    request = client.encode(make_batch(1, signature="Acme"))

    assert b"Acme" not in request.body
    assert b"SignName" not in request.body


@pytest.mark.parametrize("code", ["InternalError.Timeout", "InternalError.SendAndRecvFail"])
def test_a_time_out_inside_the_vendor_is_ambiguous_whatever_its_text_advises(read_error, read_one, code):
    assert read_error(code).status is read_one(Code=code, Message="please retry").status is Status.UNKNOWN
