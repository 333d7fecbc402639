"""The demo keeps its promise, and notices when it is broken."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

DEMO = Path(__file__).parents[2] / "demo" / "run.py"


@pytest.fixture
def demo():
    """Run the demo."""

    def run(*arguments):
        command = [sys.executable, str(DEMO), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    return run


def test_every_promise_is_kept(demo):
    run = demo()

    assert 0 == run.returncode, run.stdout
    assert "FAIL" not in run.stdout
    assert "Every one of 2400 recipients got exactly one outcome" in run.stdout


def test_it_fails_loudly_when_somebody_is_texted_twice(demo):
    run = demo("--break")

    assert 1 == run.returncode
    assert "The promise is broken" in run.stdout
    offending = re.search(r"^\d+ texted more than once: (.+)$", run.stdout, re.MULTILINE)
    assert all(re.fullmatch(r"\+\d\d\*+\d\d", phone) for phone in offending[1].split(", "))


def test_it_keeps_the_recipients_if_asked(demo, tmp_path):
    run = demo("--csv", str(tmp_path / "people.csv"), "--seed", "2")

    assert 0 == run.returncode, run.stdout
    rows = (tmp_path / "people.csv").read_text(encoding="utf-8").splitlines()
    assert 2_401 == len(rows)
    assert 2_401 == len({row.split(",")[0] for row in rows})
