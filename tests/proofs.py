"""Runs the proofs that take too long for every run of the tests, and writes what they came to into docs/proofs.md.

Run by `make proofs`; `proofs.py NAME...` runs those only whose path holds one of the names, and leaves the other rows
as they are. Exits with 1 if any of them fails.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "proofs.md"
PACKAGES = ("smsway", "pytest", "hypothesis", "starlette", "pydantic", "sqlalchemy", "psycopg")

COLUMNS = ("claim", "size", "result", "took", "on", "command")

HEAD = """# Proofs

This page is written by `tests/proofs.py`; run `make proofs` to write it anew.
`make test` runs a short form of each.
"""


@dataclass(frozen=True, slots=True)
class Proof:
    """A test at full length: what it shows, where it is, and how long it shall be."""

    claim: str
    test: str
    size: str
    variable: str | None = None
    count: int = 0


PROOFS = (
    Proof(
        "A process that is killed after the vendor's answer was written down, and before it was read, loses no report",
        "tests/calls/test_kills.py",
        "200 random points",
        "SMSWAY_KILLS",
        200,
    ),
    Proof(
        "A malformed callback is never a 5xx, logs no error and stores nothing",
        "tests/webhooks/test_malformed.py",
        "100,000 bodies per store",
        "SMSWAY_FUZZ_BODIES",
        100_000,
    ),
    Proof(
        "Under faults of every kind, nobody is lost, texted twice, told of another's text, or told what is not true",
        "tests/simulation/test_schedules.py",
        "100,000 schedules",
        "SMSWAY_SEEDS",
        100_000,
    ),
    Proof(
        "So it is with an outbox and workers that die, sleep and come back, and a database that fails",
        "tests/simulation/test_office.py",
        "100,000 schedules",
        "SMSWAY_SEEDS",
        100_000,
    ),
    Proof(
        "Workers that are killed with `kill -9`, and a PostgreSQL that stops as if the power failed, lose nobody; "
        "nobody is texted twice under `hold`, or three times under `resend`",
        "tests/worker/test_kills.py",
        "1,000 kills each of SQLite and PostgreSQL, `hold` and `resend`; 50 stops of each PostgreSQL",
        "SMSWAY_KILLS",
        1000,
    ),
    Proof(
        "Whatever a server does with bytes and time, the same holds of the real transport, every call ends in time, "
        "reads no more than its share, and leaves no connection open",
        "tests/simulation/wire/test_wire.py",
        "3,500 schedules for each client, over 100,000 requests",
        "SMSWAY_WIRE_SEEDS",
        3_500,
    ),
    Proof(
        "So it is with Celery and RabbitMQ: workers are killed, and the broker stops as if the power failed",
        "tests/worker/test_celery.py",
        "50 stops of RabbitMQ, and as many kills of a worker",
        "SMSWAY_STOPS",
        50,
    ),
    Proof(
        "A key that eight enqueue at once is one message, and everybody is told which",
        "tests/outbox/test_races.py",
        "10,000 races per store, and 10,000 each of conflicts and of many keys",
        "SMSWAY_RACES",
        10_000,
    ),
    Proof(
        "Four workers on one PostgreSQL never exceed an account's 10 requests in any second, and use at least 90 %",
        "tests/worker/test_rates.py",
        "60 seconds",
        "SMSWAY_RATE_SECONDS",
        60,
    ),
    Proof(
        "Reports in any order, repeated, or lost and sent again, give the same final state",
        "tests/tracking/test_orders.py",
        "10,000 cases",
    ),
)


def run(proof: Proof) -> tuple[str, ...]:
    """Run *proof*; return its row of the table."""
    began = time.monotonic()
    environment = {**os.environ, **({proof.variable: str(proof.count)} if proof.variable else {})}
    command = [sys.executable, "-m", "pytest", "-q", "--timeout", "7200", proof.test]
    done = subprocess.run(command, cwd=ROOT, env=environment, check=False)
    shown = f"{proof.variable}={proof.count} " if proof.variable else ""
    verdict = "holds" if done.returncode == 0 else "FAILS"
    took, command_ = f"{time.monotonic() - began:.0f} s", f"`{shown}pytest {proof.test}`"
    return proof.claim, proof.size, verdict, took, f"{datetime.now(UTC):%Y-%m-%d}", command_


def earlier() -> dict[str, tuple[str, ...]]:
    """Return the rows of the page as they are, by claim."""
    lines = PAGE.read_text(encoding="utf-8").splitlines() if PAGE.exists() else []
    rows = [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines if line.startswith("|")]
    return {row[0]: row for row in rows if len(row) == len(COLUMNS)}


def write(known: Mapping[str, Sequence[str]]) -> None:
    """Write the page anew, in the order of the proofs."""
    rows = [COLUMNS, ("---",) * len(COLUMNS), *(known[each.claim] for each in PROOFS if each.claim in known)]
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    PAGE.write_text(f"{HEAD}\n{table}\n\nPython {platform.python_version()}, {packages}.\n", encoding="utf-8")


def main(names: Sequence[str]) -> int:
    """Run those that are named, or all; return the exit status."""
    failed = False
    for proof in PROOFS:
        if not names or any(name in proof.test for name in names):
            row = run(proof)
            failed |= "FAILS" in row
            # Each is kept, whatever becomes of the next one, or was written by another run meanwhile.
            write({**earlier(), proof.claim: row})
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
