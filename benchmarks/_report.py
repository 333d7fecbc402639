"""What every section of the page has: what its numbers depend on, and tables."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

PACKAGES = (
    "smsway",
    "httpx",
    "httpcore",
    "h11",
    "anyio",
    "pydantic",
    "phonenumbers",
    "pluggy",
    "pyrate-limiter",
    "sqlalchemy",
    "psycopg",
)


def circumstances(
    command: str, rounds: int, seconds: float, packages: Sequence[str] = PACKAGES
) -> Iterable[tuple[str, str]]:
    """Yield what the numbers depend on, by name; *seconds* is how long all of it took."""
    yield "machine", f"{_cpu()}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}"
    yield "Python", f"{platform.python_implementation()} {platform.python_version()}"
    yield "packages", ", ".join(f"{name} {version(name)}" for name in packages)
    yield "date", f"{datetime.now(UTC):%Y-%m-%d}"
    if hasattr(os, "getloadavg"):
        # Whatever else the machine does makes the times longer and leaves the ratios nearly as they are.
        yield "load", f"{os.getloadavg()[1]:.1f} over the last 5 minutes, this run included"
    yield "command", f"`{command}`, {rounds} rounds, {seconds:.0f} s"


def table(titles: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """Return a table of Markdown."""
    rows = [titles, ["---"] * len(titles), *lines]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown processor"
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown processor"
    )


def timed(costs: list[float], work: Callable[[], T]) -> T:
    """Do *work*, and note how many seconds it took."""
    began = time.perf_counter()
    answer = work()
    costs.append(time.perf_counter() - began)
    return answer
