"""Signatures: submitted, changed, deleted, looked up and listed."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace

import pytest

from smsway.provider import CallFailed, InvalidCall, Review, SignatureDraft, SignatureInfo, UnexpectedResponse

# The answers of the vendor's pages, and its request with pictures that are some.
DRAFT = SignatureDraft(
    text="Tencent Cloud",
    remark="xxxx",
    picture=b"\xff\xd8\xff",
    international=True,
    options={"sign_type": 0, "document_type": 1, "sign_purpose": 1, "commission": b"\xff\xd8\xfe"},
)
OWN = replace(DRAFT, options={"sign_type": 0, "document_type": 1})
ADDED = {"AddSignStatus": {"SignId": 1110}, "RequestId": "f36e4f00-605e-49b1-ad0d-bfaba81c7325"}
MODIFIED = {"ModifySignStatus": {"SignId": 1110}, "RequestId": "f36e4f00-605e-49b1-ad0d-bfaba81c7325"}
DELETED = {
    "DeleteSignStatus": {"DeleteTime": 1578988506, "DeleteStatus": "return successfully!"},
    "RequestId": "f36e4f00-605e-49b1-ad0d-bfaba81c7325",
}
LISTED = [
    {
        "SignName": "Tencent Cloud",
        "International": 0,
        "SignId": 1110,
        "ReviewReply": "xxx",
        "CreateTime": 1617508800,
        "StatusCode": 0,
    },
    {
        "SignName": "Tencent Cloud",
        "International": 1,
        "SignId": 1111,
        "ReviewReply": "xxx",
        "CreateTime": 1617508801,
        "StatusCode": 0,
    },
]


def test_a_draft_is_submitted_with_these_bytes(provider, stamp):
    request = next(provider.add_signature(DRAFT, stamp))

    assert request.headers["X-TC-Action"] == "AddSmsSign"
    assert request.body == (
        b'{"SignName":"Tencent Cloud","SignType":0,"DocumentType":1,"International":1,"SignPurpose":1,'
        b'"ProofImage":"/9j/","CommissionImage":"/9j+","Remark":"xxxx"}'
    )


def test_what_is_not_required_is_left_out(provider, stamp):
    request = next(provider.add_signature(replace(OWN, remark=""), stamp))

    assert request.body == (
        b'{"SignName":"Tencent Cloud","SignType":0,"DocumentType":1,"International":1,"SignPurpose":0,'
        b'"ProofImage":"/9j/"}'
    )


def test_a_signature_is_changed_with_its_id_as_a_number(provider, body_of, stamp):
    _, added = body_of(provider.add_signature(DRAFT, stamp))

    assert body_of(provider.modify_signature("1110", DRAFT, stamp)) == ("ModifySmsSign", {"SignId": 1110, **added})


def test_a_change_needs_no_new_picture(provider, body_of, stamp):
    _, body = body_of(provider.modify_signature("1110", replace(OWN, picture=None), stamp))

    assert body["ProofImage"] == ""


def test_signatures_are_looked_up_by_their_ids_as_numbers(provider, stamp):
    request = next(provider.get_signatures(["1110", "1111"], stamp))

    assert request.headers["X-TC-Action"] == "DescribeSmsSignList"
    assert request.body == b'{"International":1,"SignIdSet":[1110,1111]}'


def test_a_list_says_where_it_begins_and_how_long_a_page_is(provider, stamp):
    request = next(provider.list_signatures("100", stamp))

    assert request.body == b'{"International":1,"Limit":100,"Offset":100}'


@pytest.mark.parametrize("commission", [b"\xff\xd8\xfe", "/9j+"])
def test_a_power_of_attorney_is_given_as_bytes_or_as_base64(provider, body_of, stamp, commission):
    draft = replace(DRAFT, options={**DRAFT.options, "commission": commission})

    assert body_of(provider.add_signature(draft, stamp))[1]["CommissionImage"] == "/9j+"


# Limits


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"text": ""}, "text: '' is empty or has brackets"),
        ({"text": "【Acme】"}, "give the name alone"),
        ({"text": "[Acme]"}, "give the name alone"),
        ({"options": {}}, "options.sign_type: Field required; options.document_type: Field required"),
        (
            {"options": {"sign_type": 7, "document_type": 1}},
            "options.sign_type: Input should be less than or equal to 6",
        ),
        (
            {"options": {"sign_type": 4, "document_type": 1}},
            "document_type 1 does not go with sign_type 4; give one of 7",
        ),
        ({"options": {"sign_type": 0, "document_type": 1, "sign_purpose": 2}}, "options.sign_purpose: "),
        ({"options": {"sign_type": 0, "document_type": 1, "sign_purpose": 1}}, "commission is missing"),
        ({"options": {"sign_type": 0, "document_type": 1, "brand": 1}}, "options.brand: Extra"),
        ({"options": {"sign_type": 0, "document_type": 1, "qualification_id": 1}}, "options.qualification_id is for"),
        (
            {"options": {"sign_type": 0, "document_type": 1, "commission": "data:image/jpeg;base64,/9j+"}},
            "options.commission: is not base64, or has a prefix",
        ),
    ],
)
def test_a_draft_that_the_vendor_would_not_take_is_never_submitted(provider, stamp, changes, told):
    draft = replace(OWN, **changes)

    with pytest.raises(InvalidCall, match=told):
        next(provider.add_signature(draft, stamp))
    with pytest.raises(InvalidCall, match=told):
        next(provider.modify_signature("1110", draft, stamp))


@pytest.mark.parametrize("picture", [None, b""])
def test_a_signature_is_never_submitted_without_a_picture(provider, stamp, picture):
    with pytest.raises(InvalidCall, match="picture is missing"):
        next(provider.add_signature(replace(OWN, picture=picture), stamp))


def test_a_picture_is_in_no_text_of_an_error(provider, stamp):
    options = {**OWN.options, "commission": "canary!", "sign_type": 9}

    with pytest.raises(InvalidCall) as caught:
        next(provider.add_signature(replace(OWN, options=options), stamp))

    assert "canary" not in str(caught.value)
    assert "canary" not in repr(caught.value.__context__)


@pytest.mark.parametrize(
    ("sign_type", "document_types"),
    [
        (0, {0, 1}),
        (1, {0, 1, 2, 3, 4}),
        (2, {0, 1, 2, 3, 5}),
        (3, {0, 1, 2, 3, 8}),
        (4, {7}),
        (5, {2, 3}),
        (6, {0, 1, 2, 3, 6}),
    ],
)
def test_a_type_is_proved_by_the_documents_of_the_vendors_page(provider, stamp, converse, sign_type, document_types):
    taken = set()
    for document_type in range(10):
        options = {"sign_type": sign_type, "document_type": document_type}
        draft = replace(OWN, text=f"Acme {document_type}", options=options)
        with suppress(InvalidCall):
            taken.add(document_type if converse(provider.add_signature(draft, stamp)) else None)

    # What is taken here is taken by the server as well, which has a table of its own.
    assert taken == document_types


@pytest.mark.parametrize("bad", ["", "Acme", "-1", None])
def test_what_is_no_id_is_never_asked_for(provider, stamp, bad):
    with pytest.raises(InvalidCall, match="signature_id: "):
        next(provider.modify_signature(bad, DRAFT, stamp))
    for call in (provider.get_signatures, provider.delete_signatures):
        with pytest.raises(InvalidCall, match=r"signature_ids\[0\]"):
            next(call([bad], stamp))


@pytest.mark.parametrize("ids", ["1110", None, True])
def test_what_is_no_list_of_ids_is_never_asked_for(provider, stamp, ids):
    for call in (provider.get_signatures, provider.delete_signatures):
        with pytest.raises(InvalidCall, match=r"signature_ids: .* is no list of ids; give one"):
            next(call(ids, stamp))


def test_no_more_than_100_are_looked_up_with_a_request(provider, replay, answer, stamp):
    parts = [list(range(1000, 1100)), [1100]]
    answers = [
        answer({"DescribeSignListStatusSet": [{**LISTED[0], "SignId": number} for number in part]}) for part in parts
    ]

    requests, signatures = replay(provider.get_signatures(list(map(str, range(1000, 1101))), stamp), *answers)

    assert [json.loads(request.body)["SignIdSet"] for request in requests] == parts
    assert [signature.id for signature in signatures] == list(map(str, range(1000, 1101)))


def test_no_ids_are_no_request_for_the_vendor_takes_none_for_all(provider, replay, stamp):
    assert replay(provider.get_signatures([], stamp)) == ([], ())
    assert replay(provider.delete_signatures([], stamp)) == ([], None)


# Answers


def test_the_published_answer_to_a_draft_is_a_signature_under_review(provider, replay, answer, stamp):
    _, signature = replay(provider.add_signature(DRAFT, stamp), answer(ADDED))

    assert signature == SignatureInfo(
        id="1110", review=Review.PENDING, text="Tencent Cloud", international=True, raw={"SignId": 1110}
    )


def test_the_published_answer_to_a_change_is_a_signature_under_review(provider, replay, answer, stamp):
    _, signature = replay(provider.modify_signature("1110", DRAFT, stamp), answer(MODIFIED))

    assert (signature.id, signature.review) == ("1110", Review.PENDING)


def test_an_answer_about_another_signature_is_not_believed(provider, replay, answer, stamp):
    with pytest.raises(UnexpectedResponse, match="not in the request"):
        replay(provider.modify_signature("1111", DRAFT, stamp), answer(MODIFIED))


def test_signatures_are_deleted_one_by_one(provider, replay, answer, stamp):
    requests, result = replay(provider.delete_signatures(["1110", "1111"], stamp), *[answer(DELETED)] * 2)

    assert [request.headers["X-TC-Action"] for request in requests] == ["DeleteSmsSign"] * 2
    assert [json.loads(request.body) for request in requests] == [{"SignId": 1110}, {"SignId": 1111}]
    assert result is None


def test_a_deletion_that_fails_says_how_many_went_before(provider, replay, answer, stamp):
    def delete(last):
        replay(provider.delete_signatures(["1110", "1111"], stamp), answer(DELETED), answer(last))

    with pytest.raises(CallFailed, match="1 of 2 were deleted before"):
        delete({"Error": {"Code": "FailedOperation.SignIdNotExist"}})
    with pytest.raises(UnexpectedResponse, match="1 of 2 were deleted before"):
        delete({"DeleteSignStatus": {"DeleteTime": 1578988506, "DeleteStatus": "failed"}})


@pytest.mark.parametrize(("status", "gone"), [("Return successfully.", True), ("failed", False), ("", False)])
def test_only_the_documented_words_say_that_it_was_deleted(provider, replay, answer, stamp, status, gone):
    told = answer({"DeleteSignStatus": {"DeleteTime": 1578988506, "DeleteStatus": status}})
    exchange = provider.delete_signatures(["1110"], stamp)

    if gone:
        assert replay(exchange, told)[1] is None
    else:
        with pytest.raises(UnexpectedResponse):
            replay(exchange, told)


@pytest.mark.parametrize(
    ("listed", "told"),
    [
        ([*LISTED, {**LISTED[0], "SignId": 1112}], "id that was not in the request"),
        ([LISTED[0], LISTED[1], LISTED[0]], "an id twice"),
    ],
)
def test_signatures_that_were_not_asked_for_are_not_believed(provider, replay, answer, stamp, listed, told):
    with pytest.raises(UnexpectedResponse, match=told):
        replay(provider.get_signatures(["1110", "1111"], stamp), answer({"DescribeSignListStatusSet": listed}))


def test_a_page_that_names_a_signature_twice_is_not_believed(provider, replay, answer, stamp):
    with pytest.raises(UnexpectedResponse, match="an id twice"):
        replay(provider.list_signatures(None, stamp), answer({"DescribeSignListStatusSet": LISTED[:1] * 2}))


def test_a_phone_in_the_reviewers_words_is_masked(provider, replay, answer, stamp):
    listed = [{**LISTED[0], "ReviewReply": "call\n+60198890000"}]

    _, (signature,) = replay(provider.get_signatures(["1110"], stamp), answer({"DescribeSignListStatusSet": listed}))

    assert signature.detail == "call +***********"


def test_a_status_number_that_is_not_documented_hides_no_other_signature(provider, replay, answer, stamp):
    strange = {**LISTED[0], "StatusCode": 3, "ReviewReply": "soon"}

    _, (first, second) = replay(
        provider.get_signatures(["1110", "1111"], stamp), answer({"DescribeSignListStatusSet": [strange, LISTED[1]]})
    )

    assert (first.review, first.detail, first.raw) == (Review.PENDING, "unknown status 3: soon", strange)
    assert second.review is Review.APPROVED


def test_the_published_signatures_are_read(provider, replay, answer, stamp):
    _, signatures = replay(
        provider.get_signatures(["1110", "1111"], stamp), answer({"DescribeSignListStatusSet": LISTED})
    )

    assert [(s.id, s.review, s.text, s.detail, s.international, s.created_at) for s in signatures] == [
        ("1110", Review.APPROVED, "Tencent Cloud", "xxx", False, 1617508800.0),
        ("1111", Review.APPROVED, "Tencent Cloud", "xxx", True, 1617508801.0),
    ]
    assert [signature.raw for signature in signatures] == LISTED


@pytest.mark.parametrize(
    ("status", "review"), [(0, Review.APPROVED), (1, Review.PENDING), (2, Review.PENDING), (-1, Review.REJECTED)]
)
def test_a_status_means_what_it_means_to_this_vendor(provider, replay, answer, stamp, status, review):
    listed = answer({"DescribeSignListStatusSet": [{**LISTED[0], "StatusCode": status}]})

    _, page = replay(provider.list_signatures(None, stamp), listed)

    assert [signature.review for signature in page.items] == [review]
    assert page.next is None
