"""However a command fails, it shows no secret, no code and, where it complains, no whole phone."""

import re

import pytest

APP_KEY, SECRET_ID, SECRET_KEY = "5f03a35d00ee52a21327ab048186a2c4", "AKIDEXAMPLE", "EXAMPLEKEY"
SECRETS = (APP_KEY, SECRET_ID, SECRET_KEY, "literal:public", "literal:private")
CODE, PHONE, ABROAD = "824613975", "+8613799887766", "+60198897766"
SEND = ("--template", "login_code", "--param", f"code={CODE}", "--param", "minutes=4")
COMMANDS = [
    ("send", PHONE, *SEND),
    ("send", PHONE, *SEND, "--json"),
    ("send", PHONE, ABROAD, *SEND, "--kind", "otp"),
    ("send", PHONE, f"{PHONE}{PHONE[1:]}", *SEND),
    ("send", PHONE[1:], *SEND),
    ("send", PHONE, "--template", "login_codes", "--param", f"code={CODE}"),
    ("send", PHONE, "--template", "login_code", "--param", f"cod={CODE}"),
    ("send", PHONE, "--template", "login_code", "--param", CODE),
    ("send", PHONE, *SEND, "--kind", PHONE),
    ("send", PHONE, *SEND, "--nonsense", PHONE),
    ("send", PHONE, "--text", f"Your code is {CODE}"),
    ("explain", PHONE[1:], *SEND),
    ("reports", "pull"),
    ("reports", "find", "cn", PHONE),
    ("reports", "find", "backup", PHONE[1:]),
    ("reports", "find", "nobody", PHONE),
    ("reports", "show", "--recipient", PHONE),
    ("reports", "show", "--recipient", PHONE[1:]),
    ("inbound", "find", "cn", PHONE),
    ("inbound", "pull"),
    ("templates", "list", "cn"),
    ("signatures", "list", "world"),
    ("signatures", "list", "backup"),
    ("stats", "cn"),
    ("balance",),
    ("check", "--live"),
    ("check", PHONE),
    ("webhooks", "--port", PHONE),
]
FAULTS = ("", "drop_before", "http_500", "html", "garbled", "refuse", "redirect")


def leaks(text, canaries):
    return [canary for canary in canaries if canary in text]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_command_that_fails_shows_no_secret(ask, sandbox, store, fault):  # noqa: ARG001  # pulls need a store
    for command in COMMANDS:
        if fault:
            sandbox.inject(fault)

        result = ask(*command)

        assert "Traceback" not in result.output
        assert leaks(result.output, (*SECRETS, CODE)) == [], command
        assert leaks(result.stderr, (PHONE, PHONE[1:], ABROAD)) == [], command


MISTAKES = [
    ('"literal:5f03', '"5f03'),
    ("sdk_app_id = 1400006666", "sdk_app_id = -1"),
    ("app_key = ", "app_keys = "),
    ('region = "ap-singapore"', f'region = "literal:{SECRET_KEY}"'),
    ('provider = "usms"', 'provider = "usmss"'),
    ("[accounts.backup]", "[accounts.backup"),
    ("[accounts.world]", '[accounts."wor\\u001b[2Jld"]'),
    ("max_batch = 5", '"max\\u001b[2J\\u202ebatch" = 5'),
]


@pytest.mark.parametrize("mistake", MISTAKES, ids=range(len(MISTAKES)))
@pytest.mark.parametrize("command", [("check",), ("send", PHONE, *SEND), ("balance",), ("webhooks",)])
def test_a_configuration_that_is_refused_shows_no_secret_and_steers_no_terminal(smsway, config, command, mistake):
    text = config.read_text(encoding="utf-8")
    assert mistake[0] in text
    # Should it be taken after all, then nothing shall leave this machine.
    near = text.replace("provider =", 'base_url = "http://127.0.0.1:9"\nprovider =')
    config.write_text(near.replace(*mistake), encoding="utf-8")

    result = smsway(*command)

    assert result.exit_code == 2
    assert leaks(result.output, (*SECRETS, CODE, PHONE)) == []
    assert re.findall(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", result.output) == []
