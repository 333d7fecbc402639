"""The client side and the server side of this package against each other, for everything beside sending."""

from __future__ import annotations

import json
from base64 import b64encode
from collections import Counter
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsway.provider import (
    Callback,
    CallFailed,
    Delivery,
    Inbound,
    Kind,
    Phone,
    Reason,
    Report,
    ReportQuery,
    Review,
    SandboxCall,
    SandboxInbound,
    SandboxPusher,
    SandboxReport,
    SignatureDraft,
    Stamp,
    TemplateDraft,
)
from smsway_usms._config import UsmsConfig
from smsway_usms._provider import Usms
from smsway_usms._sandbox import UsmsSide
from smsway_usms._signing import sign

A, B, C = "+8618500000507", "+8618500000608", "+60198890000"
STAMP = Stamp(now=1_700_000_000.0, nonce=1)
NOW = 1_700_000_000.0
PNG = b"\x89PNG\r\n\x1a\n"
FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.fixture
def call(config, server, converse):
    """Return a function that makes one call of the client against the server."""

    def call(name, *given, client=config):
        return converse(getattr(Usms(client), name)(*given, STAMP), server)

    return call


@pytest.fixture(scope="session")
def side(config):
    return UsmsSide(config)


def report(phone=A, session="s1", **members):
    own = {"reference": "0123456789abcdef0123-0", "sent_at": NOW, "at": NOW + 5, "delivery": Delivery.DELIVERED}
    return SandboxReport(message_id=session, phone=phone, **{**own, **members})


def query(*sessions, phone=None):
    return ReportQuery(since=0.0, until=1.0, phone=phone, message_ids=sessions)


class TestReports:
    def test_all_recipients_of_a_batch_share_one_session(self, batch_of, deliver, desk):
        desk.refusals[A] = Reason.BLOCKED_RECIPIENT

        outcomes = deliver(batch_of(A, B, C))

        assert [outcome.provider_message_id for outcome in outcomes] == [None, "session-1", "session-1"]

    def test_reports_are_given_once_and_the_oldest_first(self, call, desk):
        desk.due += [report(A), report(C, "s2", delivery=Delivery.UNDELIVERED, reason=Reason.BLOCKED_RECIPIENT, fee=3)]

        first, second, third = (call("pull_reports", 1) for _ in range(3))

        assert [(each.recipient, each.provider_message_id, each.delivery) for each in first + second] == [
            (A, "s1", Delivery.DELIVERED),
            (C, "s2", Delivery.UNDELIVERED),
        ]
        assert (second[0].reason, second[0].code, second[0].fee) == (Reason.BLOCKED_RECIPIENT, "MSBLACK", 3)
        assert third == []

    def test_reports_of_sessions_are_found_again_and_again(self, call, desk):
        desk.due += [report(A), report(B, reference=None), report(C, "s2")]

        for _ in range(2):
            found = call("find_reports", query("s1", "s9"))

            assert [(each.recipient, each.reference, each.at) for each in found] == [
                (A, "0123456789abcdef0123-0", NOW + 5),
                (B, None, NOW + 5),
            ]
        assert [each.recipient for each in call("find_reports", query("s1", "s2", phone=Phone(C)))] == [C]

    def test_more_sessions_than_fit_into_a_request_are_found(self, call, desk):
        desk.due += [report(session=f"s{number}") for number in range(250)]

        assert len(call("find_reports", query(*(f"s{number}" for number in range(250))))) == 250

    @pytest.mark.parametrize(
        ("reason", "told"),
        [
            (Reason.BLOCKED_RECIPIENT, Reason.BLOCKED_RECIPIENT),
            (Reason.INVALID_RECIPIENT, Reason.INVALID_RECIPIENT),
            (Reason.UNREACHABLE_RECIPIENT, Reason.UNREACHABLE_RECIPIENT),
            (Reason.RECIPIENT_RATE_LIMITED, Reason.RECIPIENT_RATE_LIMITED),
            (Reason.INVALID_CONTENT, Reason.INVALID_CONTENT),
            (Reason.SIGNATURE_REFUSED, Reason.SIGNATURE_REFUSED),
            (Reason.TEMPLATE_REFUSED, Reason.TEMPLATE_REFUSED),
            (Reason.CARRIER_FAILURE, Reason.CARRIER_FAILURE),
            (Reason.UNSUPPORTED_DESTINATION, Reason.CARRIER_FAILURE),
            (None, Reason.CARRIER_FAILURE),
        ],
    )
    def test_why_a_text_did_not_arrive_is_told_in_the_vendors_words(self, call, desk, reason, told):
        desk.due.append(report(delivery=Delivery.UNDELIVERED, reason=reason))

        (found,) = call("pull_reports", 1)

        assert (found.delivery, found.reason) == (Delivery.UNDELIVERED, told)


class TestPushes:
    def test_the_side_pushes_by_the_documented_rule(self, side):
        assert isinstance(side, SandboxPusher)
        assert (side.push_rule.tries, side.push_rule.interval) == (4, 1.0)

    def test_what_the_client_answers_is_a_receipt_only_if_it_has_taken_the_push(self, config, side):
        taken, refused = (Usms(config).answer_callback(taken=each) for each in (True, False))

        assert side.acknowledged(taken.status, taken.body)
        assert not side.acknowledged(refused.status, refused.body)

    @pytest.mark.parametrize(
        ("status", "body"),
        [
            (500, b'{"code": 0}'),
            (302, b'{"code": 0}'),
            (200, b'{"code": 1}'),
            (200, b"{}"),
            (200, b"0"),
            (200, b""),
            (200, b'{code: 0, message: "ok"}'),
            (200, b"[" * 100_000),
        ],
    )
    def test_any_other_answer_is_none(self, side, status, body):
        assert not side.acknowledged(status, body)


class TestTemplates:
    def test_a_template_goes_through_its_review(self, call, desk):
        draft = TemplateDraft(text="Code {1}, {2} minutes, {1}", name="code", kind=Kind.OTP, remark="login")

        added = call("add_template", draft)
        (pending,) = call("get_templates", [added.id])
        desk.shelf[added.id] = replace(desk.shelf[added.id], review=Review.REJECTED, words="too short")
        (rejected,) = call("get_templates", [added.id])
        changed = call("modify_template", added.id, replace(draft, text="Your code is {1}"))
        (again,) = call("get_templates", [added.id])

        assert added.id.startswith("UTA")
        assert desk.shelf[added.id].params == 1
        assert (pending.review, pending.text, pending.kind, pending.name) == (
            Review.PENDING,
            draft.text,
            Kind.OTP,
            "code",
        )
        assert pending.created_at == NOW
        assert (rejected.review, rejected.detail) == (Review.REJECTED, "too short")
        assert (changed.review, again.review, again.text) == (Review.PENDING, Review.PENDING, "Your code is {1}")

    def test_a_new_name_alone_does_not_go_back_to_review(self, call, desk):
        draft = TemplateDraft(text=desk.shelf["UTB0"].text, name="hello")

        call("modify_template", "UTB0", draft)
        (info,) = call("get_templates", ["UTB0"])

        assert (info.review, info.name) == (Review.APPROVED, "hello")

    def test_templates_are_deleted_all_or_none(self, call, desk):
        with pytest.raises(CallFailed) as error:
            call("delete_templates", ["UTB0", "UTX"])
        there = sorted(desk.shelf)
        call("delete_templates", ["UTB0", "UTB2"])

        assert (error.value.reason, error.value.code) == (Reason.TEMPLATE_REFUSED, "18017")
        assert (there, sorted(desk.shelf)) == (["UTA20212831C85C", "UTB0", "UTB2"], ["UTA20212831C85C"])

    def test_those_that_are_not_there_are_left_out(self, call):
        found = call("get_templates", ["UTX", "UTB0", "UTY"])

        assert [each.id for each in found] == ["UTB0"]

    def test_to_change_one_that_is_not_there_is_refused(self, call):
        with pytest.raises(CallFailed) as error:
            call("modify_template", "UTX", TemplateDraft(text="Hello", name="hello"))

        assert error.value.reason is Reason.TEMPLATE_REFUSED


class TestSignatures:
    def test_a_signature_goes_through_its_review(self, call, desk):
        draft = SignatureDraft(text="Acme", remark="us", picture=PNG, options={"sig_type": 0})

        added = call("add_signature", draft)
        (pending,) = call("get_signatures", [added.id])
        desk.signed[added.id] = replace(desk.signed[added.id], review=Review.REJECTED, words="whose?")
        rejected = call("find_signature", "Acme")
        call("modify_signature", added.id, replace(draft, text="Acme Ltd"))
        (again,) = call("get_signatures", [added.id])

        assert added.id.startswith("SIG")
        assert (pending.review, pending.text) == (Review.PENDING, "Acme")
        assert (rejected.id, rejected.review, rejected.detail) == (added.id, Review.REJECTED, "whose?")
        assert (again.review, again.text) == (Review.PENDING, "Acme Ltd")
        assert call("find_signature", "Acme") is None

    def test_an_approved_signature_cannot_be_changed(self, call):
        with pytest.raises(CallFailed) as error:
            call("modify_signature", "SIG1", SignatureDraft(text="SCloud 2", options={"sig_type": 0}))

        assert error.value.code == "18003"

    def test_one_for_somebody_else_carries_an_authorization(self, call, desk):
        options = {"sig_type": 1, "sig_purpose": 1, "proxy_file": PNG}

        added = call("add_signature", SignatureDraft(text="Acme", remark="for them", options=options))
        call("modify_signature", added.id, SignatureDraft(text="Acme", options={**options, "proxy_file": PNG}))

        assert desk.signed[added.id].text == "Acme"

    def test_signatures_are_deleted_all_or_none(self, call, desk):
        with pytest.raises(CallFailed) as error:
            call("delete_signatures", ["SIG1", "SIGX"])
        there = sorted(desk.signed)
        call("delete_signatures", ["SIG1", "SIG2"])

        assert (error.value.reason, error.value.code) == (Reason.SIGNATURE_REFUSED, "18016")
        assert (there, desk.signed) == (["SIG1", "SIG2"], {})


class TestStatistics:
    def test_counts_are_those_of_the_desk(self, call, desk):
        desk.due += [
            report(A),
            report(B, fee=2),
            report(A, delivery=Delivery.UNDELIVERED),
            report(C, fee=3),
            report(C, sent_at=NOW - 3 * 86_400),
        ]
        desk.unreported, desk.refused = 2, 4

        sent = call("send_statistics", NOW - 60, NOW + 60)
        fates = call("delivery_statistics", NOW - 60, NOW + 60)

        assert (sent.requested, sent.accepted, sent.billed) == (10, 6, 9)
        assert (fates.accepted, fates.reported, fates.delivered, fates.undelivered) == (6, 4, 3, 1)
        assert sent.since <= NOW - 60 < NOW + 60 <= sent.until
        assert {each["BrevityCode"] for each in sent.raw["international"][0]["Data"]} == {"MY"}

    def test_many_days_are_many_pages(self, call, desk):
        days = 250
        desk.due += [report(A, sent_at=NOW - day * 86_400) for day in range(days)]

        sent = call("send_statistics", NOW - days * 86_400, NOW + 1)

        assert (sent.accepted, len(sent.raw["mainland"]), len(sent.raw["international"])) == (days, 3, 1)

    def test_days_without_texts_count_nothing(self, call):
        assert call("send_statistics", 0.0, 86_400.0).requested == 0


class TestGateway:
    """What every call has in common with sending."""

    @pytest.mark.parametrize(
        ("changes", "expected"),
        [
            ({"private_key": "wrong"}, (Reason.AUTHENTICATION, "171")),
            ({"public_key": "wrong"}, (Reason.AUTHENTICATION, "172")),
            ({"security_token": "token"}, (Reason.AUTHENTICATION, "174")),
            ({"project_id": "org-other"}, (Reason.CONFIGURATION, "292")),
        ],
    )
    @pytest.mark.parametrize("name", ["pull_reports", "get_templates"])
    def test_wrong_settings(self, call, config, name, changes, expected):
        with pytest.raises(CallFailed) as error:
            call(name, 1 if name == "pull_reports" else ["UTB0"], client=UsmsConfig(**{**dict(config), **changes}))

        assert (error.value.reason, error.value.code) == expected

    def test_too_many_requests_are_153(self, call, desk):
        desk.too_fast = True

        with pytest.raises(CallFailed) as error:
            call("pull_reports", 1)

        assert (error.value.reason, error.value.code) == (Reason.RATE_LIMITED, "153")


@pytest.fixture
def ask(config, desk):
    """Return a function that signs any parameters of an action and returns the server's answer."""

    def ask(action, *, project=config.project_id, body=None, **own):
        own = {name.replace("__", "."): value for name, value in own.items()}
        named = {"Action": action, "PublicKey": config.public_key.get_secret_value(), "ProjectId": project}
        params = {name: value for name, value in {**named, **own}.items() if value is not None}
        params["Signature"] = sign(params, config.private_key.get_secret_value())
        call = SandboxCall("POST", "/", {}, FORM, urlencode(params).encode())
        if body is not None:
            json_of = json.dumps({**params, **body}).encode()
            call = SandboxCall("POST", "/", {}, {"content-type": "application/json"}, json_of)
        return json.loads(UsmsSide(config).judge(call, desk).body)

    return ask


TEMPLATE = {"Purpose": "1", "TemplateName": "code", "Template": "Code {1}"}
SIGNATURE = {"SigContent": "Acme", "SigType": "0", "SigPurpose": "0", "CertificateType": "0", "Description": "us"}
CHANGE = {"SigId": "SIG1", "SigContent": "Acme", "SigType": "0", "SigPurpose": "0"}
COUNT = {
    "Domestic": "1",
    "StartDate": "2026-08-01",
    "EndDate": "2026-08-02",
    "Page": "0",
    "NumPerPage": "10",
    "OrderBy": "SendDate",
    "OrderType": "asc",
}
TOO_LARGE = b64encode(bytes(4 * 1024 * 1024 + 1)).decode()
WRONG = [
    ("PullUSMSReport", {"Limit": "100"}, {"Limit": None}, 18001),
    ("PullUSMSReport", {"Limit": "100"}, {"Limit": "many"}, 18002),
    ("PullUSMSReport", {"Limit": "100"}, {"Limit": "201"}, 18003),
    ("PullUSMSReport", {"Limit": "100"}, {"Limit": "0"}, 18003),
    ("GetUSMSSendReceipt", {"SessionNoSet__0": "s"}, {"SessionNoSet__0": None}, 18001),
    ("GetUSMSSendReceipt", {"SessionNoSet__0": "s"}, {"SessionNoSet__1": ""}, 18001),
    ("GetUSMSSendReceipt", {}, {f"SessionNoSet__{number}": "s" for number in range(100)}, 18003),
    *(("CreateUSMSTemplate", TEMPLATE, {name: None}, 18001) for name in TEMPLATE),
    ("CreateUSMSTemplate", TEMPLATE, {"Purpose": "x"}, 18002),
    ("CreateUSMSTemplate", TEMPLATE, {"Purpose": "4"}, 18003),
    ("CreateUSMSTemplate", TEMPLATE, {"Purpose": "3"}, 18001),
    ("CreateUSMSTemplate", TEMPLATE, {"TemplateName": "x" * 33}, 18003),
    ("CreateUSMSTemplate", TEMPLATE, {"Template": "x" * 501}, 18003),
    ("CreateUSMSTemplate", TEMPLATE, {"Template": "{1}"}, 18003),
    ("CreateUSMSTemplate", TEMPLATE, {"Remark": "x" * 129}, 18003),
    ("CreateUSMSTemplate", TEMPLATE, {"International": "True"}, 18002),
    ("UpdateUSMSTemplate", {"TemplateId": "UTB0", "Template": "x"}, {"TemplateId": None}, 18001),
    ("UpdateUSMSTemplate", {"TemplateId": "UTB0", "Template": "x"}, {"Template": None}, 18001),
    ("UpdateUSMSTemplate", {"TemplateId": "UTB0", "Template": "x"}, {"Template": "x" * 601}, 18003),
    ("UpdateUSMSTemplate", {"TemplateId": "UTB0", "Template": "x"}, {"Template": "{1}{2}"}, 18003),
    ("UpdateUSMSTemplate", {"TemplateId": "UTB0", "Template": "x"}, {"TemplateId": "UTX"}, 18017),
    ("DeleteUSMSTemplate", {"TemplateIds__0": "UTB0"}, {"TemplateIds__0": None}, 18001),
    ("DeleteUSMSTemplate", {"TemplateIds__0": "UTB0"}, {"TemplateIds__7": "UTX"}, 18017),
    ("QueryUSMSTemplate", {"TemplateId": "UTB0"}, {"TemplateId": None}, 18001),
    ("QueryUSMSTemplate", {"TemplateId": "UTB0"}, {"TemplateId": "UTX"}, 18017),
    *(("CreateUSMSSignature", SIGNATURE, {name: None}, 18001) for name in SIGNATURE),
    ("CreateUSMSSignature", SIGNATURE, {"SigContent": "A"}, 18003),
    ("CreateUSMSSignature", SIGNATURE, {"SigContent": "x" * 13}, 18003),
    ("CreateUSMSSignature", SIGNATURE, {"SigContent": "【A】"}, 18003),
    ("CreateUSMSSignature", SIGNATURE, {"SigType": "6"}, 18003),
    ("CreateUSMSSignature", SIGNATURE, {"SigPurpose": "1"}, 18001),
    ("CreateUSMSSignature", SIGNATURE, {"CertificateType": "x"}, 18002),
    ("CreateUSMSSignature", SIGNATURE, {"File": "not base64"}, 18003),
    ("CreateUSMSSignature", SIGNATURE, {"File": TOO_LARGE}, 18003),
    *(("UpdateUSMSSignature", CHANGE, {name: None}, 18001) for name in CHANGE),
    ("UpdateUSMSSignature", CHANGE, {"SigId": "SIGX"}, 18016),
    ("UpdateUSMSSignature", CHANGE, {"CertificateType": "9"}, 18003),
    ("UpdateUSMSSignature", CHANGE, {"SigPurpose": "1"}, 18001),
    ("UpdateUSMSSignature", CHANGE, {"File": "image/png;base64,!"}, 18003),
    ("DeleteUSMSSignature", {"SigIds__0": "SIG1"}, {"SigIds__0": None}, 18001),
    ("DeleteUSMSSignature", {"SigIds__0": "SIG1"}, {"SigIds__0": "SIGX"}, 18016),
    ("QueryUSMSSignature", {"SigId": "SIG1"}, {"SigId": None}, 18001),
    ("QueryUSMSSignature", {"SigId": "SIG1"}, {"SigId": "SIGX"}, 18016),
    *(("GetUSMSSendStatistics", COUNT, {name: None}, 18001) for name in COUNT),
    ("GetUSMSSendStatistics", COUNT, {"Domestic": "2"}, 18003),
    ("GetUSMSSendStatistics", COUNT, {"StartDate": "20260801"}, 18002),
    ("GetUSMSSendStatistics", COUNT, {"StartDate": "2026-02-30"}, 18003),
    ("GetUSMSSendStatistics", COUNT, {"StartDate": "2026-08-03"}, 18003),
    ("GetUSMSSendStatistics", COUNT, {"Page": "-1"}, 18003),
    ("GetUSMSSendStatistics", COUNT, {"NumPerPage": "0"}, 18003),
    ("GetUSMSSendStatistics", COUNT, {"OrderBy": "Count"}, 18003),
    ("GetUSMSSendStatistics", COUNT, {"OrderType": "up"}, 18003),
]


class TestServer:
    """Requests that our client never writes."""

    @pytest.mark.parametrize(("action", "good", "changes", "code"), WRONG)
    def test_a_parameter_that_is_missing_or_wrong_has_the_documented_code(self, ask, action, good, changes, code):
        if good and action != "UpdateUSMSSignature":
            assert ask(action, **good)["RetCode"] == 0 or action.startswith("Delete")
        answer = ask(action, **{**good, **changes})

        assert answer["RetCode"] == code
        assert answer["Message"]
        assert answer["Action"] == f"{action}Response"

    @pytest.mark.parametrize("action", ["GetUSMSSendReceipt", "QueryUSMSSignature", "QueryUSMSTemplate"])
    def test_the_project_may_be_left_out_where_the_tables_say_so(self, ask, action):
        answer = ask(action, project=None, SessionNoSet__0="s", SigId="SIG1", TemplateId="UTB0")

        assert answer["RetCode"] == (18001 if action == "QueryUSMSTemplate" else 0)

    def test_a_success_of_a_pull_has_the_documented_members(self, ask, desk):
        desk.due.append(report())

        answer = ask("PullUSMSReport", Limit="100")

        assert answer.pop("ReqUuid")
        assert answer == {
            "RetCode": 0,
            "Action": "PullUSMSReportResponse",
            "Message": "pull success",
            "ReportSet": [
                {
                    "SessionNo": "s1",
                    "Phone": "18500000507",
                    "CostCount": 1,
                    "ReceiptTime": 1_700_000_005,
                    "ReceiptResult": "发送成功",
                    "ReceiptCode": "Delivrd",
                    "ReceiptDesc": "用户接收成功",
                    "UserId": "0123456789abcdef0123-0",
                }
            ],
        }

    def test_a_described_template_has_the_documented_members(self, ask):
        data = ask("QueryUSMSTemplate", TemplateId=ask("CreateUSMSTemplate", **TEMPLATE)["TemplateId"])["Data"]

        assert set(data) == {
            "TemplateId",
            "Purpose",
            "TemplateName",
            "Template",
            "UnsubscribeInfo",
            "Status",
            "Remark",
            "ErrDesc",
            "CreateTime",
            "Instruction",
        }

    @pytest.mark.parametrize(("column", "order"), [("SendDate", "asc"), ("BrevityCode", "desc")])
    def test_rows_come_in_the_order_that_was_asked_for(self, ask, desk, column, order):
        desk.due += [report(phone) for phone in (C, "+12025550123", "+390612345678")]

        rows = ask(
            "GetUSMSSendStatistics",
            **{**COUNT, "Domestic": "0", "StartDate": "2023-11-01"}
            | {"EndDate": "2023-11-30", "OrderBy": column, "OrderType": order},
        )["Data"]

        values = [row[column] for row in rows]
        assert len(values) == 3
        assert values == sorted(values, reverse=order == "desc")

    def test_an_array_of_a_json_body_is_taken_too(self, ask, desk):
        answer = ask("DeleteUSMSTemplate", TemplateIds__0="UTB0", TemplateIds__1="UTB2", body={})
        assert answer["RetCode"] == 0

        written = {"TemplateIds.0": "UTA20212831C85C"}
        answer = ask("DeleteUSMSTemplate", TemplateIds__0="UTA20212831C85C", body={"TemplateIds": [*written.values()]})

        assert (answer["RetCode"], desk.shelf) == (0, {})


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="{}\r"), min_size=1, max_size=40)
PHONES = st.sampled_from([A, B, C, "+12025550123", "+390612345678", "+85251234567", "+4915112345678"])
NAMES = st.none() | st.from_regex(r"[0-9a-f]{20}-[0-9]{1,3}", fullmatch=True)
MOMENTS = st.integers(1_600_000_000, 2_000_000_000).map(float)


@st.composite
def reports(draw):
    """Return a report of the sandbox."""
    reason = draw(st.none() | st.sampled_from(list(Reason)))
    failed = draw(st.booleans())
    return SandboxReport(
        message_id=f"session-{draw(st.integers(0, 5))}",
        phone=draw(PHONES),
        reference=draw(NAMES),
        sent_at=draw(MOMENTS),
        at=draw(MOMENTS),
        delivery=Delivery.UNDELIVERED if failed else Delivery.DELIVERED,
        reason=reason if failed else None,
        fee=draw(st.integers(1, 9)),
    )


def facts(told: Report | SandboxReport):
    ours = isinstance(told, SandboxReport)
    phone, session = (told.phone, told.message_id) if ours else (told.recipient, told.provider_message_id)
    return phone, session, told.reference, told.at, told.delivery, told.fee


class TestRoundTrips:
    """What one side writes, the other reads, without a socket between them."""

    @given(st.lists(reports(), min_size=1, max_size=20))
    def test_reports_that_are_pushed(self, config, side, sent):
        read = Usms(config).read_callback(Callback(side.push(sent).body))

        assert list(map(facts, read)) == list(map(facts, sent))

    @given(st.lists(reports(), max_size=20))
    def test_reports_that_are_looked_up_and_then_pulled(self, config, make_desk, server_of, converse, sent):
        server = server_of(make_desk(due=list(sent)))
        sessions = [f"session-{number}" for number in range(6)]

        found = converse(Usms(config).find_reports(query(*sessions), STAMP), server)
        pulled = converse(Usms(config).pull_reports(200, STAMP), server)

        assert Counter(map(facts, found)) == Counter(map(facts, pulled)) == Counter(map(facts, sent))
        assert list(map(facts, pulled)) == list(map(facts, sent))

    @given(
        st.lists(
            st.builds(
                SandboxInbound, PHONES, st.text(st.characters(codec="utf-8")), MOMENTS, st.sampled_from(["", "12"])
            ),
            min_size=1,
            max_size=20,
        )
    )
    def test_messages_that_are_pushed(self, config, side, sent):
        read = Usms(config).read_callback(Callback(side.push(sent).body))

        assert all(isinstance(each, Inbound) for each in read)
        assert [(each.sender, each.text, each.at, each.extension or "") for each in read] == [
            (each.phone, each.text, each.at, each.extension) for each in sent
        ]

    @given(
        text=st.builds("{}{{1}}{}".format, TEXTS.filter(str.strip), TEXTS),
        name=TEXTS.map(lambda name: name[:32]),
        kind=st.sampled_from(list(Kind)),
        remark=TEXTS,
        international=st.booleans(),
    )
    def test_templates(self, config, converse, make_desk, server_of, text, name, kind, remark, international):
        options = {"unsubscribe_info": "拒收请回复R"}
        draft = TemplateDraft(
            text=text, name=name, kind=kind, remark=remark, international=international, options=options
        )
        usms, server = Usms(config), server_of(make_desk())

        added = converse(usms.add_template(draft, STAMP), server)
        (found,) = converse(usms.get_templates([added.id], STAMP), server)

        assert (found.id, found.text, found.name, found.kind, found.review) == (
            added.id,
            text,
            name,
            kind,
            Review.PENDING,
        )
        assert found.raw["Remark"] == remark

    @given(
        text=st.text(st.characters(codec="utf-8", exclude_characters="[]【】"), min_size=2, max_size=12),
        content=st.binary(max_size=300),
        sig_type=st.integers(0, 5),
    )
    def test_signatures(self, config, converse, make_desk, server_of, text, content, sig_type):
        draft = SignatureDraft(text=text, remark="us", picture=PNG + content, options={"sig_type": sig_type})
        usms, server = Usms(config), server_of(make_desk())

        added = converse(usms.add_signature(draft, STAMP), server)
        (found,) = converse(usms.get_signatures([added.id], STAMP), server)
        converse(usms.modify_signature(added.id, draft, STAMP), server)
        converse(usms.delete_signatures([added.id], STAMP), server)

        assert (found.id, found.text, found.review) == (added.id, text, Review.PENDING)
        assert converse(usms.get_signatures([added.id], STAMP), server) == []


def test_the_forms_of_the_client_are_read_by_the_server_with_the_same_values(config, call_of):
    draft = TemplateDraft(text="100% {1} & more=+/ \u00e9\n", name="a b")

    request = next(Usms(config).add_template(draft, STAMP))

    assert dict(parse_qsl(call_of(request).body.decode()))["Template"] == draft.text


@given(st.lists(reports(), max_size=20))
def test_statistics_add_up(config, make_desk, server_of, converse, sent):
    server = server_of(make_desk(due=list(sent)))
    span = (1_600_000_000.0, 2_000_000_001.0)

    counts = converse(Usms(config).send_statistics(*span, STAMP), server)
    fates = converse(Usms(config).delivery_statistics(*span, STAMP), server)

    delivered = sum(each.delivery is Delivery.DELIVERED for each in sent)
    assert (counts.accepted, counts.billed) == (len(sent), sum(each.fee for each in sent))
    assert (fates.delivered, fates.undelivered) == (delivered, len(sent) - delivered)
