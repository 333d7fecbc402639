"""Lets four workers share one account's limit of requests per second over PostgreSQL, and looks when requests came.

`rates.py [--seconds 20]` prints a line of JSON: the most requests in any second, and the share of the limit in use.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
import time
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent))
from kills import child, configuration, kill, play
from postgres import Postgres

from smsway import Message, Template
from smsway.outbox import Draft, Outbox, migrate
from smsway.worker import Worker

RATE = 10
WORKERS = 4


def main() -> int:
    """Run; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=20.0)
    seconds = parser.parse_args().seconds
    logging.getLogger("smsway").setLevel(logging.CRITICAL)
    server = Postgres()
    server.start()
    children = []
    try:
        first = configuration(server.url, "hold", rate=RATE, batch=1)
        migrate(first)
        reading, writing = os.pipe()
        children.append(child(lambda: play(first, writing)))
        with os.fdopen(reading) as told:
            said = json.loads(told.readline())
        made = configuration(server.url, "hold", said["urls"], rate=RATE, batch=1)

        def work() -> None:
            with Outbox.open(made) as outbox:
                Worker(made, outbox.store).run()

        # As many requests as phones.
        with Outbox.open(made) as outbox:
            count = int(RATE * seconds * 1.5)
            phones = [f"+86137{number:08d}" for number in range(count)]
            outbox.enqueue_all([Draft(Message(to=each, content=Template("news"), accounts=["cn"])) for each in phones])
        children += [child(work) for _ in range(WORKERS)]
        time.sleep(seconds + 2)
        with urllib.request.urlopen(f"{said['control']}/submissions") as answer:
            moments = sorted(each["at"] for each in json.load(answer))
    finally:
        for each in reversed(children):
            kill(each)
        server.remove()
    most = max(sum(start <= each < start + 1 for each in moments) for start in moments)
    # From the third second on: until then the workers begin.
    begin = moments[0] + 2
    steady = [each for each in moments if begin <= each < begin + seconds - 4]
    used = len(steady) / (RATE * (seconds - 4))
    print(json.dumps({"requests": len(moments), "most in a second": most, "used": round(used, 3)}))
    return int(most > RATE)


if __name__ == "__main__":
    sys.exit(main())
