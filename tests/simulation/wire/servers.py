"""Servers that speak bytes: each reads the requests of one connection and plays what chance wants of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from urllib.parse import parse_qsl, urlsplit

from wire.faults import ANSWERS, INTAKES, MEETINGS, Exchange, drawn, meeting, page, true
from wire.lines import End, Line, Meeting
from wire.vendor import Vendor, attempt_of

from smsway.model import SandboxCall

_ANSWERS, _WEIGHTS = [*ANSWERS], [*ANSWERS.values()]


@dataclass(slots=True)
class Listener:
    """The door of one vendor; *illness* is how likely something goes wrong in any place."""

    vendor: Vendor
    illness: float
    answered: Callable[[str], None]
    """Is told of each attempt that got a true and well-formed answer."""

    def ill(self, share: float = 1.0) -> bool:
        """True if something goes wrong now."""
        return self.vendor.random.random() < self.illness * share

    def meet(self, line: Line) -> Meeting:
        """Return what becomes of an attempt to connect."""
        random = self.vendor.random
        name = drawn(random, MEETINGS) if self.ill(0.3) else ""
        met = meeting(name, line.latency, random)
        line.peer = Server(self, line)
        if name == "speaks":
            line.say(met.connect.seconds, page(random, (408,)))
        if name in ("ends", "speaks"):
            line.say(random.expovariate(2), random.choice((End.FIN, End.RST)))
        return met


class Server:
    """The server's end of one connection."""

    def __init__(self, listener: Listener, line: Line) -> None:
        self._listener = listener
        self._line = line
        self._buffer = b""
        self._owed = b""
        self._until = inf
        """So many bytes of the next request are read, and then the connection ends."""
        self._expect()

    def _expect(self) -> None:
        """Decide how the next request is read."""
        listener, random = self._listener, self._listener.vendor.random
        self._line.room, self._line.holds = inf, False
        self._until = inf
        match drawn(random, INTAKES) if listener.ill(0.2) else "":
            case "unread":
                self._until = 0
            case "cut":
                self._until = random.randint(1, 900)
            case "stuck":
                self._line.room = random.randint(0, 900)
            case "held":
                self._line.room, self._line.holds = random.randint(0, 900), True

    def receive(self, data: bytes) -> None:
        """Take what arrived, and answer if it completes a request."""
        self._buffer += data
        if len(self._buffer) > self._until:
            self._line.say(0, self._listener.vendor.random.choice((End.FIN, End.RST)))
            return
        start, separator, rest = self._buffer.partition(b"\r\n\r\n")
        if not separator:
            return
        lines = start.decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}
        length = int(headers.get("content-length", 0))
        if len(rest) >= length:
            self._buffer = rest[length:]
            self._answer(_call(lines[0], headers, rest[:length]), keeps=headers.get("connection") != "close")

    def _answer(self, call: SandboxCall, *, keeps: bool) -> None:
        listener, line, random = self._listener, self._line, self._listener.vendor.random
        exchange = Exchange(listener.vendor, call)
        answer = random.choices(_ANSWERS, _WEIGHTS)[0] if listener.ill() else true
        steps = answer(exchange)
        if self._owed:
            line.say(0, self._owed)
        self._owed = exchange.owed
        if exchange.whole:
            listener.answered(attempt_of(call.body))
        for delay, what in steps:
            line.say(delay, what)
        if not keeps and answer is true:
            line.say(0, End.FIN)
        self._expect()


def _call(first: str, headers: dict[str, str], body: bytes) -> SandboxCall:
    method, target, _ = first.split(" ")
    parts = urlsplit(target)
    return SandboxCall(method, parts.path, dict(parse_qsl(parts.query)), headers, body)
