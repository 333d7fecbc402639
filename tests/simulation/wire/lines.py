"""TCP connections in memory: what was written arrives in its order, later, and whatever becomes of the writer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from math import inf
from typing import Protocol

from wire.timeline import Timeline


class End(Enum):
    """How a server ends a connection."""

    FIN = auto()
    """It says that nothing more will come."""
    RST = auto()
    """It throws away what has arrived and was not read."""


class Peer(Protocol):
    """The server's end of one connection."""

    def receive(self, data: bytes) -> None:
        """Take what arrived."""
        ...


class Line:
    """One connection; its methods are those of the client's end, but for `say`."""

    def __init__(self, network: Network, latency: float) -> None:
        self.network = network
        self.latency = latency
        self.peer: Peer | None = None
        self.arrived: list[bytes] = []
        self.end: End | None = None
        self.gone = False
        """True once the server has closed its end, which the client may not have heard of yet."""
        self.closed = False
        self.wake: Callable[[], None] | None = None
        self.room = inf
        """How many bytes more the server reads before writing to it gets stuck."""
        self.holds = False
        """True if it takes what is being written when that gets stuck."""
        self.taken = 0
        """How many bytes the client has read since it began its last request."""
        self._listening = True
        self._quiet_at = 0.0

    @property
    def readable(self) -> bool:
        """True if a read would not wait."""
        return bool(self.arrived) or self.end is not None

    def send(self, data: bytes) -> bool:
        """Write *data*; False if that gets stuck."""
        if self._listening:
            self._listening, self.taken = False, 0
            self.network.requests += 1
        stuck = self.room < len(data)
        sent = data[: int(self.room)] if stuck and not self.holds else data
        self.room = max(self.room - len(data), 0)
        if sent:
            timeline = self.network.timeline
            timeline.at(timeline.time + self.latency, lambda: self._reach(sent))
        return not stuck

    def _reach(self, data: bytes) -> None:
        if self.gone:
            self.say(0, End.RST)
        elif self.peer is not None:
            self.peer.receive(data)

    def say(self, delay: float, what: bytes | End) -> None:
        """Let the server write or end the connection, *delay* seconds after what it said last."""
        timeline = self.network.timeline
        self._quiet_at = max(self._quiet_at, timeline.time) + delay
        if isinstance(what, End):
            timeline.at(self._quiet_at, self._leave)
        timeline.at(self._quiet_at + self.latency, lambda: self._hear(what))

    def _leave(self) -> None:
        self.gone = True

    def _hear(self, what: bytes | End) -> None:
        if self.closed or self.end is not None or not what:
            return
        if isinstance(what, bytes):
            self.arrived.append(what)
        else:
            self.end = what
            if what is End.RST:
                self.arrived.clear()
        if self.wake is not None:
            self.wake()

    def take(self, most: int, *, single: bool) -> bytes:
        """Return what has arrived, up to *most* bytes, or only the first piece of it; `b""` at the end."""
        self._listening = True
        pieces, left = [], most
        while self.arrived and left and not (single and pieces):
            piece = self.arrived[0]
            pieces.append(piece[:left])
            self.arrived[:1] = [piece[left:]] if len(piece) > left else []
            left -= len(pieces[-1])
        data = b"".join(pieces)
        self.taken += len(data)
        self.network.most_taken = max(self.network.most_taken, self.taken)
        return data

    def close(self) -> None:
        """Close the client's end."""
        self.closed = True
        self.network.open.discard(self)


@dataclass(frozen=True, slots=True)
class Stage:
    """A part of connecting, which takes so many *seconds*, or `math.inf` if it never ends, and then may fail."""

    seconds: float
    fails: bool = False


@dataclass(frozen=True, slots=True)
class Meeting:
    """How an attempt to connect goes."""

    connect: Stage
    tls: Stage


class Listener(Protocol):
    """Decides how a client that connects is met; see `servers`."""

    def meet(self, line: Line) -> Meeting:
        """Return what becomes of an attempt to connect."""
        ...


class Network:
    """All connections of one client to the servers that listen at some hosts."""

    def __init__(self, timeline: Timeline, listeners: Mapping[str, Listener]) -> None:
        self.timeline = timeline
        self._listeners = listeners
        self.open: set[Line] = set()
        self.requests = 0
        self.most_taken = 0
        self._steps = 0
        self._at_step: dict[int, list[Callable[[], None]]] = {}

    def connect(self, host: str) -> tuple[Line, Meeting]:
        """Begin to connect."""
        line = Line(self, min(self.timeline.random.expovariate(20), 2.0))
        return line, self._listeners[host].meet(line)

    def step(self) -> None:
        """Note that the client turned to the network; what was planned for this moment happens."""
        self._steps += 1
        for happen in self._at_step.pop(self._steps, ()):
            happen()

    def at_step(self, steps: int, happen: Callable[[], None]) -> None:
        """Let something happen when the client has turned to the network so many times more."""
        self._at_step.setdefault(self._steps + steps, []).append(happen)

    def forget_steps(self) -> None:
        """Forget what was planned for moments that did not come."""
        self._at_step.clear()
