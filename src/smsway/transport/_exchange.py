"""One request and its answer in bytes: HTTP/1.1, without the network.

A plain answer is read by two patterns; all others, and whatever is wrong with one, are read by h11.
"""

from __future__ import annotations

import re

import h11

from smsway.model import Response
from smsway.transport._library import httpcore
from smsway.transport._messages import Prepared

CAP = 1 << 20
"""Bytes of a response body at most."""

_OVERHEAD = 1 << 17
"""Bytes that a response may have around its body: headers, interim responses, the sizes of chunks."""

_HEAD = 100 * 1024
"""Bytes that the head of a response may have."""


# RFC 9112 sections 4 and 5, and RFC 9110 section 5.5, of which it takes the printable part.
_PLAIN_HEAD = re.compile(rb"HTTP/1\.1 (20[0-3]) [\t -~]*\r\n((?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t -~]*\r\n)+)\r\n")
_LENGTH = re.compile("[0-9]{1,7}")
_FRAMING = frozenset({"transfer-encoding", "content-encoding", "upgrade", "trailer"})
"""Headers that make a body more than so many bytes."""


class TooLarge(Exception):
    """The response exceeds what it may have."""


class Encoded(Exception):
    """The response has a content encoding, though none was asked for."""


class Unframed(Exception):
    """The response does not say where it ends, so a cut connection could pass for its end."""


def written(request: Prepared) -> bytes:
    """Return the bytes of *request*."""
    lines = [f"{name}: {value}\r\n" for name, value in request.headers.items()]
    return f"{request.method} {request.target} HTTP/1.1\r\n{''.join(lines)}\r\n".encode("ascii") + request.body


class Exchange:
    """Takes the bytes that answer a request by *method*, until the answer is whole."""

    __slots__ = ("_body", "_end", "_headers", "_method", "_received", "_slow", "_status")

    def __init__(self, method: str) -> None:
        self._method = method
        self._received = bytearray()
        self._status = self._body = self._end = 0
        self._headers: dict[str, str] = {}
        self._slow: _SlowAnswer | None = None

    def receive(self, data: bytes) -> bool:
        """Take what was read, `b""` at the end of the connection; return whether the answer is whole.

        Raises `RemoteProtocolError` for what is not HTTP or was cut, and `TooLarge`, `Encoded` or `Unframed`.
        """
        if self._slow is not None:
            return self._slow.receive(data)
        received = self._received
        received += data
        if data and (self._status or self._begins_plainly()) and len(received) <= self._end:
            return len(received) == self._end
        self._slow = _SlowAnswer(self._method)
        whole = self._slow.receive(bytes(received)) if received else False
        return whole if data else self._slow.receive(data)

    def _begins_plainly(self) -> bool:
        """Read the head, if it is plain and says how long the body is."""
        head = _PLAIN_HEAD.match(self._received)
        if head is None or head.end() > _HEAD or self._method == "HEAD":
            return False
        headers: dict[str, str] = {}
        lines = head[2].decode("ascii").split("\r\n")[:-1]
        for line in lines:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip(" \t")
        length = headers.get("content-length", "")
        if (
            len(headers) < len(lines)
            or not _LENGTH.fullmatch(length)
            or int(length) > CAP
            or headers.get("connection", "keep-alive").lower() != "keep-alive"
            or not _FRAMING.isdisjoint(headers)
        ):
            return False
        self._status, self._headers = int(head[1]), headers
        self._body, self._end = head.end(), head.end() + int(length)
        return True

    @property
    def begun(self) -> bool:
        """True once the status and the headers are there."""
        return self._slow.head is not None if self._slow is not None else self._status > 0

    @property
    def clean(self) -> bool:
        """True if the connection may carry another request: the answer came alone and ended where the bytes ended.

        If not, somebody sent more than one answer. An interim response (1xx) counts as more, too. A refusal by status
        echoes nothing, so whatever follows it should find a fresh connection.
        """
        return self._slow is None or self._slow.clean

    def response(self, *, fresh: bool) -> Response:
        """Return the answer, which is whole; *fresh* says that its connection had carried no other request."""
        if self._slow is not None:
            return self._slow.response(fresh=fresh)
        return Response(self._status, bytes(self._received[self._body :]), self._headers, fresh)


class _SlowAnswer:
    """An answer as h11 reads it."""

    def __init__(self, method: str) -> None:
        self._machine = h11.Connection(h11.CLIENT, max_incomplete_event_size=_HEAD)
        # What was asked is written already; h11 has to know that it was, and how.
        self._machine.send(h11.Request(method=method, target="/", headers=[("host", "")]))
        self._machine.send(h11.EndOfMessage())
        self._body = bytearray()
        self._received = 0
        self._alone = True
        self.head: h11.Response | None = None
        """The status and the headers, once they are there."""

    def receive(self, data: bytes) -> bool:
        """Take what was read; see `Exchange.receive`."""
        self._received += len(data)
        if self._received > CAP + _OVERHEAD:
            raise TooLarge(f"over {CAP + _OVERHEAD} bytes")
        try:
            self._machine.receive_data(data)
            return self._read()
        except h11.RemoteProtocolError:
            # h11 quotes what it could not read.
            raise httpcore.RemoteProtocolError("the response breaks HTTP") from None

    def _read(self) -> bool:
        while True:
            event = self._machine.next_event()
            if isinstance(event, h11.Data):
                self._body += event.data
                if len(self._body) > CAP:
                    raise TooLarge(f"over {CAP} bytes")
            elif isinstance(event, h11.Response):
                _check_head(event)
                self.head = event
            elif isinstance(event, h11.EndOfMessage):
                return True
            elif isinstance(event, h11.InformationalResponse):
                self._alone = False
            else:
                return False

    @property
    def clean(self) -> bool:
        """See `Exchange.clean`."""
        machine = self._machine
        done = machine.our_state is h11.DONE and machine.their_state is h11.DONE
        succeeded = self.head is not None and 200 <= self.head.status_code < 300
        return done and succeeded and self._alone and machine.trailing_data == (b"", False)

    def response(self, *, fresh: bool) -> Response:
        """See `Exchange.response`."""
        assert self.head is not None  # noqa: S101  # h11 has no end of a message without its head
        headers: dict[str, str] = {}
        for raw_name, raw_value in self.head.headers:
            name, value = raw_name.decode("ascii"), raw_value.decode("latin-1")
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        return Response(self.head.status_code, bytes(self._body), headers, fresh)


def _check_head(head: h11.Response) -> None:
    """Refuse what cannot be read safely."""
    framed = False
    for name, value in head.headers:
        if name == b"content-encoding" and value.lower() != b"identity":
            raise Encoded("content encoding")
        framed |= name in (b"content-length", b"transfer-encoding")
    if not framed:
        raise Unframed("no content length")
