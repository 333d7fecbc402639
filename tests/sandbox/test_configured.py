"""What a sandbox makes of a configuration, and of the options of its command."""

import os
import signal
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from smsway.cli._app import app
from smsway.config import load
from smsway.model import ConfigError, Review
from smsway.sandbox import SandboxError, sandbox_of
from smsway.sandbox._desk import Desk


@pytest.fixture
def play(stack, configuration):
    """Run a sandbox of the configuration as it stands, until the test ends."""
    return lambda **options: stack.enter_context(sandbox_of(load(configuration), **options))


def test_the_vendor_has_the_texts_of_the_templates_with_numbers_in_them(play):
    sandbox = play()

    assert [(each.id, each.params, each.text) for each in sandbox.templates("cn")] == [
        ("19", 2, "Your code is {1}, valid for {2} minutes.")
    ]


def test_the_numbers_are_in_the_order_of_the_account(play, configuration):
    configuration["templates"]["login_code"]["accounts"]["backup"]["params"] = ["minutes", "code"]

    sandbox = play()

    assert sandbox.templates("backup")[0].text == "Your code is {2}, valid for {1} minutes."


def test_a_text_with_a_param_that_the_account_is_not_given_is_not_known(play):
    sandbox = play()

    assert [(each.params, each.text) for each in sandbox.templates("world")] == [(1, "")]


@pytest.mark.parametrize(("account", "afterwards"), [("cn", False), ("world", True)])
def test_a_rejected_template_takes_its_free_text_with_it_if_the_vendor_knows_it(play, account, afterwards):
    sandbox, text = play(), "Your code is 1234, valid for 5 minutes."

    def approved():
        return Desk(sandbox._books, sandbox._plan, sandbox._books.accounts[account]).approves_text(text)

    before = approved()
    sandbox.review(account, template=sandbox.templates(account)[0].id, approve=False)

    assert (before, approved()) == (True, afterwards)


def test_every_signature_has_an_id_of_its_own(play, configuration):
    configuration["signatures"] |= {"shop": {"cn": "【Acme】"}, "again": {"cn": "Tencent Cloud"}}

    sandbox = play()

    assert [(each.id, each.text) for each in sandbox.signatures("cn")] == [
        ("1", "Tencent Cloud"),
        ("2", "【Acme】"),
        ("3", "Acme"),
    ]
    assert {each.review for each in sandbox.signatures("*")} == {Review.APPROVED}


def test_a_template_has_the_variables_that_the_account_calls_by_its_own_names(configuration, play):
    mapping = configuration["templates"]["login_code"]["accounts"]["cn"]
    plain = play().templates("cn")[0]
    mapping["params"] = {"minutes": "ttl", "code": "captcha"}

    named = play().templates("cn")[0]

    assert (plain.params, plain.names) == (2, ("code", "minutes"))
    assert (named.params, named.names) == (2, ("ttl", "captcha"))
    assert named.text == plain.text.replace("{1}", "{0}").replace("{2}", "{1}").replace("{0}", "{2}")


def test_the_delay_of_reports_is_that_of_every_account_and_outlives_a_reset(play):
    sandbox = play(report_delay=30)

    sandbox.set_report_delay(None)
    sandbox.reset()

    assert {each.report_delay for each in sandbox.accounts()} == {30}


def test_a_review_ends_after_the_time_that_is_asked_for(configuration):
    sandbox = sandbox_of(load(configuration), review_after=60)

    assert {book.account.review_after for book in sandbox._books.accounts.values()} == {60}


def test_an_address_for_an_account_that_there_is_not_is_named(configuration):
    with pytest.raises(ConfigError, match="push_to: unknown account 'china'; choose from 'cn', 'world', 'backup'"):
        sandbox_of(load(configuration), push_to={"china": "http://127.0.0.1:1/"})


def test_an_address_of_another_machine_is_refused(configuration):
    with pytest.raises(SandboxError, match=r"account 'cn'\.push_to: .*allow_remote=True"):
        sandbox_of(load(configuration), push_to={"cn": "https://sms.example.com/"})


class TestCommand:
    @pytest.fixture
    def file(self, tmp_path):
        file = tmp_path / "smsway.toml"
        file.write_text(
            '[accounts.cn]\nprovider = "tencent-v5"\nsdk_app_id = 1400006666\napp_key = "literal:any"\n',
            encoding="utf-8",
        )
        return str(file)

    @pytest.mark.parametrize(
        ("option", "told"),
        [
            (("--push-to", "http://127.0.0.1:1/secret"), "--push-to takes ACCOUNT=URL"),
            (("--push-to", "cn="), "--push-to takes ACCOUNT=URL"),
            (("--push-to", "china=http://127.0.0.1:1/secret"), "unknown account 'china'"),
            (("--push-to", "cn=https://sms.example.com/secret"), "is not on this machine"),
            (("--report-delay", "-1"), "--report-delay"),
            (("--review-after", "soon"), "--review-after"),
        ],
    )
    def test_a_wrong_option_is_told_and_no_address_repeated(self, file, option, told):
        result = CliRunner().invoke(app, ["sandbox", "--config", file, *option])

        assert result.exit_code == 2
        assert told in result.output
        assert "secret" not in result.output
        assert "Traceback" not in result.output

    def test_the_options_reach_the_sandbox(self, file, http):
        command = [sys.executable, "-m", "smsway", "sandbox", "-c", file, "--report-delay", "30", "--review-after", "0"]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, env={**os.environ, "NO_COLOR": "1"}
        ) as running:
            line = next(line for line in running.stdout if line.startswith("Control API: "))
            (told,) = http.get(line.removeprefix("Control API: ").strip() + "/accounts").json()
            running.send_signal(signal.SIGINT)
            running.stdout.read()

        assert told["report_delay"] == 30
        assert running.returncode == 0
