"""The page about the command line names every command, and for those about accounts every option."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import typer.main

from smsway.cli._app import app

PAGE = (Path(__file__).parents[2] / "docs/reference/command-line.md").read_text(encoding="utf-8")
COMMON, *SECTIONS = re.split(r"^## ", PAGE, flags=re.MULTILINE)


def commands(group, name=""):
    """Return every command by the words that call it."""
    found = {}
    for word, command in group.commands.items():
        words = f"{name} {word}".strip()
        found |= commands(command, words) if hasattr(command, "commands") else {words: command}
    return found


COMMANDS = commands(typer.main.get_command(app))
NEW = [words for words in COMMANDS if words.split()[0] not in {"send", "explain", "sandbox", "init"}]


def options(command):
    return {name for param in command.params for name in param.opts if name.startswith("--")} - {"--help"}


def test_every_command_stands_in_the_table():
    shown = re.findall(r"^\| `([a-z -]+)` \| ", COMMON, re.MULTILINE)

    assert sorted(COMMANDS) == sorted(shown)


@pytest.mark.parametrize("words", NEW)
def test_every_option_is_told_of(words):
    (section,) = (each for each in SECTIONS if each.startswith(f"{words.split()[0]}\n"))

    told = set(re.findall(r"--[a-z-]+", COMMON + section))

    assert options(COMMANDS[words]) - told == set()


def test_every_example_calls_a_command_with_options_that_it_has():
    examples = [
        line
        for block in re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
        for line in block.splitlines()
    ]
    called = set()
    for example in examples:
        _, *words = shlex.split(example)
        name = next(name for name in (" ".join(words[:2]), words[0]) if name in COMMANDS)
        called.add(name)

        assert {word for word in words if word.startswith("--")} <= options(COMMANDS[name]), example

    assert set(NEW) <= called


@pytest.mark.parametrize("words", COMMANDS)
def test_every_command_helps(smsway, words):
    result = smsway(*words.split(), "--help")

    assert 0 == result.exit_code
    assert "--help" in result.stdout


@pytest.mark.parametrize("words", [words for words in COMMANDS if "--since" in options(COMMANDS[words])])
def test_it_says_whose_zone_a_time_without_one_is_of(smsway, words):
    told = " ".join(smsway(*words.split(), "--help").stdout.replace("│", " ").split())

    assert "without a zone: this machine's" in told
