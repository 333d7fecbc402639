"""What may go wrong between a client and a server, in bytes and seconds: three tables, each of names and how often."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from random import Random
from types import MappingProxyType
from typing import TypeAlias

from wire.lines import End, Meeting, Stage
from wire.vendor import RESHAPES, Vendor

from smsway.model import SandboxCall, SandboxReply

Steps: TypeAlias = list[tuple[float, bytes | End]]
"""What a server says, each after so many seconds."""

MEETINGS: Mapping[str, int] = MappingProxyType(
    {"refused": 4, "never": 2, "slow": 3, "tls cut": 2, "tls never": 2, "tls slow": 2, "ends": 2, "speaks": 2}
)
"""How a client that connects is met, if something goes wrong."""

INTAKES: Mapping[str, int] = MappingProxyType({"unread": 2, "cut": 2, "stuck": 1, "held": 2})
"""How a request is read, if something goes wrong."""

_REFUSING = (301, 307, 308, 400, 401, 403, 404, 405, 411, 413, 414, 415, 422, 429)
_UNSURE = (206, 302, 303, 408, 409, 425, 500, 502, 503, 504, 599)
"""Statuses that may come although the request was processed; a refusal then would be a lie that nobody sees through."""

LARGE = 3 << 20
"""Bytes of a body that is too large."""


def drawn(random: Random, table: Mapping[str, int]) -> str:
    """Draw a name of *table*, as often as it says."""
    return random.choices([*table], [*table.values()])[0]


def framed(status: int, body: bytes, *fields: str, length: int | None = None, version: str = "1.1") -> bytes:
    """Return a response that says how long its body is."""
    announced = f"Content-Length: {len(body) if length is None else length}"
    return head(status, announced, *fields, version=version) + body


def head(status: int, *fields: str, version: str = "1.1") -> bytes:
    """Return a status line and headers."""
    return "\r\n".join([f"HTTP/{version} {status} Said", "Server: wire", *fields, "", ""]).encode()


def page(random: Random, statuses: Sequence[int]) -> bytes:
    """Return the page of a proxy or a vendor's door."""
    later = [f"Retry-After: {random.choice(('1', '7', '900', 'soon'))}"] if random.random() < 0.3 else []
    return framed(random.choice(statuses), b"<html>no</html>", *later)


@dataclass(slots=True)
class Exchange:
    """One whole request, and what its server says to it."""

    vendor: Vendor
    call: SandboxCall
    whole: bool = False
    """True if the answer is true and well-formed, so that it may be believed."""
    owed: bytes = b""
    """What the server says before its next answer."""

    @property
    def random(self) -> Random:
        """The schedule's chance."""
        return self.vendor.random

    def judged(self) -> SandboxReply:
        """Let the vendor do what was asked for."""
        return self.vendor.judge(self.call)

    def true(self) -> bytes:
        """Let the vendor do it, and return the true answer, as a whole."""
        self.whole = True
        reply = self.judged()
        return framed(reply.status, reply.body)

    def soon(self) -> float:
        """Return how many seconds a vendor thinks."""
        return min(self.random.expovariate(10), 3.0)

    def sliced(self, data: bytes, slowness: Sequence[float] = (0.0, 0.001, 0.05)) -> Steps:
        """Cut *data* anywhere, to come at once or one piece after the other, each after so many seconds at most."""
        random = self.random
        cuts = sorted(random.randrange(len(data) + 1) for _ in range(random.choice((0, 0, 0, 1, 3, 20))))
        pieces = [data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)], strict=True) if a < b]
        slow = random.choice(slowness)
        return [(self.soon(), pieces[0]), *((random.uniform(0, slow), each) for each in pieces[1:])]

    def left(self) -> End:
        """Return how the server ends the connection."""
        return self.random.choice((End.FIN, End.FIN, End.RST))


Answer: TypeAlias = Callable[[Exchange], Steps]


def true(x: Exchange) -> Steps:
    """Answer."""
    return x.sliced(x.true())


def answered(x: Exchange) -> Steps:
    """Answer, and close the connection in the pause, sometimes with a word."""
    word = [(0.0, page(x.random, (408,)))] if x.random.random() < 0.3 else []
    return [*true(x), (x.random.uniform(0, 4), b""), *word, (0.0, x.left())]


def dripped(x: Exchange) -> Steps:
    """Answer in drops, which may take longer than anybody waits."""
    return x.sliced(x.true(), (0.8, 2.0))


def silent(x: Exchange) -> Steps:
    """Process the request and say nothing."""
    x.judged()
    return []


def closed(x: Exchange) -> Steps:
    """Process the request and close."""
    x.judged()
    return [(x.soon(), x.left())]


def unprocessed(x: Exchange) -> Steps:
    """Read the request and close."""
    return [(x.soon(), x.left())]


def late(x: Exchange) -> Steps:
    """Answer when the client may have gone."""
    return [(x.random.uniform(2, 12), b""), *x.sliced(x.true())]


def cut(x: Exchange) -> Steps:
    """Answer up to somewhere in the head or the body."""
    data = x.true()
    x.whole = False
    return [*x.sliced(data[: x.random.randrange(1, len(data))]), (x.soon(), x.left())]


def stalled(x: Exchange) -> Steps:
    """Answer up to somewhere, and no further."""
    data = x.true()
    x.whole = False
    return x.sliced(data[: x.random.randrange(1, len(data))])


def mismeasured(x: Exchange) -> Steps:
    """Announce another length than the body has."""
    body = x.judged().body
    wrong = x.random.choice((-20, -1, 1, 20))
    ends: Steps = [(x.soon(), x.left())] if x.random.random() < 0.5 else []
    return [*x.sliced(framed(200, body, length=len(body) + wrong)), *ends]


def _chunks(x: Exchange, body: bytes) -> bytes:
    size = x.random.randint(1, len(body))
    return b"".join(b"%x\r\n%s\r\n" % (len(body[i : i + size]), body[i : i + size]) for i in range(0, len(body), size))


def chunked(x: Exchange) -> Steps:
    """Answer in chunks."""
    x.whole = True
    return x.sliced(head(200, "Transfer-Encoding: chunked") + _chunks(x, x.judged().body) + b"0\r\n\r\n")


def chunked_cut(x: Exchange) -> Steps:
    """Answer in chunks, without the last one."""
    return [*x.sliced(head(200, "Transfer-Encoding: chunked") + _chunks(x, x.judged().body)), (x.soon(), x.left())]


def chunked_wrong(x: Exchange) -> Steps:
    """Answer in chunks whose size is none."""
    body = x.judged().body
    return x.sliced(head(200, "Transfer-Encoding: chunked") + b"-1\r\n" + body + b"\r\n0\r\n\r\n")


def unframed(x: Exchange) -> Steps:
    """Answer without saying where it ends."""
    return [*x.sliced(head(200) + x.judged().body), (x.soon(), x.left())]


def interim(x: Exchange) -> Steps:
    """Say a few times that it takes a while, and answer."""
    word = head(x.random.choice((100, 102, 103)))
    return [*[(x.soon(), word)] * x.random.randint(1, 4), *true(x)]


def interim_flood(x: Exchange) -> Steps:
    """Say without end that it takes a while: so often, or so much at once."""
    if x.random.random() < 0.5:
        return [(x.soon(), head(102, f"X-Pad: {'x' * 50_000}") * (LARGE // 50_000)), *true(x)]
    return [*[(0.4, head(102))] * 60, *true(x)]


def _surplus(x: Exchange, answer: bytes) -> bytes:
    """Return an answer that nobody asked for: the true one again, or a refusal or a failure of nobody."""
    return x.random.choice((answer, answer, page(x.random, _REFUSING), page(x.random, _UNSURE), answer[:-1]))


def twice(x: Exchange) -> Steps:
    """Answer, and say one answer too many: with it, after it, or just before the next one."""
    answer = x.true()
    surplus = _surplus(x, answer)
    match x.random.choice((0, 1, 2, 3, 3, 3)):
        case 0:
            return x.sliced(answer + surplus)
        case 1:
            return [*x.sliced(answer), (0.0, surplus)]
        case 2:
            return [*x.sliced(answer), (x.random.expovariate(2), surplus)]
    x.owed = surplus
    return x.sliced(answer)


_GARBAGE: Sequence[bytes] = (
    b"\x00" * 100,
    b"\x16\x03\x01 hello",
    b"HTTP/1.1 2OO OK\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nno header\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: -4\r\n\r\nbody",
    b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nbody",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
    b"HTTP/2.0 200\r\n\r\n",
    framed(200, b""),
    framed(200, b"<!DOCTYPE html><html>Welcome</html>", "Content-Type: text/html"),
    framed(200, b"[" * 5_000),
    framed(200, b"9" * 5_000),
    framed(200, b'{"RetCode": NaN, "result": NaN, "Response": NaN}'),
    framed(200, b'{"RetCode": 0, "RetCode": 0, "result": 0, "result": 0}'),
    framed(200, b"null"),
    framed(200, b'{"Response": [], "result": "no", "RetCode": "no"}'),
    framed(204, b""),
    b"SSH-2.0-OpenSSH\r\n",
)


def garbage(x: Exchange) -> Steps:
    """Say something else."""
    if x.random.random() < 0.5:
        x.judged()
    ends: Steps = [(x.soon(), x.left())] if x.random.random() < 0.5 else []
    data = x.random.choice((x.random.choice(_GARBAGE), x.random.randbytes(60)))
    return [*x.sliced(data), *ends]


def garbled(x: Exchange) -> Steps:
    """Answer with bytes in the middle that belong nowhere."""
    body = x.judged().body
    middle = x.random.randrange(1, len(body))
    return x.sliced(framed(200, body[:middle] + b"\x00\xff" + body[middle:]))


def status(x: Exchange) -> Steps:
    """Refuse the request, or fail, before it was processed."""
    x.whole = True
    return x.sliced(page(x.random, x.random.choice((_REFUSING, _UNSURE))))


def status_after(x: Exchange) -> Steps:
    """Fail after it was processed."""
    x.judged()
    x.whole = True
    return x.sliced(page(x.random, _UNSURE))


def large_head(x: Exchange) -> Steps:
    """Answer under headers without end."""
    return [(x.soon(), framed(200, x.judged().body, f"X-Pad: {'x' * 300_000}"))]


def large_body(x: Exchange) -> Steps:
    """Answer behind more spaces than anybody should read, announced or in chunks."""
    body = b" " * LARGE + x.judged().body
    if x.random.random() < 0.5:
        return [(x.soon(), framed(200, body))]
    return [(x.soon(), head(200, "Transfer-Encoding: chunked") + b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body))]


def encoded(x: Exchange) -> Steps:
    """Answer in an encoding that nobody asked for."""
    return x.sliced(framed(200, gzip.compress(x.judged().body, mtime=0), "Content-Encoding: gzip"))


def old(x: Exchange) -> Steps:
    """Answer as HTTP/1.0 does."""
    x.whole = True
    return [*x.sliced(framed(200, x.judged().body, version="1.0")), (0.0, End.FIN)]


def reshaped(x: Exchange) -> Steps:
    """Answer with results left out, in another order, repeated, or about a stranger."""
    x.vendor.reshape = x.random.choice(RESHAPES)
    try:
        return true(x)
    finally:
        x.vendor.reshape = None


ANSWERS: Mapping[Answer, int] = MappingProxyType(
    {
        true: 20,
        answered: 6,
        dripped: 3,
        silent: 2,
        closed: 4,
        unprocessed: 2,
        late: 4,
        cut: 4,
        stalled: 2,
        mismeasured: 2,
        chunked: 4,
        chunked_cut: 2,
        chunked_wrong: 1,
        unframed: 2,
        interim: 3,
        interim_flood: 1,
        twice: 16,
        garbage: 4,
        garbled: 2,
        status: 4,
        status_after: 3,
        large_head: 1,
        large_body: 1,
        encoded: 1,
        old: 2,
        reshaped: 4,
    }
)
"""How a request is answered where something goes wrong, though it need not."""


def meeting(name: str, latency: float, random: Random) -> Meeting:
    """Return the meeting called *name*, or a good one."""
    good, slow = Stage(latency), Stage(random.uniform(0.5, 6.0))
    return {
        "refused": Meeting(Stage(latency, fails=True), good),
        "never": Meeting(Stage(inf), good),
        "slow": Meeting(slow, good),
        "tls cut": Meeting(good, Stage(latency, fails=True)),
        "tls never": Meeting(good, Stage(inf)),
        "tls slow": Meeting(good, slow),
    }.get(name, Meeting(good, good))
