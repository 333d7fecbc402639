"""The streams of asyncio: what has arrived, what has not been seen yet, and what is left behind."""

import asyncio
import socket
import ssl
import struct

import pytest

from smsway.transport._asyncio import _FULL, AsyncioBackend
from smsway.transport._library import httpcore

LINGER = socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
"""With it, closing a socket resets the connection."""


def play(story):
    """Let *story* happen between a stream and the server's two ends of it."""

    async def played():
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

    asyncio.run(played())


def readable(stream):
    return stream.get_extra_info("is_readable")


def test_what_the_loop_has_not_seen_yet_is_seen():
    async def story(stream, _, writer):
        assert not readable(stream)

        writer.get_extra_info("socket")._sock.send(b"surplus")

        # Nothing has let the loop run since.
        assert readable(stream)
        assert await stream.read(100) == b"surplus"
        assert not readable(stream)

    play(story)


def test_the_end_is_readable_and_reads_as_nothing():
    async def story(stream, _, writer):
        writer.write(b"last")
        writer.close()
        await asyncio.sleep(0.05)

        assert readable(stream)
        assert (await stream.read(100), await stream.read(100)) == (b"last", b"")
        with pytest.raises(httpcore.WriteError):
            await stream.write(b"more")

    play(story)


def test_a_reset_is_an_error():
    async def story(stream, _, writer):
        reading = asyncio.create_task(stream.read(100))
        await asyncio.sleep(0)
        connection = writer.get_extra_info("socket")._sock
        connection.setsockopt(*LINGER)
        writer.transport.abort()

        with pytest.raises(httpcore.ReadError):
            await reading

    play(story)


def test_who_floods_a_stream_that_nobody_reads_is_left_waiting():
    async def story(stream, _, writer):
        writer.write(bytes(64 * _FULL))
        await asyncio.sleep(0.3)

        assert stream._waiting < 8 * _FULL
        assert len(await stream.read(1)) < 8 * _FULL
        while writer.transport.get_write_buffer_size():
            await stream.read(1)

    play(story)


def test_a_handshake_that_nobody_answers_ends_in_time_and_leaves_nothing_open():
    async def story(stream, reader, _):
        with pytest.raises(httpcore.ConnectTimeout):
            await stream.start_tls(ssl.create_default_context(), "a.example", 0.05)
        await stream.aclose()

        while await reader.read(1 << 16):
            pass

    play(story)


def test_a_handshake_that_is_answered_in_clear_fails():
    async def story(stream, _, writer):
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        with pytest.raises(httpcore.ConnectError):
            await stream.start_tls(ssl.create_default_context(), "a.example", 5.0)

    play(story)
