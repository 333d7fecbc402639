"""A process that is killed between the vendor's answer and the end of its reading loses no report."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from smsway import Client, Message, Template
from smsway.config import load
from smsway.delivery import SystemClock
from smsway.sandbox import sandbox_of


class Later(SystemClock):
    """The clock of a process that begins so long afterwards that nobody else can still be at it."""

    @staticmethod
    def now():
        return time.time() + 120


POINTS = int(os.environ.get("SMSWAY_KILLS", "10"))
SCRIPT = Path(__file__).with_name("kill_pull.py")


def run(configuration, urls, point):
    given = json.dumps({"configuration": configuration, "urls": dict(urls)})
    return subprocess.run([sys.executable, SCRIPT, given, str(point)], capture_output=True, text=True, check=False)


@pytest.mark.timeout(60 + 5 * POINTS)
def test_no_report_is_lost_at_random_points(configuration, tmp_path):
    configuration["reports"] = {"store": str(tmp_path / "reports.db")}
    runs = 2 * POINTS
    phones = [f"+86138{number:08d}" for number in range(10 * (runs + 1))]
    with sandbox_of(load(configuration), rate=False) as sandbox:
        with Client.from_config(configuration, base_urls=sandbox.urls) as client:
            client.send(Message(to=phones, content=Template("login_code", {"code": "1", "minutes": "4"})))
        whole = run(configuration, sandbox.urls, 0)
        assert whole.returncode == 0, whole.stderr
        length = int(whole.stdout)

        # A run is over before its point now and then, as not every run has as many lines.
        died = 0
        while died < POINTS and runs:
            ended = run(configuration, sandbox.urls, random.randint(1, length))
            assert ended.returncode in {-signal.SIGKILL, 0}, ended.stderr
            died += ended.returncode == -signal.SIGKILL
            runs -= 1

        assert died == POINTS
        with Client.from_config(configuration, base_urls=sandbox.urls, clock=Later()) as client:
            while client.reports.pull("cn"):
                pass
            known = [client.reports.tracked(recipient=phone) for phone in phones]
    assert [str(each.delivery) for (each,) in known] == ["delivered"] * len(phones)
