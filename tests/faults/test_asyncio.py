"""The streams of asyncio: what has arrived, what has not been seen yet, and what is left behind."""

import asyncio
import contextlib
import importlib
import importlib.util
import os
import socket
import ssl
import struct
import threading
import time

import pytest
import trustme

from smsway.delivery import Transmit
from smsway.model import Request
from smsway.transport import AsyncConnectionTransport, AsyncDriver, ConnectionTransport
from smsway.transport._asyncio import _FULL, AsyncioBackend, AsyncioStream
from smsway.transport._certainty import Phases
from smsway.transport._library import httpcore

LINGER = socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
"""With it, closing a socket resets the connection."""


LOOPS = [asyncio.new_event_loop]
if importlib.util.find_spec("uvloop"):
    LOOPS.append(importlib.import_module("uvloop").new_event_loop)

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s"


@pytest.fixture(params=LOOPS, ids=lambda loop: loop.__module__.partition(".")[0])
def run(request):
    """Run a coroutine on each kind of event loop."""
    return lambda coroutine: asyncio.run(coroutine) if request.param is LOOPS[0] else _on(request.param, coroutine)


def _on(make, coroutine):
    with asyncio.Runner(loop_factory=make) as runner:
        return runner.run(coroutine)


def raw(writer):
    """Return the socket of *writer*, by another number."""
    return socket.socket(fileno=os.dup(writer.get_extra_info("socket").fileno()))


@pytest.fixture
def play(run):
    """Let a story happen between a stream and the server's two ends of it."""
    return lambda story: run(_played(story))


async def _played(story):
    accepted = asyncio.get_running_loop().create_future()
    server = await asyncio.start_server(lambda *ends: accepted.set_result(ends), "127.0.0.1", 0)
    async with server:
        stream = await AsyncioBackend().connect_tcp("127.0.0.1", server.sockets[0].getsockname()[1], 5.0)
        reader, writer = await accepted
        try:
            await asyncio.wait_for(story(stream, reader, writer), 10)
        finally:
            await stream.aclose()
            writer.transport.abort()
            await asyncio.sleep(0)


def readable(stream):
    return stream.get_extra_info("is_readable")


def test_what_the_loop_has_not_seen_yet_is_seen(play):
    async def story(stream, _, writer):
        assert not readable(stream)

        with raw(writer) as connection:
            connection.send(b"surplus")

        # Nothing has let the loop run since.
        assert readable(stream)
        assert await stream.read(100) == b"surplus"
        assert not readable(stream)

    play(story)


def test_the_end_is_readable_and_reads_as_nothing(play):
    async def story(stream, _, writer):
        writer.write(b"last")
        writer.close()
        await asyncio.sleep(0.05)

        assert readable(stream)
        assert (await stream.read(100), await stream.read(100)) == (b"last", b"")
        with pytest.raises(httpcore.WriteError):
            await stream.write(b"more")

    play(story)


def test_a_reset_is_an_error(play):
    async def story(stream, _, writer):
        reading = asyncio.create_task(stream.read(100))
        await asyncio.sleep(0)
        with raw(writer) as connection:
            connection.setsockopt(*LINGER)
        writer.transport.abort()

        with pytest.raises(httpcore.ReadError):
            await reading

    play(story)


def test_who_floods_a_stream_that_nobody_reads_is_left_waiting(play):
    async def story(stream, _, writer):
        writer.write(bytes(64 * _FULL))
        await asyncio.sleep(0.3)

        assert stream._waiting < 8 * _FULL
        assert len(await stream.read(1)) < 8 * _FULL
        while writer.transport.get_write_buffer_size():
            await stream.read(1)

    play(story)


def test_a_handshake_that_nobody_answers_ends_in_time_and_leaves_nothing_open(play):
    async def story(stream, reader, _):
        with pytest.raises(httpcore.ConnectTimeout):
            await stream.start_tls(ssl.create_default_context(), "a.example", 0.05)
        await stream.aclose()

        while await reader.read(1 << 16):
            pass

    play(story)


def test_a_handshake_that_is_answered_in_clear_fails(play):
    async def story(stream, _, writer):
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        with pytest.raises(httpcore.ConnectError):
            await stream.start_tls(ssl.create_default_context(), "a.example", 5.0)

    play(story)


@pytest.fixture
def tls(raw_server):
    """Make a server of TLS, of which a handler says what it does with a socket, and the context that trusts it."""
    authority = trustme.CA()
    ours, theirs = ssl.create_default_context(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.configure_trust(ours)
    authority.issue_cert("127.0.0.1").configure_cert(theirs)
    return ours, theirs, lambda handler: raw_server(handler, theirs)


async def exchanged(transport, url, *, reuse=False):
    return await transport.exchange(Request(url, {}, b"{}"), time.monotonic() + 5, Phases(complete=True), reuse=reuse)


def test_what_came_before_tls_is_no_answer(run, tls):
    ours, theirs, _ = tls
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve():
            connection, _ = listener.accept()
            connection.sendall(ANSWER % (8, b"INJECTED"))
            with contextlib.suppress(OSError), theirs.wrap_socket(connection, server_side=True) as secured:
                secured.recv(1 << 16)
                secured.sendall(ANSWER % (4, b"real"))

        thread = threading.Thread(target=serve)
        thread.start()

        async def story():
            transport = AsyncConnectionTransport(ours)
            try:
                await exchanged(transport, f"https://127.0.0.1:{listener.getsockname()[1]}/")
            finally:
                await transport.aclose()

        with pytest.raises(httpcore.ConnectError):
            run(story())
        thread.join()


def test_half_a_record_after_an_answer_keeps_its_connection_from_the_next_request(run, tls):
    ours, theirs, _ = tls
    theirs.num_tickets = 0
    asked = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve(connection):
            incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
            secured = theirs.wrap_bio(incoming, outgoing, server_side=True)

            def until(step):
                while True:
                    try:
                        return step()
                    except ssl.SSLWantReadError:
                        connection.sendall(outgoing.read())
                        incoming.write(connection.recv(1 << 16))

            with connection, contextlib.suppress(OSError, ssl.SSLError):
                until(secured.do_handshake)
                connection.sendall(outgoing.read())
                asked.append(until(lambda: secured.read(1 << 16)))
                secured.write(ANSWER % (6, b"answer"))
                connection.sendall(outgoing.read())
                secured.write(ANSWER % (7, b"surplus"))
                time.sleep(0.05)
                connection.sendall(outgoing.read()[:20])
                connection.recv(1)

        def accept():
            for _ in range(2):
                connection, _ = listener.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threads.append(threading.Thread(target=serve, args=(connection,)))
                threads[-1].start()

        threads = [threading.Thread(target=accept)]
        threads[0].start()

        async def story():
            transport = AsyncConnectionTransport(ours)
            try:
                for _ in range(2):
                    yield_ = await exchanged(transport, f"https://127.0.0.1:{listener.getsockname()[1]}/", reuse=True)
                    answers.append((yield_.body, yield_.fresh))
                    await asyncio.sleep(0.3)
            finally:
                await transport.aclose()

        answers = []
        run(story())
        for thread in threads:
            thread.join()

    assert answers == [(b"answer", True), (b"answer", True)]
    assert len(asked) == 2


@pytest.mark.parametrize("face", ["sync", "async"])
def test_a_context_that_offers_more_than_we_speak_offers_only_that(run, tls, face):
    ours, theirs, serve = tls
    ours.set_alpn_protocols(["h2", "http/1.1"])
    theirs.set_alpn_protocols(["h2", "http/1.1"])
    spoken = []

    def handler(connection, _):
        spoken.append(connection.selected_alpn_protocol())
        connection.sendall(ANSWER % (2, b"{}"))

    server = serve(handler)

    async def story():
        await exchanged(AsyncConnectionTransport(ours), f"{server.url}/")

    if face == "async":
        run(story())
    else:
        request = Request(f"{server.url}/", {}, b"{}")
        ConnectionTransport(ours).exchange(request, time.monotonic() + 5, Phases(complete=True), reuse=False)

    assert spoken == ["http/1.1"]


def test_a_cancellation_does_not_carry_what_failed_before(run):
    secret = "s3cret-body"

    class Closing(AsyncioStream):
        """Is cancelled while it closes."""

        async def aclose(self):
            await super().aclose()
            asyncio.current_task().cancel()
            await asyncio.sleep(0)

    class Backend(AsyncioBackend):
        async def connect_tcp(self, host, port, *_):
            return (await asyncio.get_running_loop().create_connection(Closing, host, port))[1]

    async def answer(_, writer):
        writer.write(b"garbage\r\n\r\n")
        writer.close()

    def flow(port):
        request = Request(f"http://127.0.0.1:{port}/", {"Authorization": secret}, secret.encode())
        yield Transmit(request, time.monotonic() + 5, reuse=False)

    async def story():
        async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
            driver = AsyncDriver(lambda _: None, AsyncConnectionTransport(network=Backend()))
            await driver.run(flow(server.sockets[0].getsockname()[1]))

    with pytest.raises(asyncio.CancelledError) as caught:
        run(story())

    contexts = []
    error = caught.value
    while error.__context__ is not None:
        error = error.__context__
        contexts.append(error)
    assert [each for each in contexts if not isinstance(each, asyncio.CancelledError)] == []
