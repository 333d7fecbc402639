"""A configuration of all three providers, a sandbox that plays them, and ways to run the command."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import IO

import pytest
from typer.testing import CliRunner

from smsway.cli._app import app
from smsway.config import load
from smsway.sandbox import sandbox_of

CONFIG = """
[accounts.cn]
provider = "tencent-v5"
sdk_app_id = 1400006666
app_key = "literal:5f03a35d00ee52a21327ab048186a2c4"
max_batch = 5

[accounts.world]
provider = "tencent-global"
region = "ap-singapore"
sdk_app_id = "2400006666"
secret_id = "literal:AKIDEXAMPLE"
secret_key = "literal:EXAMPLEKEY"

[accounts.backup]
provider = "usms"
project_id = "org-1"
public_key = "literal:public"
private_key = "literal:private"
max_batch = 5

[templates.login_code]
params = ["code", "minutes"]
text = "Your code is {code}, valid for {minutes} minutes."
accounts.cn = { id = 19 }
accounts.world = { id = "1800308", params = ["code"] }
accounts.backup = { id = "UTA20212831C85C" }

[templates.notice]
text = "Your parcel is here."
accounts.cn = { id = 20 }
accounts.backup = { id = "UTA2" }

[templates.talk]
text = "We talk at noon."
accounts.cn = { id = 21 }
accounts.backup = { id = "UTA3" }

[signatures.default]
cn = "Acme"
backup = "Acme"

[signatures.shop]
cn = "Acme Shop"

[[routes]]
name = "mainland only"
when = { countries = ["CN"], templates = ["talk"] }
accounts = ["cn"]

[[routes]]
name = "mainland"
when = { countries = ["CN"] }
accounts = ["cn", "backup"]

[[routes]]
name = "abroad"
when = { templates = ["login_code"] }
accounts = ["world", "backup"]
"""


@pytest.fixture
def config(tmp_path) -> Path:
    path = tmp_path / "smsway.toml"
    path.write_text(CONFIG, encoding="utf-8")
    return path


@pytest.fixture
def sandbox(config):
    """Play the three accounts."""
    with sandbox_of(load(config)) as running:
        yield running


@pytest.fixture
def smsway(config, monkeypatch):
    """Run the command in this process; `--config` is given."""
    monkeypatch.setenv("SMSWAY_CONFIG", str(config))

    def run(*arguments: object, answer: str | None = None):
        return CliRunner().invoke(app, [str(argument) for argument in arguments], input=answer)

    return run


@pytest.fixture
def ask(smsway, sandbox):
    """Run the command with all accounts at the sandbox."""

    def run(*arguments: object, answer: str | None = None):
        return smsway(*arguments, "--sandbox", sandbox.control_url, answer=answer)

    return run


@pytest.fixture
def add(config):
    """Add lines to the configuration."""

    def write(lines: str) -> None:
        config.write_text(f"{config.read_text(encoding='utf-8')}\n{lines}\n", encoding="utf-8")

    return write


@pytest.fixture
def store(add, tmp_path) -> Path:
    """Let the configuration name a store; return the file in which the sandbox's reports are kept."""
    add('[reports]\nstore = "reports.db"')
    return tmp_path / "reports.db.sandbox"


@pytest.fixture
def sent(ask, store):
    """Send a text through each of the first two accounts, with the references `login-1` and `login-2`."""
    code = ("--template", "login_code", "--param", "code=1234", "--param", "minutes=4")
    for number, phone in enumerate(("+8613700000001", "+60198890000"), 1):
        assert 0 == ask("send", phone, *code, "--reference", f"login-{number}").exit_code
    assert store.exists()


@pytest.fixture
def lines():
    """Read what a command wrote to stdout as JSON, one object per line."""
    return lambda result: [json.loads(line) for line in result.stdout.splitlines()]


@pytest.fixture
def start(config, tmp_path):
    """Start the command in a process of its own."""
    processes = []

    def run(
        *arguments: object, stdout: int | IO[str] = subprocess.PIPE, stdin: int | None = None
    ) -> subprocess.Popen[str]:
        environment = {**os.environ, "SMSWAY_CONFIG": str(config), "PYTHONUNBUFFERED": "1"}
        process = subprocess.Popen(
            [sys.executable, "-m", "smsway", *map(str, arguments)],
            stdin=stdin,
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
            cwd=tmp_path,
        )
        processes.append(process)
        return process

    yield run
    for process in processes:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()


@pytest.fixture
def sheet(tmp_path):
    """Write a CSV file of recipients."""

    def write(rows, columns=("phone",), name="people.csv") -> Path:
        path = tmp_path / name
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(columns)
            writer.writerows([row] if isinstance(row, str) else row for row in rows)
        return path

    return write


@pytest.fixture
def read_results():
    """Read a file of results."""

    def read(path: Path) -> list[dict[str, str]]:
        with path.open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    return read


@pytest.fixture
def phone():
    """Return the n-th phone of the mainland."""
    return "+86137{:08d}".format


@pytest.fixture
def in_zone(monkeypatch):
    """Let this machine be in another zone until the test ends."""

    def go(name: str) -> None:
        monkeypatch.setenv("TZ", name)
        time.tzset()

    yield go
    monkeypatch.undo()
    time.tzset()


@pytest.fixture(scope="session", autouse=True)
def _ctrl_c_reaches_what_is_started():
    # A job in the background of a shell ignores Ctrl-C, and so does whatever it starts.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
