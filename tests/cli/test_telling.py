"""What commands tell: nothing that a terminal would obey, values as JSON, warnings that come back, and progress."""

from __future__ import annotations

import io
import json
import logging
import os
import pty
import subprocess
import sys
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from smsway.cli._failure import warnings_shown
from smsway.cli._output import json_line, table, visible
from smsway.model import Delivery, DeliveryStatistics, Reason, Report


@given(st.text())
def test_what_is_shown_steers_no_terminal_and_loses_nothing(text):
    shown = visible(text)

    assert all(character.isprintable() or character == "\n" or ord(character) > 0x9F for character in shown)
    assert not {"\u202e", "\u2066", "\u2028"} & set(shown)
    if "\\" not in text and shown.isascii():
        assert text == shown.encode().decode("unicode_escape")


@pytest.mark.parametrize("text", ["Hello", "您的验证码是{1}", "two\nlines", "👨‍👩‍👧", "שלום"])
def test_what_people_write_is_shown_as_it_is(text):
    assert text == visible(text)


def test_a_cell_is_never_read_as_markup_or_obeyed():
    file = io.StringIO()

    Console(file=file, width=80, markup=False).print(table(None, ("text",), [("[red]\x1b[31m[/red]",)]))

    assert r"[red]\x1b[31m[/red]" in file.getvalue()


def test_a_value_is_one_line_of_json_with_the_names_of_its_fields():
    report = Report(recipient="+8613700000001", delivery=Delivery.DELIVERED, raw=MappingProxyType({"a": ["é\n"]}))

    line = json_line(report)

    assert line.isascii()
    assert "\n" not in line
    told = json.loads(line)
    assert ("+8613700000001", "delivered", {"a": ["é\n"]}) == (told["recipient"], told["delivery"], told["raw"])


def test_counts_by_reason_are_named_by_it():
    counts = DeliveryStatistics(
        since=0,
        until=1,
        accepted=1,
        reported=1,
        delivered=0,
        undelivered=1,
        failures=MappingProxyType({Reason.INVALID_RECIPIENT: 1}),
    )

    assert {"invalid_recipient": 1} == json.loads(json_line(counts))["failures"]


@pytest.mark.parametrize(
    "command", [("balance", "--sandbox", "http://127.0.0.1:9/\x1b[2J"), ("init", "/nowhere\x1b[2J/smsway.toml")]
)
def test_a_complaint_steers_no_terminal(smsway, command):
    told = smsway(*command).stderr

    assert r"\x1b[2J" in told
    assert "\x1b" not in told


def test_a_warning_steers_no_terminal(capsys):
    with warnings_shown():
        logging.getLogger("smsway").warning("a \x1b[2J name")

    assert capsys.readouterr().err == "smsway: a \\x1b[2J name\n"


@pytest.mark.parametrize(("pauses", "shown"), [([1, 1, 1], 1), ([1, 61], 2), ([50, 50, 61, 1], 2)])
def test_a_warning_is_shown_again_after_a_silence_only(capsys, pauses, shown):
    log = logging.getLogger("smsway")
    record = log.makeRecord("smsway", logging.WARNING, __file__, 1, "the store is slow", (), None)

    with warnings_shown():
        log.handle(record)
        for pause in pauses:
            record.created += pause
            log.handle(record)

    assert ["smsway: the store is slow"] * shown == capsys.readouterr().err.splitlines()


def test_a_list_shows_its_progress_to_a_terminal(config, sandbox):
    leader, follower = pty.openpty()
    command = [sys.executable, "-m", "smsway", "templates", "list", "cn", "--json"]

    run = subprocess.run(
        [*command, "--config", config, "--sandbox", sandbox.control_url],
        stdout=subprocess.PIPE,
        stderr=follower,
        text=True,
        check=True,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "100"},
    )
    os.close(follower)
    shown = os.read(leader, 65_536).decode()
    os.close(leader)

    assert 3 == len(run.stdout.splitlines())
    assert "templates" in shown
    assert "3/3" in shown
