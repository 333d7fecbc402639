"""The page about the sandbox says what the code does."""

import re
import shlex
from pathlib import Path

import pytest

from smsway.sandbox import FAULTS, REFUSED, STRUCK, UNDELIVERED
from smsway.sandbox._control import ROUTES

PAGE = (Path(__file__).parents[2] / "docs/how-to/sandbox.md").read_text(encoding="utf-8")


def _table(first_column):
    """Return the rows of the table whose header begins so."""
    lines = PAGE.splitlines()
    start = next(index for index, line in enumerate(lines) if line.startswith(f"| {first_column} |")) + 2
    end = next(index for index, line in enumerate(lines[start:], start) if not line.startswith("|"))
    return lines[start:end]


def _blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def test_the_table_of_faults_is_the_codes():
    expected = [
        f"| `{kind.name}` | {kind.line} | {'yes' if kind.settings.processed else 'no'} "
        f"| {', '.join(f'`{name}`' for name in kind.takes)} |"
        for kind in FAULTS.values()
    ]

    assert _table("Fault") == expected


def test_the_defaults_that_the_table_of_faults_names_are_the_codes():
    named = {kind.name: re.findall(r"\[(\d+)\]", kind.line) for kind in FAULTS.values()}

    expected = {
        name: [f"{getattr(kind.settings, dial):g}" for dial in kind.takes if dial in ("delay", "interval", "status")]
        for name, kind in FAULTS.items()
    }
    assert named == expected


def test_the_table_of_magic_numbers_is_the_codes():
    refused = [f"| `{digits}` | refused: `{reason}` |" for digits, reason in REFUSED.items()]
    struck = [f"| `{digits}` | fault: `{fault.kind.name}` |" for digits, fault in STRUCK.items()]

    undelivered = [f"| `{digits}` | undelivered: `{reason}` |" for digits, reason in UNDELIVERED.items()]

    assert _table("Last six digits") == refused + struck + undelivered


def test_the_table_of_calls_is_the_codes():
    told = [re.match(r"\| `(\w+) (\S+)` \|", row).groups() for row in _table("Call")]

    assert sorted(told) == sorted((method, path) for path, methods in ROUTES.items() for method in methods)


CALLS = [line for block in _blocks("sh") for line in block.splitlines() if line.startswith("curl")]


def test_the_page_shows_calls():
    assert len(CALLS) >= 18


@pytest.fixture
def sandbox(run, pushing):
    """Run a sandbox with the accounts of the page, which can also post."""
    return run(pushing("cn"), pushing("world"))


@pytest.mark.parametrize("call", CALLS)
def test_every_call_on_the_page_works(sandbox, http, call):
    words = shlex.split(call.replace("$CONTROL", sandbox.control_url))[1:]
    method = words[words.index("-X") + 1] if "-X" in words else "GET"
    body = words[words.index("-d") + 1] if "-d" in words else None
    url = next(word for word in words if word.startswith("http://"))

    response = http.request(method, url, content=body)

    assert response.status_code == 200, response.text


def test_the_programs_on_the_page_run_one_after_the_other(capsys):
    names = {"__name__": "page"}
    printed = []

    for block in _blocks("python"):
        exec(compile(block, "sandbox.md", "exec"), names)
        printed.append(capsys.readouterr().out)

    assert printed == [
        "no answer, but {'+8613700000001': 1}\n",
        "accepted\nundelivered unreachable_recipient\n",
    ]
