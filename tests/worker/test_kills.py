"""Workers that are killed, and a database that stops: nobody is lost, and nobody is texted more often than allowed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

KILLS = int(os.environ.get("SMSWAY_KILLS", "12"))
STOPS = max(1, KILLS // 20)


def run(*arguments):
    command = [sys.executable, Path(__file__).with_name("kills.py"), *map(str, arguments)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False, timeout=3600)
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("policy", ["hold", "resend"])
def test_kills_on_sqlite(policy, tmp_path):
    result = run("--database", f"sqlite:///{tmp_path / 'outbox.db'}", "--policy", policy, "--kills", KILLS)

    assert (result["wrong"], result["offences"]) == (0, {}), result
    assert result["states"]["accepted"] > 0


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("policy", ["hold", "resend"])
@pytest.mark.usefixtures("_postgres")
def test_kills_and_stops_on_postgres(policy):
    result = run("--policy", policy, "--kills", KILLS, "--stops", STOPS)

    assert (result["wrong"], result["offences"]) == (0, {}), result
    assert result["states"]["accepted"] > 0
