"""Signatures: what goes out, what comes back, and what is refused before anything is asked."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from pathlib import Path

import pytest

from smsway.provider import (
    CallFailed,
    InvalidCall,
    Reason,
    Response,
    Review,
    SignatureDraft,
    SignatureInfo,
    Stamp,
    UnexpectedResponse,
)
from smsway_usms._provider import Usms
from smsway_usms._signatures import LARGEST_FILE, SignatureOptions

SAMPLES = Path(__file__).parent / "samples"
STAMP = Stamp(now=1_700_000_000.0, nonce=1)
PNG, JPEG, PDF = b"\x89PNG\r\n\x1a\n...", b"\xff\xd8\xff\xe0...", b"%PDF-1.7 ..."
DATA = {"SigId": "SIG1", "SigContent": "SCloud", "Status": 2, "ErrDesc": ""}


@pytest.fixture(scope="session")
def usms(config):
    return Usms(config)


def changed(text="SCloud", picture=None, **options):
    return draft(text, "", picture, **options)


def sample(name):
    return json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))


def draft(text="SCloud", remark="our company", picture=None, *, international=False, **options):
    options = {"sig_type": 0, **options}
    given = {name: value for name, value in options.items() if value is not None}
    return SignatureDraft(text=text, remark=remark, picture=picture, international=international, options=given)


class TestAdd:
    def test_the_published_example(self, usms, asked):
        given = draft(
            text="IrvtYXdi",
            remark="EDYoldFz",
            picture=PNG,
            sig_purpose=0,
            certificate_type=0,
            proxy_file=b64encode(PDF).decode(),
            qualification_id="NGKkDXvv",
            scene_desc="WwbYncpP",
        )
        answer = sample("create_usms_signature")

        forms, info = asked(usms.add_signature(given, STAMP), answer)

        # The example's files are no files, so others stand in for them.
        published = (
            "SigContent=IrvtYXdi&SigType=0&SigPurpose=0&CertificateType=0&Description=EDYoldFz&International=false"
            "&QualificationId=NGKkDXvv&SceneDesc=WwbYncpP"
        )
        assert dict(each.split("=") for each in published.split("&")).items() <= forms[0].items()
        assert (b64decode(forms[0]["File"]), b64decode(forms[0]["ProxyFile"])) == (PNG, PDF)
        assert info == SignatureInfo(
            id="RMkBxFFQ", review=Review.PENDING, text="IrvtYXdi", international=False, raw=answer
        )

    def test_the_certificate_is_of_the_signatures_own_kind_unless_said_otherwise(self, usms, asked):
        for options, certificate in (({"sig_type": 4}, "4"), ({"sig_type": 4, "certificate_type": 0}, "0")):
            forms, _ = asked(usms.add_signature(draft(international=True, **options), STAMP), {"SigId": "SIG1"})

            assert (forms[0]["SigType"], forms[0]["CertificateType"]) == ("4", certificate)
            assert forms[0]["International"] == "true"
            assert not {"File", "ProxyFile"} & forms[0].keys()

    @pytest.mark.parametrize("proxy", [PDF, b64encode(PDF).decode()])
    def test_a_signature_for_somebody_else_goes_with_an_authorization_as_bytes_or_base64(self, usms, asked, proxy):
        forms, _ = asked(usms.add_signature(draft(sig_purpose=1, proxy_file=proxy), STAMP), {"SigId": "SIG1"})

        assert (forms[0]["SigPurpose"], b64decode(forms[0]["ProxyFile"])) == ("1", PDF)

    @pytest.mark.parametrize("answer", [{}, {"SigId": ""}, {"SigId": None}, {"SigId": 7}])
    def test_an_answer_without_an_id_is_unexpected(self, usms, asked, answer):
        with pytest.raises(UnexpectedResponse):
            asked(usms.add_signature(draft(), STAMP), answer)


class TestModify:
    def test_the_published_example(self, usms, asked):
        given = changed(text="UCloud", picture=PNG, document="hJJRaVwT", proxy_doc="iGNJVNlH", scene_desc="LXLCsLks")

        forms, info = asked(usms.modify_signature("SIG20190XXX2C1844", given, STAMP), {}, {})

        published = (
            "SigId=SIG20190XXX2C1844&SigType=0&SigContent=UCloud&SigPurpose=0&CertificateType=0"
            "&Document=hJJRaVwT&ProxyDoc=iGNJVNlH&SceneDesc=LXLCsLks"
        )
        assert dict(each.split("=") for each in published.split("&")).items() <= forms[0].items()
        assert not {"Description", "International", "QualificationId"} & forms[0].keys()
        assert (info.id, info.review, info.text) == ("SIG20190XXX2C1844", Review.PENDING, "UCloud")

    def test_what_is_there_after_it_is_looked_up_for_the_answer_tells_nothing(self, usms, asked):
        told = {**DATA, "Status": 3, "ErrDesc": "no"}

        forms, info = asked(usms.modify_signature("SIG1", changed(international=True), STAMP), {}, {"Data": told})

        assert [form["Action"] for form in forms] == ["UpdateUSMSSignature", "QueryUSMSSignature"]
        assert (forms[1]["SigId"], "SigContent" in forms[1]) == ("SIG1", False)
        assert info == SignatureInfo(id="SIG1", review=Review.REJECTED, text="SCloud", detail="no", raw=told)

    @pytest.mark.parametrize(
        "nothing", [{"RetCode": 18016}, {"RetCode": 153}, {}, {"Data": 7}, {"Data": {**DATA, "SigId": "SIG2"}}]
    )
    def test_it_is_changed_even_if_it_cannot_be_looked_up(self, usms, asked, nothing):
        _, info = asked(usms.modify_signature("SIG1", changed(international=True), STAMP), {}, nothing)

        assert (info.id, info.review, info.text, info.international) == ("SIG1", Review.PENDING, "SCloud", None)

    def test_a_look_up_without_an_answer_says_that_it_is_changed(self, usms):
        exchange = usms.modify_signature("SIG1", changed(), STAMP)
        next(exchange)
        exchange.send(Response(200, b'{"RetCode": 0}'))

        with pytest.raises(CallFailed) as caught:
            exchange.throw(CallFailed(Reason.NO_ANSWER, None, "reading"))

        assert caught.value.detail == "reading; the signature was changed before, and only looking it up failed"

    @pytest.mark.parametrize(
        ("picture", "beginning"),
        [(PNG, "image/png;base64,"), (JPEG, "image/jpeg;base64,"), (PDF, "application/pdf;base64,")],
    )
    def test_a_file_goes_with_its_media_type(self, usms, asked, picture, beginning):
        forms, _ = asked(usms.modify_signature("SIG1", changed(picture=picture), STAMP), {}, {})

        assert forms[0]["File"] == beginning + b64encode(picture).decode()

    def test_an_authorization_may_stay_as_it_was(self, usms, asked):
        forms, _ = asked(usms.modify_signature("SIG1", changed(sig_purpose=1, proxy_doc="https://x/y"), STAMP), {}, {})

        assert forms[0]["ProxyDoc"] == "https://x/y"


ADD, MODIFY = Usms.add_signature, lambda usms, given, stamp: usms.modify_signature("SIG1", given, stamp)
LIMITS = [
    (draft(text="S"), "signature 'S' has 1 characters; USMS takes 2 to 12", [ADD, MODIFY]),
    (draft(text="好" * 13), "signature '好好好好好好好好好好好好好' has 13 characters", [ADD, MODIFY]),
    (draft(text=""), "signature '': write it without brackets", [ADD, MODIFY]),
    (draft(text="【SCloud】"), "signature '【SCloud】': write it without brackets", [ADD, MODIFY]),
    (draft(text="[SCloud]"), "signature '[SCloud]': write it without brackets", [ADD, MODIFY]),
    (draft(sig_type=6), "options.sig_type: Input should be less than or equal to 5", [ADD, MODIFY]),
    (draft(sig_type=-1), "options.sig_type: Input should be greater than or equal to 0", [ADD, MODIFY]),
    (
        SignatureDraft(text="SCloud"),
        "options.sig_type: Field required; known: certificate_type, document",
        [ADD, MODIFY],
    ),
    (draft(sig_purpose=2), "options.sig_purpose: Input should be less than or equal to 1", [ADD, MODIFY]),
    (draft(certificate_type=6), "options.certificate_type: Input should be less", [ADD, MODIFY]),
    (draft(file="x"), "options.file: Extra inputs are not permitted", [ADD, MODIFY]),
    (draft(proxy_file="not base64"), "options.proxy_file: Value error, is not base64", [ADD, MODIFY]),
    (draft(remark=""), "USMS wants to know what a signature is for; set remark", [ADD]),
    (draft(), "remark: USMS takes it only when a signature is added; leave it out", [MODIFY]),
    (changed(proxy_file=b"hello"), "options.proxy_file is neither a JPEG or PNG picture nor a PDF", [MODIFY]),
    (draft(proxy_file=b"hello"), "options.proxy_file is neither a JPEG or PNG picture nor a PDF", [ADD]),
    (changed(picture=b""), "picture is neither a JPEG or PNG picture nor a PDF", [MODIFY]),
    (draft(picture=b""), "picture is neither a JPEG or PNG picture nor a PDF", [ADD]),
    (draft(picture=PNG.ljust(LARGEST_FILE + 1)), "picture has 4194305 bytes; USMS takes at most 4194304", [ADD]),
    (changed(picture=PNG.ljust(LARGEST_FILE + 1)), "picture has 4194305 bytes; USMS takes at most", [MODIFY]),
    (draft(sig_purpose=1), "options.sig_purpose 1 needs the authorization of whose name it is; set", [ADD]),
    (changed(sig_purpose=1), "options.sig_purpose 1 needs the authorization of whose name it is; set", [MODIFY]),
    (draft(document="x"), "options.document: USMS takes it only when a signature is changed", [ADD]),
    (draft(proxy_doc="x"), "options.proxy_doc: USMS takes it only when a signature is changed", [ADD]),
    (draft(qualification_id="x"), "options.qualification_id: USMS takes it only when a signature is added", [MODIFY]),
]


@pytest.mark.parametrize(("given", "message", "calls"), LIMITS)
def test_every_limit_is_checked_before_anything_is_asked(usms, given, message, calls):
    for call in calls:
        with pytest.raises(InvalidCall) as error:
            next(call(usms, given, STAMP))

        assert str(error.value).startswith(message)


@pytest.mark.parametrize("text", ["SC", "好" * 12])
def test_what_is_at_a_limit_goes_out(usms, asked, text):
    forms, _ = asked(usms.add_signature(draft(text=text, picture=PNG.ljust(LARGEST_FILE)), STAMP), {"SigId": "SIG1"})

    assert (forms[0]["SigContent"], len(b64decode(forms[0]["File"]))) == (text, LARGEST_FILE)


def test_no_file_is_in_a_repr_or_in_what_an_exception_says(usms):
    with pytest.raises(InvalidCall) as error:
        next(usms.add_signature(draft(proxy_file="canary!"), STAMP))

    assert "canary" not in str(error.value) + repr(SignatureOptions(sig_type=0, proxy_file=b"canary"))


def test_the_published_example_deletes_two(usms, asked):
    forms, returned = asked(usms.delete_signatures(["SIG20190XXX2C1844", "SIG20190XXX3C1844"], STAMP), {})

    assert (forms[0]["SigIds.0"], forms[0]["SigIds.1"]) == ("SIG20190XXX2C1844", "SIG20190XXX3C1844")
    assert returned is None


class TestLookUp:
    def test_the_published_example(self, usms, asked):
        answer = sample("query_usms_signature")

        forms, (info,) = asked(usms.get_signatures(["SIG20190711D48C1F"], STAMP), answer)

        assert (forms[0]["SigId"], "SigContent" in forms[0]) == ("SIG20190711D48C1F", False)
        assert info == SignatureInfo(id="SIG20190711D48C1F", review=Review.APPROVED, text="test", raw=answer["Data"])

    def test_by_its_text(self, usms, asked):
        forms, info = asked(usms.find_signature("SCloud", STAMP), {"Data": {**DATA, "Status": 3, "ErrDesc": "no"}})

        assert (forms[0]["SigContent"], "SigId" in forms[0]) == ("SCloud", False)
        assert (info.id, info.review, info.detail) == ("SIG1", Review.REJECTED, "no")

    @pytest.mark.parametrize(
        ("status", "review"),
        [(0, Review.PENDING), (1, Review.PENDING), (2, Review.APPROVED), (3, Review.REJECTED), (4, Review.DISABLED)],
    )
    def test_trap_25_a_status_has_a_number_of_this_vendors_own(self, usms, asked, status, review):
        _, (info,) = asked(usms.get_signatures(["SIG1"], STAMP), {"Data": {**DATA, "Status": status}})

        assert info.review is review

    def test_a_status_that_is_not_listed_is_pending_and_hides_none_of_the_others(self, usms, asked):
        strange = {**DATA, "Status": 18_500_000_507, "ErrDesc": "no"}

        _, (first, second) = asked(
            usms.get_signatures(["SIG1", "SIG2"], STAMP), {"Data": strange}, {"Data": {**DATA, "SigId": "SIG2"}}
        )

        assert (first.review, first.detail, first.raw) == (Review.PENDING, "unknown status ***********", strange)
        assert second.review is Review.APPROVED

    def test_the_reviewers_words_are_told_without_long_numbers(self, usms, asked):
        _, (info,) = asked(usms.get_signatures(["SIG1"], STAMP), {"Data": {**DATA, "ErrDesc": "call 18500000507\n"}})

        assert info.detail == "call ***********"

    @pytest.mark.parametrize("content", ["SCloud2", "scloud", "", "【SCloud】", None])
    def test_a_signature_of_another_text_is_unexpected(self, usms, asked, content):
        with pytest.raises(UnexpectedResponse):
            asked(usms.find_signature("SCloud", STAMP), {"Data": {**DATA, "SigContent": content}})

    @pytest.mark.parametrize("nothing", [{"RetCode": 18016}, {}, {"Data": None}, {"Data": {}}])
    def test_one_that_is_not_there_is_left_out(self, usms, asked, nothing):
        _, found = asked(usms.get_signatures(["SIG0", "SIG1"], STAMP), nothing, {"Data": DATA})
        _, none = asked(usms.find_signature("nobody", STAMP), nothing)

        assert ([info.id for info in found], none) == (["SIG1"], None)

    def test_a_refusal_for_another_cause_is_one(self, usms, asked):
        with pytest.raises(CallFailed):
            asked(usms.find_signature("SCloud", STAMP), {"RetCode": 18003})

    @pytest.mark.parametrize("text", ["", "【SCloud】", "[SCloud", 7, None, True])
    def test_a_text_with_brackets_is_not_asked_for(self, usms, text):
        with pytest.raises(InvalidCall, match="without brackets"):
            next(usms.find_signature(text, STAMP))

    @pytest.mark.parametrize("changes", [{"SigId": "SIG2"}, {"SigId": None}, {"Status": "2"}, {"Status": None}])
    def test_one_that_is_described_otherwise_than_documented_is_unexpected(self, usms, asked, changes):
        with pytest.raises(UnexpectedResponse):
            asked(usms.get_signatures(["SIG1"], STAMP), {"Data": {**DATA, **changes}})
