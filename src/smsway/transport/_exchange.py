"""One request and its answer in bytes: HTTP/1.1 as h11 reads it, without the network."""

from __future__ import annotations

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


class TooLarge(Exception):
    """The response exceeds what it may have."""


class Encoded(Exception):
    """The response has a content encoding, though none was asked for."""


class Unframed(Exception):
    """The response does not say where it ends, so a cut connection could pass for its end."""


class Exchange:
    """Gives the bytes of a request, and takes those that come back until the answer is whole."""

    __slots__ = ("_alone", "_body", "_machine", "_received", "head")

    def __init__(self) -> None:
        self._machine = h11.Connection(h11.CLIENT, max_incomplete_event_size=_HEAD)
        self._body = bytearray()
        self._received = 0
        self._alone = True
        self.head: h11.Response | None = None
        """The status and the headers, once they are there."""

    def request(self, request: Prepared) -> bytes:
        """Return the bytes of *request*; raises `LocalProtocolError` if HTTP cannot carry it."""
        send = self._machine.send
        head = h11.Request(method=request.method, target=request.target, headers=request.headers)
        try:
            sent = [send(head), send(h11.Data(data=request.body)) if request.body else b"", send(h11.EndOfMessage())]
        except h11.LocalProtocolError:
            raise httpcore.LocalProtocolError("the request breaks HTTP") from None
        return b"".join(each for each in sent if each)

    def receive(self, data: bytes) -> bool:
        """Take what was read, `b""` at the end of the connection; return whether the answer is whole.

        Raises `RemoteProtocolError` for what is not HTTP or was cut, and `TooLarge`, `Encoded` or `Unframed`.
        """
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
        """True if the connection may carry another request: the answer came alone and ended where the bytes ended.

        If not, somebody sent more than one answer. An interim response (1xx) counts as more, too. A refusal by status
        echoes nothing, so whatever follows it should find a fresh connection.
        """
        machine = self._machine
        done = machine.our_state is h11.DONE and machine.their_state is h11.DONE
        succeeded = self.head is not None and 200 <= self.head.status_code < 300
        return done and succeeded and self._alone and machine.trailing_data == (b"", False)

    def response(self, *, fresh: bool) -> Response:
        """Return the answer, which is whole; *fresh* says that its connection had carried no other request."""
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
