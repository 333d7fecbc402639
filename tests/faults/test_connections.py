"""One answer per request: what a connection carried before never answers for what it carries next."""

import socket
import time

import pytest

from smsway import Status
from smsway.model import Reason

CAP = 1 << 20


def reply(body, *headers, status=b"200 OK"):
    lines = [b"HTTP/1.1 " + status, b"Content-Length: %d" % len(body), *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def chunked(body):
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)


@pytest.fixture
def raw_world(make_world, raw_server):
    """A v5 account at a raw server."""

    def make(handler, provider="tencent-v5"):
        server = raw_server(handler)
        world = make_world({"first": provider}, urls={"first": server.url}, settings={"first": {"timeout": 3}})
        return world, server

    return make


@pytest.mark.parametrize("fault", ["two_responses", "wrong_length"])
def test_a_surplus_answer_is_never_booked_on_the_next_message(make_world, message, provider, fault):
    world = make_world({"first": provider})
    world.sandbox.inject(fault, times=1)

    world.send(message("+6598765432"))
    (second,) = world.send(message("+6598765433"))

    assert second.status is Status.ACCEPTED
    recorded = {each.phone: each.message_id for each in world.sandbox.submissions("first")}
    if provider != "usms":
        assert second.provider_message_id == recorded["+6598765433"]
    assert world.sandbox.texts() == {"+6598765432": 1, "+6598765433": 1}


@pytest.mark.parametrize("form", [reply, chunked])
def test_a_quiet_connection_is_used_again(raw_world, v5_answer, message, form):
    world, server = raw_world(lambda connection, request: connection.sendall(form(v5_answer(request))))

    outcomes = [world.send(message())[0] for _ in range(3)]

    assert {outcome.status for outcome in outcomes} == {Status.ACCEPTED}
    assert (server.connections, server.requests) == (1, 3)


@pytest.mark.parametrize("form", [reply, chunked])
@pytest.mark.parametrize("pause", [0, 0.05])
def test_a_connection_with_two_answers_is_left(raw_world, v5_answer, message, form, pause):
    def answer_twice(connection, request):
        body = form(v5_answer(request))
        if pause:
            connection.sendall(body)
            time.sleep(pause)
            connection.sendall(body)
        else:
            connection.sendall(body + body)

    world, server = raw_world(answer_twice)

    outcomes = []
    for _ in range(3):
        outcomes += world.send(message())
        time.sleep(3 * pause)

    assert {outcome.status for outcome in outcomes} == {Status.ACCEPTED}
    assert server.connections == 3


def test_a_connection_with_an_interim_answer_is_left(raw_world, v5_answer, message):
    early = b"HTTP/1.1 103 Early Hints\r\n\r\n"
    world, server = raw_world(lambda connection, request: connection.sendall(early + reply(v5_answer(request))))

    outcomes = [world.send(message())[0] for _ in range(2)]

    assert {outcome.status for outcome in outcomes} == {Status.ACCEPTED}
    assert server.connections == 2


@pytest.fixture
def authority(make_authority):
    return make_authority()


def test_surplus_over_tls_is_never_booked_on_the_next_message(make_world, tls_sandbox, message, authority):
    tls = tls_sandbox({"first": "tencent-v5"}, authority.server())
    tls.inject("two_responses", times=1)
    world = make_world({"first": "tencent-v5"}, urls={"first": tls.urls["first"]}, ssl_context=authority.client())

    world.send(message("+6598765432"))
    (second,) = world.send(message("+6598765433"))

    recorded = {each.phone: each.message_id for each in tls.submissions("first")}
    assert second.status is Status.ACCEPTED
    assert second.provider_message_id == recorded["+6598765433"]


def test_a_surplus_answer_in_a_tls_record_of_its_own_is_never_read(
    make_world, raw_server, v5_answer, message, authority
):
    def answer_twice(connection, request):
        cork = getattr(socket, "TCP_CORK", None)
        if cork is not None:  # both records arrive in one segment
            connection.setsockopt(socket.IPPROTO_TCP, cork, 1)
        connection.sendall(reply(v5_answer(request)))
        connection.sendall(reply(v5_answer(request)))
        if cork is not None:
            connection.setsockopt(socket.IPPROTO_TCP, cork, 0)

    server = raw_server(answer_twice, authority.server())
    world = make_world({"first": "tencent-v5"}, urls={"first": server.url}, ssl_context=authority.client())

    outcomes = [world.send(message())[0] for _ in range(4)]

    assert {outcome.status for outcome in outcomes} == {Status.ACCEPTED}
    assert server.connections == 4


def test_a_quiet_connection_with_tls_is_used_again(make_world, raw_server, v5_answer, message, authority):
    server = raw_server(lambda connection, request: connection.sendall(reply(v5_answer(request))), authority.server())
    world = make_world({"first": "tencent-v5"}, urls={"first": server.url}, ssl_context=authority.client())

    outcomes = [world.send(message())[0] for _ in range(4)]

    assert {outcome.status for outcome in outcomes} == {Status.ACCEPTED}
    assert server.connections == 1


def test_usms_never_uses_a_connection_twice(raw_world, message):
    world, server = raw_world(
        lambda connection, _: connection.sendall(reply(b'{"RetCode":0,"SessionNo":"s","SuccessCount":1}')), "usms"
    )

    outcomes = [world.send(message())[0] for _ in range(3)]

    assert {outcome.status for outcome in outcomes} == {Status.ACCEPTED}
    assert server.connections == 3


@pytest.mark.parametrize("earlier", [0, 1])
def test_a_refusal_that_echoes_nothing_counts_on_a_fresh_connection_only(raw_world, v5_answer, message, earlier):
    left = [earlier]

    def answer(connection, request):
        accepting = left[0] > 0
        left[0] -= 1
        connection.sendall(reply(v5_answer(request) if accepting else b'{"result": 1016, "errmsg": "bad"}'))

    world, server = raw_world(answer)
    for _ in range(earlier):
        world.send(message())

    (outcome,) = world.send(message())

    assert server.connections == 1
    assert outcome.status is (Status.UNKNOWN if earlier else Status.REJECTED)
    assert outcome.reason is (Reason.UNEXPECTED_RESPONSE if earlier else Reason.INVALID_RECIPIENT)


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (b"400 Bad Request", Reason.INVALID_REQUEST),
        (b"401 Unauthorized", Reason.AUTHENTICATION),
        (b"403 Forbidden", Reason.PERMISSION),
        (b"404 Not Found", Reason.INVALID_REQUEST),
        (b"413 Too Large", Reason.INVALID_REQUEST),
        (b"301 Moved", Reason.CONFIGURATION),
    ],
)
def test_a_status_that_refuses_moves_on(make_world, raw_server, message, provider, status, reason):
    server = raw_server(
        lambda connection, _: connection.sendall(reply(b"<html>no</html>", b"Location: /x", status=status))
    )
    world = make_world({"first": provider, "second": provider}, urls={"first": server.url})

    (outcome,) = world.send(message())

    assert (outcome.status, outcome.account) == (Status.ACCEPTED, "second")
    assert (outcome.attempts[0].reason, outcome.attempts[0].code) == (reason, f"HTTP-{status[:3].decode()}")
    assert server.requests == 1


@pytest.mark.parametrize("status", [b"303 See Other", b"408 Timeout", b"409 Conflict", b"425 Early", b"500 Oops"])
def test_a_status_that_proves_nothing_is_unknown(make_world, raw_server, message, status):
    server = raw_server(lambda connection, _: connection.sendall(reply(b"<html>no</html>", status=status)))
    world = make_world({"first": "tencent-v5", "second": "tencent-v5"}, urls={"first": server.url})

    (outcome,) = world.send(message())

    assert (outcome.status, outcome.account) == (Status.UNKNOWN, "first")
    assert world.texts("second") == 0


def test_a_success_under_a_status_that_is_none_is_unknown(raw_world, v5_answer, message):
    world, _ = raw_world(
        lambda connection, request: connection.sendall(reply(v5_answer(request), status=b"403 Forbidden"))
    )

    (outcome,) = world.send(message())

    assert (outcome.status, outcome.reason) == (Status.UNKNOWN, Reason.UNEXPECTED_RESPONSE)


def endless(connection, _):
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        connection.sendall(b"10000\r\n" + b" " * 0x10000 + b"\r\n")


def interim_for_ever(connection, _):
    while True:
        connection.sendall(b"HTTP/1.1 102 Processing\r\nX: " + b"x" * 8000 + b"\r\n\r\n")


def extended_for_ever(connection, _):
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        connection.sendall(b"1;" + b"x" * 15_000 + b"\r\n{\r\n")


def padded(connection, body):
    connection.sendall(reply(body + b" " * (CAP - len(body) + 1)))


SPOILT = {
    "without an end": lambda c, body: (c.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + body), c.shutdown(2)),
    "gzip": lambda c, body: c.sendall(reply(body, b"Content-Encoding: gzip")),
    "br": lambda c, body: c.sendall(reply(body, b"Content-Encoding: br")),
    "over the cap": padded,
    "endless": endless,
    "interim answers without end": interim_for_ever,
    "chunks with endless extensions": extended_for_ever,
    "no HTTP": lambda c, _: (c.sendall(b"SMTP ready\r\n" * 50), c.shutdown(2)),
    "huge headers": lambda c, _: c.sendall(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 300_000 + b"\r\n\r\n"),
    "cut in a chunk": lambda c, body: (c.sendall(chunked(body)[:-9]), c.shutdown(2)),
    "cut in the status line": lambda c, _: (c.sendall(b"HTTP/1.1 20"), c.shutdown(2)),
    "two lengths": lambda c, body: c.sendall(reply(body, b"Content-Length: 7")),
    "deep": lambda c, _: c.sendall(reply(b"[" * 200_000)),
    "long number": lambda c, _: c.sendall(reply(b'{"result": ' + b"1" * 5000 + b"}")),
    "NaN": lambda c, body: c.sendall(reply(body.replace(b'"fee": 1', b'"fee": NaN'))),
    "a member twice": lambda c, body: c.sendall(reply(body.replace(b'"fee": 1', b'"result": 0'))),
    "another reference": lambda c, body: c.sendall(reply(body.replace(b'"ext": "', b'"ext": "f'))),
}


@pytest.mark.parametrize("form", SPOILT)
def test_an_answer_that_cannot_be_read_safely_is_unknown(raw_world, v5_answer, message, form):
    world, server = raw_world(lambda connection, request: SPOILT[form](connection, v5_answer(request)))

    (outcome,) = world.send(message())

    assert outcome.status is Status.UNKNOWN
    assert outcome.provider_message_id is None
    assert server.requests == 1


@pytest.mark.parametrize("flood", [endless, interim_for_ever, extended_for_ever])
def test_a_flood_ends_at_the_cap_and_not_at_the_deadline(raw_world, message, flood):
    world, _ = raw_world(flood)
    began = time.monotonic()

    (outcome,) = world.send(message())

    assert "TooLarge" in outcome.detail
    assert time.monotonic() - began < 2


def test_an_answer_of_just_the_cap_is_read(raw_world, v5_answer, message):
    world, _ = raw_world(lambda connection, request: connection.sendall(reply(v5_answer(request).ljust(CAP))))

    (outcome,) = world.send(message())

    assert outcome.status is Status.ACCEPTED
