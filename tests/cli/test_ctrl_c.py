"""Ctrl-C in the commands beside `send`: each says what is true, and nothing more."""

from __future__ import annotations

import os
import signal
import subprocess
import time

import pytest
import typer

from smsway.cli._failure import Interruption

PHONE = "+8613700000001"
ASKED = "smsway: stopped; nothing was sent or changed, and the vendors were at most asked\n"
FOUND = "smsway: stopped; nothing was sent, and the vendor was at most asked: ask again\n"
UNCERTAIN = "smsway: stopped; it may have been done all the same: look it up before you do it again\n"


@pytest.fixture
def stop(start, sandbox):
    """Run a command until a vendor has been asked and does not answer, and press Ctrl-C; return what it says."""

    def run(*arguments):
        sandbox.inject("hang")
        before = sandbox.requests()
        process = start(*arguments, "--sandbox", sandbox.control_url)
        while sandbox.requests() == before:
            assert process.poll() is None, process.communicate()
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=10)
        return process.returncode, stderr

    return run


@pytest.mark.parametrize(
    "command",
    [
        ("templates", "list", "cn"),
        ("templates", "get", "cn", "19"),
        ("signatures", "get", "cn", "1"),
        ("signatures", "find", "backup", "Acme"),
        ("stats",),
        ("stats", "--by", "template"),
        ("balance",),
        ("check", "--live"),
    ],
    ids=" ".join,
)
def test_of_what_only_asks_it_says_that_nothing_was_changed(stop, command):
    assert (130, ASKED) == stop(*command)


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("command", ["reports", "inbound"])
def test_what_is_looked_up_can_be_looked_up_again(stop, command):
    assert (130, FOUND) == stop(command, "find", "cn", PHONE)


@pytest.mark.parametrize(
    "command",
    [
        ("templates", "add", "cn", "--text", "Hello"),
        ("templates", "modify", "cn", "19", "--text", "Hello"),
        ("templates", "delete", "cn", "19", "--yes"),
        ("signatures", "add", "cn", "--text", "Bakery"),
        ("signatures", "modify", "cn", "1", "--text", "Bakery"),
        ("signatures", "delete", "cn", "1", "--yes"),
    ],
    ids=lambda command: " ".join(command[:2]),
)
def test_a_change_that_the_vendor_was_asked_for_may_have_been_made(stop, command):
    assert (130, UNCERTAIN) == stop(*command)


def test_at_the_question_nothing_was_changed(start, sandbox):
    process = start("templates", "delete", "cn", "19", "--sandbox", sandbox.control_url, stdin=subprocess.PIPE)
    while not (asked := os.read(process.stderr.fileno(), 1000)):
        assert process.poll() is None

    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=10)

    assert b"Delete 19 of account cn? [y/N]" in asked
    assert (130, "smsway: stopped; nothing was changed\n") == (process.returncode, stderr)
    assert not sandbox.requests()["cn"]


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (("reports", "pull"), "; no reports were fetched"),
        (("inbound", "watch"), "; no messages were fetched"),
        (("reports", "prune"), "; nothing was forgotten"),
        (("reports", "unmatched"), "; nothing was sent, and no vendor was asked"),
        (
            ("explain", PHONE, "--template", "notice"),
            "; nothing was sent or changed, and the vendors were at most asked",
        ),
        (("webhooks",), ""),
    ],
    ids=lambda words: words[-1] if isinstance(words, tuple) else "",
)
def test_before_anything_was_begun_it_says_so(start, tmp_path, command, told):
    slow = tmp_path / "slow.toml"
    os.mkfifo(slow)
    process = start(*command, "--config", slow)

    # It opens once the command reads it; the end of it wakes a command that had not begun to wait yet.
    with slow.open("wb"):
        process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=30)

    assert (130, f"smsway: stopped{told}\n") == (process.returncode, stderr)


def test_what_it_says_is_what_is_true_by_then(capsys):
    def change():
        with Interruption("nothing was changed") as told:
            told.words = "it was done"
            raise KeyboardInterrupt

    with pytest.raises(typer.Exit) as ended:
        change()

    assert 130 == ended.value.exit_code
    assert "smsway: stopped; it was done\n" == capsys.readouterr().err


@pytest.mark.usefixtures("store")
def test_a_pull_that_is_stopped_does_not_say_that_nothing_waits(start, sandbox):
    sandbox.inject("slow", delay=1)
    process = start("reports", "pull", "--sandbox", sandbox.control_url)
    while not sandbox.requests()["cn"]:
        assert process.poll() is None
        time.sleep(0.01)

    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=10)

    assert (130, "") == (process.returncode, stdout)
    assert stderr.endswith("Stopped: 0 reports were fetched.\n")
