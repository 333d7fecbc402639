"""Sends to 100,000 phones with PostgreSQL, RabbitMQ and four workers, all of which die, and proves the counts."""  # noqa: INP001  # a script, not a package

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
from postgres import Postgres
from rabbitmq import RabbitMQ
from sqlalchemy import create_engine, text

from smsway import Message, Template
from smsway.cli._output import console, table
from smsway.config import load
from smsway.outbox import Draft, Outbox, OutboxError, State

WORKERS = 4
HANDS = 2
"""Processes of each worker."""
BATCH = 200
LEASE = 5
SLOWNESS = 0.4
"""Seconds that the vendors take to answer."""
STRIKE = 4.0
"""Seconds between two blows."""
PATIENCE = 600.0

CONFIG = """
[accounts.cn]
provider = "tencent-v5"
sdk_app_id = 1400006666
app_key = "literal:5f03a35d00ee52a21327ab048186a2c4"

[accounts.backup]
provider = "usms"
project_id = "org-1"
public_key = "literal:public"
private_key = "literal:private"

[templates.news]
accounts.cn = { id = 1 }
accounts.backup = { id = "UTA1" }

[signatures.default]
cn = "Tencent Cloud"
backup = "SCloud"

[outbox]
database = "env:CLUSTER_DATABASE"
broker = "env:CLUSTER_BROKER"
"""

out = console()


class Cluster:
    """The servers and the processes; everything ends with the `with` statement that holds *stack*."""

    def __init__(self, stack: ExitStack, folder: Path) -> None:
        self._stack = stack
        self.folder = folder
        self.config = folder / "smsway.toml"
        self.postgres = Postgres()
        stack.callback(self.postgres.remove)
        self.rabbitmq = RabbitMQ()
        stack.callback(self.rabbitmq.remove)
        self.postgres.start(max_connections=200)
        self.rabbitmq.start()
        os.environ |= {
            "CLUSTER_DATABASE": self.postgres.url,
            "CLUSTER_BROKER": self.rabbitmq.url,
            "SMSWAY_CONFIG": str(self.config),
        }
        self.config.write_text(f"{CONFIG}lease = {LEASE}\n", encoding="utf-8")
        self.control = self._sandbox()
        self.workers: list[subprocess.Popen[str]] = []

    def begin(self) -> None:
        """Let the workers begin."""
        self.run("relay")
        self.workers += [self._worker(number) for number in range(WORKERS)]

    def _sandbox(self) -> str:
        """Start the vendors, point the configuration at them, and return the address at which they are controlled."""
        process = self.run("sandbox", "--port", "0", "--no-rate")
        assert process.stdout is not None  # noqa: S101  # it is a pipe
        control = ""
        while not control:
            control = process.stdout.readline().partition("Control API: ")[2].strip()
        with urllib.request.urlopen(f"{control}/accounts") as answer:  # noqa: S310  # our own sandbox
            urls = {each["name"]: each["url"] for each in json.load(answer)}
        said = self.config.read_text(encoding="utf-8")
        for name, url in urls.items():
            said = said.replace(f"[accounts.{name}]\n", f'[accounts.{name}]\nbase_url = "{url}"\n')
        self.config.write_text(said, encoding="utf-8")
        subprocess.run(  # our own command
            [sys.executable, "-m", "smsway", "outbox", "migrate"],  # our own command
            check=True,
            stdout=subprocess.DEVNULL,
        )
        for name in urls:
            order = json.dumps({"fault": "slow", "account": name, "seconds": SLOWNESS}).encode()
            urllib.request.urlopen(f"{control}/faults", order).close()  # noqa: S310  # as above
        return control

    def run(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command of smsway."""
        return self._start([sys.executable, "-u", "-m", "smsway", *arguments])

    def _worker(self, number: int) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "celery", "-A", "smsway.worker.celery_app", "worker", "-l", "CRITICAL"]
        return self._start([*command, "--concurrency", str(HANDS), "-n", f"worker{number}@%h", "--without-mingle"])

    def _start(self, command: Sequence[str]) -> subprocess.Popen[str]:
        process = subprocess.Popen(  # noqa: S603  # our own commands
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, start_new_session=True
        )
        self._stack.callback(kill, process)
        return process

    def kill_worker(self, number: int) -> None:
        """Kill a worker with its processes, and start another one."""
        kill(self.workers[number])
        self.workers[number] = self._worker(number)

    def submissions(self) -> Counter[str]:
        """Return how many texts each phone was really sent."""
        with urllib.request.urlopen(f"{self.control}/submissions") as answer:  # noqa: S310  # our own sandbox
            return Counter(each["phone"] for each in json.load(answer))


def kill(process: subprocess.Popen[str]) -> None:
    """Kill a process and all that it has started."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if process.stdout is not None:
        process.stdout.close()


def drafts(count: int) -> Iterator[Draft]:
    """Yield messages to so many phones in all."""
    for first in range(0, count, BATCH):
        phones = [f"+86137{number:08d}" for number in range(first, min(first + BATCH, count))]
        yield Draft(Message(to=phones, content=Template("news")), key=f"campaign-{first}")


def blows(cluster: Cluster, chance: random.Random) -> Iterator[str]:
    """Strike again and again, and tell whom."""
    while True:
        for _ in range(3):
            number = chance.randrange(WORKERS)
            cluster.kill_worker(number)
            yield f"worker {number} was killed"
        cluster.rabbitmq.stop()
        cluster.rabbitmq.start()
        yield "RabbitMQ was stopped and started"
        cluster.postgres.stop(immediately=True)
        cluster.postgres.start(max_connections=200)
        yield "PostgreSQL was stopped and started"


def wait(outbox: Outbox, blow: Iterator[str]) -> float:
    """Strike until everybody has a result; return how many seconds that took."""
    began, strike_at = time.monotonic(), time.monotonic() + STRIKE
    while time.monotonic() < began + PATIENCE:
        time.sleep(0.5)
        try:
            counts = outbox.counts()
        except OutboxError:
            # The server was stopped just now.
            continue
        left = sum(count for state, count in counts.items() if not state.is_final)
        if not left:
            return time.monotonic() - began
        if time.monotonic() >= strike_at and left > sum(counts.values()) // 10:
            out.print(f"{time.monotonic() - began:5.1f} s: {next(blow)}, while {left} recipients wait")
            strike_at = time.monotonic() + STRIKE
    raise SystemExit(f"not done after {PATIENCE:.0f} s: {counts}")


def offences(
    counts: Mapping[State, int], texts: Counter[str], accepted: set[str], final: int, asked: int
) -> Iterator[tuple[str, int]]:
    """Yield every promise, and how many recipients it was not kept to."""
    yield "without a result", asked - final
    yield "texted more than once", sum(count > 1 for count in texts.values())
    yield "accepted, but not texted", len(accepted - texts.keys())
    not_unknown = sum(counts.get(state, 0) for state in (State.NOT_SENT, State.REJECTED))
    yield "not sent or rejected, though nobody refused", not_unknown
    yield (
        "texted, but neither accepted nor unknown",
        max(0, len(texts.keys() - accepted) - counts.get(State.UNKNOWN, 0)),
    )


def main() -> int:
    """Run; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recipients", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    # So that everything that was started is stopped.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        cluster = Cluster(stack, folder)
        outbox = stack.enter_context(Outbox.open(load(cluster.config)))
        began = time.monotonic()
        for draft in drafts(asked.recipients):
            outbox.enqueue_all([draft])
        took = time.monotonic() - began
        out.print(
            f"{asked.recipients} recipients enqueued in {took:.1f} s; {WORKERS} workers of {HANDS} processes each"
        )
        cluster.begin()
        took = wait(outbox, blows(cluster, random.Random(asked.seed)))  # noqa: S311  # nothing to be kept secret
        counts = outbox.counts()
        texts = cluster.submissions()
        engine = create_engine(cluster.postgres.url)
        with engine.connect() as connection:
            rows = connection.execute(text("select phone from smsway_recipients where state = 'accepted'"))
            accepted = set(rows.scalars())
        engine.dispose()
    final = sum(count for state, count in counts.items() if state.is_final)
    out.print(table(None, ("state", "recipients"), [(str(state), count) for state, count in counts.items()]))
    out.print(f"{final / took:.0f} recipients a second, {texts.total()} texts to {len(texts)} phones")
    wrong = list(offences(counts, texts, accepted, final, asked.recipients))
    out.print(table("Promises", ("not kept", "recipients"), wrong))
    return int(any(count for _, count in wrong))


if __name__ == "__main__":
    sys.exit(main())
