"""The page of the comparison: what was compared and how, all targets, and the section of each scenario."""

from __future__ import annotations

from collections.abc import Sequence

from _report import circumstances, table
from _section import Bench, Section
from _sides import versions
from _targets import verdicts

HEAD = """# Performance

This page is written by `benchmarks/run.py`; run `make bench` to write it anew.

smsway is compared with what a user would take instead: the vendors' own SDKs, and posts of httpx and aiohttp.
On the side of smsway is all that a send does, with default settings and without observers: make the message, normalize,
route, plan, encode, sign, send, parse, outcomes. An SDK makes the same request, from the same phones and params.
A post is the very same request as smsway's, already encoded and signed, and nobody parses the answer.
Each call has other phones than the one before.

Each side is a process of its own, in an environment of its own. In each round, one after the other does its calls, and
the next round goes in the opposite order. A time is for one call, as the median over the rounds; a ratio is the median
of the ratios within the rounds. "Times as many" is how many calls smsway makes in the time of one of the other side.
The server runs in a process of its own on loopback, and makes its answers from the phones of the request."""

TARGETS = """## Targets

What smsway must reach, and what it reached in this run. A ratio (÷) is of calls in a second, or of recipients."""


def page(bench: Bench, sections: Sequence[Section], command: str, seconds: float) -> str:
    """Return the page; *seconds* is how long all of it took."""
    figures = {name: value for section in sections for name, value in section.figures.items()}
    parts = [
        HEAD,
        table(("", ""), (*circumstances(command, bench.rounds, seconds), ("beside", ", ".join(versions())))),
        TARGETS,
        table(("figure", "target", "measured", ""), verdicts(figures)),
    ]
    for section in sections:
        parts += [f"## {section.title}\n\n{section.text}", table(section.columns, section.lines)]
        parts += [section.more] if section.more else []
        parts += [f"![{plot.title}: {plot.unit}]({plot.name}.png)" for plot in section.plots]
    return "\n\n".join(parts) + "\n"
