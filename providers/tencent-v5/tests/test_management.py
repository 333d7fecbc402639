"""Templates and signatures: the bytes that go out, what is refused beforehand, and what an answer says."""

from __future__ import annotations

import json

import pytest

from smsway.provider import InvalidCall, Kind, Review, SignatureDraft, TemplateDraft, UnexpectedResponse

SEALED = b'{"sig":"c13e54f047ed75e821e698730c72d030dc30e5b510b3f8a0fb6fb7605283d7df","time":1457336869,'
DRAFT = TemplateDraft(text="Your code is {1}, \u9a8c\u8bc1\u7801")
FULL = TemplateDraft(text="Hi {1}", kind=Kind.MARKETING, name="hello", remark="greets", international=True)
SIGN = SignatureDraft(text="\u817e\u8baf\u4e91")
FULL_SIGN = SignatureDraft(text="Acme", remark="ours", picture=b"\x89PNG\x00", international=True)
TEMPLATE = {"id": 19, "text": "Hi {1}", "status": 0, "reply": "", "type": 0}
SIGNATURE = {"id": 1, "text": "Acme", "status": 0, "reply": ""}

REQUESTS = {
    "a template": (
        lambda provider, stamp: provider.add_template(DRAFT, stamp),
        "add_template",
        '"text":"Your code is {1}, \u9a8c\u8bc1\u7801","type":0}',
    ),
    "a template with everything": (
        lambda provider, stamp: provider.add_template(FULL, stamp),
        "add_template",
        '"text":"Hi {1}","type":1,"title":"hello","remark":"greets","international":1}',
    ),
    "a change of a template": (
        lambda provider, stamp: provider.modify_template("19", FULL, stamp),
        "mod_template",
        '"tpl_id":19,"text":"Hi {1}","type":1,"title":"hello","remark":"greets","international":1}',
    ),
    "one template to delete": (
        lambda provider, stamp: provider.delete_templates(["19"], stamp),
        "del_template",
        '"tpl_id":[19]}',
    ),
    "the same template twice": (
        lambda provider, stamp: provider.delete_templates(["19", "20", "019"], stamp),
        "del_template",
        '"tpl_id":[19,20]}',
    ),
    "templates by id": (
        lambda provider, stamp: provider.get_templates(("20", "19"), stamp),
        "get_template",
        '"tpl_id":[20,19]}',
    ),
    "the first page": (
        lambda provider, stamp: provider.list_templates(None, stamp),
        "get_template",
        '"tpl_page":{"offset":0,"max":50}}',
    ),
    "a later page": (
        lambda provider, stamp: provider.list_templates("50", stamp),
        "get_template",
        '"tpl_page":{"offset":50,"max":50}}',
    ),
    "a signature": (
        lambda provider, stamp: provider.add_signature(SIGN, stamp),
        "add_sign",
        '"text":"\u817e\u8baf\u4e91"}',
    ),
    "a signature with everything": (
        lambda provider, stamp: provider.add_signature(FULL_SIGN, stamp),
        "add_sign",
        '"text":"Acme","remark":"ours","pic":"iVBORwA=","international":1}',
    ),
    "a change of a signature": (
        lambda provider, stamp: provider.modify_signature("1", FULL_SIGN, stamp),
        "mod_sign",
        '"sign_id":1,"text":"Acme","remark":"ours","pic":"iVBORwA=","international":1}',
    ),
    "signatures to delete": (
        lambda provider, stamp: provider.delete_signatures(["1", "2"], stamp),
        "del_sign",
        '"sign_id":[1,2]}',
    ),
    "signatures by id": (lambda provider, stamp: provider.get_signatures(["1"], stamp), "get_sign", '"sign_id":[1]}'),
}


@pytest.mark.parametrize(("ask", "method", "rest"), REQUESTS.values(), ids=REQUESTS)
def test_the_request_has_these_bytes(ask, method, rest, provider, stamp):
    request = next(ask(provider, stamp))

    assert request.url == f"https://yun.tim.qq.com/v5/tlssmssvr/{method}?sdkappid=1400006666&random=7226249334"
    assert request.body == SEALED + rest.encode()


@pytest.mark.parametrize(("kind", "type_"), [(Kind.OTP, 0), (Kind.NOTIFICATION, 0), (Kind.MARKETING, 1)])
def test_codes_and_notifications_are_normal_templates(kind, type_, provider, stamp):
    body = json.loads(next(provider.add_template(TemplateDraft(text="Hi", kind=kind), stamp)).body)

    assert body["type"] == type_


@pytest.mark.parametrize(
    ("draft", "told"),
    [
        (TemplateDraft(text=""), "the template's text is empty; say what"),
        (TemplateDraft(text=" \n"), "the template's text is empty"),
        (TemplateDraft(text="Hi", kind="voice"), r"kind 'voice' is none; choose from <Kind.OTP"),
        (TemplateDraft(text="Hi", kind=0), "kind 0 is none; choose from"),
        (TemplateDraft(text="Hi", kind=None), "kind None is none; choose from"),
        (TemplateDraft(text="Hi", kind=[Kind.OTP]), "is none; choose from"),
        (TemplateDraft(text="Hi", options={"speed": 1}), "option 'speed': tencent-v5 has none; leave the options out"),
    ],
)
def test_a_template_that_v5_cannot_take_is_refused_before_anything_is_asked(draft, told, provider, stamp):
    for exchange in (provider.add_template(draft, stamp), provider.modify_template("19", draft, stamp)):
        with pytest.raises(InvalidCall, match=told):
            next(exchange)


@pytest.mark.parametrize(
    ("draft", "told"),
    [
        (SignatureDraft(text=""), "signature '' is empty"),
        (
            SignatureDraft(text="【Acme】"),
            "signature '【Acme】' is empty, or has brackets.*give what stands in the brackets",
        ),
        (SignatureDraft(text="[Acme]"), "has brackets or spaces"),
        (SignatureDraft(text="Ac]me"), "has brackets or spaces"),
        (SignatureDraft(text=" Acme"), "has brackets or spaces"),
        (SignatureDraft(text="Acme\n"), "has brackets or spaces"),
        (SignatureDraft(text="Acme", picture=b""), "picture is empty; give the bytes of an image, or None"),
        (SignatureDraft(text="Acme", options={"use": 1}), "signature option 'use': tencent-v5 has none"),
    ],
)
def test_a_signature_that_v5_cannot_take_is_refused_before_anything_is_asked(draft, told, provider, stamp):
    for exchange in (provider.add_signature(draft, stamp), provider.modify_signature("1", draft, stamp)):
        with pytest.raises(InvalidCall, match=told):
            next(exchange)


BY_ID = {
    "modify_template": lambda provider, id_, stamp: provider.modify_template(id_, DRAFT, stamp),
    "delete_templates": lambda provider, id_, stamp: provider.delete_templates(["19", id_], stamp),
    "get_templates": lambda provider, id_, stamp: provider.get_templates([id_], stamp),
    "modify_signature": lambda provider, id_, stamp: provider.modify_signature(id_, SIGN, stamp),
    "delete_signatures": lambda provider, id_, stamp: provider.delete_signatures([id_], stamp),
    "get_signatures": lambda provider, id_, stamp: provider.get_signatures([id_], stamp),
}


@pytest.mark.parametrize("call", BY_ID)
@pytest.mark.parametrize(
    "id_", ["", "0", "-1", "1.0", " 1", "UTA20212831C85C", "\u0661", "9" * 19, 19, None, True, 1.5]
)
def test_an_id_is_a_positive_number(id_, call, provider, stamp):
    with pytest.raises(InvalidCall, match="is not a positive number; give the digits that the console shows") as raised:
        next(BY_ID[call](provider, id_, stamp))

    assert repr(id_) in str(raised.value)


@pytest.mark.parametrize(("call", "what"), [("delete_templates", "template"), ("delete_signatures", "signature")])
def test_nothing_cannot_be_deleted(call, what, provider, stamp):
    with pytest.raises(InvalidCall, match=f"there is no {what} id; give one or more"):
        next(getattr(provider, call)([], stamp))


@pytest.mark.parametrize("call", ["delete_templates", "get_templates", "delete_signatures", "get_signatures"])
@pytest.mark.parametrize("ids", ["19", b"19", 19, {"19"}])
def test_ids_are_a_list_for_a_text_would_be_taken_apart(ids, call, provider, stamp):
    with pytest.raises(InvalidCall, match=r"are no list; give one such as \['19'\]") as raised:
        next(getattr(provider, call)(ids, stamp))

    assert repr(ids) in str(raised.value)


@pytest.mark.parametrize("call", ["get_templates", "get_signatures"])
def test_to_look_nothing_up_asks_nothing(call, provider, stamp):
    with pytest.raises(StopIteration) as stopped:
        next(getattr(provider, call)([], stamp))

    assert stopped.value.value == []


@pytest.mark.parametrize("cursor", ["", "-50", "x", "1.5", "\u0661", "9" * 19, 50, 1.5, True, b"50"])
def test_a_cursor_is_the_next_of_a_page(cursor, provider, stamp):
    with pytest.raises(InvalidCall, match="give the `next` of the page before, or None to begin") as raised:
        next(provider.list_templates(cursor, stamp))

    assert repr(cursor) in str(raised.value)


@pytest.mark.parametrize(
    ("status", "review"), [(0, Review.APPROVED), (1, Review.PENDING), (2, Review.REJECTED), ("2", Review.REJECTED)]
)
def test_the_review_is_told_by_a_number(status, review, provider, stamp, ended):
    [template] = ended(provider.get_templates(["19"], stamp), {"result": 0, "data": [TEMPLATE | {"status": status}]})
    [signature] = ended(provider.get_signatures(["1"], stamp), {"result": 0, "data": [SIGNATURE | {"status": status}]})

    assert (template.review, signature.review) == (review, review)


@pytest.mark.parametrize("status", [3, -1, "7"])
@pytest.mark.parametrize(
    ("reply", "words"), [("", ""), (None, ""), ("wait\nfor 13788888888", ": wait for ***********")]
)
def test_an_unknown_status_hides_nothing_else_and_is_read_as_pending(status, reply, words, provider, stamp, ended):
    odd = {"status": status, "reply": reply}
    templates = [TEMPLATE, TEMPLATE | {"id": 20} | odd]
    signatures = [SIGNATURE, SIGNATURE | {"id": 2} | odd]

    listed = ended(provider.list_templates(None, stamp), {"result": 0, "total": 2, "data": templates}).items
    got = ended(provider.get_templates(["19", "20"], stamp), {"result": 0, "data": templates})
    signs = ended(provider.get_signatures(["1", "2"], stamp), {"result": 0, "data": signatures})

    for infos, records in ((listed, templates), (got, templates), (signs, signatures)):
        assert [info.review for info in infos] == [Review.APPROVED, Review.PENDING]
        assert [info.detail for info in infos] == [None, f"unknown status {status}{words}"]
        assert [info.raw for info in infos] == records


def test_an_unknown_status_of_what_was_submitted_is_pending_as_well(provider, stamp, ended):
    template = ended(provider.add_template(DRAFT, stamp), {"result": 0, "data": TEMPLATE | {"status": 9}})
    signature = ended(provider.add_signature(SIGN, stamp), {"result": 0, "data": SIGNATURE | {"status": 9}})

    assert {(each.review, each.detail) for each in (template, signature)} == {(Review.PENDING, "unknown status 9")}


@pytest.mark.parametrize(
    "change", [{"status": "new"}, {"status": None}, {"status": True}, {"id": None}, {"id": "x"}, {"text": []}]
)
def test_a_record_that_is_not_as_documented_makes_the_answer_unexpected(change, provider, stamp, ended):
    with pytest.raises(UnexpectedResponse):
        ended(provider.list_templates(None, stamp), {"result": 0, "data": [TEMPLATE, TEMPLATE | {"id": 20} | change]})
    with pytest.raises(UnexpectedResponse):
        ended(provider.get_signatures(["1"], stamp), {"result": 0, "data": [SIGNATURE | change]})
    with pytest.raises(UnexpectedResponse):
        ended(provider.add_template(DRAFT, stamp), {"result": 0, "data": TEMPLATE | change})
    with pytest.raises(UnexpectedResponse):
        ended(provider.add_signature(SIGN, stamp), {"result": 0, "data": SIGNATURE | change})


@pytest.mark.parametrize(
    ("type_", "kind"),
    [(0, Kind.NOTIFICATION), (1, Kind.MARKETING), (2, None), (3, None), (None, None), ("1", Kind.MARKETING)],
)
def test_a_voice_template_is_of_no_kind(type_, kind, provider, stamp, ended):
    [template] = ended(provider.get_templates(["19"], stamp), {"result": 0, "data": [TEMPLATE | {"type": type_}]})

    assert template.kind is kind


@pytest.mark.parametrize(("international", "told"), [(0, False), (1, True), ("1", True), (2, None), (None, None)])
def test_whether_it_is_for_abroad_is_told_by_a_number(international, told, provider, stamp, ended):
    answer = {"result": 0, "data": [TEMPLATE | {"international": international}]}
    sign_answer = {"result": 0, "data": [SIGNATURE | {"international": international}]}

    [template] = ended(provider.get_templates(["19"], stamp), answer)
    [signature] = ended(provider.get_signatures(["1"], stamp), sign_answer)

    assert (template.international, signature.international) == (told, told)


def test_the_reviewers_words_are_the_detail(provider, stamp, ended):
    rejected = {"status": 2, "reply": "says nothing\nat all"}

    [template] = ended(provider.get_templates(["19"], stamp), {"result": 0, "data": [TEMPLATE | rejected]})
    [signature] = ended(provider.get_signatures(["1"], stamp), {"result": 0, "data": [SIGNATURE | rejected]})

    assert (template.detail, signature.detail) == ("says nothing at all", "says nothing at all")


@pytest.mark.parametrize("apply_time", [None, "", "xxxxx", "0000-00-00 00:00:00"])
def test_a_time_that_is_none_is_not_told(apply_time, provider, stamp, ended):
    [template] = ended(
        provider.get_templates(["19"], stamp), {"result": 0, "data": [TEMPLATE | {"apply_time": apply_time}]}
    )

    assert template.created_at is None


@pytest.mark.parametrize("data", [None, [], [TEMPLATE], "x"])
@pytest.mark.parametrize(
    "ask",
    [
        lambda provider, stamp: provider.add_template(DRAFT, stamp),
        lambda provider, stamp: provider.modify_template("19", DRAFT, stamp),
        lambda provider, stamp: provider.add_signature(SIGN, stamp),
        lambda provider, stamp: provider.modify_signature("1", SIGN, stamp),
    ],
)
def test_what_was_submitted_is_in_the_answer(ask, data, provider, stamp, ended):
    with pytest.raises(UnexpectedResponse):
        ended(ask(provider, stamp), {"result": 0, "data": data})


@pytest.mark.parametrize(
    ("ask", "data"),
    [
        (lambda provider, stamp: provider.modify_template("7", DRAFT, stamp), TEMPLATE),
        (lambda provider, stamp: provider.modify_signature("7", SIGN, stamp), SIGNATURE),
        (lambda provider, stamp: provider.get_templates(["7", "8"], stamp), [TEMPLATE]),
        (lambda provider, stamp: provider.get_signatures(["7", "8"], stamp), [SIGNATURE]),
    ],
)
def test_an_answer_about_another_id_is_not_believed(ask, data, provider, stamp, ended):
    with pytest.raises(UnexpectedResponse, match="an id that was not asked about"):
        ended(ask(provider, stamp), {"result": 0, "data": data})


def test_an_id_with_a_leading_zero_is_the_same_id(provider, stamp, ended):
    assert ended(provider.modify_template("019", DRAFT, stamp), {"result": 0, "data": TEMPLATE}).id == "19"


def test_what_the_vendor_does_not_have_is_left_out(provider, stamp, ended):
    templates = ended(provider.get_templates(["19", "20"], stamp), {"result": 0, "count": 1, "data": [TEMPLATE]})
    signatures = ended(provider.get_signatures(["1", "2"], stamp), {"result": 0, "count": 0, "data": None})

    assert ([template.id for template in templates], signatures) == (["19"], [])


@pytest.mark.parametrize(
    ("cursor", "length", "total", "following"),
    [
        (None, 0, 0, None),
        (None, 3, 3, None),
        (None, 50, 50, None),
        (None, 50, 51, "50"),
        ("50", 1, 51, None),
        ("50", 50, 200, "100"),
        (None, 10, 100, "10"),  # by the documents the next offset is 50, which would skip 40
        ("50", 1, 100, "51"),
        ("50", 0, 50, None),
        ("50", 0, 40, None),
        ("50", 0, None, None),
        (None, 50, None, "50"),
        (None, 49, None, None),
        (None, 50, "51", "50"),
    ],
)
def test_a_page_tells_where_the_next_begins(cursor, length, total, following, provider, stamp, ended):
    answer = {
        "result": 0,
        "msg": "",
        "total": total,
        "count": length,
        "data": [TEMPLATE | {"id": number + 1} for number in range(length)],
    }

    page = ended(provider.list_templates(cursor, stamp), answer)

    assert (len(page.items), page.next, page.total) == (length, following, None if total is None else int(total))


@pytest.mark.parametrize(("cursor", "total"), [(None, 1), ("50", 51), ("50", "100")])
@pytest.mark.parametrize("data", [None, []])
def test_an_empty_page_before_the_end_is_not_taken_for_the_end(data, cursor, total, provider, stamp, ended):
    with pytest.raises(UnexpectedResponse, match=f"counts {total} templates and lists none from number {cursor or 0}"):
        ended(provider.list_templates(cursor, stamp), {"result": 0, "total": total, "count": 0, "data": data})


def test_an_id_that_is_listed_twice_is_not_believed(provider, stamp, ended):
    with pytest.raises(UnexpectedResponse, match="lists an id twice"):
        ended(provider.list_templates(None, stamp), {"result": 0, "data": [TEMPLATE, TEMPLATE]})
    with pytest.raises(UnexpectedResponse, match="lists an id twice"):
        ended(provider.get_templates(["19"], stamp), {"result": 0, "data": [TEMPLATE, TEMPLATE | {"id": "19"}]})
    with pytest.raises(UnexpectedResponse, match="lists an id twice"):
        ended(provider.get_signatures(["1", "2"], stamp), {"result": 0, "data": [SIGNATURE, SIGNATURE]})


@pytest.mark.parametrize("count", [0, 2, "2"])
def test_a_count_that_is_not_that_of_the_list_is_not_believed(count, provider, stamp, ended):
    with pytest.raises(UnexpectedResponse, match="items and lists 1"):
        ended(provider.list_templates(None, stamp), {"result": 0, "count": count, "data": [TEMPLATE]})
    with pytest.raises(UnexpectedResponse, match="items and lists 1"):
        ended(provider.get_signatures(["1"], stamp), {"result": 0, "count": count, "data": [SIGNATURE]})


@pytest.mark.parametrize("count", [8613788888888, "8613788888888"])
def test_a_count_that_could_be_a_phone_is_masked(count, provider, stamp, ended):
    with pytest.raises(UnexpectedResponse) as listed:
        ended(provider.list_templates(None, stamp), {"result": 0, "total": count, "data": []})
    with pytest.raises(UnexpectedResponse) as counted:
        ended(provider.get_templates(["19"], stamp), {"result": 0, "count": count, "data": [TEMPLATE]})
    with pytest.raises(UnexpectedResponse) as packages:
        ended(provider.get_balance(stamp), {"total": count, "data": []})

    for caught in (listed, counted, packages):
        assert f"counts {'*' * 13} " in str(caught.value)
