"""The bytes that go out."""

from __future__ import annotations

import hashlib
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsway.provider import Batch, Filled, Kind, Parcel, Phone, Stamp
from smsway_tencent_v5._config import TencentV5Config, TencentV5Options
from smsway_tencent_v5._provider import TencentV5

URL = "https://yun.tim.qq.com/v5/tlssmssvr/{}?sdkappid=1400006666&random=7226249334"
EXT = "000000000001731d0676"
ONE = "+8613788888888"
TWO = "+8613788888889"
ABROAD = "+60198890000"
SIG_ONE = "ecab4881ee80ad3d76bb1da68387428ca752eb885e52621a3129dcf4d9bc4fd4"
SIG_TWO = "be66bb4aeb54701ed0637d0996a0b75111d5b8eda9b3a71bdc579a3d26f3edfb"


def test_sendsms_with_a_template(request_of, batch_of):
    request = request_of(batch_of(ONE))

    assert URL.format("sendsms") == request.url
    assert (request.method, dict(request.headers)) == ("POST", {"content-type": "application/json; charset=utf-8"})
    assert (
        b'{"tel":{"nationcode":"86","mobile":"13788888888"},"sign":"Tencent Cloud","tpl_id":19,"params":["1234","4"],'
        b'"sig":"' + SIG_ONE.encode() + b'","time":1457336869,"extend":"","ext":"' + EXT.encode() + b'"}'
    ) == request.body


def test_sendsms_with_free_text(request_of, batch_of):
    request = request_of(batch_of(ONE, text="Code 1234 \U0001f600"))

    assert URL.format("sendsms") == request.url
    assert (
        '{"tel":{"nationcode":"86","mobile":"13788888888"},"type":0,"msg":"【Tencent Cloud】Code 1234 \U0001f600",'
        f'"sig":"{SIG_ONE}","time":1457336869,"extend":"","ext":"{EXT}"}}'
    ).encode() == request.body


def test_sendmultisms2_with_a_template(request_of, batch_of):
    request = request_of(batch_of(ONE, TWO))

    assert URL.format("sendmultisms2") == request.url
    assert (
        b'{"tel":[{"nationcode":"86","mobile":"13788888888"},{"nationcode":"86","mobile":"13788888889"}],'
        b'"sign":"Tencent Cloud","tpl_id":19,"params":["1234","4"],'
        b'"sig":"' + SIG_TWO.encode() + b'","time":1457336869,"extend":"","ext":"' + EXT.encode() + b'"}'
    ) == request.body


def test_sendmultisms2_with_free_text(body_of, batch_of):
    body = body_of(batch_of(ONE, TWO, text="Code 1234", kind=Kind.MARKETING))

    assert body["tel"] == [{"nationcode": "86", "mobile": "13788888888"}, {"nationcode": "86", "mobile": "13788888889"}]
    assert (body["type"], body["msg"], body["sig"]) == (1, "【Tencent Cloud】Code 1234", SIG_TWO)


def test_sendisms_with_a_template(request_of, batch_of):
    request = request_of(batch_of(ABROAD))
    signed = "appkey=5f03a35d00ee52a21327ab048186a2c4&random=7226249334&time=1457336869&tel=+60198890000"
    sig = hashlib.sha256(signed.encode()).hexdigest()

    assert URL.format("sendisms") == request.url
    assert (
        f'{{"tel":"{ABROAD}","sign":"Tencent Cloud","tpl_id":19,"params":["1234","4"],'
        f'"sig":"{sig}","time":1457336869,"extend":"","ext":"{EXT}"}}'
    ).encode() == request.body


def test_sendisms_signs_tel_and_never_mobile(config, stamp, batch_of):
    from smsway_tencent_v5._wire import encode_sendisms  # noqa: PLC0415 - the call that submit() makes for +86 is another

    body = json.loads(encode_sendisms(config, batch_of(ONE), stamp).body)

    assert body["sig"] == "f272b136949f9e6faa5fae01cfc240caf5e6d89f2e18e8d47adf3d87ea0715fb"


@pytest.mark.parametrize("phones", [(ONE,), (ABROAD,), (ONE, TWO), (ABROAD, "+14155550100")])
def test_type_is_in_free_text_only_and_the_two_shapes_never_mix(phones, body_of, batch_of):
    templated = body_of(batch_of(*phones))
    text = body_of(batch_of(*phones, text="Hello"))

    common = {"tel", "sig", "time", "extend", "ext"}
    assert common | {"sign", "tpl_id", "params"} == set(templated)
    assert common | {"type", "msg"} == set(text)


@pytest.mark.parametrize(("kind", "number"), [(Kind.OTP, 0), (Kind.NOTIFICATION, 0), (Kind.MARKETING, 1)])
def test_type_says_whether_it_is_marketing(kind, number, body_of, batch_of):
    assert number == body_of(batch_of(ONE, text="Hello", kind=kind))["type"]


def test_text_without_a_signature_has_no_brackets(body_of, batch_of):
    assert body_of(batch_of(ONE, text="Hello", signature=""))["msg"] == "Hello"


@pytest.mark.parametrize("signature", ["Tencent Cloud ", " Tencent Cloud", "【Tencent Cloud】", "[Tencent Cloud]"])
def test_spaces_and_brackets_around_a_signature_do_not_go_out(signature, body_of, batch_of):
    assert body_of(batch_of(ONE, signature=signature))["sign"] == "Tencent Cloud"
    assert body_of(batch_of(ONE, text="Hello", signature=signature))["msg"] == "【Tencent Cloud】Hello"


def test_a_template_without_params_sends_an_empty_list(body_of, batch_of):
    assert body_of(batch_of(ONE, params=()))["params"] == []


def test_the_template_id_goes_out_as_a_number(body_of, batch_of):
    assert repr(body_of(batch_of(ONE, template="1800308"))["tpl_id"]) == "1800308"


def test_country_code_and_number_are_always_strings(body_of, batch_of):
    bodies = [body_of(batch_of(ONE)), body_of(batch_of(ONE, TWO))]

    numbers = [bodies[0]["tel"], *bodies[1]["tel"]]
    assert all(isinstance(value, str) for number in numbers for value in number.values())


def test_an_empty_extend_is_sent_as_an_empty_string(body_of, batch_of):
    assert body_of(batch_of(ONE))["extend"] == ""


def test_extend_comes_from_the_options(body_of, batch_of):
    assert body_of(batch_of(ONE, TWO, options=TencentV5Options(extend="0042")))["extend"] == "0042"


def test_each_attempt_signs_its_own_time(body_of, batch_of):
    first = body_of(batch_of(ONE), Stamp(1457336869.0, 1))
    second = body_of(batch_of(ONE), Stamp(1457336929.9, 1))

    assert (first["time"], second["time"]) == (1457336869, 1457336929)
    assert first["sig"] != second["sig"]


def test_a_number_abroad_is_split_by_its_calling_code(body_of, batch_of):
    tels = body_of(batch_of("+14155550100", "+85261234567"))["tel"]

    assert tels == [{"nationcode": "1", "mobile": "4155550100"}, {"nationcode": "852", "mobile": "61234567"}]


def test_a_base_url_may_end_in_a_slash(batch_of, stamp):
    config = TencentV5Config(sdk_app_id=7, app_key="k", base_url="http://127.0.0.1:8000/")

    request = next(TencentV5(config).submit(batch_of(ONE), stamp))

    assert request.url == "http://127.0.0.1:8000/v5/tlssmssvr/sendsms?sdkappid=7&random=7226249334"


STAMPS = st.builds(Stamp, now=st.floats(1, 2**32), nonce=st.integers(0, 2**80 - 1))
CONTENTS = st.one_of(
    st.builds(Filled, text=st.text(st.characters(exclude_categories=["Cs"])), signature=st.just("Acme")),
    st.builds(
        Filled,
        template=st.integers(1, 2**63).map(str),
        params=st.lists(st.text(st.characters(exclude_categories=["Cs"]))).map(tuple),
    ),
)
PHONES = st.integers(13_000_000_000, 19_999_999_999).map(lambda number: Phone(f"+86{number}"))
BATCHES = st.builds(
    lambda phones, content, kind: Batch([Parcel(phone, content) for phone in phones], kind),
    st.lists(PHONES, min_size=1, max_size=200, unique=True),
    CONTENTS,
    st.sampled_from(Kind),
)
PROVIDER = TencentV5(TencentV5Config(sdk_app_id=1400006666, app_key="c4n4ryc4n4ry"))


@given(BATCHES, STAMPS)
def test_the_same_batch_and_stamp_give_the_same_bytes(batch, stamp):
    first, second = (next(PROVIDER.submit(batch, stamp)) for _ in range(2))

    assert (first.url, dict(first.headers), first.body) == (second.url, dict(second.headers), second.body)


@given(BATCHES, STAMPS)
def test_the_url_holds_the_application_and_ten_random_digits_and_no_secret(batch, stamp):
    request = next(PROVIDER.submit(batch, stamp))

    assert re.fullmatch(
        r"https://yun\.tim\.qq\.com/v5/tlssmssvr/(sendsms|sendmultisms2)\?sdkappid=1400006666&random=[1-9][0-9]{9}",
        request.url,
    )
    assert b"c4n4ryc4n4ry" not in request.body


@given(BATCHES, STAMPS)
def test_what_is_said_survives_the_encoding(batch, stamp):
    body = json.loads(next(PROVIDER.submit(batch, stamp)).body)

    content = batch.parcels[0].content
    said = body["msg"] if content.text is not None else (str(body["tpl_id"]), tuple(body["params"]))
    assert said == (f"【Acme】{content.text}" if content.text is not None else (content.template, content.params))
    assert body["ext"] == stamp.reference


def test_a_number_of_no_country_lends_its_code_to_nobody(body_of, batch_of):
    tels = body_of(batch_of("+999123456", "+2131234567", "+2137654321"))["tel"]

    assert tels[1:] == [{"nationcode": "213", "mobile": "1234567"}, {"nationcode": "213", "mobile": "7654321"}]
