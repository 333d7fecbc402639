"""Sending a few texts: options, output and exit status."""

from __future__ import annotations

import json

import pytest

PHONE = "+8613700000001"
ABROAD = "+60198890000"
CODE = ("--template", "login_code", "--param", "code=1234", "--param", "minutes=4", "--kind", "otp")

FIELDS = {
    "recipient",
    "status",
    "account",
    "reason",
    "code",
    "detail",
    "provider_message_id",
    "fee",
    "segments",
    "attempts",
    "reference",
}
ATTEMPT_FIELDS = {"account", "certainty", "reason", "code", "started_at", "duration"}


@pytest.fixture
def send(smsway, sandbox):
    """Run `smsway send` against the sandbox."""
    return lambda *arguments: smsway("send", "--sandbox", sandbox.control_url, *arguments)


def test_each_recipient_is_one_json_object_on_one_line(send, sandbox):
    result = send(PHONE, ABROAD, *CODE, "--reference", "login-77", "--json")

    outcomes = {outcome["recipient"]: outcome for outcome in map(json.loads, result.stdout.splitlines())}
    assert {PHONE: "cn", ABROAD: "world"} == {phone: each["account"] for phone, each in outcomes.items()}
    assert all(set(outcome) == FIELDS for outcome in outcomes.values())
    assert all(set(attempt) == ATTEMPT_FIELDS for outcome in outcomes.values() for attempt in outcome["attempts"])
    assert {"login-77"} == {outcome["reference"] for outcome in outcomes.values()}
    assert {PHONE: 1, ABROAD: 1} == sandbox.texts()
    assert 0 == result.exit_code


def test_a_refused_recipient_makes_the_exit_status_1(send):
    result = send(PHONE, "+8613700990002", *CODE, "--json")

    statuses = [json.loads(line)["status"] for line in result.stdout.splitlines()]
    assert ["accepted", "rejected"] == sorted(statuses)
    assert 1 == result.exit_code


def test_people_get_a_table_and_a_summary(send):
    result = send(PHONE, "+8613700990002", *CODE)

    assert PHONE in result.stdout
    assert "blocked_recipient" in result.stdout
    assert "recipients" in result.stdout


def test_a_phone_in_national_form_needs_a_region(send, sandbox):
    refused = send("13700000001", *CODE)
    sent = send("13700000001", *CODE, "--region", "CN")

    assert 2 == refused.exit_code
    assert "to[0]" in refused.stderr
    assert 0 == sent.exit_code
    assert {PHONE: 1} == sandbox.texts()


def test_an_account_can_be_named(send, sandbox):
    result = send(PHONE, *CODE, "--account", "backup")

    assert 0 == result.exit_code
    assert ["backup"] == [each.account for each in sandbox.submissions()]


def test_an_option_of_a_provider_can_be_given(send, sandbox):
    result = send(PHONE, *CODE, "--account", "backup", "--option", "usms.extend_code=12")

    assert 0 == result.exit_code
    assert {PHONE: 1} == sandbox.texts()


def test_a_phone_that_is_named_twice_on_purpose_is_texted_twice(send, sandbox):
    result = send(PHONE, PHONE, *CODE, "--allow-duplicates")

    assert 0 == result.exit_code
    assert {PHONE: 2} == sandbox.texts()


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_what_the_output_cannot_encode_is_escaped(start, sandbox, monkeypatch, encoding):
    monkeypatch.setenv("PYTHONIOENCODING", encoding)
    process = start("send", "--sandbox", sandbox.control_url, PHONE, *CODE, "--reference", "\u8ba2\u5355")

    stdout, stderr = process.communicate()

    assert (0, "") == (process.returncode, stderr)
    assert r"\u8ba2\u5355" in stdout


def test_a_signature_of_the_catalogue_can_be_named(send, smsway):
    shown = smsway("explain", PHONE, *CODE, "--signature", "shop", "--json")

    (plan,) = json.loads(shown.stdout)["recipients"]
    assert [("cn", "Acme Shop")] == [(each["account"], each["signature"]) for each in plan["candidates"]]
    assert ["backup has no signature 'shop' (signatures.shop.backup)"] == [" ".join(each) for each in plan["excluded"]]
    assert 0 == send(PHONE, *CODE, "--signature", "shop").exit_code


def test_a_lost_answer_is_unknown_and_is_not_sent_again(send, sandbox):
    sandbox.inject("drop_after", account="cn", times=1)

    result = send(PHONE, *CODE, "--json")

    assert "unknown" == json.loads(result.stdout)["status"]
    assert {PHONE: 1} == sandbox.texts()
    assert 1 == result.exit_code


@pytest.mark.parametrize(
    ("arguments", "way_out"),
    [
        ((PHONE,), "--template NAME"),
        ((PHONE, "--text", "a", *CODE), "either --template"),
        ((PHONE, "--text", "a", "--param", "b=c"), "--param belongs to --template"),
        ((PHONE, "--template", "login_code", "--param", "1234"), "NAME=VALUE"),
        ((PHONE, *CODE, "--param", "code=5678"), "given twice"),
        (CODE, "either phones, or --csv"),
        ((PHONE, *CODE, "--results", "out.csv"), "--results belongs to --csv"),
        ((PHONE, "--template", "login_cod"), "did you mean 'login_code'"),
        ((PHONE, *CODE, "--account", "nc"), "'nc' is not configured"),
        ((PHONE, *CODE, "--signature", "shp"), "did you mean 'shop'"),
        ((PHONE, *CODE, "--sender", "shop"), "'shop' is not in the catalogue"),
        ((PHONE, *CODE, "--within", "-1"), "seconds above 0"),
        (("+86137", *CODE), "too short"),
        ((PHONE, ABROAD, PHONE, *CODE), "to[2]: is the phone of to[0]; --allow-duplicates sends to both"),
        ((PHONE, "13700000001", "--region", "CN", *CODE), "to[1]: is the phone of to[0]"),
        ((PHONE, *CODE, "--option", "usms"), "PROVIDER.NAME=VALUE"),
        ((PHONE, *CODE, "--option", "extend_code=1"), "PROVIDER.NAME=VALUE"),
        ((PHONE, *CODE, "--option", "usms.extend_code=x"), "options.usms.extend_code"),
        ((PHONE, *CODE, "--option", "usms.extend_cod=1"), "did you mean 'extend_code'"),
        ((PHONE, *CODE, "--option", "usms.a=1", "--option", "usms.a=2"), "given twice"),
    ],
)
def test_a_mistake_is_one_message_and_sends_nothing(send, sandbox, arguments, way_out):
    result = send(*arguments)

    assert 2 == result.exit_code
    assert way_out in result.stderr
    assert "Traceback" not in result.output
    assert not sandbox.texts()


@pytest.mark.parametrize("value", ["770077", "code=770077"])
def test_a_wrong_param_is_not_repeated_for_it_may_be_a_code(send, value):
    result = send(PHONE, *CODE, "--param", value)

    assert 2 == result.exit_code
    assert "770077" not in result.output


def test_a_missing_configuration_is_named(smsway, tmp_path):
    result = smsway("send", PHONE, *CODE, "--config", tmp_path / "none.toml")

    assert 2 == result.exit_code
    assert "none.toml: cannot be read" in result.stderr


@pytest.mark.parametrize(
    "url",
    ["https://127.0.0.1:1", "nonsense", "http://127.0.0.1:1", "http://h:abc", "http://127.0.0.1:99999", "http://[::1"],
)
def test_a_sandbox_that_is_not_there_is_an_error(smsway, url):
    result = smsway("send", PHONE, *CODE, "--sandbox", url)

    assert 2 == result.exit_code
    assert f"smsway: --sandbox {url}" in result.stderr.replace("'", "")


def test_something_else_in_the_place_of_the_sandbox_is_an_error(smsway, sandbox):
    result = smsway("send", PHONE, *CODE, "--sandbox", sandbox.urls["world"])

    assert 2 == result.exit_code
    assert "not the control API" in result.stderr


def test_an_account_that_the_sandbox_does_not_play_is_never_sent_to(smsway, sandbox, config):
    more = 'other = { provider = "usms", project_id = "o", public_key = "literal:a", private_key = "literal:b" }'
    config.write_text(f"{config.read_text(encoding='utf-8')}\n[accounts]\n{more}\n", encoding="utf-8")

    result = smsway("send", PHONE, *CODE, "--sandbox", sandbox.control_url)

    assert 2 == result.exit_code
    assert "does not play other" in result.stderr
    assert not sandbox.texts()
