"""Kills workers at random moments while they send, and asks the sandbox whether anybody was lost or texted twice.

`kills.py [--database URL] [--policy hold] [--kills 1000] [--stops 50] [--seed 1]`: without a URL, it is that of a
PostgreSQL server of its own, which is stopped so many times as if the power failed. Prints a line of JSON at the end.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import random
import signal
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))
from postgres import Postgres

from smsway import Message, Template
from smsway.config import Configuration, load
from smsway.outbox import Outbox, OutboxError, State
from smsway.outbox import migrate as make_tables
from smsway.sandbox import sandbox_of
from smsway.worker import Worker

LEASE = 1.0
BACKLOG = 300
"""Recipients that wait at least, so that every worker is killed in the middle of its work."""
WORKERS = 2
LONGEST_LIFE = 0.25
"""Seconds after which a worker is killed at the latest."""
DELAY = 0.01
"""Seconds that the vendors take."""


def configuration(
    database: str, policy: str, urls: Mapping[str, str] | None = None, *, rate: float = 500, batch: int = 5
) -> Configuration:
    """Return two accounts that send in small batches, with an outbox."""
    os.environ["SMSWAY_KILLS_DATABASE"] = database
    return load(
        {
            "accounts": {
                "cn": {
                    "provider": "tencent-v5",
                    "sdk_app_id": 1400006666,
                    "app_key": "literal:5f03a35d00ee52a21327ab048186a2c4",
                    "max_batch": batch,
                    "rate": rate,
                },
                "backup": {
                    "provider": "usms",
                    "project_id": "org-1",
                    "public_key": "literal:public",
                    "private_key": "literal:private",
                    "max_batch": batch,
                    "rate": rate,
                },
            },
            "templates": {"news": {"accounts": {"cn": {"id": 1}, "backup": {"id": "UTA1"}}}},
            "signatures": {"default": {"cn": "Tencent Cloud", "backup": "SCloud"}},
            "routes": [{"accounts": ["cn", "backup"], "on_unknown": policy}],
            "concurrency": 4,
            "outbox": {"database": "env:SMSWAY_KILLS_DATABASE", "lease": LEASE, "poll": 0.02},
        },
        base_urls=urls,
    )


def child(run: Callable[[], None]) -> int:
    """Let *run* run in a process of its own, and return its number."""
    number = os.fork()
    if number:
        return number
    try:
        run()
    except BaseException as error:  # noqa: BLE001  # nothing of the parent may run on in the child
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
    finally:
        os._exit(0)


def play(made: Configuration, told: int) -> None:
    """Play the vendors, and tell where."""
    sandbox = sandbox_of(made, rate=False)

    def ready() -> None:
        for account in made.accounts:
            sandbox.inject("slow", account=account, seconds=DELAY)
        os.write(told, json.dumps({"urls": dict(sandbox.urls), "control": sandbox.control_url}).encode() + b"\n")

    asyncio.run(sandbox.serve(ready))


def enqueue(made: Configuration, first: int, told: int) -> None:
    """Enqueue messages without end, and tell of each that was confirmed; those from *first* on may be there already."""
    chance = random.Random(first)
    outbox = None
    number = first
    while True:
        try:
            outbox = outbox or Outbox.open(made)
            if outbox.counts().get(State.PENDING, 0) > BACKLOG:
                time.sleep(0.01)
                continue
            # Ten phones each, so that what was enqueued by whoever died is the same when it is enqueued again.
            count = random.Random(number).randint(1, 10)
            phones = [f"+86137{number * 10 + each:08d}" for each in range(count)]
            kind = chance.choice(("otp", "notification")) if False else "notification"
            outbox.enqueue(Message(to=phones, content=Template("news"), kind=kind), key=f"key-{number}")
        except OutboxError:
            time.sleep(0.05)
            continue
        os.write(told, f"{number}\n".encode())
        number += 1


def work(made: Configuration, *, until_empty: bool = False) -> None:
    """Send what waits."""
    while True:
        try:
            with Outbox.open(made) as outbox:
                Worker(made, outbox.store).run(until_empty=until_empty)
        except OutboxError:
            # The server begins again just now.
            time.sleep(0.05)
        else:
            return


class Run:
    """One run."""

    def __init__(self, database: str, policy: str, seed: int, server: Postgres | None) -> None:
        self.chance = random.Random(seed)
        self.server = server
        self.database = database
        self.policy = policy
        make_tables(configuration(database, policy))
        reading, writing = os.pipe()
        self.children = [child(lambda: play(configuration(database, policy), writing))]
        with os.fdopen(os.dup(reading)) as told:
            said = json.loads(told.readline())
        self.control = said["control"]
        self.made = configuration(database, policy, said["urls"])
        self.confirmed_at, self._telling = os.pipe()
        os.set_blocking(self.confirmed_at, False)
        self.confirmed: set[int] = set()

    def go(self, kills: int, stops: int) -> None:
        """Kill workers, the enqueuer and the server while they work."""
        enqueuer = self._enqueuer()
        workers = [self._worker() for _ in range(WORKERS)]
        stopping = set(self.chance.sample(range(kills), stops))
        for turn in range(kills):
            time.sleep(self.chance.uniform(0, LONGEST_LIFE) / WORKERS)
            victim = turn % WORKERS
            kill(workers[victim])
            if turn in stopping:
                assert self.server is not None
                self.server.stop(immediately=True)
                self.server.start()
            if self.chance.random() < 0.05:
                kill(enqueuer)
                enqueuer = self._enqueuer()
            workers[victim] = self._worker()
            self._hear()
        kill(enqueuer)
        for each in workers:
            kill(each)
        self._hear()

    def _enqueuer(self) -> int:
        self._hear()
        first = max(self.confirmed, default=-1) + 1
        return child(lambda: enqueue(self.made, first, self._telling))

    def _worker(self) -> int:
        return child(lambda: work(self.made))

    def _hear(self) -> None:
        try:
            while said := os.read(self.confirmed_at, 65_536):
                self.confirmed.update(map(int, said.split()))
        except BlockingIOError:
            pass

    def result(self) -> dict[str, Any]:
        """Let all that is left be sent, and count."""
        os.waitpid(child(lambda: work(self.made, until_empty=True)), 0)
        with urllib.request.urlopen(f"{self.control}/submissions") as answer:
            texts = Counter(each["phone"] for each in json.load(answer))
        wrong: Counter[str] = Counter()
        states: Counter[str] = Counter()
        most = 2 if self.policy == "resend" else 1
        with Outbox.open(self.made) as outbox:
            known = {key: outbox.find(key=f"key-{key}") for key in sorted(self.confirmed)}
        wrong["lost messages"] += sum(each is None for each in known.values())
        known[max(self.confirmed) + 1] = None
        for found in filter(None, known.values()):
            for each in found.recipients:
                states[str(each.state)] += 1
                sent = texts[each.phone]
                wrong["not final"] += not each.state.is_final
                wrong["too many texts"] += sent > most
                wrong["accepted, and not texted"] += each.state is State.ACCEPTED and not sent
                wrong["not sent, and texted"] += each.state in {State.NOT_SENT, State.REJECTED} and sent > 0
        return {
            "wrong": sum(wrong.values()),
            "offences": {name: count for name, count in wrong.items() if count},
            "states": dict(states),
            "texts": sum(texts.values()),
            "texted twice": sum(count > 1 for count in texts.values()),
        }

    def end(self) -> None:
        """Stop the sandbox."""
        for each in self.children:
            kill(each)


def kill(number: int) -> None:
    """Kill a process as nothing else does."""
    os.kill(number, signal.SIGKILL)
    os.waitpid(number, 0)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--database", help="the URL of an outbox, by default of a PostgreSQL server of its own")
    parser.add_argument("--policy", choices=("hold", "resend"), default="hold")
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--stops", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args(arguments)
    logging.getLogger("smsway").setLevel(logging.CRITICAL)
    server = None
    if asked.database is None:
        server = Postgres()
        server.start()
    run = Run(asked.database or server.url, asked.policy, asked.seed, server)
    began = time.monotonic()
    try:
        run.go(asked.kills, asked.stops)
        result = run.result()
    finally:
        run.end()
        if server is not None:
            server.remove()
    print(
        json.dumps({**result, "kills": asked.kills, "stops": asked.stops, "seconds": round(time.monotonic() - began)})
    )
    return int(result["wrong"] > 0)


if __name__ == "__main__":
    sys.exit(main())
