"""Pulls reports once, and kills itself at the n-th line that runs after the vendor's answer is written down.

Arguments: the configuration (JSON), and n; 0 runs to the end and prints how many lines there are.
"""

import json
import os
import signal
import sys
import threading

from smsway import Client
from smsway.tracking import Tracker

config, point = json.loads(sys.argv[1]), int(sys.argv[2])
lines = 0


def count(frame, event, argument):  # noqa: ARG001  # a trace function
    global lines  # noqa: PLW0603  # as a trace function has nowhere else
    if event == "line":
        lines += 1
        if lines == point:
            os.kill(os.getpid(), signal.SIGKILL)
    return count


keep = Tracker.keep


def kept(self, pull):
    done = keep(self, pull)
    if done.answers:
        threading.settrace(count)
        sys.settrace(count)
        frame = sys._getframe()
        while frame is not None:
            frame.f_trace = count
            frame = frame.f_back
    return done


Tracker.keep = kept
with Client.from_config(config["configuration"], base_urls=config["urls"]) as client:
    client.reports.pull("cn", limit=10)
    sys.settrace(None)
sys.stdout.write(str(lines))
