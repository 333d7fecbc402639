"""The examples of the documentation run, and its commands and configurations are real."""

from __future__ import annotations

import re
import shlex
import tomllib

import pytest
import typer.main
from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser

from smsway.cli._app import app
from smsway.config._schema import FileSection


# The SDK of TencentCloud, which one page uses, asks for the date in a way that Python 3.12 deprecates.
@pytest.mark.filterwarnings("ignore:datetime.datetime.utcfromtimestamp:DeprecationWarning")
@pytest.mark.usefixtures("mended")
def test_the_python_blocks_of_every_page_run_and_ask_no_vendor(page_with_python, place, own_file, asked):
    document = Sybil([PythonCodeBlockParser()]).parse(page_with_python)
    # Only the README and the pages about moving show how to send in earnest, and these with the vendors' SDKs as well;
    # whoever types in another page sends nothing.
    moving = page_with_python.name.startswith("move-from-")
    sandbox = place(own_file, redirected=moving or page_with_python.name == "README.md", stand_in=moving)
    document.namespace |= {"__name__": "smsway_docs"}

    for example in document.examples():
        example.evaluate()

    assert asked == []
    assert max(sandbox.texts().values(), default=0) <= 1


def test_the_configurations_of_every_page_have_no_unknown_keys(page, blocks):
    for block in blocks(page, "toml"):
        data = tomllib.loads(block)

        if data.keys() & FileSection.model_fields.keys():
            FileSection.model_validate({"accounts": {}, **data})


def test_the_commands_of_every_page_exist(page, blocks):
    commands = typer.main.get_command(app).commands
    for block in blocks(page, "sh"):
        for line in block.replace("\\\n", " ").splitlines():
            words = shlex.split(line, comments=True)
            if not words or words[0] != "smsway" or len(words) < 2 or words[1].startswith("-"):
                continue

            command, words = commands[words[1]], words[1:]
            while hasattr(command, "commands"):
                command, words = command.commands[words[1]], words[1:]

            known = {option for param in command.params for option in param.opts}
            used = {word.partition("=")[0] for word in words[1:] if re.match(r"--?[a-z]", word)}
            assert used <= known, line
