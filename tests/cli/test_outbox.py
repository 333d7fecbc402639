"""`smsway outbox` and `smsway worker`: what is written down is sent, once, and told of."""

from __future__ import annotations

import json
import signal
import time

import pytest

from smsway import Client
from smsway.cli._configuration import configuration_of

CODE = ("--template", "login_code", "--param", "code=190191", "--param", "minutes=4", "--kind", "otp")
PHONE = "+8613700000001"


@pytest.fixture(autouse=True)
def _outbox(add):
    add('[outbox]\ndatabase = "sqlite:///outbox.db"\npoll = 0.05')


def test_what_is_added_is_sent_by_a_worker_and_told_of(ask, sandbox, lines):
    added = ask("outbox", "add", PHONE, *CODE, "--key", "login-77", "--reference", "mine")
    worked = ask("worker", "--until-empty")
    shown = ask("outbox", "show", "--key", "login-77", "--json")

    assert (added.exit_code, worked.exit_code, shown.exit_code) == (0, 0, 0)
    [found] = lines(shown)
    assert found["id"] == added.stdout.strip()
    [recipient] = found["recipients"]
    assert (recipient["state"], recipient["outcome"]["account"], recipient["reference"]) == ("accepted", "cn", "mine")
    assert [each.phone for each in sandbox.submissions()] == [PHONE]


def test_a_message_is_added_once_under_a_key(ask):
    first = ask("outbox", "add", PHONE, *CODE, "--key", "k")
    second = ask("outbox", "add", PHONE, *CODE, "--key", "k")
    third = ask("outbox", "add", PHONE, "--template", "notice", "--key", "k")

    assert (second.exit_code, second.stdout) == (0, first.stdout)
    assert "was there before" in second.stderr
    assert third.exit_code == 2
    assert "key 'k' was used before" in third.stderr
    assert "pending  │ 1" in ask("outbox", "status").stdout.replace("pending │", "pending  │")


def test_what_is_wrong_is_told_and_nothing_is_added(ask):
    result = ask("outbox", "add", "12", *CODE)

    assert result.exit_code == 2
    assert "to[0]" in result.stderr
    assert "190191" not in result.output
    assert "The outbox is empty." in ask("outbox", "status").stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("add", *CODE), "say to whom"),
        (("add", PHONE), "say what to send"),
        (("add", PHONE, *CODE, "--not-before", "soon"), "--not-before 'soon' is no time"),
        (("add", PHONE, *CODE, "--not-after", "2001-01-01"), "not_after: is over"),
        (("add", PHONE, PHONE, *CODE), "named twice"),
        (("show",), "either by its ID or by --key"),
        (("show", "id", "--key", "k"), "either by its ID or by --key"),
    ],
)
def test_bad_input_says_the_way_out(ask, arguments, said):
    result = ask("outbox", *arguments)

    assert (result.exit_code, said in result.stderr) == (2, True)


@pytest.mark.parametrize("command", ["show", "cancel"])
def test_a_message_that_nobody_knows_is_no_error_of_the_program(ask, command):
    result = ask("outbox", command, "--key", "nobody")

    assert result.exit_code == 1
    assert "knows no such message" in result.stderr


def test_what_is_cancelled_in_time_is_not_sent(ask, sandbox):
    ask("outbox", "add", PHONE, *CODE, "--key", "k", "--not-before", "30m", "--not-after", "60m")
    assert "The next one is due at 20" in ask("outbox", "status").stdout

    cancelled, again = ask("outbox", "cancel", "--key", "k"), ask("outbox", "cancel", "--key", "k")

    assert (cancelled.exit_code, again.exit_code) == (0, 1)
    assert "1 of 1" in cancelled.stdout
    ask("worker", "--until-empty")
    assert list(sandbox.submissions()) == []
    assert "stopped" in ask("outbox", "show", "--key", "k").stdout


def test_a_worker_ends_after_a_signal(start, sandbox, ask):
    process = start("worker", "--sandbox", sandbox.control_url)
    ask("outbox", "add", PHONE, *CODE)
    end = time.monotonic() + 30
    while not sandbox.submissions() and time.monotonic() < end:
        time.sleep(0.05)

    process.send_signal(signal.SIGTERM)
    _, told = process.communicate(timeout=30)

    assert process.returncode == 0
    assert "waiting for what is in flight" in told
    assert json.loads(ask("outbox", "status", "--json").stdout) == {"accepted": 1}


def test_workers_tell_how_their_accounts_are(start, sandbox, ask, config, lines):
    config.write_text(
        config.read_text(encoding="utf-8").replace("poll = 0.05", "poll = 0.05\nlease = 1"), encoding="utf-8"
    )
    idle = ask("health")
    sandbox.set_balance("cn", 0)
    start("worker", "--sandbox", sandbox.control_url, "--name", "blue")
    ask("outbox", "add", PHONE, *CODE)
    end = time.monotonic() + 30
    while "open" not in (told := ask("health")).stdout and time.monotonic() < end:
        time.sleep(0.1)

    assert (idle.exit_code, idle.stdout) == (1, "No worker lives.\n")
    assert told.exit_code == 1
    [worker] = lines(ask("health", "--json"))
    assert (worker["name"], worker["health"]["backup"]["state"]) == ("blue", "closed")


def test_without_an_outbox_the_commands_say_what_to_name(config, smsway):
    config.write_text(config.read_text(encoding="utf-8").partition("[outbox]")[0], encoding="utf-8")

    for command in (("outbox", "status"), ("outbox", "migrate"), ("worker",)):
        result = smsway(*command)

        assert result.exit_code == 2
        assert "outbox.database: is not set" in result.stderr


def test_an_outbox_on_a_server_is_never_emptied_into_a_sandbox(config, ask, monkeypatch):
    monkeypatch.setenv("SMSWAY_TEST_DATABASE", "postgresql://nobody@127.0.0.1:9/none")
    text = config.read_text(encoding="utf-8").replace("sqlite:///outbox.db", "env:SMSWAY_TEST_DATABASE")
    config.write_text(text, encoding="utf-8")

    result = ask("worker")

    assert result.exit_code == 2
    assert "has no place apart for a sandbox" in result.stderr


def test_a_server_that_is_not_there_is_told_without_its_password(config, smsway, monkeypatch):
    monkeypatch.setenv("SMSWAY_TEST_DATABASE", "postgresql://nobody:hunter2@127.0.0.1:9/none")
    text = config.read_text(encoding="utf-8").replace("sqlite:///outbox.db", "env:SMSWAY_TEST_DATABASE")
    config.write_text(text, encoding="utf-8")

    result = smsway("outbox", "status")

    assert result.exit_code == 2
    assert "the outbox's database failed: OperationalError; it does not run, or not at that address" in result.stderr
    assert "hunter2" not in result.output


def test_pruning_and_migrating_say_what_was_done(ask):
    assert "up to date" in ask("outbox", "migrate").stdout
    assert "Forgot 0 messages." in ask("outbox", "prune").stdout


@pytest.fixture
def _reports_in_the_outbox(add):
    add('[reports]\nstore = "outbox"')


@pytest.fixture
def other(config, sandbox):
    """Return a client in front of the same sandbox, as another machine would have one."""
    with Client(configuration_of(config, sandbox.control_url)) as client:
        yield client


@pytest.mark.usefixtures("_reports_in_the_outbox")
def test_reports_of_what_a_worker_sent_are_matched_in_the_outbox(ask, lines, tmp_path):
    ask("outbox", "add", PHONE, *CODE, "--reference", "mine")
    ask("worker", "--until-empty")

    pulled = ask("reports", "pull", "cn", "--json")

    [received] = lines(pulled)
    assert (received["tracked"]["reference"], received["tracked"]["delivery"]) == ("mine", "delivered")
    assert ask("reports", "show", "--reference", "mine").exit_code == 0
    assert [each.name for each in tmp_path.glob("*.db*")] == ["outbox.db.sandbox"]


@pytest.mark.usefixtures("_reports_in_the_outbox")
def test_a_pull_beside_another_machine_that_watches_stands_by_and_says_so(ask, other):
    other.reports.pull("cn", every=30)

    result = ask("reports", "pull", "cn")

    assert result.exit_code == 1
    assert "smsway: account 'cn': standing by, for another process fetches" in result.stderr
    assert "No reports wait" not in result.stdout


@pytest.mark.usefixtures("_reports_in_the_outbox")
def test_who_watches_takes_over_from_another_machine_that_ends(ask, start, sandbox, other):
    ask("send", PHONE, *CODE)
    other.inbound.pull("cn")
    other.reports.pull("cn", every=30)
    ask("send", "+8613700000002", *CODE)
    process = start("reports", "watch", "cn", "--every", 1, "--json", "--sandbox", sandbox.control_url)
    while "standing by" not in (line := process.stderr.readline()):
        assert line

    waited = sandbox.queued("cn").reports
    other.close()
    received = json.loads(process.stdout.readline())
    process.send_signal(signal.SIGTERM)
    _, stderr = process.communicate(timeout=20)

    assert waited == 1
    assert received["report"]["recipient"] == "+8613700000002"
    assert "smsway: account 'cn': fetching from now on" in stderr


@pytest.mark.usefixtures("_reports_in_the_outbox")
def test_a_database_of_the_reports_that_this_process_cannot_know_is_told(config, smsway, monkeypatch):
    text = config.read_text(encoding="utf-8").replace("sqlite:///outbox.db", "env:SMSWAY_TEST_DATABASE")
    config.write_text(text, encoding="utf-8")
    monkeypatch.delenv("SMSWAY_TEST_DATABASE", raising=False)

    checked, sent = smsway("check"), smsway("send", PHONE, *CODE)

    assert (checked.exit_code, sent.exit_code) == (2, 2)
    for result in (checked, sent):
        assert "outbox.database" in result.output
        assert "SMSWAY_TEST_DATABASE" in result.output
