"""The fork of the HTTP library keeps the same promises."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.mark.parametrize(
    ("module", "which"),
    [
        (
            "test_matrix.py",
            "v5 and (unknown_and_goes or refused_connection or certificate or unknown_host) and not slow",
        ),
        ("test_connections.py", "quiet or two_answers or safely or surplus"),
        ("test_deadlines.py", "interim or drip_headers or resolution"),
    ],
)
def test_the_suite_runs_on_httpx2(module, which):
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:xdist",
        HERE / module,
        "-k",
        which,
    ]
    seen = "import sys, smsway.transport as t; print(t.BaseTransport.__module__.partition('.')[0])"
    environment = {**os.environ, "SMSWAY_HTTP": "httpx2"}

    library = subprocess.run([sys.executable, "-c", seen], env=environment, capture_output=True, text=True, check=True)
    suite = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    assert library.stdout.strip() == "httpx2"
    assert suite.returncode == 0, suite.stdout[-3000:]
