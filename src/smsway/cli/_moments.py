"""Points in time, as people write and read them."""

from __future__ import annotations

import re
import time
from datetime import datetime
from typing import Annotated, TypeAlias

import typer

from smsway.cli._failure import Failure

FORM = "2026-11-22T10:00+08:00 (without a zone: this machine's) or a span back from now: 30m, 24h, 7d"
"""How a point in time is written."""

Since: TypeAlias = Annotated[str, typer.Option("--since", metavar="TIME", help=f"From then on: {FORM}.")]
Until: TypeAlias = Annotated[
    str | None, typer.Option("--until", metavar="TIME", help="Up to then, written like --since; now by default.")
]

_BACK = re.compile(r"([0-9]{1,9})([smhdw])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


def moment(option: str, text: str, now: float | None = None) -> float:
    """Return the point in time that *text* names, in seconds since the epoch; raises `Failure` that names *option*."""
    now = time.time() if now is None else now
    back = _BACK.fullmatch(text.strip())
    try:
        # Without a zone, `timestamp` takes the time as one of this machine's zone.
        seconds = now - int(back[1]) * _SECONDS[back[2]] if back else datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError, OSError):
        raise Failure(f"{option} {text!r} is no time; write one such as {FORM}") from None
    if seconds < 0:
        raise Failure(f"{option} {text!r} is before 1970; write a later time")
    return seconds


def ahead(option: str, text: str | None) -> float | None:
    """Return the point in time that *text* names, in which a span goes on from now; raises `Failure`."""
    span = _BACK.fullmatch(text.strip()) if text is not None else None
    if text is None or span is None:
        return None if text is None else moment(option, text)
    return time.time() + int(span[1]) * _SECONDS[span[2]]


def span_of(since: str, until: str | None) -> tuple[float, float]:
    """Return the span of time between two points in seconds since the epoch; raises `Failure`."""
    now = time.time()
    begin, end = moment("--since", since, now), now if until is None else moment("--until", until, now)
    if begin >= end:
        raise Failure(f"--since {since!r} is not before {'now' if until is None else f'--until {until!r}'}")
    return begin, end


def shown(seconds: float | None) -> str | None:
    """Write a point in time for people, in this machine's zone; `None` stays `None`."""
    if seconds is None:
        return None
    try:
        return datetime.fromtimestamp(seconds).astimezone().isoformat(sep=" ", timespec="seconds")
    except (ValueError, OverflowError, OSError):
        # What a vendor said, or whoever posed as one.
        return f"{seconds:g} s"
