"""The client side and the server side of this package against each other: every refusal that the vendor documents."""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import replace
from urllib.parse import parse_qsl, quote, urlencode

import pytest

from smsway.provider import Batch, Filled, Parcel, Phone, Reason, SandboxCall, Status, UnexpectedResponse
from smsway_usms._config import UsmsConfig
from smsway_usms._sandbox import UsmsSide
from smsway_usms._signing import sign
from smsway_usms._wire import encode_send

A, B, C = "+8618500000507", "+8618500000608", "+60198890000"
FORM = {"content-type": "application/x-www-form-urlencoded"}


def verdicts(outcomes):
    return [(outcome.status, outcome.reason) for outcome in outcomes]


def refused(reason):
    return (Status.REJECTED, reason)


ACCEPTED = (Status.ACCEPTED, None)


class TestPairs:
    """What a caller is told, when our request meets a faithful server."""

    def test_all_are_accepted(self, batch_of, deliver, desk):
        outcomes = deliver(batch_of(A, B, C))

        assert verdicts(outcomes) == [ACCEPTED] * 3
        assert {outcome.provider_message_id for outcome in outcomes} == {"session-1"}
        assert [phone for phone, _ in desk.accepted] == [A, B, C]
        assert desk.accepted[2][1] == "0123456789abcdef0123-2"

    def test_several_templates_and_signatures_travel_in_one_request(self, parcel_of, deliver, desk):
        batch = Batch(
            [
                parcel_of(A),
                parcel_of(B, template="UTB2", params=("a", "b")),
                parcel_of(C, template="UTB0", params=(), signature="UCloud", extend_code="123"),
            ]
        )

        assert verdicts(deliver(batch)) == [ACCEPTED] * 3
        assert len(desk.accepted) == 3

    def test_a_full_batch_with_long_params_arrives(self, parcel_of, deliver, desk):
        batch = Batch([parcel_of(f"+86185{number:08}", params=("开心果挖土机" * 5,)) for number in range(200)])

        assert verdicts(deliver(batch)) == [ACCEPTED] * 200
        assert len(desk.accepted) == 200

    def test_an_unknown_template_refuses_its_item_only(self, parcel_of, deliver):
        batch = Batch([parcel_of(A), parcel_of(B, template="UTX"), parcel_of(C)])

        assert verdicts(deliver(batch)) == [ACCEPTED, refused(Reason.TEMPLATE_REFUSED), ACCEPTED]

    def test_an_unknown_template_alone_is_18017(self, parcel_of, deliver):
        outcomes = deliver(Batch([parcel_of(A, template="UTX"), parcel_of(B, template="UTX")]))

        assert verdicts(outcomes) == [refused(Reason.TEMPLATE_REFUSED)] * 2
        assert {outcome.code for outcome in outcomes} == {"18017"}

    def test_an_unknown_signature_refuses_its_item_only(self, parcel_of, deliver):
        batch = Batch([parcel_of(A), parcel_of(B, signature="nobody")])

        assert verdicts(deliver(batch)) == [ACCEPTED, refused(Reason.SIGNATURE_REFUSED)]

    @pytest.mark.parametrize("signature", ["nobody", ""])
    def test_an_unknown_signature_alone_is_18016(self, parcel_of, deliver, signature):
        (outcome,) = deliver(Batch([parcel_of(A, signature=signature)]))

        assert (outcome.reason, outcome.code) == (Reason.SIGNATURE_REFUSED, "18016")

    @pytest.mark.parametrize(
        ("template", "params"),
        [("UTA20212831C85C", ()), ("UTA20212831C85C", ("a", "b")), ("UTB2", ("a",)), ("UTB0", ("a",))],
    )
    def test_params_that_do_not_fit_alone_are_18018(self, parcel_of, deliver, template, params):
        (outcome,) = deliver(Batch([parcel_of(A, template=template, params=params)]))

        assert (outcome.reason, outcome.code) == (Reason.TEMPLATE_REFUSED, "18018")

    def test_params_that_do_not_fit_refuse_their_target_only(self, parcel_of, deliver):
        batch = Batch([parcel_of(A), parcel_of(B, params=()), parcel_of(C)])

        assert verdicts(deliver(batch)) == [ACCEPTED, refused(Reason.TEMPLATE_REFUSED), ACCEPTED]

    def test_a_blocked_phone_is_never_moved_on_and_stops_nobody_else(self, batch_of, deliver, desk):
        desk.refusals[B] = Reason.BLOCKED_RECIPIENT

        outcomes = deliver(batch_of(A, B, C))

        assert verdicts(outcomes) == [ACCEPTED, refused(Reason.BLOCKED_RECIPIENT), ACCEPTED]
        assert (outcomes[1].code, outcomes[1].detail) == ("0", "phone in the black list")

    def test_two_blocked_phones_carry_the_details_themselves(self, batch_of, deliver, desk):
        desk.refusals |= {A: Reason.BLOCKED_RECIPIENT, B: Reason.BLOCKED_RECIPIENT}

        outcomes = deliver(batch_of(A, B, C))

        assert verdicts(outcomes) == [refused(Reason.BLOCKED_RECIPIENT)] * 2 + [ACCEPTED]
        assert outcomes[0].code == "18046"

    def test_a_blocked_phone_alone(self, batch_of, deliver, desk):
        desk.refusals[A] = Reason.BLOCKED_RECIPIENT

        assert verdicts(deliver(batch_of(A))) == [refused(Reason.BLOCKED_RECIPIENT)]

    def test_an_invalid_phone_among_others(self, batch_of, deliver, desk):
        desk.refusals[A] = Reason.INVALID_RECIPIENT

        assert verdicts(deliver(batch_of(A, B))) == [refused(Reason.INVALID_RECIPIENT), ACCEPTED]

    @pytest.mark.parametrize(
        ("reason", "code"),
        [
            (Reason.INVALID_RECIPIENT, "18014"),
            (Reason.INSUFFICIENT_BALANCE, "18013"),
            (Reason.TEMPLATE_REFUSED, "18017"),
            (Reason.SIGNATURE_REFUSED, "18016"),
            (Reason.INVALID_CONTENT, "18023"),
            (Reason.AUTHENTICATION, "172"),
            (Reason.PERMISSION, "291"),
            (Reason.CONFIGURATION, "292"),
            (Reason.RATE_LIMITED, "153"),
            (Reason.PROVIDER_FAILURE, "18004"),
        ],
    )
    def test_one_reason_for_all_is_its_own_code(self, batch_of, deliver, desk, reason, code):
        desk.refusals |= {A: reason, B: reason}

        outcomes = deliver(batch_of(A, B))

        assert verdicts(outcomes) == [refused(reason)] * 2
        assert {outcome.code for outcome in outcomes} == {code}

    def test_a_gateway_that_gave_up_leaves_all_unknown(self, batch_of, deliver, desk):
        desk.refusals[A] = Reason.AMBIGUOUS

        assert verdicts(deliver(batch_of(A))) == [(Status.UNKNOWN, Reason.AMBIGUOUS)]

    def test_a_reason_without_a_code_is_free_text_that_stops(self, batch_of, deliver, desk):
        desk.refusals[A] = Reason.RECIPIENT_RATE_LIMITED

        first, second = deliver(batch_of(A, B))

        assert (first.reason, first.detail, second.status) == (
            Reason.OTHER,
            "recipient rate limited",
            Status.ACCEPTED,
        )

    def test_an_empty_balance_refuses_the_whole_request(self, batch_of, deliver, desk):
        desk.balance = 0

        outcomes = deliver(batch_of(A, B))

        assert verdicts(outcomes) == [refused(Reason.INSUFFICIENT_BALANCE)] * 2
        assert {outcome.code for outcome in outcomes} == {"18013"}

    def test_a_balance_that_runs_out_refuses_the_rest(self, batch_of, deliver, desk):
        desk.balance = 1

        outcomes = deliver(batch_of(A, B, C))

        assert verdicts(outcomes) == [ACCEPTED, *[refused(Reason.INSUFFICIENT_BALANCE)] * 2]

    def test_too_many_requests_are_153(self, batch_of, deliver, desk):
        desk.too_fast = True

        (outcome,) = deliver(batch_of(A))

        assert (outcome.reason, outcome.code) == (Reason.RATE_LIMITED, "153")

    def test_trap_26_more_than_200_are_refused_whole(self, parcel_of, deliver, desk):
        batch = Batch([parcel_of(f"+86185{number:08}") for number in range(201)])

        outcomes = deliver(batch)

        assert verdicts(outcomes) == [refused(Reason.INVALID_BATCH)] * 201
        assert not desk.accepted

    @pytest.mark.parametrize(
        ("changes", "expected"),
        [
            ({"private_key": "wrong"}, (Reason.AUTHENTICATION, "171")),
            ({"public_key": "wrong"}, (Reason.AUTHENTICATION, "172")),
            ({"security_token": "token"}, (Reason.AUTHENTICATION, "174")),
            ({"project_id": "org-other"}, (Reason.CONFIGURATION, "292")),
        ],
    )
    def test_wrong_settings(self, batch_of, deliver, config, changes, expected):
        (outcome,) = deliver(batch_of(A), client=UsmsConfig(**{**dict(config), **changes}))

        assert (outcome.status, (outcome.reason, outcome.code)) == (Status.REJECTED, expected)

    def test_a_temporary_key_needs_its_token(self, batch_of, deliver, config):
        temporary = UsmsConfig(**{**dict(config), "security_token": "t+/=:", "region": "cn-bj2"})

        (good,) = deliver(batch_of(A), client=temporary, server=temporary)
        (bad,) = deliver(batch_of(A), server=temporary)

        assert (good.status, bad.code) == (Status.ACCEPTED, "174")


class TestFaults:
    """A server that garbles the list of failures."""

    @pytest.fixture
    def blocked(self, desk):
        desk.refusals |= {A: Reason.BLOCKED_RECIPIENT, B: Reason.BLOCKED_RECIPIENT}

    @pytest.mark.usefixtures("blocked")
    def test_reordered_failures_are_booked_on_their_own_recipients(self, batch_of, deliver, desk):
        desk.rewrite = lambda items: items[::-1]

        assert verdicts(deliver(batch_of(A, C, B))) == [
            refused(Reason.BLOCKED_RECIPIENT),
            ACCEPTED,
            refused(Reason.BLOCKED_RECIPIENT),
        ]

    @pytest.mark.usefixtures("blocked")
    def test_repeated_failures_count_once(self, batch_of, deliver, desk):
        desk.rewrite = lambda items: items * 2

        assert verdicts(deliver(batch_of(A, C, B))) == [
            refused(Reason.BLOCKED_RECIPIENT),
            ACCEPTED,
            refused(Reason.BLOCKED_RECIPIENT),
        ]

    @pytest.mark.usefixtures("blocked")
    def test_an_omitted_failure_leaves_the_unexplained_unknown(self, batch_of, deliver, desk):
        desk.rewrite = lambda items: items[1:]

        unknown = (Status.UNKNOWN, Reason.MISSING_RESULT)
        assert verdicts(deliver(batch_of(A, C, B))) == [unknown, unknown, refused(Reason.BLOCKED_RECIPIENT)]

    @pytest.mark.usefixtures("blocked")
    def test_a_failure_of_a_stranger_makes_the_whole_answer_suspect(self, batch_of, deliver, desk):
        desk.rewrite = lambda items: [*items, json.loads(json.dumps(items[0]).replace("0507", "9999"))]

        with pytest.raises(UnexpectedResponse, match="not in the request"):
            deliver(batch_of(A, C, B))


@pytest.fixture
def ask(config, desk):
    """Return a function that signs any parameters and returns the server's answer."""

    def ask(params=None, *, method="POST", headers=FORM, body=None, query=None, path="/"):
        if body is None:
            body = urlencode(params or {}).encode()
        reply = UsmsSide(config).judge(SandboxCall(method, path, query or {}, headers, body), desk)
        return json.loads(reply.body)

    return ask


@pytest.fixture
def params_with(config):
    """Return a function that makes signed parameters; `None` leaves one out, and what is sent is what is signed."""

    def params_with(items=None, **changes):
        task = b64encode(json.dumps(items).encode()).decode() if items is not None else TASK
        params = {
            "Action": "SendBatchUSMSMessage",
            "PublicKey": config.public_key.get_secret_value(),
            "ProjectId": config.project_id,
            "TaskContent": task,
            **changes,
        }
        params = {name: value for name, value in params.items() if value is not None}
        return params | {"Signature": sign(params, config.private_key.get_secret_value())}

    return params_with


def item(*targets, **members):
    return {"TemplateId": "UTA20212831C85C", "SigContent": "SCloud", "Target": list(targets), **members}


TARGET = {"Phone": "(86)18500000507", "TemplateParams": ["1"]}
TASK = b64encode(json.dumps([item(TARGET)]).encode()).decode()


class TestServer:
    """Requests that our client never writes."""

    def test_a_success_has_the_documented_members(self, ask, params_with):
        answer = ask(params_with())

        assert answer.pop("ReqUuid")
        assert answer == {
            "RetCode": 0,
            "Action": "SendBatchUSMSMessageResponse",
            "Message": "submit success",
            "SessionNo": "session-1",
            "SuccessCount": 1,
        }

    @pytest.mark.parametrize("phone", ["18500000507", "(0086)18500000507"])
    def test_trap_32_a_phone_without_calling_code_is_a_mainland_one(self, ask, params_with, desk, phone):
        ask(params_with([item(TARGET | {"Phone": phone})]))

        assert desk.accepted == [(A, None)]

    @pytest.mark.parametrize("phone", ["185XXXX0507", "", "+8618500000507", "(86)1", "(999)12345678", "123"])
    def test_a_malformed_phone_fails_its_target(self, ask, params_with, phone):
        answer = ask(params_with([item(TARGET, TARGET | {"Phone": phone})]))

        assert (answer["RetCode"], answer["SuccessCount"]) == (18046, 1)
        (failed,) = answer["FailContent"]
        assert failed["Target"] == [TARGET | {"Phone": phone, "FailureDetails": "invalid phone number"}]
        assert "FailureDetails" not in failed

    def test_a_blocked_phone_alone_in_its_item_is_written_like_the_published_example(self, ask, params_with, desk):
        desk.refusals[B] = Reason.BLOCKED_RECIPIENT
        blocked = {
            "TemplateParams": ["1"],
            "Phone": "(86)18500000608",
            "ExtendCode": "123",
            "UserId": "catch the big fish",
        }

        answer = ask(params_with([item(TARGET, blocked)]))

        assert (answer["RetCode"], answer["SuccessCount"], answer["SessionNo"]) == (0, 1, "session-1")
        assert answer["FailContent"] == [item(blocked, FailureDetails="phone in the black list")]

    def test_nothing_accepted_has_no_session_number(self, ask, params_with, desk):
        desk.refusals[A] = Reason.BLOCKED_RECIPIENT

        answer = ask(params_with())

        assert (answer["RetCode"], answer["SuccessCount"], "SessionNo" in answer) == (18046, 0, False)

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"Action": None}, 160),
            ({"Action": "SendUSMSMessage"}, 161),
            ({"PublicKey": None}, 172),
            ({"SecurityToken": "unknown"}, 174),
            ({"ProjectId": None}, 18001),
            ({"ProjectId": ""}, 18001),
            ({"ProjectId": "org-other"}, 292),
            ({"TaskContent": None}, 18001),
            ({"TaskContent": "not base64"}, 18000),
            ({"TaskContent": b64encode(b"not json").decode()}, 18000),
            ({"TaskContent": b64encode(b"[" * 100_000).decode()}, 18000),
            ({"TaskContent": b64encode(b"\xff").decode()}, 18000),
        ],
    )
    def test_wrong_parameters(self, ask, params_with, desk, changes, code):
        assert ask(params_with(**changes))["RetCode"] == code
        assert not desk.accepted

    @pytest.mark.parametrize(
        ("items", "code"),
        [
            ([], 18001),
            ({}, 18002),
            (["x"], 18002),
            ([{"SigContent": "SCloud", "Target": [TARGET]}], 18001),
            ([{"TemplateId": "UTA20212831C85C", "Target": [TARGET]}], 18001),
            ([{"TemplateId": "UTA20212831C85C", "SigContent": "SCloud"}], 18001),
            ([item()], 18001),
            ([item({"TemplateParams": ["1"]})], 18001),
            ([item(TARGET, TemplateId=19)], 18002),
            ([item(TARGET | {"Phone": 18500000507})], 18002),
            ([item(TARGET | {"TemplateParams": "1"})], 18002),
            ([item(TARGET | {"TemplateParams": [1]})], 18002),
            ([item(TARGET | {"UserId": 7})], 18002),
            ([item(TARGET | {"UserId": "you man c define the content by yrself"})], 18003),
            ([item(TARGET | {"UserId": "it's"})], 18003),
            ([item(TARGET | {"UserId": "\U0001f600"})], 18003),
            ([item(TARGET | {"ExtendCode": "12a"})], 18003),
            ([item(*[TARGET] * 100), item(*[TARGET] * 101)], 18019),
        ],
    )
    def test_wrong_task_contents(self, ask, params_with, desk, items, code):
        assert ask(params_with(items))["RetCode"] == code
        assert not desk.accepted

    def test_a_user_id_of_32_characters_is_fine(self, ask, params_with):
        assert ask(params_with([item(TARGET | {"UserId": "x" * 32})]))["RetCode"] == 0

    @pytest.mark.parametrize("signature", [None, "", "0" * 40, "\u00e9"])
    def test_a_missing_signature_is_170_and_a_wrong_one_171(self, ask, params_with, signature):
        params = params_with() | {"Signature": signature}
        if signature is None:
            del params["Signature"]

        assert ask(params)["RetCode"] == (171 if signature else 170)

    def test_a_changed_parameter_is_171(self, ask, params_with):
        assert ask(params_with() | {"TaskContent": TASK + "="})["RetCode"] == 171

    def test_trap_28_template_params_for_a_template_without_variables_do_not_match(self, ask, params_with):
        target = {"Phone": "(86)18500000507", "TemplateParams": []}

        answer = ask(params_with([item(target, TemplateId="UTB0")]))

        assert answer["RetCode"] == 18018
        assert answer["FailContent"][0]["FailureDetails"]

    def test_a_json_body_is_taken_too(self, ask, params_with):
        body = json.dumps(params_with()).encode()

        assert ask(headers={"content-type": "application/json; charset=utf-8"}, body=body)["RetCode"] == 0

    def test_numbers_and_booleans_of_a_json_body_are_signed_as_text(self, ask, params_with):
        written = params_with(Limit="10", Ratio="42", Flag="true")
        body = json.dumps(written | {"Limit": 10, "Ratio": 42.0, "Flag": True}).encode()

        assert ask(headers={"content-type": "application/json"}, body=body)["RetCode"] == 0

    @pytest.mark.parametrize("body", [b"", b"[]", b"{", b'"x"', b"[" * 100_000])
    def test_a_json_body_that_holds_no_parameters_is_160(self, ask, body):
        assert ask(headers={"content-type": "application/json"}, body=body)["RetCode"] == 160

    def test_half_a_surrogate_pair_is_only_a_wrong_signature(self, ask, params_with):
        body = json.dumps(params_with() | {"Region": "\ud800"}).encode()

        assert ask(headers={"content-type": "application/json"}, body=body)["RetCode"] == 171

    def test_trap_27_a_query_is_taken_too(self, ask, params_with):
        assert ask(method="GET", query=params_with(), body=b"")["RetCode"] == 0

    def test_trap_27_a_query_that_is_not_escaped_is_171(self, ask, params_with):
        """The published GET example, taken literally: its plus signs arrive as spaces."""
        params = params_with(Note="a+b")
        literal = "&".join(f"{name}={value if name == 'Note' else quote(value)}" for name, value in params.items())

        assert ask(method="GET", query=dict(parse_qsl(literal)), body=b"")["RetCode"] == 171

    @pytest.mark.parametrize(("method", "path"), [("PUT", "/"), ("POST", "/v1"), ("POST", "")])
    def test_another_method_or_path_is_not_found(self, config, desk, method, path):
        reply = UsmsSide(config).judge(SandboxCall(method, path, {}, FORM, b""), desk)

        assert reply.status == 404

    def test_trap_33_a_captured_request_can_be_replayed_for_ever(self, config, desk, batch_of, stamp, call_of):
        """Nothing in the signature ages: the reason why it must never stand in a URL or a log."""
        call = call_of(encode_send(config, batch_of(A), stamp))

        for _ in range(2):
            assert json.loads(UsmsSide(config).judge(call, desk).body)["RetCode"] == 0

        assert len(desk.accepted) == 2

    def test_both_sides_sign_by_code_of_their_own(self, config, desk, batch_of, stamp, call_of):
        call = call_of(encode_send(config, batch_of(A), stamp))
        spoilt = replace(call, body=call.body[:-1] + (b"0" if call.body[-1:] != b"0" else b"1"))

        assert json.loads(UsmsSide(config).judge(spoilt, desk).body)["RetCode"] == 171


def test_a_phone_reads_the_same_on_both_sides(deliver, desk):
    phones = ["+8618500000507", "+60198890000", "+12025550123", "+390612345678", "+85251234567", "+4915112345678"]
    batch = Batch([Parcel(Phone(phone), Filled(template="UTB0", signature="SCloud")) for phone in phones])

    deliver(batch)

    assert [phone for phone, _ in desk.accepted] == phones
