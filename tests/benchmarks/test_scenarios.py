"""Each scenario of the benchmark with a few calls, so that none rots; what it measures is not looked at."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

RUN = Path(__file__).resolve().parents[2] / "benchmarks" / "run.py"
SCENARIOS = sorted(path.stem for path in (RUN.parent / "scenarios").glob("[!_]*.py"))
OTHERS = [name for name in SCENARIOS if name != "stores"]  # stores need PostgreSQL, and are tested elsewhere

# Their lines are of rivals, which `make bench-peers` installs; without those, only smsway's calls are made.
BESIDE_RIVALS = {"One call after the other", "32 in flight", "Encode, sign, decode", "Tools for many services"}


@pytest.fixture(scope="module")
def smoke():
    """Run all of them once."""
    command = [sys.executable, str(RUN), "--smoke", "--only", *OTHERS]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_every_scenario_runs_and_fills_its_table(smoke):
    sections = re.split(r"^## ", smoke.stdout, flags=re.MULTILINE)[2:]

    assert (smoke.returncode, smoke.stderr) == (0, "")
    assert len(sections) == len(OTHERS)
    empty = {section.partition("\n")[0] for section in sections if section.count("\n| ") < 3}
    assert empty <= BESIDE_RIVALS


def test_every_target_that_needs_no_rival_is_measured(smoke):
    unmeasured = [line.split("|")[1].strip() for line in smoke.stdout.splitlines() if "| not measured |" in line]

    assert [name for name in unmeasured if not re.search(r"in flight: \w+ ÷|reference pipeline", name)] == []
