"""Requests that our client never writes, as the sandbox's side answers them."""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import replace
from urllib.parse import urlencode

import pytest

from smsway.provider import Delivery, SandboxCall, SandboxReport
from smsway_usms._sandbox import UsmsSide
from smsway_usms._signing import sign

A, C = "+8618500000507", "+60198890000"
NOW = 1_700_000_000.0
FORM = {"content-type": "application/x-www-form-urlencoded"}


def report(phone=A):
    return SandboxReport("s1", phone, "0123456789abcdef0123-0", NOW, NOW + 5, Delivery.DELIVERED)


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
COUNTS = ("GetUSMSSendStatistics", "GetUSMSTemplateSendStatistics")
WRONG_COUNTS = [
    ("Domestic", "2", 18003),
    ("StartDate", "20260801", 18002),
    ("StartDate", "2026-02-30", 18003),
    ("StartDate", "2026-08-03", 18003),
    ("Page", "-1", 18003),
    ("NumPerPage", "0", 18003),
    ("OrderBy", "Count", 18003),
    ("OrderType", "up", 18003),
]
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
    *((action, COUNT, {name: None}, 18001) for action in COUNTS for name in COUNT),
    *((action, COUNT, {name: value}, code) for action in COUNTS for name, value, code in WRONG_COUNTS),
]


class TestServer:
    @pytest.mark.parametrize(("action", "good", "changes", "code"), WRONG)
    def test_a_parameter_that_is_missing_or_wrong_has_the_documented_code(self, ask, action, good, changes, code):
        if good and action != "UpdateUSMSSignature":
            assert ask(action, **good)["RetCode"] == 0 or action.startswith("Delete")
        answer = ask(action, **{**good, **changes})

        assert answer["RetCode"] == code
        assert answer["Message"]
        assert answer["Action"] == f"{action}Response"

    def test_an_action_that_is_not_played_does_not_exist(self, ask):
        assert ask("SendUSMSMessage")["RetCode"] == 161

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

    @pytest.mark.parametrize(("asked", "told"), [(None, ["UTA9", "UTB0"]), ("UTA9", ["UTA9"]), ("UTX", [])])
    def test_rows_are_those_of_the_template_that_was_asked_for(self, ask, desk, asked, told):
        # One of them is no longer on the shelf, and a report without a template counts for none.
        desk.due += [replace(report(), template=template) for template in ("UTA9", "UTB0", "UTB0", None)]

        answer = ask(
            "GetUSMSTemplateSendStatistics",
            **{**COUNT, "StartDate": "2023-11-01", "EndDate": "2023-11-30", "TemplateId": asked},
        )

        assert [row["TemplateId"] for row in answer["Data"]] == told
        assert answer["StatisticsData"]["SendCount"] == sum({"UTA9": 1, "UTB0": 2}[each] for each in told)

    @pytest.mark.parametrize(
        ("action", "own"),
        [("GetUSMSSendStatistics", {"UserId", "SuccessRate"}), ("GetUSMSTemplateSendStatistics", {"TemplateId"})],
    )
    def test_a_row_has_the_documented_members(self, ask, desk, action, own):
        desk.due.append(replace(report(), template="UTA9"))

        answer = ask(action, **{**COUNT, "StartDate": "2023-11-01", "EndDate": "2023-11-30"})

        kinds = ("", "Success", "Failed", "Unknown", "SubmitFailed")
        shared = {f"{kind}{name}" for kind in kinds for name in ("Count", "CostCount")}
        assert answer.keys() >= {"RetCode", "Action", "Total", "StatisticsData", "Data"}
        assert answer["Data"][0].keys() == {"SendDate", "BrevityCode", *shared, *own}

    def test_rows_of_a_day_come_in_the_order_of_their_templates(self, ask, desk):
        templates = [f"UT{number:02}" for number in range(20)]
        desk.due += [replace(report(), template=template) for template in reversed(templates)]

        pages = [
            ask(
                "GetUSMSTemplateSendStatistics",
                **{**COUNT, "StartDate": "2023-11-01", "EndDate": "2023-11-30", "Page": str(page)},
            )["Data"]
            for page in range(2)
        ]

        assert [row["TemplateId"] for rows in pages for row in rows] == templates

    def test_an_array_of_a_json_body_is_taken_too(self, ask, desk):
        answer = ask("DeleteUSMSTemplate", TemplateIds__0="UTB0", TemplateIds__1="UTB2", body={})
        assert answer["RetCode"] == 0

        written = {"TemplateIds.0": "UTA20212831C85C"}
        answer = ask("DeleteUSMSTemplate", TemplateIds__0="UTA20212831C85C", body={"TemplateIds": [*written.values()]})

        assert (answer["RetCode"], desk.shelf) == (0, {})
