"""The examples of deployment call commands that exist, with options that they have."""

from __future__ import annotations

import json
import re
import shlex

import pytest
import typer.main

from smsway.cli._app import app


def calls(root):
    """Yield every call of the command in the examples, as words."""
    for path in sorted((root / "deploy").rglob("*.y*ml")):
        for words in re.findall(r'command: (\["smsway".*\])', path.read_text(encoding="utf-8")):
            yield path.name, json.loads(words)[1:]
    for path in sorted((root / "deploy").rglob("*.service")):
        for line in re.findall(r"ExecStart=\S*/smsway (.*)", path.read_text(encoding="utf-8")):
            yield path.name, shlex.split(line)


def test_every_example_calls_a_command_that_is_there(root):
    found = list(calls(root))
    for name, words in found:
        command, *others = typer.main.get_command(app), *words
        while hasattr(command, "commands"):
            command = command.commands[others.pop(0)]

        known = {option for param in command.params for option in param.opts}
        assert {word for word in others if word.startswith("--")} <= known, name

    assert len(found) >= 6


@pytest.mark.parametrize("name", ["compose.yaml", "compose.celery.yaml"])
def test_no_example_holds_a_password(root, name):
    text = (root / "deploy" / name).read_text(encoding="utf-8")

    passwords = re.findall(r"(?:PASSWORD|PASS): (.*)|://[^:@\s]+:([^@\s]+)@", text)
    assert passwords
    assert all("${" in "".join(each) for each in passwords)
