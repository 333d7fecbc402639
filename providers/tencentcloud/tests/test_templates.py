"""Templates: submitted, changed, deleted, looked up and listed."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from smsway.provider import (
    CallFailed,
    InvalidCall,
    Kind,
    Reason,
    Response,
    Review,
    TemplateDraft,
    TemplateInfo,
    UnexpectedResponse,
)

# The request and the answers of the vendor's pages.
DRAFT = TemplateDraft(
    text="Your verification code is {1}", kind=Kind.OTP, name="Verification code", remark="xx", international=True
)
ADDED = {"AddTemplateStatus": {"TemplateId": "1110"}, "RequestId": "f36e4f00-605e-49b1-ad0d-bfaba81c7325"}
MODIFIED = {"ModifyTemplateStatus": {"TemplateId": 1110}, "RequestId": "f36e4f00-605e-49b1-ad0d-bfaba81c7325"}
DELETED = {
    "DeleteTemplateStatus": {"DeleteTime": 1578988506, "DeleteStatus": "return successfully!"},
    "RequestId": "f36e4f00-605e-49b1-ad0d-bfaba81c7325",
}
LISTED = [
    {
        "TemplateName": "Verification code",
        "TemplateId": 1110,
        "International": 0,
        "ReviewReply": "xxxx",
        "CreateTime": 1617379200,
        "TemplateContent": "Your verification code is {1}",
        "StatusCode": 0,
    },
    {
        "TemplateName": "Notification",
        "TemplateId": 1111,
        "International": 0,
        "ReviewReply": "xxxx",
        "CreateTime": 1617508800,
        "TemplateContent": "Please join the {1} meeting as soon as possible",
        "StatusCode": 0,
    },
]


@pytest.fixture
def get(provider, replay, answer, stamp):
    """Look the published template up, with changes in the answer."""

    def changed(**members):
        item = {name: value for name, value in {**LISTED[0], **members}.items() if value is not ...}
        return replay(provider.get_templates(["1110"], stamp), answer({"DescribeTemplateStatusSet": [item]}))[1][0]

    return changed


# Requests


def test_a_draft_is_submitted_with_these_bytes(provider, stamp):
    request = next(provider.add_template(DRAFT, stamp))

    assert request.headers["X-TC-Action"] == "AddSmsTemplate"
    assert request.body == (
        b'{"TemplateName":"Verification code","TemplateContent":"Your verification code is {1}","SmsType":3,'
        b'"International":1,"Remark":"xx"}'
    )


def test_a_template_is_changed_with_its_id_as_a_number(provider, body_of, stamp):
    _, added = body_of(provider.add_template(DRAFT, stamp))

    assert body_of(provider.modify_template("1110", DRAFT, stamp)) == (
        "ModifySmsTemplate",
        {"TemplateId": 1110, **added},
    )


def test_templates_are_looked_up_by_their_ids_as_numbers(provider, stamp):
    request = next(provider.get_templates(["1110", "1111", "1110"], stamp))

    assert request.headers["X-TC-Action"] == "DescribeSmsTemplateList"
    assert request.body == b'{"International":1,"TemplateIdSet":[1110,1111]}'


@pytest.mark.parametrize(("cursor", "offset"), [(None, 0), ("0", 0), ("300", 300)])
def test_a_list_says_where_it_begins_and_how_long_a_page_is(provider, stamp, cursor, offset):
    request = next(provider.list_templates(cursor, stamp))

    assert request.headers["X-TC-Action"] == "DescribeSmsTemplateList"
    assert request.body == b'{"International":1,"Limit":100,"Offset":%d}' % offset


@pytest.mark.parametrize(("kind", "number"), [(Kind.MARKETING, 1), (Kind.NOTIFICATION, 2), (Kind.OTP, 3), ("otp", 3)])
def test_a_kind_has_the_vendors_number(provider, body_of, stamp, kind, number):
    assert body_of(provider.add_template(replace(DRAFT, kind=kind), stamp))[1]["SmsType"] == number


@pytest.mark.parametrize("international", [True, False])
def test_every_template_of_the_account_is_one_for_global_sms(provider, body_of, stamp, international):
    draft = replace(DRAFT, international=international)

    assert body_of(provider.add_template(draft, stamp))[1]["International"] == 1


def test_text_beyond_ascii_reaches_the_body_unharmed(provider, stamp):
    request = next(provider.add_template(replace(DRAFT, text="您的验证码是{1}", name="验证码"), stamp))

    assert request.body.isascii()
    assert json.loads(request.body)["TemplateContent"] == "您的验证码是{1}"


# Limits


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"name": ""}, "name is empty"),
        ({"text": " "}, "text is empty"),
        ({"remark": ""}, "remark is empty"),
        ({"text": "Your code is {code}"}, r"\{code\} is no placeholder; number them \{1\}"),
        ({"text": "Your code is {}"}, r"\{\} is no placeholder"),
        ({"text": "Your code is {0}"}, r"\{0\} is no placeholder"),
        ({"kind": "voice"}, "'voice' is none; give one of"),
        ({"options": {"sign_type": 1}}, "options.sign_type: Extra inputs are not permitted"),
    ],
)
def test_a_draft_that_the_vendor_would_not_take_is_never_submitted(provider, stamp, changes, told):
    draft = replace(DRAFT, **changes)

    with pytest.raises(InvalidCall, match=told):
        next(provider.add_template(draft, stamp))
    with pytest.raises(InvalidCall, match=told):
        next(provider.modify_template("1110", draft, stamp))


@pytest.mark.parametrize("bad", ["", "UTA20212831C85C", " 1110", "-1", "\u0661", "1" * 21, str(2**64), 1110, None])
def test_what_is_no_id_is_never_asked_for(provider, stamp, bad):
    with pytest.raises(InvalidCall, match="give its digits in text") as caught:
        next(provider.modify_template(bad, DRAFT, stamp))
    for call in (provider.get_templates, provider.delete_templates):
        with pytest.raises(InvalidCall, match=r"template_ids\[1\]"):
            next(call(["1110", bad], stamp))

    assert repr(bad) in str(caught.value)


@pytest.mark.parametrize("ids", ["1110", b"1110", None, True, 1.5, 1110])
def test_what_is_no_list_of_ids_is_never_asked_for(provider, stamp, ids):
    for call in (provider.get_templates, provider.delete_templates):
        with pytest.raises(InvalidCall, match=r"template_ids: .* is no list of ids; give one"):
            next(call(ids, stamp))


@pytest.mark.parametrize("bad", [True, 1.5, 1110, b"1110"])
def test_an_id_that_is_no_text_is_never_asked_for(provider, stamp, bad):
    for call in (provider.get_templates, provider.delete_templates):
        with pytest.raises(InvalidCall, match=r"template_ids\[0\]"):
            next(call([bad], stamp))


@pytest.mark.parametrize("sizes", [[1], [99], [100], [100, 1], [100, 100], [100, 100, 50]])
def test_no_more_than_100_are_looked_up_with_a_request(provider, replay, answer, stamp, sizes):
    numbers = list(range(1000, 1000 + sum(sizes)))
    parts = [numbers[100 * index : 100 * index + size] for index, size in enumerate(sizes)]
    answers = [
        answer({"DescribeTemplateStatusSet": [{**LISTED[0], "TemplateId": number} for number in part]})
        for part in parts
    ]
    exchange = provider.get_templates([str(number) for number in [*numbers, numbers[0]]], stamp)

    requests, templates = replay(exchange, *answers)

    assert [json.loads(request.body)["TemplateIdSet"] for request in requests] == parts
    assert [template.id for template in templates] == [str(number) for number in numbers]


def test_a_bad_id_among_many_is_never_asked_for_not_even_the_ones_before_it(provider, stamp):
    ids = [*map(str, range(1000, 1100)), "bad"]

    with pytest.raises(InvalidCall, match=r"template_ids\[100\]"):
        next(provider.get_templates(ids, stamp))


@pytest.mark.parametrize("cursor", ["", "-1", "next", "1" * 10, 100, True, 1.5])
def test_a_cursor_that_is_from_no_page_is_never_asked_for(provider, stamp, cursor):
    with pytest.raises(InvalidCall, match="give its `next`"):
        next(provider.list_templates(cursor, stamp))


def test_no_ids_are_no_request_for_the_vendor_takes_none_for_all(provider, replay, stamp):
    assert replay(provider.get_templates([], stamp)) == ([], ())
    assert replay(provider.delete_templates([], stamp)) == ([], None)


# Answers


def test_the_published_answer_to_a_draft_is_a_template_under_review(provider, replay, answer, stamp):
    _, template = replay(provider.add_template(DRAFT, stamp), answer(ADDED))

    assert template == TemplateInfo(
        id="1110",
        review=Review.PENDING,
        text="Your verification code is {1}",
        kind=Kind.OTP,
        name="Verification code",
        international=True,
        raw={"TemplateId": "1110"},
    )


@pytest.mark.parametrize("written", ["1110", "01110"])
def test_the_published_answer_to_a_change_is_a_template_under_review(provider, replay, answer, stamp, written):
    _, template = replay(provider.modify_template(written, DRAFT, stamp), answer(MODIFIED))

    assert (template.id, template.review, template.text) == ("1110", Review.PENDING, DRAFT.text)


def test_an_answer_about_another_template_is_not_believed(provider, replay, answer, stamp):
    with pytest.raises(UnexpectedResponse, match="not in the request"):
        replay(provider.modify_template("1111", DRAFT, stamp), answer(MODIFIED))


def test_templates_are_deleted_one_by_one_each_once(provider, replay, answer, stamp):
    requests, result = replay(provider.delete_templates(["1110", "1111", "1110"], stamp), *[answer(DELETED)] * 2)

    assert [request.headers["X-TC-Action"] for request in requests] == ["DeleteSmsTemplate"] * 2
    assert [request.body for request in requests] == [b'{"TemplateId":1110}', b'{"TemplateId":1111}']
    assert result is None


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("FailedOperation.TemplateIdNotExist", Reason.TEMPLATE_REFUSED),
        ("InternalError.Timeout", Reason.AMBIGUOUS),
    ],
)
def test_a_deletion_that_is_refused_says_how_many_went_before(provider, replay, answer, stamp, code, reason):
    refusal = answer({"Error": {"Code": code, "Message": "no such template"}})

    with pytest.raises(CallFailed) as caught:
        replay(provider.delete_templates(["1110", "1111", "1112"], stamp), answer(DELETED), refusal)

    failure = caught.value
    assert (failure.reason, failure.code) == (reason, code)
    assert failure.detail == "no such template; 1 of 3 were deleted before"
    # Of the one that was refused; whoever carries the exchange out knows that another went before.
    assert failure.maybe_done is (reason is Reason.AMBIGUOUS)


@pytest.mark.parametrize("done", [0, 1, 2])
def test_a_deletion_without_an_answer_says_how_many_went_before(provider, answer, stamp, done):
    exchange = provider.delete_templates(["1110", "1111", "1112"], stamp)
    next(exchange)
    for _ in range(done):
        exchange.send(answer(DELETED))

    with pytest.raises(CallFailed) as caught:
        exchange.throw(CallFailed(Reason.NO_ANSWER, None, "reading", maybe_done=True))

    failure = caught.value
    assert (failure.reason, failure.detail) == (Reason.NO_ANSWER, f"reading; {done} of 3 were deleted before")
    assert failure.maybe_done


def test_a_single_deletion_without_an_answer_says_nothing_of_others(provider, stamp):
    exchange = provider.delete_templates(["1110"], stamp)
    next(exchange)

    with pytest.raises(CallFailed) as caught:
        exchange.throw(CallFailed(Reason.NO_ANSWER, None, "reading"))

    assert caught.value.detail == "reading"


def test_no_more_are_deleted_with_a_call_than_the_vendor_deletes_while_its_time_is_good(provider, stamp):
    ids = [str(number) for number in range(1000, 1201)]

    assert next(provider.delete_templates(ids[:200], stamp))
    with pytest.raises(InvalidCall, match="template_ids: 201 take the vendor too long to delete; give 200 at most"):
        next(provider.delete_templates(ids, stamp))


@pytest.mark.parametrize(("ids", "told"), [(["1110"], None), (["1110", "1111"], "0 of 2 were deleted before")])
def test_a_deletion_that_is_refused_at_once_has_done_nothing(provider, replay, answer, stamp, ids, told):
    refusal = answer({"Error": {"Code": "FailedOperation.TemplateIdNotExist"}})

    with pytest.raises(CallFailed) as caught:
        replay(provider.delete_templates(ids, stamp), refusal)

    assert (caught.value.detail, caught.value.maybe_done) == (told, False)


@pytest.mark.parametrize(
    "garbled",
    [
        Response(200, b"<html>502 Bad Gateway</html>"),
        Response(502, b""),
        Response(200, b'{"Response":{"DeleteTemplateStatus":{"DeleteStatus":"no"}}}'),
    ],
)
def test_a_garbled_answer_to_a_deletion_says_how_many_went_before(provider, replay, answer, stamp, garbled):
    exchange = provider.delete_templates(["1110", "1111", "1112"], stamp)

    with pytest.raises(UnexpectedResponse, match=r"; 2 of 3 were deleted before$") as caught:
        replay(exchange, answer(DELETED), answer(DELETED), garbled)

    assert "Gateway" not in str(caught.value)


def test_a_garbled_answer_to_a_single_deletion_says_nothing_of_others(provider, replay, stamp):
    with pytest.raises(UnexpectedResponse) as caught:
        replay(provider.delete_templates(["1110"], stamp), Response(502, b""))

    assert "before" not in str(caught.value)


@pytest.mark.parametrize(
    ("status", "gone"),
    [
        ("return successfully!", True),
        ("return successfully", True),
        ("Return Successfully.", True),
        (" RETURN SUCCESSFULLY!! ", True),
        ("", False),
        ("!", False),
        ("failed", False),
        ("return unsuccessfully!", False),
        ("not return successfully!", False),
        ("return successfully? no", False),
        (0, False),
        (None, False),
    ],
)
def test_only_the_documented_words_say_that_it_was_deleted(provider, replay, answer, stamp, status, gone):
    told = answer({"DeleteTemplateStatus": {"DeleteTime": 1578988506, "DeleteStatus": status}})
    exchange = provider.delete_templates(["1110"], stamp)

    if gone:
        assert replay(exchange, told)[1] is None
    else:
        with pytest.raises(UnexpectedResponse):
            replay(exchange, told)


@pytest.mark.parametrize(
    ("listed", "told"),
    [
        ([*LISTED, {**LISTED[0], "TemplateId": 1112}], "id that was not in the request"),
        ([LISTED[0], LISTED[1], LISTED[0]], "an id twice"),
        ([LISTED[0], {**LISTED[0], "TemplateId": "01110"}], "an id twice"),
    ],
)
def test_templates_that_were_not_asked_for_are_not_believed(provider, replay, answer, stamp, listed, told):
    with pytest.raises(UnexpectedResponse, match=told):
        replay(provider.get_templates(["1110", "1111"], stamp), answer({"DescribeTemplateStatusSet": listed}))


def test_each_answer_is_held_against_its_own_request(provider, replay, answer, stamp):
    listed = answer({"DescribeTemplateStatusSet": LISTED[:1]})
    ids = ["1110", *map(str, range(2000, 2100))]

    with pytest.raises(UnexpectedResponse, match="not in the request"):
        replay(provider.get_templates(ids, stamp), listed, listed)


def test_a_page_that_names_a_template_twice_is_not_believed(provider, replay, answer, stamp):
    with pytest.raises(UnexpectedResponse, match="an id twice"):
        replay(provider.list_templates(None, stamp), answer({"DescribeTemplateStatusSet": LISTED[:1] * 2}))


def test_the_published_templates_are_read(provider, replay, answer, stamp):
    _, templates = replay(
        provider.get_templates(["1110", "1111"], stamp), answer({"DescribeTemplateStatusSet": LISTED})
    )

    assert [(t.id, t.review, t.text, t.kind, t.name, t.detail, t.international, t.created_at) for t in templates] == [
        (
            "1110",
            Review.APPROVED,
            "Your verification code is {1}",
            None,
            "Verification code",
            "xxxx",
            False,
            1617379200.0,
        ),
        (
            "1111",
            Review.APPROVED,
            "Please join the {1} meeting as soon as possible",
            None,
            "Notification",
            "xxxx",
            False,
            1617508800.0,
        ),
    ]
    assert [template.raw for template in templates] == LISTED


@pytest.mark.parametrize(
    ("status", "review"), [(0, Review.APPROVED), (1, Review.PENDING), (2, Review.PENDING), (-1, Review.REJECTED)]
)
def test_a_status_means_what_it_means_to_this_vendor(get, status, review):
    assert get(StatusCode=status).review is review


@pytest.mark.parametrize(
    ("status", "reply", "detail"),
    [
        (3, "", "unknown status 3"),
        (-2, None, "unknown status -2"),
        (3, "ask +60198890000", "unknown status 3: ask +***********"),
        (60198890000, "", "unknown status ***********"),
    ],
)
def test_a_status_number_that_is_not_documented_hides_no_other_template(
    provider, replay, answer, stamp, status, reply, detail
):
    strange = {**LISTED[0], "StatusCode": status, "ReviewReply": reply}
    told = answer({"DescribeTemplateStatusSet": [strange, LISTED[1]]})

    _, (first, second) = replay(provider.get_templates(["1110", "1111"], stamp), told)
    _, page = replay(provider.list_templates(None, stamp), told)

    assert (first.review, first.detail, first.raw) == (Review.PENDING, detail, strange)
    assert second.review is Review.APPROVED
    assert page.items == (first, second)


@pytest.mark.parametrize("status", ["0", True, None, 0.0, ...])
def test_a_status_that_is_no_number_is_not_guessed(get, status):
    with pytest.raises(UnexpectedResponse):
        get(StatusCode=status)


@pytest.mark.parametrize(("written", "international"), [(0, False), (1, True), (3, True), (None, None), (..., None)])
def test_a_template_for_both_is_one_for_global_sms(get, written, international):
    assert get(International=written).international is international


def test_what_the_vendor_leaves_out_is_none(get):
    template = get(ReviewReply="", TemplateName=None, CreateTime=...)

    assert (template.detail, template.name, template.created_at) == (None, None, None)


@pytest.mark.parametrize(("count", "following"), [(0, None), (99, None), (100, "200")])
def test_only_a_full_page_has_another_one_after_it(provider, replay, answer, stamp, count, following):
    listed = [{**LISTED[0], "TemplateId": number} for number in range(count)]

    _, page = replay(provider.list_templates("100", stamp), answer({"DescribeTemplateStatusSet": listed}))

    assert (len(page.items), page.next, page.total) == (count, following, None)
