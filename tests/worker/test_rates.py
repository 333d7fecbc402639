"""Four workers of one PostgreSQL keep to the one limit of their account, and use it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SECONDS = float(os.environ.get("SMSWAY_RATE_SECONDS", "0"))


@pytest.mark.timeout(600)
@pytest.mark.usefixtures("_postgres")
def test_workers_share_the_rate_of_an_account():
    command = [sys.executable, Path(__file__).with_name("rates.py"), "--seconds", str(SECONDS or 8)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False, timeout=600)
    result = json.loads(done.stdout.splitlines()[-1])

    assert result["most in a second"] <= 10, result
    # How much of it is used says as much of the machine as of the workers, so it is asked for at length only.
    assert result["used"] >= (0.9 if SECONDS else 0.3), result
