"""What the vendor posts to us: receipts and messages from phones."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsway.provider import Callback, Delivery, Inbound, MalformedCallback, Reason, Report
from smsway_usms._provider import Usms

SAMPLES = Path(__file__).parent / "samples"
A = "+8618500000507"
RECEIPT = {
    "SessionNo": "d0",
    "Phone": "18500000507",
    "CostCount": 1,
    "ReceiptTime": 1563867000,
    "ReceiptResult": "发送成功",
    "ReceiptCode": "Delivrd",
    "ReceiptDesc": "用户接收成功",
    "UserId": "0123456789abcdef0123-0",
}
MESSAGE = {"ExtendCode": "12345", "Phone": "18500000507", "ReplyContent": "TD", "ReplyTime": 1573552778}


@pytest.fixture(scope="session")
def usms(config):
    return Usms(config)


@pytest.fixture(scope="session")
def read(usms):
    """Return a function that reads what the vendor posts as JSON."""

    def read(body):
        return usms.read_callback(Callback(body if isinstance(body, bytes) else json.dumps(body).encode()))

    return read


def sample(name):
    return json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ["push_receipts", "push_receipts_scloud"])
def test_the_published_examples_of_receipts(read, name):
    pushed = sample(name)

    reports = read(pushed)

    delivered, blocked = pushed["Data"]
    session = "d0****f7-0fc3-****-****-9f73****6c6e"
    own = {"recipient": "+8618500009057", "at": 1563867000.0, "fee": 2}
    own["reference"] = "you man c define the content by yrself"
    assert reports == [
        Report(
            delivery=Delivery.DELIVERED,
            provider_message_id=session,
            code="Delivrd",
            detail=delivered["ReceiptDesc"],
            raw=delivered,
            **own,
        ),
        Report(
            delivery=Delivery.UNDELIVERED,
            provider_message_id=session.replace("d0", "d1", 1),
            reason=Reason.BLOCKED_RECIPIENT,
            code="MSBLACK",
            detail=blocked["ReceiptDesc"],
            raw=blocked,
            **own,
        ),
    ]


def test_the_published_example_of_messages(read):
    pushed = sample("push_messages")

    messages = read(pushed)

    first, second = pushed["Data"]
    own = {"sender": "+8618500009057", "at": 1573552778.0, "reference": "you man c define the content by yrself"}
    assert messages == [
        Inbound(text=first["ReplyContent"], extension="12345", raw=first, **own),
        Inbound(text=second["ReplyContent"], extension="12346", raw=second, **own),
    ]


@pytest.mark.parametrize(
    ("records", "kind"),
    [
        ([RECEIPT], Report),
        ([RECEIPT, RECEIPT], Report),
        ([MESSAGE], Inbound),
        ([{}, RECEIPT, None], Report),
        ([MESSAGE, [RECEIPT]], Inbound),
    ],
)
def test_the_bare_array_of_the_prose_is_told_by_its_records(read, records, kind):
    assert [type(each) for each in read(records)] == [kind] * len(records)


@pytest.mark.parametrize("kind", [0, 2])
def test_a_push_may_be_empty(read, kind):
    assert read({"MsgType": kind, "Data": []}) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"UserId": None}, {"reference": None}),
        ({"UserId": ""}, {"reference": None}),
        ({"UserId": 7}, {"reference": "7", "delivery": Delivery.DELIVERED}),
        ({"ReceiptCode": 0}, {"code": "0", "delivery": Delivery.DELIVERED}),
        ({"CostCount": -1}, {"fee": None, "delivery": Delivery.DELIVERED}),
        ({"ReceiptTime": 1563867000000}, {"at": None, "delivery": Delivery.DELIVERED}),
        ({"CostCount": "2"}, {"fee": 2}),
        ({"Phone": "(60)198890000"}, {"recipient": "+60198890000"}),
        ({"Phone": "8618500000507"}, {"recipient": A}),
        ({"ReceiptResult": "Unknow"}, {"delivery": Delivery.ACCEPTED, "reason": None}),
        # What a word or spelling means may be unknown, and yet the others of the push count.
        ({"ReceiptResult": "SubmitFail"}, {"delivery": Delivery.UNKNOWN, "recipient": A}),
        ({"Phone": "198890000"}, {"delivery": Delivery.UNKNOWN, "recipient": "", "provider_message_id": "d0"}),
    ],
)
def test_receipts_are_read_as_they_are_when_pulled(read, changes, expected):
    (report,) = read({"MsgType": 2, "Data": [{**RECEIPT, **changes}]})

    assert {name: getattr(report, name) for name in expected} == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"ExtendCode": None}, {"extension": None}),
        ({"ExtendCode": ""}, {"extension": None}),
        ({"ReplyTime": "1573552778"}, {"at": 1573552778.0}),
        ({"ReplyTime": None}, {"at": None, "text": "TD"}),
        ({"ReplyTime": 1573552778000}, {"at": None, "text": "TD"}),
        ({"ExtendCode": 12345}, {"extension": "12345"}),
        ({"ReplyContent": 1}, {"text": "1"}),
        ({"ReplyContent": ""}, {"text": ""}),
        ({"ReplyContent": "ok \ud83d"}, {"text": "ok \ufffd"}),
        ({"ReplyContent": "ok \U0001f600"}, {"text": "ok \U0001f600"}),
        ({"Phone": "+60198890000"}, {"sender": "+60198890000"}),
        ({"Phone": "10086"}, {"sender": ""}),
    ],
)
def test_messages_are_read_leniently_where_nothing_is_lost(read, changes, expected):
    (message,) = read({"MsgType": 0, "Data": [{**MESSAGE, **changes}]})

    assert {name: getattr(message, name) for name in expected} == expected


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b"null",
        b"2",
        b"\xff",
        b"[" * 100_000,
        b"code=0",
        b'{"MsgType": 2, "MsgType": 2, "Data": []}',
        {"MsgType": 1, "Data": []},
        {"MsgType": "2", "Data": []},
        {"MsgType": True, "Data": []},
        {"MsgType": None, "Data": [RECEIPT]},
        {"Data": [RECEIPT]},
        {"MsgType": 2},
        {"MsgType": 2, "Data": None},
        {"MsgType": 2, "Data": {}},
        {"MsgType": 2, "Data": [None]},
        {"MsgType": 2, "Data": [{**RECEIPT, "Phone": "185XXXX0507"}, {**RECEIPT, "ReceiptResult": None}]},
        {"MsgType": 0, "Data": [{**MESSAGE, "Phone": None}, {**MESSAGE, "ReplyContent": None}]},
        {"MsgType": 2, "Data": [MESSAGE]},
        {"MsgType": 0, "Data": [RECEIPT]},
        [RECEIPT, MESSAGE],
        [{}],
        [[RECEIPT]],
    ],
)
def test_what_the_vendor_does_not_document_is_malformed_and_not_quoted(read, body):
    with pytest.raises(MalformedCallback) as error:
        read(body)

    assert "1850" not in str(error.value)
    assert error.value.__context__ is None


BAD_RECEIPTS = [
    (None, {"recipient": "", "provider_message_id": None, "reference": None}),
    ([RECEIPT], {"recipient": ""}),
    ({}, {"recipient": ""}),
    ({**RECEIPT, "Phone": ""}, {"recipient": "", "provider_message_id": "d0", "reference": RECEIPT["UserId"]}),
    ({**RECEIPT, "Phone": "185XXXX0507"}, {"recipient": "", "reference": RECEIPT["UserId"], "at": 1563867000.0}),
    ({**RECEIPT, "Phone": ["18500000507"]}, {"recipient": "", "fee": 1}),
    ({**RECEIPT, "ReceiptResult": None}, {"recipient": A, "provider_message_id": "d0"}),
    ({**RECEIPT, "ReceiptResult": {}}, {"recipient": A, "reference": RECEIPT["UserId"]}),
]


@pytest.mark.parametrize(("bad", "expected"), BAD_RECEIPTS)
def test_a_bad_receipt_is_of_unknown_delivery_and_hides_none_of_the_others(read, bad, expected):
    first, strange, last = read({"MsgType": 2, "Data": [RECEIPT, bad, RECEIPT]})

    assert (first.delivery, strange.delivery, last.delivery) == (
        Delivery.DELIVERED,
        Delivery.UNKNOWN,
        Delivery.DELIVERED,
    )
    assert {name: getattr(strange, name) for name in expected} == expected
    assert strange.raw == (bad if isinstance(bad, dict) else {"record": bad})


@pytest.mark.parametrize(
    ("bad", "expected"),
    [
        (7, {"sender": "", "text": "", "at": None}),
        ({}, {"sender": "", "text": ""}),
        ({**MESSAGE, "Phone": "abc"}, {"sender": "", "text": "TD", "extension": "12345"}),
        ({**MESSAGE, "ReplyContent": None}, {"sender": A, "text": "", "at": 1573552778.0}),
    ],
)
def test_a_bad_message_is_kept_as_far_as_it_can_be_read_and_hides_none_of_the_others(read, bad, expected):
    first, strange, last = read({"MsgType": 0, "Data": [MESSAGE, bad, MESSAGE]})

    assert (first.text, last.text) == ("TD", "TD")
    assert {name: getattr(strange, name) for name in expected} == expected
    assert strange.raw == (bad if isinstance(bad, dict) else {"record": bad})


def test_the_answer_is_the_one_that_the_vendor_takes_for_a_receipt(usms):
    answer = usms.answer_callback(taken=True)

    assert (answer.body, answer.status, answer.content_type) == (b'{"code":0,"message":"ok"}', 200, "application/json")


def test_what_was_not_taken_is_answered_by_another_code_and_status(usms):
    answer = usms.answer_callback(taken=False)

    assert json.loads(answer.body)["code"] != 0
    assert answer.status >= 500


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@st.composite
def near_misses(draw):
    """Return a push with some of its values replaced, or bytes with some of them flipped."""
    kind, record = draw(st.sampled_from([(2, RECEIPT), (0, MESSAGE)]))
    records = [dict(record) for _ in range(draw(st.integers(1, 3)))]
    for name in draw(st.sets(st.sampled_from(sorted(record)))):
        records[-1][name] = draw(VALUES)
    told = draw(st.sampled_from([{"MsgType": kind, "Data": records}, records]))
    body = bytearray(json.dumps(told).encode())
    for place in draw(st.sets(st.integers(0, len(body) - 1), max_size=3)):
        body[place] = draw(st.integers(0, 255))
    return bytes(body)


@given(st.binary() | VALUES.map(lambda value: json.dumps(value).encode()) | near_misses())
def test_whatever_is_posted_is_read_or_malformed(read, body):
    try:
        items = read(body)
    except MalformedCallback as error:
        malformed = error
    else:
        assert all(isinstance(each, Report) for each in items) or all(isinstance(each, Inbound) for each in items)
        return

    assert (malformed.__cause__, malformed.__context__) == (None, None)
