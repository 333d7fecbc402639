"""`send_many` of a million recipients: the rate beside the simplest pipeline, and the memory by tenths."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from _canned import FULL, VENDORS
from _rounds import Cost, measure
from _section import Bench, Plot, Section
from _sides import ASYNC_STREAM, ASYNC_STREAM_FROZEN, PIPELINE, PIPELINE_THREADS, STREAM, Running, Side
from _targets import growth, stream

RECIPIENTS = 1_000_000
TENTHS = range(10, 101, 10)

TEXT = """`send_many` with the defaults, tencent-v5, plain. In each round a side sends to {share} recipients, and then
each client to {count} in one stream, whose memory (resident, MB) is shown by tenths of its time. Messages are of 200
recipients, or of one each, which smsway packs into requests of 200 as well; the stream of those is a fifth as long.
Beside it is a pipeline written for this page on httpcore's connections, as one would write it: normalize
by a pattern, route by prefixes, group, chunk, sign, post, parse, find each phone's result. What it cannot be sure of it
does not notice. Of its two forms, with one connection and with eight in threads, the quicker is what smsway is measured
by. The target is 100,000 recipients in a second where the pipeline reaches 141,000, which is 0.71 times its rate.
The garbage collector of Python looks through all that is in flight again and again; what that takes is told by
"fewer collections", which is `gc.freeze()` and `gc.set_threshold(100_000)` once the client is there."""

COLUMNS = (
    "side",
    "recipients of a message",
    "recipients/s",
    "of the pipeline's",
    "memory at 10 %",
    "at 100 %",
    "growth",
)


def run(bench: Bench) -> Section:
    """Measure."""
    count = round(RECIPIENTS * bench.size)
    calls = count // 10 // FULL
    section = Section("Streams", TEXT.format(share=f"{calls * FULL:,}", count=f"{count:,}"), COLUMNS)
    turns = _turns(bench)
    timed = measure(turns, bench.rounds, 0, calls=dict.fromkeys(turns, calls))
    pipelines = [name for name in (PIPELINE.name, PIPELINE_THREADS.name) if name in timed.costs]
    quickest = timed.quickest(*pipelines) if pipelines else None
    series: dict[str, Sequence[float]] = {}
    for name, turn in turns.items():
        side, _, per_message = name.partition(", messages of ")
        rate = f"{FULL / timed.median(name):,.0f}"
        ratio = timed.ratio(quickest, name) if quickest else None
        memory: Sequence[float] = () if name in pipelines else watched(turn, _length(count, per_message))[1]
        grown = max(memory) - memory[0] if memory else 0.0
        shown = (f"{memory[0]:.0f}", f"{memory[-1]:.0f}", f"{grown:.1f}") if memory else ("", "", "")
        section.lines.append((side, per_message, rate, "" if ratio is None else f"{ratio:.2f}", *shown))
        if memory:
            series[name] = memory
        if per_message == str(FULL):
            section.figures[growth(side)] = grown
            if ratio is not None:
                section.figures[stream(side)] = ratio
    section.plots.append(Plot("performance-streams", "% of a stream", "memory, MB", list(TENTHS), series))
    return section


def _length(count: int, per_message: str) -> int:
    return count // FULL if per_message == str(FULL) else count // FULL // 5


def _turns(bench: Bench) -> dict[str, Running]:
    vendor = VENDORS["tencent-v5"]

    def turn(side: Side, recipients: int) -> Running:
        return bench.sides.turns([side], vendor, recipients, recipients, apart=True)[side.name]

    ours = {
        f"{side.name}, messages of {recipients}": turn(side, recipients)
        for recipients in (FULL, 1)
        for side in (STREAM, ASYNC_STREAM, ASYNC_STREAM_FROZEN)
    }
    return {**ours, **{side.name: turn(side, FULL) for side in (PIPELINE, PIPELINE_THREADS) if side.installed}}


def watched(turn: Running, calls: int) -> tuple[Cost, list[float]]:
    """Let a side take a turn; return what it took, and its memory by tenths of the time."""
    seen, over = [turn.resident()], threading.Event()

    def watch() -> None:
        while not over.wait(0.02):
            seen.append(turn.resident())

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        cost = turn(calls)
    finally:
        over.set()
        watcher.join()
    return cost, [seen[(len(seen) - 1) * tenth // 100] for tenth in TENTHS]
