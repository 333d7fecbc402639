"""qcloudsms_py 0.1.4, the SDK of Tencent's v5 API, against the sandbox, over a socket."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

# On Python 3.9 and later the SDK needs a process in which `json.loads` still ignores `encoding`; see the script.
CALL = Path(__file__).with_name("qcloudsms_call.py")
KEY = "5f03a35d00ee52a21327ab048186a2c4"
TEXT = "【Tencent Cloud】Your code is 1234, valid for 4 minutes."
METHODS = {"SmsSingleSender": "sendsms", "SmsMultiSender": "sendmultisms2"}
PHONES = ["13788888888", "13788888889"]


@pytest.fixture
def call(sandbox):
    """Call a method of one of the SDK's senders; returns the SDK's answer."""

    def call_sdk(sender, method, *arguments, app_id=1400006666, app_key=KEY, **named):
        what = {
            "sender": sender,
            "method": method,
            "app_id": app_id,
            "app_key": app_key,
            "url": f"{sandbox.urls['cn']}/v5/tlssmssvr/{METHODS[sender]}",
            "arguments": arguments,
            "named": named,
        }
        ended = subprocess.run(
            [sys.executable, str(CALL)], input=json.dumps(what), capture_output=True, text=True, timeout=60, check=False
        )
        assert ended.returncode == 0, ended.stderr
        return json.loads(ended.stdout)

    return call_sdk


def single(call, phone="13788888888", text=TEXT, **named):
    return call("SmsSingleSender", "send", 0, 86, phone, text, **named)


def templated(call, params=("1234", "4"), template=19, **named):
    return call("SmsSingleSender", "send_with_param", 86, "13788888888", template, params, **named)


def many(call, phones=PHONES, **named):
    return call("SmsMultiSender", "send_with_param", 86, phones, 19, ["1234", "4"], **named)


def test_a_single_free_text_is_accepted(call, sandbox):
    answer = single(call, ext="mine")

    assert (answer["result"], answer["errmsg"], answer["ext"], answer["fee"]) == (0, "OK", "mine", 1)
    assert answer["sid"] == sandbox.submissions("cn")[0].message_id
    assert sandbox.texts() == {"+8613788888888": 1}


def test_a_single_template_is_accepted(call, sandbox):
    answer = templated(call, sign="Tencent Cloud", ext="mine")

    assert (answer["result"], answer["ext"]) == (0, "mine")
    assert sandbox.texts() == {"+8613788888888": 1}


def test_many_free_texts_are_accepted(call, sandbox):
    answer = call("SmsMultiSender", "send", 1, 86, PHONES, TEXT)

    assert answer["result"] == 0
    assert [(item["mobile"], item["result"], item["fee"]) for item in answer["detail"]] == [(p, 0, 1) for p in PHONES]
    assert sandbox.texts() == {f"+86{phone}": 1 for phone in PHONES}


def test_many_templates_are_accepted(call, sandbox):
    answer = many(call, sign="Tencent Cloud", ext="mine")

    assert (answer["result"], answer["ext"]) == (0, "mine")
    assert Counter(item["sid"] for item in answer["detail"]) == {s.message_id: 1 for s in sandbox.submissions("cn")}
    assert sandbox.texts() == {f"+86{phone}": 1 for phone in PHONES}


def test_a_full_batch_is_accepted(call, sandbox):
    phones = [f"13788{number:06d}" for number in range(200)]

    answer = many(call, phones)

    assert answer["result"] == 0
    assert sandbox.texts() == {f"+86{phone}": 1 for phone in phones}


def test_a_phone_outside_the_mainland_is_accepted(call, sandbox):
    answer = call("SmsSingleSender", "send", 0, "60", "198890000", TEXT)

    assert answer["result"] == 0
    assert sandbox.texts() == {"+60198890000": 1}


def test_one_refused_phone_of_many_is_told_apart(call, sandbox):
    answer = many(call, ["13788888888", "13788990002"])

    assert [item["result"] for item in answer["detail"]] == [0, 1015]
    assert sandbox.texts() == {"+8613788888888": 1}


@pytest.mark.parametrize("send", [single, templated, many])
def test_a_wrong_key_is_1001(send, call, sandbox):
    answer = send(call, app_key=KEY[::-1])

    assert (answer["result"], sandbox.texts()) == (1001, {})


@pytest.mark.parametrize("send", [single, templated, many])
@pytest.mark.parametrize("offset", [660, -660])
def test_a_clock_more_than_ten_minutes_off_is_1021(offset, send, call, sandbox):
    sandbox.set_clock(offset, "cn")

    answer = send(call)

    assert (answer["result"], sandbox.texts()) == (1021, {})


@pytest.mark.parametrize("offset", [540, -540])
def test_a_clock_less_than_ten_minutes_off_is_fine(offset, call, sandbox):
    sandbox.set_clock(offset, "cn")

    answer = single(call)

    assert answer["result"] == 0


@pytest.mark.parametrize("params", [["1234", 4], "1234", None])
def test_params_that_are_not_a_list_of_strings_are_1004(params, call, sandbox):
    answer = templated(call, params)

    assert (answer["result"], sandbox.texts()) == (1004, {})


def test_an_empty_list_of_phones_is_1004(call):
    assert many(call, [])["result"] == 1004


@pytest.mark.parametrize(
    ("code", "named"),
    [
        (1012, {"sign": "Somebody else"}),
        (1014, {"template": 20}),
        (1014, {"params": ["1234"]}),
        (1019, {"app_id": 1400006667}),
        (1036, {"params": ["1234567890123", "4"]}),
        (1048, {"params": ["https://a.cn", "4"]}),
    ],
)
def test_a_template_that_is_not_in_order_gets_the_documented_code(code, named, call, sandbox):
    answer = templated(call, **named)

    assert (answer["result"], sandbox.texts()) == (code, {})


@pytest.mark.parametrize(
    ("code", "named"),
    [
        (1014, {"text": "【Tencent Cloud】Something that nobody approved"}),
        (1016, {"phone": "1378888"}),
        (1017, {"text": "Your code is " + "1" * 450}),
    ],
)
def test_a_free_text_that_is_not_in_order_gets_the_documented_code(code, named, call, sandbox):
    answer = single(call, **named)

    assert (answer["result"], sandbox.texts()) == (code, {})


def test_too_many_phones_are_1046(call, sandbox):
    answer = many(call, [f"13788{number:06d}" for number in range(201)])

    assert (answer["result"], sandbox.texts()) == (1046, {})
