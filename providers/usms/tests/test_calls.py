"""What every call beside sending has in common: the form, the envelope of the answer, and what is checked before."""

from __future__ import annotations

import json
from itertools import count
from urllib.parse import parse_qsl, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ucloud.core.auth._cfg import verify_ac

from smsway.provider import (
    FACETS,
    CallFailed,
    InvalidCall,
    Kind,
    Reason,
    ReportQuery,
    Response,
    SignatureDraft,
    Stamp,
    TemplateDraft,
    UnexpectedResponse,
)
from smsway_usms._codes import REASONS
from smsway_usms._config import UsmsConfig
from smsway_usms._provider import Usms

PUBLIC_KEY = "ucloudsomeone@example.com1296235120854146120"
PRIVATE_KEY = "46f09bb9fab4f12dfc160dae12273d5332b5debe"
STAMP = Stamp(now=1_700_000_000.0, nonce=1)
PNG = b"\x89PNG\r\n\x1a\n"
TEMPLATE = TemplateDraft(text="您的验证码为{1}", name="code", kind=Kind.OTP, remark="login")
SIGNATURE = SignatureDraft(text="SCloud", remark="our company", picture=PNG, options={"sig_type": 0})
NEW_SIGNATURE = SignatureDraft(text="SCloud", picture=PNG, options={"sig_type": 0})
SESSIONS = ReportQuery(since=0.0, until=1.0, message_ids=("497-e-4", "498-e-5"))
NOON = 1_785_643_200.0  # 2026-08-02, noon in China

# The call, the parameters of its own in their order, and the signature, which the vendor's SDK gives as well.
GOLDEN = {
    "PullUSMSReport": (
        lambda usms: usms.pull_reports(100, STAMP),
        "Limit=100",
        "81f65cc916edee76e7793de836dd5454655cf76d",
    ),
    "GetUSMSSendReceipt": (
        lambda usms: usms.find_reports(SESSIONS, STAMP),
        "SessionNoSet.0=497-e-4&SessionNoSet.1=498-e-5",
        "b04175ba4c4ec0f1d612b2e4875d75f16f23a622",
    ),
    "CreateUSMSTemplate": (
        lambda usms: usms.add_template(TEMPLATE, STAMP),
        (
            "Purpose=1&TemplateName=code&Template=%E6%82%A8%E7%9A%84%E9%AA%8C%E8%AF%81%E7%A0%81%E4%B8%BA%7B1%7D"
            "&International=false&Remark=login"
        ),
        "c5f43b080745ad40209c176740473d0e5a24055d",
    ),
    "UpdateUSMSTemplate": (
        lambda usms: usms.modify_template("UTA1", TemplateDraft(text="Code {1}", name="code"), STAMP),
        "TemplateId=UTA1&Template=Code+%7B1%7D&TemplateName=code",
        "5ee4bfac2b3b3f16090e2c3b0998eb9c914dddd6",
    ),
    "DeleteUSMSTemplate": (
        lambda usms: usms.delete_templates(["UTA1", "UTA2"], STAMP),
        "TemplateIds.0=UTA1&TemplateIds.1=UTA2",
        "935819a48d61f41a9bde8f0f2ad871ede58ae81c",
    ),
    "QueryUSMSTemplate": (
        lambda usms: usms.get_templates(["UTA1"], STAMP),
        "TemplateId=UTA1",
        "d996b270c1c41050fd0423a14d22cc0fb2b4903d",
    ),
    "CreateUSMSSignature": (
        lambda usms: usms.add_signature(SIGNATURE, STAMP),
        (
            "SigContent=SCloud&SigType=0&SigPurpose=0&CertificateType=0&Description=our+company&International=false"
            "&File=iVBORw0KGgo%3D"
        ),
        "12eb7b38db5693562ab2e37728060c456c27abc2",
    ),
    "UpdateUSMSSignature": (
        lambda usms: usms.modify_signature("SIG1", NEW_SIGNATURE, STAMP),
        "SigId=SIG1&SigContent=SCloud&SigType=0&SigPurpose=0&CertificateType=0&File=image%2Fpng%3Bbase64%2CiVBORw0KGgo%3D",
        "2820007fb871801f3daa4d58d0758a568d077898",
    ),
    "DeleteUSMSSignature": (
        lambda usms: usms.delete_signatures(["SIG1", "SIG2"], STAMP),
        "SigIds.0=SIG1&SigIds.1=SIG2",
        "b9198686d9b4d4e4ad258d24ed63bf9d36d20fd6",
    ),
    "QueryUSMSSignature": (
        lambda usms: usms.find_signature("SCloud", STAMP),
        "SigContent=SCloud",
        "116a5fad2989a151827e09ca50afe7909e54df18",
    ),
    "GetUSMSSendStatistics": (
        lambda usms: usms.send_statistics(NOON, NOON + 1, STAMP),
        "Domestic=1&StartDate=2026-08-02&EndDate=2026-08-02&OrderBy=SendDate&OrderType=asc&Page=0&NumPerPage=100",
        "0989bcd61f5ef59b6a63dd6ee79d9f63d3a24424",
    ),
    "GetUSMSTemplateSendStatistics": (
        lambda usms: usms.template_statistics(NOON, NOON + 1, STAMP),
        "Domestic=1&StartDate=2026-08-02&EndDate=2026-08-02&OrderBy=SendDate&OrderType=asc&Page=0&NumPerPage=100",
        "ef4dcbfa06d6a53f2261039c5b045b41c73bba0b",
    ),
}
CALLS = [pytest.param(call, id=action) for action, (call, _, _) in GOLDEN.items()]


@pytest.fixture(scope="session")
def usms(config):
    return Usms(config)


def told(code, **members):
    return Response(200, json.dumps({"RetCode": code, **members}).encode())


@pytest.mark.parametrize("action", GOLDEN)
def test_golden_bytes(usms, action):
    call, own, signature = GOLDEN[action]

    request = next(call(usms))

    assert (request.method, request.url, request.sends) == ("POST", "https://api.ucloud.cn/", False)
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert request.body.decode() == (
        f"Action={action}&ProjectId=org1234&PublicKey={quote_plus(PUBLIC_KEY)}&{own}&Signature={signature}"
    )


@pytest.mark.parametrize("call", CALLS)
def test_the_official_sdk_signs_alike(usms, call):
    params = dict(parse_qsl(next(call(usms)).body.decode(), strict_parsing=True))

    assert params.pop("Signature") == verify_ac(PRIVATE_KEY, params)


@pytest.mark.parametrize("call", CALLS)
def test_region_and_token_go_along_and_the_same_arguments_give_the_same_bytes(config, call):
    full = Usms(UsmsConfig(**{**dict(config), "region": "cn-bj2", "security_token": "st/+=:canary"}))

    first, second = (next(call(full)).body for _ in range(2))

    params = dict(parse_qsl(first.decode()))
    assert first == second
    assert (params["Region"], params["SecurityToken"]) == ("cn-bj2", "st/+=:canary")


# What says that there is no such thing is no refusal of a look-up.
NO_SUCH = {"QueryUSMSTemplate": 18017, "QueryUSMSSignature": 18016}


@pytest.mark.parametrize("action", GOLDEN)
def test_every_refusal_keeps_code_and_words_and_quotes_no_number(usms, converse, action):
    call, words = GOLDEN[action][0], "no, 18500000507"

    for code, reason in REASONS.items():
        if code == NO_SUCH.get(action):
            continue
        with pytest.raises(CallFailed) as error:
            converse(call(usms), lambda _, code=code: told(code, Message=words))

        assert (error.value.reason, error.value.code, error.value.detail) == (reason, str(code), "no, ***********")


@pytest.mark.parametrize("call", CALLS)
def test_a_code_that_nobody_documents_is_ambiguous(usms, converse, call):
    with pytest.raises(CallFailed) as error:
        converse(call(usms), lambda _: told(99_999))

    assert (error.value.reason, error.value.code) == (Reason.AMBIGUOUS, "99999")


@pytest.mark.parametrize("call", CALLS)
def test_an_answer_to_another_action_is_unexpected(usms, converse, call):
    with pytest.raises(UnexpectedResponse, match="another action"):
        converse(call(usms), lambda _: told(0, Action="SendBatchUSMSMessageResponse"))


@pytest.mark.parametrize("call", CALLS)
def test_an_answer_on_a_connection_that_was_used_before_is_not_believed(usms, converse, call):
    with pytest.raises(UnexpectedResponse, match="echoes nothing"):
        converse(call(usms), lambda _: Response(200, b'{"RetCode": 0}', fresh=False))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
MEMBERS = st.sampled_from(
    ["RetCode", "Action", "Message", "Data", "ReportSet", "TemplateId", "SigId", "Total", "ReceiptSet", "SessionNo"]
)
ANSWERS = st.binary() | JSON.map(lambda value: json.dumps(value).encode())
NEAR = st.dictionaries(MEMBERS, JSON).map(lambda members: json.dumps({"RetCode": 0, **members}).encode())


@given(body=ANSWERS | NEAR, call=st.sampled_from([call for call, _, _ in GOLDEN.values()]))
def test_garbage_raises_nothing_but_that_it_is_unexpected_or_refused(usms, converse, body, call):
    asked = count()

    def answer(_):
        # Whoever asks on and on takes garbage for the middle of a list.
        assert next(asked) < 10
        return Response(200, body)

    try:
        converse(call(usms), answer)
    except (UnexpectedResponse, CallFailed) as error:
        failure = error
    else:
        return

    # What the decoder tripped over holds the answer.
    assert (failure.__cause__, failure.__context__) == (None, None)


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>502</html>",
        b"[]",
        b'{"RetCode": 0',
        b'{"Message": "ok"}',
        b'{"RetCode": "0"}',
        b'{"RetCode": null}',
        b'{"RetCode": false}',
        b'{"RetCode": 0, "RetCode": 0}',
        b'{"RetCode": NaN}',
        b"\xff",
        b"[" * 100_000,
        b'{"RetCode": 0, "Data": 18500000507, "ReportSet": "18500000507", "TemplateId": 18500000507, "SigId": ""}',
    ],
)
def test_an_answer_that_is_not_of_the_documented_shape_is_unexpected_and_not_quoted(
    usms, converse, request, call, body
):
    # Deletions and changes answer nothing beside the envelope, so that nothing else in it matters.
    only_envelope = any(name in request.node.callspec.id for name in ("Delete", "Update"))
    if only_envelope and body.startswith(b'{"RetCode": 0, "Data"'):
        converse(call(usms), lambda _: Response(200, body))
        return

    with pytest.raises(UnexpectedResponse) as error:
        converse(call(usms), lambda _: Response(200, body))

    assert "1850" not in str(error.value)


@pytest.mark.parametrize("call", CALLS)
def test_no_secret_is_in_what_an_exception_says(config, converse, call):
    keys = {"public_key": "public-canary", "private_key": "private-canary", "security_token": "token-canary"}
    usms = Usms(UsmsConfig(**{**dict(config), **keys}))

    for response in (Response(500, b"<html>"), told(171, Message="signature wrong")):
        with pytest.raises((UnexpectedResponse, CallFailed)) as error:
            converse(call(usms), lambda _, response=response: response)

        assert "canary" not in f"{error.value!r} {error.value}"


def test_the_facets_are_those_of_the_vendor(usms):
    assert {name for name, facet in FACETS.items() if isinstance(usms, facet)} == {
        "pull reports",
        "find reports",
        "callbacks",
        "templates",
        "signatures",
        "find signatures",
        "send statistics",
        "delivery statistics",
        "template statistics",
    }


@pytest.mark.parametrize("ids", [[""], ["UTA1", "UTA 2"], [19], [None], ["UTA1\n"]])
@pytest.mark.parametrize(
    "call",
    [
        lambda usms, ids: usms.get_templates(ids, STAMP),
        lambda usms, ids: usms.delete_templates(ids, STAMP),
        lambda usms, ids: usms.modify_template(ids[-1], TEMPLATE, STAMP),
        lambda usms, ids: usms.get_signatures(ids, STAMP),
        lambda usms, ids: usms.delete_signatures(ids, STAMP),
        lambda usms, ids: usms.modify_signature(ids[-1], NEW_SIGNATURE, STAMP),
        lambda usms, ids: usms.find_reports(ReportQuery(since=0.0, until=1.0, message_ids=tuple(ids)), STAMP),
    ],
)
def test_what_can_be_no_id_is_named_before_anything_is_asked(usms, call, ids):
    with pytest.raises(InvalidCall, match="copy it from the vendor's console") as error:
        next(call(usms, ids))

    assert repr(ids[-1]) in str(error.value)


@pytest.mark.parametrize("ids", ["UTA1", b"UTA1", 19, None, True, 1.5])
@pytest.mark.parametrize(
    "call",
    [
        lambda usms, ids: usms.get_templates(ids, STAMP),
        lambda usms, ids: usms.delete_templates(ids, STAMP),
        lambda usms, ids: usms.get_signatures(ids, STAMP),
        lambda usms, ids: usms.delete_signatures(ids, STAMP),
        lambda usms, ids: usms.find_reports(ReportQuery(since=0.0, until=1.0, message_ids=ids), STAMP),
    ],
)
def test_what_is_no_list_of_ids_is_not_taken_for_one(usms, call, ids):
    with pytest.raises(InvalidCall) as error:
        next(call(usms, ids))

    assert repr(ids) in str(error.value) or "is not the id of a" in str(error.value)


@pytest.mark.parametrize("delete", [Usms.delete_templates, Usms.delete_signatures])
def test_to_delete_nothing_is_a_mistake(usms, delete):
    with pytest.raises(InvalidCall, match="give the ids of those to delete"):
        next(delete(usms, [], STAMP))


@pytest.mark.parametrize("get", [Usms.get_templates, Usms.get_signatures])
def test_to_look_up_nothing_asks_nothing(usms, asked, get):
    assert asked(get(usms, [], STAMP)) == ([], [])
