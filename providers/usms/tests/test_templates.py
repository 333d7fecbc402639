"""Templates: what goes out, what comes back, and what is refused before anything is asked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from smsway.provider import (
    CallFailed,
    InvalidCall,
    Kind,
    Reason,
    Response,
    Review,
    Stamp,
    TemplateDraft,
    TemplateInfo,
    UnexpectedResponse,
)
from smsway_usms._provider import Usms

SAMPLES = Path(__file__).parent / "samples"
STAMP = Stamp(now=1_700_000_000.0, nonce=1)
DATA = {
    "TemplateId": "UTA1",
    "Purpose": 1,
    "TemplateName": "code",
    "Template": "Code {1}",
    "UnsubscribeInfo": "",
    "Status": 2,
    "Remark": "",
    "ErrDesc": "",
    "CreateTime": 1566783067,
}


@pytest.fixture(scope="session")
def usms(config):
    return Usms(config)


def sample(name):
    return json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))


def draft(text="Code {1}", name="code", **members):
    return TemplateDraft(text=text, name=name, **members)


class TestAdd:
    def test_the_published_example(self, usms, asked):
        given = draft(
            text="ulaAspXU",
            name="vnSDFAjK",
            kind=Kind.OTP,
            international=True,
            remark="eGfxoirr",
            options={"unsubscribe_info": "LJlQORyc", "instruction": "fotdmkKB"},
        )
        answer = sample("create_usms_template")

        forms, info = asked(usms.add_template(given, STAMP), answer)

        # Region and Zone stand in the example only, and are deprecated in the SDK.
        published = (
            "Purpose=1&TemplateName=vnSDFAjK&Template=ulaAspXU&International=true&Remark=eGfxoirr"
            "&UnsubscribeInfo=LJlQORyc&Instruction=fotdmkKB"
        )
        assert dict(each.split("=") for each in published.split("&")).items() <= forms[0].items()
        assert info == TemplateInfo(
            id="edcONjeS",
            review=Review.PENDING,
            text="ulaAspXU",
            kind=Kind.OTP,
            name="vnSDFAjK",
            international=True,
            raw=answer,
        )

    @pytest.mark.parametrize(("kind", "purpose"), [(Kind.OTP, "1"), (Kind.NOTIFICATION, "2"), (Kind.MARKETING, "3")])
    def test_trap_25_a_kind_has_a_number_of_this_vendors_own(self, usms, asked, kind, purpose):
        options = {"unsubscribe_info": "拒收请回复R"}

        forms, info = asked(usms.add_template(draft(kind=kind, options=options), STAMP), {"TemplateId": "UTA1"})

        assert (forms[0]["Purpose"], forms[0]["UnsubscribeInfo"], info.kind) == (purpose, "拒收请回复R", kind)

    def test_marketing_in_the_mainland_says_how_to_opt_out(self, usms):
        with pytest.raises(InvalidCall, match=r'set options\.unsubscribe_info, such as "拒收请回复R"'):
            next(usms.add_template(draft(kind=Kind.MARKETING), STAMP))

    def test_marketing_abroad_need_not_say_it(self, usms, asked):
        forms, _ = asked(
            usms.add_template(draft(kind=Kind.MARKETING, international=True), STAMP), {"TemplateId": "UTA1"}
        )

        assert (forms[0]["International"], "UnsubscribeInfo" in forms[0]) == ("true", False)

    @pytest.mark.parametrize("kind", ["news", 1, None, []])
    def test_a_kind_that_is_none_is_refused(self, usms, kind):
        with pytest.raises(InvalidCall, match="USMS knows otp, notification, marketing"):
            next(usms.add_template(draft(kind=kind), STAMP))

    @pytest.mark.parametrize("answer", [{}, {"TemplateId": ""}, {"TemplateId": None}, {"TemplateId": 7}])
    def test_an_answer_without_an_id_is_unexpected(self, usms, asked, answer):
        with pytest.raises(UnexpectedResponse):
            asked(usms.add_template(draft(), STAMP), answer)

    def test_a_template_needs_a_name(self, usms):
        with pytest.raises(InvalidCall, match="set name"):
            next(usms.add_template(draft(name=""), STAMP))


LIMITS = [
    (draft(text="x" * 501), "text has 501 characters; USMS takes at most 500", True),
    (draft(text="x" * 601), "text has 601 characters; USMS takes at most", False),
    (draft(name="x" * 33), "name has 33 characters; USMS takes at most 32", False),
    (draft(remark="x" * 129), "remark has 129 characters; USMS takes at most 128", False),
    (draft(text=""), "text '' holds nothing beside variables", False),
    (draft(text="{1} {2}"), "text '{1} {2}' holds nothing beside variables", False),
    (draft(text="Code {code}"), "text holds {code}; the variables of USMS are {1}, {2}", False),
    (draft(text="Code {0}"), "text holds {0}; the variables", False),
    (draft(text="Code {}"), "text holds {}; the variables", False),
    (draft(text="Code {01}"), "text holds {01}; the variables", False),
    (
        draft(options={"unsubscribe": "T"}),
        "options.unsubscribe: Extra inputs are not permitted; known: instruction",
        False,
    ),
    (draft(options={"instruction": 7}), "options.instruction: Input should be a valid string", False),
    (draft(options={"unsubscribe_info": ""}), "options.unsubscribe_info: String should have at least 1", False),
]


@pytest.mark.parametrize(("given", "message", "only_new"), LIMITS)
def test_every_limit_is_checked_before_anything_is_asked(usms, given, message, only_new):
    calls = [usms.add_template(given, STAMP)]
    if not only_new:
        calls.append(usms.modify_template("UTA1", given, STAMP))

    for call in calls:
        with pytest.raises(InvalidCall) as error:
            next(call)

        assert str(error.value).startswith(message)


@pytest.mark.parametrize(
    "given", [draft(text="好" * 499 + "!"), draft(name="好" * 32), draft(remark="好" * 128), draft(text="{1} of {12}")]
)
def test_what_is_at_a_limit_goes_out(usms, asked, given):
    forms, _ = asked(usms.add_template(given, STAMP), {"TemplateId": "UTA1"})

    assert (forms[0]["Template"], forms[0]["TemplateName"]) == (given.text, given.name)


class TestModify:
    def test_the_published_example(self, usms, asked):
        given = draft(text="alertXXXX", name="ucloud-alert", remark="XXXX", options={"instruction": "cmUVPDNr"})

        forms, info = asked(usms.modify_template("UTA1908XXXX8B3F", given, STAMP), {}, {})

        # UnsubscribeInfo stands in the example only, not in the table, and is deprecated in the SDK.
        published = {
            "TemplateId": "UTA1908XXXX8B3F",
            "Template": "alertXXXX",
            "TemplateName": "ucloud-alert",
            "Remark": "XXXX",
            "Instruction": "cmUVPDNr",
        }
        assert published.items() <= forms[0].items()
        assert not {"Purpose", "International", "UnsubscribeInfo"} & forms[0].keys()
        assert (info.id, info.review, info.text) == ("UTA1908XXXX8B3F", Review.PENDING, "alertXXXX")

    def test_what_is_there_after_it_is_looked_up_for_the_answer_tells_nothing(self, usms, asked):
        given = draft(kind=Kind.MARKETING, international=True)

        forms, info = asked(usms.modify_template("UTA1", given, STAMP), {}, {"Data": DATA})

        assert [form["Action"] for form in forms] == ["UpdateUSMSTemplate", "QueryUSMSTemplate"]
        assert forms[1]["TemplateId"] == "UTA1"
        assert (info.review, info.kind, info.international, info.raw) == (Review.APPROVED, Kind.OTP, None, DATA)

    @pytest.mark.parametrize(
        "nothing",
        [{"RetCode": 18017}, {"RetCode": 153}, {}, {"Data": 7}, {"Data": {**DATA, "TemplateId": "UTA2"}}],
    )
    def test_it_is_changed_even_if_it_cannot_be_looked_up(self, usms, asked, nothing):
        given = draft(kind=Kind.MARKETING, international=True)

        _, info = asked(usms.modify_template("UTA1", given, STAMP), {"Message": "ok"}, nothing)

        assert (info.id, info.review, info.text, info.name) == ("UTA1", Review.PENDING, "Code {1}", "code")
        assert (info.kind, info.international, info.raw["Message"]) == (None, None, "ok")

    def test_a_look_up_without_an_answer_says_that_it_is_changed(self, usms):
        exchange = usms.modify_template("UTA1", draft(), STAMP)
        next(exchange)
        exchange.send(Response(200, b'{"RetCode": 0}'))

        with pytest.raises(CallFailed) as caught:
            exchange.throw(CallFailed(Reason.NO_ANSWER, None, "reading"))

        assert caught.value.detail == "reading; the template was changed before, and only looking it up failed"

    def test_a_change_without_an_answer_says_nothing_of_that(self, usms):
        exchange = usms.modify_template("UTA1", draft(), STAMP)
        next(exchange)

        with pytest.raises(CallFailed) as caught:
            exchange.throw(CallFailed(Reason.NO_ANSWER, None, "reading"))

        assert caught.value.detail == "reading"

    def test_a_changed_text_may_be_longer_than_a_new_one(self, usms, asked):
        forms, _ = asked(usms.modify_template("UTA1", draft(text="x" * 600), STAMP), {}, {})

        assert len(forms[0]["Template"]) == 600

    def test_without_a_name_the_name_stays(self, usms, asked):
        forms, info = asked(usms.modify_template("UTA1", draft(name=""), STAMP), {}, {})

        assert ("TemplateName" in forms[0], info.name) == (False, None)

    def test_how_to_opt_out_cannot_be_changed(self, usms):
        with pytest.raises(InvalidCall, match="cannot change it in a template that is there; add a new one"):
            next(usms.modify_template("UTA1", draft(options={"unsubscribe_info": "T"}), STAMP))


class TestDelete:
    def test_the_published_example_names_one_template_twice(self, usms, asked):
        forms, returned = asked(usms.delete_templates(["UTA1908XXXX8B3F", "UTA1908XXXX8B3F"], STAMP), {})

        assert [name for name in forms[0] if name.startswith("TemplateIds")] == ["TemplateIds.0"]
        assert returned is None

    def test_all_go_in_one_request_in_their_order(self, usms, asked):
        ids = [f"UTA{number}" for number in range(12)]

        forms, _ = asked(usms.delete_templates(ids, STAMP), {})

        assert [forms[0][f"TemplateIds.{number}"] for number in range(12)] == ids


class TestGet:
    def test_the_published_example(self, usms, asked):
        answer = sample("query_usms_template")

        forms, (info,) = asked(usms.get_templates(["UTA190715D9108C"], STAMP), answer)

        assert forms[0]["TemplateId"] == "UTA190715D9108C"
        assert info == TemplateInfo(
            id="UTA190715D9108C",
            review=Review.APPROVED,
            text="您的验证码为{1}\uff0c请在{2}分钟内使用\uff0c勿透露给他人。",
            name="验证码模板01",
            created_at=1566783067.0,
            raw=answer["Data"],
        )

    @pytest.mark.parametrize(
        ("status", "review"),
        [(0, Review.PENDING), (1, Review.PENDING), (2, Review.APPROVED), (3, Review.REJECTED), (4, Review.DISABLED)],
    )
    def test_trap_25_a_status_has_a_number_of_this_vendors_own(self, usms, asked, status, review):
        _, (info,) = asked(usms.get_templates(["UTA1"], STAMP), {"Data": {**DATA, "Status": status, "ErrDesc": "no"}})

        assert (info.review, info.detail, info.kind) == (review, "no", Kind.OTP)

    def test_a_status_that_is_not_listed_is_pending_and_hides_none_of_the_others(self, usms, asked):
        strange = {**DATA, "Status": 5, "ErrDesc": "no"}

        _, (first, second) = asked(
            usms.get_templates(["UTA1", "UTA2"], STAMP), {"Data": strange}, {"Data": {**DATA, "TemplateId": "UTA2"}}
        )

        assert (first.review, first.detail, first.raw) == (Review.PENDING, "unknown status 5", strange)
        assert second.review is Review.APPROVED

    def test_the_reviewers_words_are_told_without_long_numbers(self, usms, asked):
        _, (info,) = asked(usms.get_templates(["UTA1"], STAMP), {"Data": {**DATA, "ErrDesc": "call 18500000507\n"}})

        assert info.detail == "call ***********"

    @pytest.mark.parametrize("purpose", [None, 0, 9])
    def test_a_kind_that_is_not_told_is_none(self, usms, asked, purpose):
        _, (info,) = asked(usms.get_templates(["UTA1"], STAMP), {"Data": {**DATA, "Purpose": purpose}})

        assert info.kind is None

    @pytest.mark.parametrize("nothing", [{"RetCode": 18017}, {}, {"Data": None}, {"Data": {}}])
    def test_one_that_is_not_there_is_left_out(self, usms, asked, nothing):
        forms, found = asked(usms.get_templates(["UTA0", "UTA1", "UTA1"], STAMP), nothing, {"Data": DATA})

        assert [form["TemplateId"] for form in forms] == ["UTA0", "UTA1"]
        assert [info.id for info in found] == ["UTA1"]

    def test_a_refusal_for_another_cause_is_one(self, usms, asked):
        with pytest.raises(CallFailed):
            asked(usms.get_templates(["UTA0"], STAMP), {"RetCode": 18003})

    @pytest.mark.parametrize(
        "changes", [{"TemplateId": "UTA2"}, {"TemplateId": None}, {"Status": None}, {"Status": "2"}, {"CreateTime": -1}]
    )
    def test_one_that_is_described_otherwise_than_documented_is_unexpected(self, usms, asked, changes):
        with pytest.raises(UnexpectedResponse):
            asked(usms.get_templates(["UTA1"], STAMP), {"Data": {**DATA, **changes}})
