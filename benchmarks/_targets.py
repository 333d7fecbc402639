"""All targets, in one table: what a figure must reach. `make bench` prints each with what was measured."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from _canned import FULL
from _sides import ASYNC_CLIENT, CLIENT, HTTPX, HTTPX_ASYNC, QCLOUDSMS, TENCENTCLOUD, UCLOUD, Side

GLOBAL, V5, USMS = "tencent-global", "tencent-v5", "usms"

QUICKEST_HTTPX = "the quicker of two httpx.AsyncClient"
IDEAL = "the ideal rate"
CPU_AT_128 = "50 ms server: CPU of a call with 128 in flight ÷ with 32"
IMPORT = "import smsway ÷ import httpx and pydantic"
IMPORT_CLIENT = "from smsway import Client, Message, Template ÷ import httpx and pydantic"
PROVIDERS_IMPORTED = "provider packages imported before configuration"
RESIDENT = "resident memory after one send, MB"
PLANNING = "planning: CPU for one recipient, µs"
EXPLAIN = "explain of one message with 1,000 routes, ms"
ROUTES_ONE = "planning of 1 recipient: CPU with 100 routes ÷ with 1"
ROUTES_MANY = "planning of 200 recipients: CPU with 100 routes ÷ with 1"


def versus(over: str, provider: str, recipients: int, tasks: int, side: Side, rival: str) -> str:
    """Return the name of a ratio: how many calls of *side* fit into the time of one call of *rival*."""
    to = "1 recipient" if recipients == 1 else f"{recipients} recipients"
    return f"{over}, {provider}, {to}, {tasks} in flight: {side.name} ÷ {rival}"


def share(tasks: int) -> str:
    """Return the name of the share of the ideal rate that *tasks* calls in flight reach at a slow server."""
    return f"50 ms server, {tasks} in flight: calls/s ÷ {IDEAL}"


def stream(face: str) -> str:
    """Return the name of the ratio of `send_many` to the reference pipeline, in recipients in a second."""
    return f"send_many of {face} ÷ reference pipeline"


def growth(face: str) -> str:
    """Return the name of what the memory grows by in `send_many`."""
    return f"send_many of {face}: growth of memory, MB"


@dataclass(frozen=True)
class Target:
    """A figure, and what it must reach: at least *bound*, or at most."""

    figure: str
    sign: str
    bound: float

    def line(self, value: float | None) -> Sequence[str]:
        """Return the row of the table; *value* is `None` if it was not measured."""
        wanted = f"{self.sign} {self.bound:.3g}"
        if value is None:
            return self.figure, wanted, "not measured", ""
        met = value >= self.bound if self.sign == "≥" else value <= self.bound
        return self.figure, wanted, f"{value:.2f}", f"target {'met' if met else '**missed**'}"


def _at_least(bound: float, *figures: str) -> Iterable[Target]:
    return (Target(figure, "≥", bound) for figure in figures)


def _at_most(bound: float, *figures: str) -> Iterable[Target]:
    return (Target(figure, "≤", bound) for figure in figures)


def _both(recipients: int, tasks: int, over: str, side: Side, rival: str) -> Iterable[str]:
    return (versus(over, provider, recipients, tasks, side, rival) for provider in (GLOBAL, V5))


TARGETS: tuple[Target, ...] = (
    # One call after the other, over TLS.
    *_at_least(2, versus("TLS", GLOBAL, 1, 1, CLIENT, TENCENTCLOUD.name)),
    *_at_least(6, versus("TLS", V5, 1, 1, CLIENT, QCLOUDSMS.name)),
    *_at_least(5, versus("TLS", USMS, 1, 1, CLIENT, UCLOUD.name)),
    *_at_least(1.5, *_both(1, 1, "TLS", ASYNC_CLIENT, HTTPX_ASYNC.name)),
    *_at_least(0.7, *_both(1, 1, "TLS", CLIENT, HTTPX.name)),
    *_at_least(2.5, versus("TLS", GLOBAL, FULL, 1, CLIENT, TENCENTCLOUD.name)),
    *_at_least(2.5, versus("TLS", V5, FULL, 1, CLIENT, QCLOUDSMS.name)),
    *_at_least(4, versus("TLS", USMS, FULL, 1, CLIENT, UCLOUD.name)),
    # 32 in flight, plain.
    *_at_least(6, *_both(1, 32, "plain", ASYNC_CLIENT, QUICKEST_HTTPX)),
    *_at_least(3, *_both(1, 32, "plain", ASYNC_CLIENT, TENCENTCLOUD.name)),
    *_at_least(2, *_both(FULL, 32, "plain", ASYNC_CLIENT, QUICKEST_HTTPX)),
    *_at_least(2, *_both(FULL, 32, "plain", ASYNC_CLIENT, TENCENTCLOUD.name)),
    # A slow server.
    *_at_least(0.85, share(32)),
    *_at_least(0.70, share(128)),
    *_at_most(1.25, CPU_AT_128),
    # Streams: 100,000 recipients in a second where the reference pipeline reaches 141,000.
    *_at_least(100 / 141, stream("Client"), stream("AsyncClient")),
    *_at_most(10, growth("Client"), growth("AsyncClient")),
    # Planning.
    *_at_most(4, PLANNING),
    *_at_most(1, EXPLAIN),
    *_at_most(1.25, ROUTES_ONE, ROUTES_MANY),
    # What it weighs.
    *_at_most(1.3, IMPORT, IMPORT_CLIENT),
    *_at_most(0, PROVIDERS_IMPORTED),
    *_at_most(60, RESIDENT),
)


def verdicts(figures: Mapping[str, float]) -> Iterable[Sequence[str]]:
    """Return a row for each target."""
    return (target.line(figures.get(target.figure)) for target in TARGETS)
