"""For whom templates and signatures are: the mainland, phones abroad, or both."""

from __future__ import annotations

from dataclasses import replace

import pytest

from smsway.provider import InvalidCall, SandboxTemplate, SignatureDraft, TemplateDraft
from smsway_tencentcloud import GLOBAL, MAINLAND, Scope

TEMPLATE = TemplateDraft(text="{1}", name="code", remark="login")
SIGNATURE = SignatureDraft(
    text="Acme", picture=b"\xff\xd8", options={"sign_type": 0, "document_type": 1, "qualification_id": 12}
)
ABROAD = replace(SIGNATURE, international=True, options={"sign_type": 0, "document_type": 1})


def listed(*ids):
    return {
        "DescribeTemplateStatusSet": [{"TemplateId": id_, "TemplateContent": "{1}", "StatusCode": 0} for id_ in ids]
    }


@pytest.mark.parametrize(
    ("internationals", "abroad", "international"),
    [
        ((GLOBAL,), False, GLOBAL),
        ((GLOBAL,), True, GLOBAL),
        ((MAINLAND,), True, MAINLAND),
        ((MAINLAND, GLOBAL), False, MAINLAND),
        ((MAINLAND, GLOBAL), True, GLOBAL),
    ],
)
def test_a_draft_is_for_whom_it_says_where_there_is_a_choice(internationals, abroad, international):
    scope = Scope(internationals=internationals, receipts={})

    assert scope.international_of(abroad=abroad) == international


@pytest.mark.parametrize(("international", "number"), [(False, 0), (True, 1)])
def test_a_template_for_either_is_submitted_for_it(both, body_of, replay, answer, stamp, international, number):
    draft = replace(TEMPLATE, international=international)

    _, body = body_of(both.add_template(draft, stamp))
    _, info = replay(both.add_template(draft, stamp), answer({"AddTemplateStatus": {"TemplateId": "1"}}))

    assert body["International"] == number
    assert info.international is international


def test_a_signature_for_the_mainland_names_its_qualification(both, body_of, stamp):
    _, mainland = body_of(both.add_signature(SIGNATURE, stamp))
    _, abroad = body_of(both.modify_signature("1", ABROAD, stamp))

    assert (mainland["International"], mainland["QualificationId"]) == (0, 12)
    assert (abroad["International"], abroad.get("QualificationId")) == (1, None)


@pytest.mark.parametrize(
    ("draft", "told"),
    [
        (replace(SIGNATURE, options=ABROAD.options), "options.qualification_id is missing"),
        (replace(ABROAD, options=SIGNATURE.options), "is for signatures for the mainland; leave it out"),
        (replace(SIGNATURE, options={**SIGNATURE.options, "qualification_id": 0}), "options.qualification_id"),
    ],
)
def test_a_qualification_is_where_the_vendor_wants_one_and_nowhere_else(both, stamp, draft, told):
    with pytest.raises(InvalidCall, match=told):
        next(both.add_signature(draft, stamp))


def test_what_is_not_one_of_the_mainlands_is_looked_up_among_those_for_abroad(both, replay, answer, stamp):
    requests, found = replay(both.get_templates(["1", "2", "3"], stamp), answer(listed(2)), answer(listed(3)))

    assert [request.body for request in requests] == [
        b'{"International":0,"TemplateIdSet":[1,2,3]}',
        b'{"International":1,"TemplateIdSet":[1,3]}',
    ]
    assert [template.id for template in found] == ["2", "3"]


def test_nothing_is_looked_up_abroad_once_all_is_found(both, replay, answer, stamp):
    _, found = replay(both.get_templates(["1"], stamp), answer(listed(1)))

    assert [template.id for template in found] == ["1"]


@pytest.mark.parametrize("mainland", [0, 1, 100, 101])
@pytest.mark.parametrize("abroad", [0, 1, 100, 101])
def test_both_lists_are_walked_to_their_ends_one_after_the_other(both, stamp, carry, make_desk, mainland, abroad):
    kinds = [0] * mainland + [1] * abroad
    desk = make_desk(
        shelf={
            str(number): SandboxTemplate(str(number), 0, "text", extras={"international": kind})
            for number, kind in enumerate(kinds)
        }
    )

    cursor, found = None, []
    while True:
        page = carry(both.list_templates(cursor, stamp), desk)
        found += [(item.id, item.international) for item in page.items]
        if (cursor := page.next) is None:
            break

    assert found == [(str(number), kind == 1) for number, kind in enumerate(kinds)]


@pytest.mark.parametrize("cursor", ["2-0", "0-0", "1-", "-1", "1-0-0", "1-1000000000"])
def test_a_cursor_that_is_from_no_list_is_never_asked_for(both, provider, stamp, cursor):
    for account in (both, provider):
        with pytest.raises(InvalidCall, match="is not from a page"):
            next(account.list_templates(cursor, stamp))


def test_a_cursor_of_the_second_list_means_nothing_where_there_is_one(provider, stamp):
    with pytest.raises(InvalidCall, match="is not from a page"):
        next(provider.list_templates("1-0", stamp))
