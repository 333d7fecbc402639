"""The streams of threads: what has arrived and what is left behind, over plain sockets and over TLS."""

import contextlib
import math
import select
import socket
import ssl
import struct
import threading
import time

import pytest
import trustme

from smsway.transport import _blocking, _readiness
from smsway.transport._blocking import MOMENT, BlockingBackend, BlockingStream
from smsway.transport._library import httpcore

LINGER = socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
"""With it, closing a socket resets the connection."""

LARGE = bytes(range(256)) * (1 << 16)
"""More than the buffers of a connection hold."""


def contexts():
    authority = trustme.CA()
    ours, theirs = ssl.create_default_context(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.configure_trust(ours)
    authority.issue_cert("127.0.0.1").configure_cert(theirs)
    return ours, theirs


def accepted(listener, context):
    connection, _ = listener.accept()
    return connection if context is None else context.wrap_socket(connection, server_side=True)


@pytest.fixture(params=["plain", "tls"])
def ends(request):
    """Return a stream and the server's end of it."""
    ours, theirs = contexts() if request.param == "tls" else (None, None)
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        there = []
        server = threading.Thread(target=lambda: there.append(accepted(listener, theirs)))
        server.start()
        stream = BlockingBackend().connect_tcp("127.0.0.1", listener.getsockname()[1], 5.0)
        if ours is not None:
            stream = stream.start_tls(ours, "127.0.0.1", 5.0)
        stack.callback(stream.close)
        server.join()
        yield stream, stack.enter_context(there[0])


@pytest.fixture
def silent():
    """Return the port of a server that takes connections and says nothing, and what it took."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1], listener


def readable(stream):
    return stream.get_extra_info("is_readable")


def drained(connection, whole=math.inf):
    """Read as much as is *whole*, or to the end, in a thread; return what tells the length once that is joined."""
    length = [0]

    def drain():
        with contextlib.suppress(OSError):
            while length[0] < whole and (data := connection.recv(1 << 16)):
                length[0] += len(data)

    thread = threading.Thread(target=drain)
    thread.start()
    return thread, length


def test_what_has_come_is_seen_and_read(ends):
    stream, there = ends

    stream.write(b"question", 5.0)
    assert there.recv(100) == b"question"
    there.sendall(b"answer")

    assert stream.read(100, 5.0) == b"answer"
    there.sendall(b"surplus")
    time.sleep(0.05)
    assert readable(stream)


def test_a_stream_that_never_waits_by_a_clock_waits_as_long_as_it_takes(ends):
    stream, there = ends
    sending = threading.Timer(0.1, lambda: there.sendall(b"late"))
    sending.start()

    assert stream.read(100) == b"late"
    sending.join()


def test_a_large_request_is_written_whole(ends):
    stream, there = ends
    thread, length = drained(there, len(LARGE))

    stream.write(LARGE, 10.0)
    thread.join()

    assert length == [len(LARGE)]


def test_pieces_smaller_than_a_record_are_read_from_what_is_decrypted_already(ends):
    stream, there = ends
    there.sendall(b"0123456789")

    assert stream.read(4, 5.0) == b"0123"
    assert readable(stream)
    assert [stream.read(4, 5.0) for _ in range(2)] == [b"4567", b"89"]


def test_who_does_not_read_is_not_waited_for_beyond_the_time(ends):
    stream, _ = ends
    began = time.monotonic()

    with pytest.raises(httpcore.WriteTimeout):
        stream.write(LARGE, 0.2)

    assert 0.2 <= time.monotonic() - began < 2


def test_who_does_not_answer_is_not_waited_for_beyond_the_time(ends):
    stream, _ = ends
    began = time.monotonic()

    with pytest.raises(httpcore.ReadTimeout):
        stream.read(100, 0.2)

    assert 0.2 <= time.monotonic() - began < 2


def test_the_end_is_readable_and_reads_as_nothing(ends):
    stream, there = ends
    there.sendall(b"last")
    there.close()
    time.sleep(0.05)

    assert readable(stream)
    assert (stream.read(100, 5.0), stream.read(100, 5.0)) == (b"last", b"")


def test_a_reset_is_no_answer_and_nothing_can_be_written_any_more(ends):
    stream, there = ends
    there.setsockopt(*LINGER)
    there.close()
    time.sleep(0.05)

    # Of a reset below TLS, Python makes an end.
    with contextlib.suppress(httpcore.ReadError):
        assert stream.read(100, 5.0) == b""
    with pytest.raises(httpcore.WriteError):
        written_thrice(stream)


def written_thrice(stream):
    """What is sent first may find room before the reset is noticed."""
    for _ in range(3):
        stream.write(LARGE, 5.0)


class Records:
    """A stream over TLS, and the bytes of the records that its other end would send."""

    def __init__(self, pair):
        ours, theirs = contexts()
        theirs.num_tickets = 0
        here, self.there = pair
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._server = theirs.wrap_bio(self._incoming, self._outgoing, server_side=True)
        shaking = threading.Thread(target=self._shake)
        shaking.start()
        self.stream = BlockingStream(here).start_tls(ours, "127.0.0.1", 5.0)
        shaking.join()

    def _shake(self):
        while True:
            try:
                self._server.do_handshake()
            except ssl.SSLWantReadError:
                self.there.sendall(self._outgoing.read())
                self._incoming.write(self.there.recv(1 << 16))
            else:
                self.there.sendall(self._outgoing.read())
                return

    def of(self, content):
        self._server.write(content)
        return self._outgoing.read()


@pytest.fixture
def records():
    pair = socket.socketpair()
    with pair[1]:
        records = Records(pair)
        yield records
        records.stream.close()


def test_half_a_record_is_readable_and_waited_for(records):
    stream = records.stream
    assert not readable(stream)

    record = records.of(b"answer")
    records.there.sendall(record[:10])
    assert readable(stream)
    with pytest.raises(httpcore.ReadTimeout):
        stream.read(100, 0.1)

    records.there.sendall(record[10:])
    assert stream.read(100, 5.0) == b"answer"


@pytest.mark.parametrize("fast", [False, True])
def test_a_record_that_drips_is_not_waited_for_beyond_the_time(records, fast, monkeypatch):
    if fast:
        # As if the next byte were there whenever it is looked for.
        monkeypatch.setattr(_blocking, "is_ready", lambda *_, **__: True)
    record, enough = records.of(bytes(1 << 14)), threading.Event()

    def drip():
        for byte in record:
            records.there.send(bytes([byte]))
            if enough.wait(MOMENT / 5):
                return

    dripping = threading.Thread(target=drip)
    dripping.start()
    records.stream.watch(lambda: None)
    began = time.monotonic()
    try:
        with pytest.raises(httpcore.ReadTimeout):
            records.stream.read(1 << 14, 0.2)
        assert 0.2 <= time.monotonic() - began < 2
    finally:
        enough.set()
        dripping.join()


def test_where_nobody_listens_there_is_no_connection():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    with pytest.raises(httpcore.ConnectError):
        BlockingBackend().connect_tcp("127.0.0.1", port, 5.0)


def test_a_handshake_that_nobody_answers_ends_in_time_and_leaves_nothing_open(silent):
    port, listener = silent
    stream = BlockingBackend().connect_tcp("127.0.0.1", port, 5.0)

    with pytest.raises(httpcore.ConnectTimeout):
        stream.start_tls(ssl.create_default_context(), "a.example", 0.1)

    connection, _ = listener.accept()
    with connection:
        thread, _ = drained(connection)
        thread.join(5)
        assert not thread.is_alive()


def test_a_handshake_that_is_interrupted_leaves_nothing_open(silent, monkeypatch):
    port, listener = silent
    stream = BlockingBackend().connect_tcp("127.0.0.1", port, 5.0)

    def interrupted(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(ssl.SSLSocket, "do_handshake", interrupted)
    with pytest.raises(KeyboardInterrupt) as caught:
        stream.start_tls(ssl.create_default_context(), "a.example", 5.0)

    connection, _ = listener.accept()
    with connection:
        thread, _ = drained(connection)
        thread.join(5)
        # Whoever catches it holds the frames, and with them all that is in them.
        assert caught
        assert not thread.is_alive()


def test_a_handshake_that_is_answered_in_clear_fails(silent):
    port, listener = silent
    stream = BlockingBackend().connect_tcp("127.0.0.1", port, 5.0)
    connection, _ = listener.accept()

    with connection:
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        with pytest.raises(httpcore.ConnectError):
            stream.start_tls(ssl.create_default_context(), "a.example", 5.0)


def test_without_poll_it_is_the_same(monkeypatch):
    here, there = socket.socketpair()
    monkeypatch.delattr(select, "poll")
    with here, there:
        assert not _readiness.is_ready(here.fileno(), 0)
        assert not _readiness.is_ready(here.fileno(), 0.01)
        assert _readiness.is_ready(here.fileno(), 5, write=True)
        there.send(b"x")
        assert _readiness.is_ready(here.fileno(), None)
