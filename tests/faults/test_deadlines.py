"""However slowly the other side drips, an attempt ends at its deadline."""

import contextlib
import queue
import socket
import threading
import time

import pytest

from smsway import Status
from smsway.model import Certainty, Reason

SLACK = 0.25
HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"


def drip(connection, data=b"", interval=0.1):
    while True:
        connection.sendall(data[:1] or b" ")
        data = data[1:]
        time.sleep(interval)


def drip_headers(connection, _):
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Long: ")
    drip(connection, b"x" * 10_000)


def drip_body(connection, _):
    connection.sendall(HEAD)
    drip(connection, interval=1)


def drip_status(connection, _):
    drip(connection, b"HTTP/1.1 200 OK\r\n")


def flood_with_interim_answers(connection, _):
    while True:
        connection.sendall(b"HTTP/1.1 102 Processing\r\n\r\n" * 20)
        time.sleep(0.01)


def timed(world, message):
    """Send from another thread, so that a deadline that is not kept fails the test instead of holding it up."""
    done = queue.SimpleQueue()

    def send():
        began = time.monotonic()
        (outcome,) = world.send(message)
        done.put((outcome, time.monotonic() - began))

    threading.Thread(target=send, daemon=True).start()
    return done.get(timeout=6)


@pytest.mark.parametrize("handler", [drip_headers, drip_body, drip_status, flood_with_interim_answers])
def test_a_dripping_answer_ends_at_the_deadline(make_world, raw_server, message, handler):
    server = raw_server(handler)
    world = make_world({"first": "tencent-v5"}, settings={"first": {"timeout": 1}}, urls={"first": server.url})

    outcome, took = timed(world, message())

    assert outcome.status is Status.UNKNOWN
    assert outcome.reason is Reason.NO_ANSWER
    assert 1 <= took < 1 + SLACK


def test_a_body_that_drips_for_ever_ends_at_the_deadline(make_world, message, provider):
    world = make_world({"first": provider}, settings={"first": {"timeout": 1}})
    world.sandbox.inject("drip", interval=1)

    outcome, took = timed(world, message())

    assert outcome.status is Status.UNKNOWN
    assert 1 <= took < 1 + SLACK


def test_slow_name_resolution_ends_at_the_deadline_and_moves_on(make_world, message, monkeypatch):
    resolve = socket.getaddrinfo
    over = threading.Event()

    def slow(host, *args, **kwargs):
        if host == "slow.invalid":
            over.wait(3)
        return resolve(host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    world = make_world(
        {"first": "tencent-v5", "second": "tencent-v5"},
        settings={"first": {"timeout": 1}},
        urls={"first": "https://slow.invalid"},
    )

    outcome, took = timed(world, message())
    over.set()

    assert (outcome.status, outcome.account) == (Status.ACCEPTED, "second")
    assert outcome.attempts[0].certainty is Certainty.NOT_SENT
    assert took < 1 + 2 * SLACK


def test_a_resolver_that_hangs_keeps_nobody_from_the_other_accounts(make_world, message, monkeypatch):
    resolve = socket.getaddrinfo
    over = threading.Event()

    def slow(host, *args, **kwargs):
        if host == "slow.invalid":
            over.wait(10)
        return resolve(host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    world = make_world(
        {"first": "tencent-v5", "second": "tencent-v5"},
        settings={"first": {"timeout": 1, "max_batch": 1}},
        urls={"first": "https://slow.invalid"},
    )
    phones = [f"+659876540{number}" for number in range(8)]
    began = time.monotonic()

    result = world.send(message(*phones))
    took = time.monotonic() - began
    over.set()

    assert result.all_accepted
    assert took < 3


def test_a_handshake_that_stalls_ends_at_the_deadline_and_moves_on(make_world, message, stack):
    listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
    world = make_world(
        {"first": "tencent-v5", "second": "tencent-v5"},
        settings={"first": {"timeout": 1}},
        urls={"first": f"https://127.0.0.1:{listener.getsockname()[1]}"},
    )

    outcome, took = timed(world, message())

    assert (outcome.status, outcome.account) == (Status.ACCEPTED, "second")
    assert outcome.attempts[0].certainty is Certainty.NOT_SENT
    assert took < 1 + 2 * SLACK


def test_the_time_of_the_message_bounds_the_attempt(make_world, raw_server, message):
    def silent(connection, _):
        with contextlib.suppress(OSError):
            connection.recv(1)

    server = raw_server(silent)
    world = make_world({"first": "tencent-v5", "second": "tencent-v5"}, urls={"first": server.url}, on_unknown="resend")

    outcome, took = timed(world, message(within=0.5))

    assert outcome.status is Status.UNKNOWN
    assert took < 0.5 + SLACK
    assert world.texts("second") == 0
