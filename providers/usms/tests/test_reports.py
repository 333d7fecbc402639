"""Reports that are pulled, and reports that are looked up."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsway.provider import (
    Delivery,
    InvalidCall,
    Phone,
    Reason,
    Report,
    ReportQuery,
    Stamp,
    UnexpectedResponse,
)
from smsway_usms._provider import Usms
from smsway_usms._receipts import Receipt, Reply

SAMPLES = Path(__file__).parent / "samples"
STAMP = Stamp(now=1_700_000_000.0, nonce=1)
A = "+8618500000507"
GOOD = {
    "SessionNo": "d0",
    "Phone": "18500000507",
    "CostCount": 1,
    "ReceiptTime": 1563867000,
    "ReceiptResult": "发送成功",
    "ReceiptCode": "Delivrd",
    "ReceiptDesc": "用户接收成功",
    "UserId": "0123456789abcdef0123-0",
}


def sample(name):
    return json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))


def query(*sessions, phone=None):
    return ReportQuery(since=0.0, until=1.0, phone=phone and Phone(phone), message_ids=sessions)


@pytest.fixture(scope="session")
def usms(config):
    return Usms(config)


@pytest.fixture
def pulled(usms, asked):
    """Return a function that pulls records; returns the reports."""

    def pulled(*records):
        _, reports = asked(usms.pull_reports(200, STAMP), {"ReportSet": list(records)})
        return reports

    return pulled


class TestPull:
    def test_the_published_example(self, usms, asked):
        answer = sample("pull_usms_report")

        forms, reports = asked(usms.pull_reports(100, STAMP), answer)

        first, second = answer["ReportSet"]
        assert (forms[0]["Action"], forms[0]["Limit"]) == ("PullUSMSReport", "100")
        assert reports == [
            Report(
                recipient="+8618500009057",
                delivery=Delivery.DELIVERED,
                provider_message_id="d0*************6c6e",
                reference="ky*****pcm",
                code="0",
                detail="用户接收成功",
                at=1563867000.0,
                fee=2,
                raw=first,
            ),
            Report(
                recipient="+8613500005924",
                delivery=Delivery.UNDELIVERED,
                provider_message_id="d1****************6c6e",
                reference="ky*****pcm",
                reason=Reason.BLOCKED_RECIPIENT,
                code="MSBLACK",
                detail="手机在运营商防骚扰黑名单",
                at=1563867000.0,
                fee=2,
                raw=second,
            ),
        ]

    @pytest.mark.parametrize("limit", [1, 100, 200])
    def test_up_to_200_are_asked_for_at_a_time(self, usms, asked, limit):
        forms, reports = asked(usms.pull_reports(limit, STAMP), {"ReportSet": []})

        assert (forms[0]["Limit"], reports) == (str(limit), [])
        assert usms.most_reports == 200

    @pytest.mark.parametrize("limit", [-1, 0, 201, 1000, True, 5.0, "5", None])
    def test_another_limit_is_refused_before_anything_is_asked(self, usms, limit):
        with pytest.raises(InvalidCall, match=f"limit {limit!r}: USMS gives 1 to 200"):
            next(usms.pull_reports(limit, STAMP))

    @pytest.mark.parametrize("members", [{}, {"ReportSet": None}, {"ReportSet": []}])
    def test_an_empty_queue_gives_nothing(self, usms, asked, members):
        assert asked(usms.pull_reports(1, STAMP), members)[1] == []


class TestRecords:
    """One bad record must not cost the others, for the vendor never gives them again."""

    BAD = (
        None,
        7,
        "text",
        [],
        {},
        {"Phone": "18500000507"},
        {**GOOD, "Phone": None},
        {**GOOD, "Phone": "185XXXX0507"},
        {**GOOD, "Phone": ["18500000507"]},
        {**GOOD, "Phone": True},
        {**GOOD, "ReceiptResult": None},
        {**GOOD, "ReceiptResult": 1},
        {**GOOD, "ReceiptResult": ["发送成功"]},
        {**GOOD, "ReceiptResult": True},
    )

    @pytest.mark.parametrize("bad", BAD)
    def test_a_bad_record_is_unknown_and_the_others_are_good(self, pulled, bad):
        first, strange, last = pulled(GOOD, bad, GOOD)

        assert (first.delivery, last.delivery) == (Delivery.DELIVERED, Delivery.DELIVERED)
        assert strange.delivery is Delivery.UNKNOWN
        assert strange.raw == (bad if isinstance(bad, dict) else {"record": bad})

    @pytest.mark.parametrize(
        "bad", [each for each in BAD if isinstance(each, dict) and each.get("Phone") == GOOD["Phone"]]
    )
    def test_what_can_be_read_of_a_bad_record_is_kept(self, pulled, bad):
        (report,) = pulled(bad)

        assert report.recipient == A
        assert report.provider_message_id == (bad.get("SessionNo") if bad.get("SessionNo") == "d0" else None)
        assert report.reference in {None, GOOD["UserId"]}

    def test_a_name_that_cannot_be_written_down_is_replaced(self, pulled):
        (report,) = pulled({**GOOD, "UserId": "\ud800"})

        assert (report.delivery, report.reference) == (Delivery.DELIVERED, "\ufffd")

    @pytest.mark.parametrize(
        "changes", [{"ReceiptResult": "SubmitFail"}, {"ReceiptResult": ""}, {"Phone": "198890000"}]
    )
    def test_a_word_or_spelling_that_nobody_documents_leaves_only_the_delivery_unknown(self, pulled, changes):
        (report,) = pulled({**GOOD, **changes})

        assert (report.delivery, report.provider_message_id, report.reference, report.at, report.fee) == (
            Delivery.UNKNOWN,
            "d0",
            GOOD["UserId"],
            1563867000.0,
            1,
        )

    @pytest.mark.parametrize(
        ("result", "delivery"),
        [
            ("发送成功", Delivery.DELIVERED),
            ("Success", Delivery.DELIVERED),
            ("Sent successfully", Delivery.DELIVERED),
            ("发送失败", Delivery.UNDELIVERED),
            ("Fail", Delivery.UNDELIVERED),
            ("Sending failed", Delivery.UNDELIVERED),
            ("状态未知", Delivery.ACCEPTED),
            ("Unknow", Delivery.ACCEPTED),
            ("Unknown state", Delivery.ACCEPTED),
        ],
    )
    def test_every_documented_result(self, pulled, result, delivery):
        (report,) = pulled({**GOOD, "ReceiptResult": result})

        assert report.delivery is delivery
        assert report.reason is (Reason.CARRIER_FAILURE if delivery is Delivery.UNDELIVERED else None)

    @pytest.mark.parametrize(
        ("changes", "field", "value"),
        [
            ({"UserId": None}, "reference", None),
            ({"UserId": ""}, "reference", None),
            ({"UserId": 12}, "reference", "12"),
            ({"UserId": ["x"]}, "reference", None),
            ({"UserId": "a\nb"}, "reference", None),
            ({"SessionNo": ""}, "provider_message_id", None),
            ({"SessionNo": None}, "provider_message_id", None),
            ({"SessionNo": 7}, "provider_message_id", "7"),
            ({"SessionNo": False}, "provider_message_id", None),
            ({"SessionNo": "x" * 256}, "provider_message_id", "x" * 256),
            ({"SessionNo": "x" * 257}, "provider_message_id", None),
            ({"ReceiptTime": 0}, "at", None),
            ({"ReceiptTime": "1563867000"}, "at", 1563867000.0),
            ({"ReceiptTime": 1563867000000}, "at", None),
            ({"ReceiptTime": 253_402_300_799}, "at", 253_402_300_799.0),
            ({"ReceiptTime": 253_402_300_800}, "at", None),
            ({"ReceiptTime": 10**400}, "at", None),
            ({"ReceiptTime": "yesterday"}, "at", None),
            ({"ReceiptTime": 1.5}, "at", None),
            ({"ReceiptTime": -1}, "at", None),
            ({"CostCount": "3"}, "fee", 3),
            ({"CostCount": 0}, "fee", 0),
            ({"CostCount": None}, "fee", None),
            ({"CostCount": -1}, "fee", None),
            ({"CostCount": 2**31 - 1}, "fee", 2**31 - 1),
            ({"CostCount": 2**31}, "fee", None),
            ({"CostCount": True}, "fee", None),
            ({"CostCount": 2.5}, "fee", None),
            ({"ReceiptCode": ""}, "code", None),
            ({"ReceiptCode": 0}, "code", "0"),
            ({"ReceiptCode": []}, "code", None),
            ({"ReceiptCode": "MOBILE BLACK"}, "code", "MOBILE BLACK"),
            ({"ReceiptCode": "SGIP:69"}, "code", "SGIP:69"),
            ({"ReceiptCode": "18500000507"}, "code", None),
            ({"ReceiptCode": "185-0000-0507"}, "code", None),
            ({"ReceiptCode": "1 8 5 0 0 0 0 0 5 0 7"}, "code", None),
            ({"ReceiptCode": "MC:0055:006"}, "code", "MC:0055:006"),
            ({"ReceiptCode": "phone: 8618500000507"}, "code", None),
            ({"ReceiptDesc": ""}, "detail", None),
            ({"ReceiptDesc": {}}, "detail", None),
            ({"ReceiptDesc": 7}, "detail", "7"),
            ({"ReceiptDesc": "好" * 300}, "detail", "好" * 256),
            ({"ReceiptDesc": "to 18500000507\x00 failed"}, "detail", "to *********** failed"),
            ({"Phone": "(60)198890000"}, "recipient", "+60198890000"),
            ({"Phone": 18500000507}, "recipient", A),
        ],
    )
    def test_what_stands_beside_is_read_leniently(self, pulled, changes, field, value):
        (report,) = pulled({**GOOD, **changes})

        assert report.delivery is Delivery.DELIVERED
        assert getattr(report, field) == value

    @given(
        st.lists(
            st.dictionaries(
                st.sampled_from(sorted(GOOD)),
                st.none()
                | st.booleans()
                | st.integers()
                | st.text()
                | st.floats(allow_nan=False, allow_infinity=False)
                | st.lists(st.text()),
            ).map(lambda changes: {**GOOD, **changes})
            | st.none()
            | st.text()
        )
    )
    def test_every_record_gives_a_report_whatever_it_is(self, usms, asked, records):
        _, reports = asked(usms.pull_reports(200, STAMP), {"ReportSet": records})

        assert len(reports) == len(records)
        for report, record in zip(reports, records, strict=True):
            if json.dumps(record) == json.dumps(GOOD):  # True is equal to 1
                assert report.delivery is Delivery.DELIVERED
            assert report.fee is None or 0 <= report.fee < 2**31
            (report.provider_message_id or "").encode()
            (report.reference or "").encode()


class TestFind:
    def test_the_example_of_the_older_edition(self, usms, asked):
        forms, (report,) = asked(
            usms.find_reports(query("497XXXX4-eXXXXc-4XXX"), STAMP), sample("get_usms_send_receipt_2019")
        )

        assert forms[0]["SessionNoSet.0"] == "497XXXX4-eXXXXc-4XXX"
        assert (report.recipient, report.delivery) == ("+8618500009057", Delivery.DELIVERED)
        assert (report.provider_message_id, report.reference) == ("497XXXX4-eXXXXc-4XXX", None)
        assert (report.code, report.at, report.fee) == (None, 1554168750.0, 1)

    def test_the_example_of_today_has_a_phone_that_is_none(self, usms, asked):
        _, (report,) = asked(usms.find_reports(query("BmThtoRB"), STAMP), sample("get_usms_send_receipt"))

        assert (report.delivery, report.recipient, report.provider_message_id) == (Delivery.UNKNOWN, "", "BmThtoRB")
        assert report.reference == "1213"

    def test_a_session_is_shared_by_the_recipients_of_a_batch(self, usms, asked):
        receipts = [
            {**GOOD, "Phone": phone, "UserId": f"r-{index}"}
            for index, phone in enumerate(["18500000507", "(60)198890000"])
        ]
        for receipt in receipts:
            del receipt["SessionNo"]

        _, reports = asked(
            usms.find_reports(query("s1"), STAMP), {"Data": [{"SessionNo": "s1", "ReceiptSet": receipts}]}
        )

        assert [(each.recipient, each.provider_message_id, each.reference) for each in reports] == [
            (A, "s1", "r-0"),
            ("+60198890000", "s1", "r-1"),
        ]
        assert [report.raw for report in reports] == receipts

    def test_a_report_whose_phone_cannot_be_read_may_be_of_the_phone_that_is_asked_for(self, usms, asked):
        masked = {**GOOD, "Phone": "185****0507"}
        data = {"Data": [{"SessionNo": "d0", "ReceiptSet": [masked, {**GOOD, "Phone": "18500000608"}, GOOD, None]}]}

        _, reports = asked(usms.find_reports(query("d0", phone=A), STAMP), data)

        assert [(each.recipient, each.delivery) for each in reports] == [
            ("", Delivery.UNKNOWN),
            (A, Delivery.DELIVERED),
            ("", Delivery.UNKNOWN),
        ]

    def test_a_phone_narrows_the_result(self, usms, asked):
        data = {"Data": [{"SessionNo": "d0", "ReceiptSet": [GOOD, {**GOOD, "Phone": "18500000608"}]}]}

        _, reports = asked(usms.find_reports(query("d0", phone=A), STAMP), data)

        assert [report.recipient for report in reports] == [A]

    @pytest.mark.parametrize("own", ["s1", "", None, []])
    def test_a_record_may_repeat_the_session_that_it_stands_under(self, usms, asked, own):
        data = {"Data": [{"SessionNo": "s1", "ReceiptSet": [{**GOOD, "SessionNo": own}]}]}

        _, (report,) = asked(usms.find_reports(query("s1"), STAMP), data)

        assert (report.provider_message_id, report.delivery) == ("s1", Delivery.DELIVERED)

    @pytest.mark.parametrize("own", ["s2", "another", 7])
    def test_a_record_that_names_another_session_is_unexpected(self, usms, asked, own):
        data = {"Data": [{"SessionNo": "s1", "ReceiptSet": [GOOD | {"SessionNo": "s1"}, {**GOOD, "SessionNo": own}]}]}

        with pytest.raises(UnexpectedResponse, match="another session"):
            asked(usms.find_reports(query("s1", "s2"), STAMP), data)

    @pytest.mark.parametrize(("count", "requests"), [(1, [1]), (99, [99]), (100, [99, 1]), (250, [99, 99, 52])])
    def test_fewer_than_100_sessions_go_into_a_request(self, usms, asked, count, requests):
        sessions = [f"s{number}" for number in range(count)]

        forms, reports = asked(
            usms.find_reports(query(*sessions, *sessions), STAMP), *({"Data": None} for _ in requests)
        )

        names = [[name for name in form if name.startswith("SessionNoSet.")] for form in forms]
        assert [len(each) for each in names] == requests
        assert [form[name] for form, each in zip(forms, names, strict=True) for name in each] == sessions
        assert reports == []

    def test_without_a_session_nothing_can_be_asked(self, usms):
        with pytest.raises(InvalidCall, match="by session number only; give message_ids"):
            next(usms.find_reports(query(phone=A), STAMP))

        assert usms.verification is None

    @pytest.mark.parametrize(
        "data",
        [
            7,
            {},
            [None],
            [{"ReceiptSet": []}],
            [{"SessionNo": None, "ReceiptSet": []}],
            [{"SessionNo": "s1", "ReceiptSet": {}}],
            [{"SessionNo": "another", "ReceiptSet": []}],
            [{"SessionNo": "s1", "ReceiptSet": []}, {"SessionNo": "s1", "ReceiptSet": []}],
        ],
    )
    def test_an_envelope_that_is_not_of_the_documented_shape_is_unexpected(self, usms, asked, data):
        with pytest.raises(UnexpectedResponse):
            asked(usms.find_reports(query("s1"), STAMP), {"Data": data})


def test_neither_a_phone_nor_what_it_wrote_stands_in_the_repr_of_a_record():
    receipt = Receipt.model_validate(GOOD)
    reply = Reply.model_validate({"Phone": "18500000507", "ReplyContent": "my code is 4711"})

    assert (receipt.phone, reply.reply_content) == ("18500000507", "my code is 4711")
    for shown in (repr(receipt), str(receipt), repr(reply), str(reply)):
        assert not {"18500000507", "4711"} & set(shown.replace("'", " ").split())
        assert "0" not in shown
