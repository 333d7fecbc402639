"""What strangers do to `smsway webhooks` over real sockets: it costs us no report, no place for long, and no log."""

import http.client
import logging
import random
import re
import socket
import threading
import time
from contextlib import contextmanager, suppress

import pytest

from smsway.webhooks import _serve, serve

SECRET = "5e2fd1c0a94b7d3852e0a94c7f6b1d2e"
PATH = f"/toy/{SECRET}"


@contextmanager
def serving(holder):
    """Serve in a thread, and give the port."""
    servers, ports, known = [], [], threading.Event()
    make = _serve._server

    def keep(*given):
        servers.append(make(*given))
        return servers[0]

    def listening(url):
        ports.append(int(url.rpartition(":")[2]))
        known.set()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_serve, "_server", keep)
        thread = threading.Thread(target=serve, args=(holder,), kwargs={"port": 0, "listening": listening})
        thread.start()
        assert known.wait(10)
    try:
        yield ports[0]
    finally:
        servers[0].should_exit = True
        thread.join(10)


@pytest.fixture(scope="module")
def holder(make_stand_in):
    limits = {"body_limit": 1000, "read_timeout": 1}
    return make_stand_in({"webhooks": limits | {"accounts": {"toy": {"secrets": [f"literal:{SECRET}"]}}}})


@pytest.fixture(scope="module")
def shared(holder):
    with serving(holder) as port:
        yield port


@pytest.fixture
def port(shared, holder, caplog):
    """The port of a server that all tests share."""
    caplog.set_level(logging.INFO)
    holder.tracker.received.clear()
    return shared


@pytest.fixture
def notebook(holder):
    return holder.tracker


@pytest.fixture
def complaints(caplog):
    """Return what was logged at a level and above, without what the server says of itself."""

    def since(level=logging.WARNING):
        return [record.getMessage() for record in caplog.records if record.levelno >= level]

    return since


@pytest.fixture
def say(port):
    """Send pieces, each after what the one before was answered, and return all answers until the server closes."""

    def talk(*pieces, patience=0.1):
        answers = b""
        with socket.create_connection(("127.0.0.1", port), 10) as line, suppress(ConnectionError):
            for piece in pieces:
                line.sendall(piece)
                line.settimeout(patience)
                with suppress(TimeoutError):
                    answers += line.recv(65536)
            line.settimeout(10)
            while part := line.recv(65536):
                answers += part
        return answers

    return talk


def head(path, *headers):
    return "\r\n".join((f"POST {path} HTTP/1.1", "Host: x", *headers, "", "")).encode()


@pytest.mark.parametrize("offer", ["websocket", "h2c", "TLS/1.0", "h2c, websocket", "\xff"])
def test_an_offer_of_another_protocol_is_passed_over_and_costs_neither_the_body_nor_a_line_in_the_log(
    port, notebook, make_reports, complaints, offer
):
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    headers = {"Connection": "Upgrade, HTTP2-Settings", "Upgrade": offer, "HTTP2-Settings": "AAMAAABkAAQAAP__"}
    answers = []

    for number in range(3):
        line.request("POST", PATH, make_reports(f"+861370000000{number}"), headers)
        answer = line.getresponse()
        answers.append((answer.status, answer.read()))
    line.request("PUT", PATH, headers=headers)
    answers.append((line.getresponse().status, None))
    line.close()

    assert answers == [(200, b'{"got":true}')] * 3 + [(405, None)]
    assert [item.recipient for item in notebook.items] == [f"+861370000000{number}" for number in range(3)]
    assert complaints() == []


def test_what_is_no_http_is_answered_and_no_defect_of_ours(say, complaints):
    answers = [say(garbage) for garbage in (b"\x16\x03\x01\x02\x00\r\n\r\n", b"\0" * 70_000, b"GET\r\n\r\n")]

    assert [answer[:13] for answer in answers] == [b"HTTP/1.1 400 "] * 3
    assert complaints(logging.ERROR) == []


@pytest.mark.parametrize("where", ["/x/y", PATH])
def test_garbage_in_a_body_that_came_with_its_head_is_no_defect_of_ours(say, complaints, where):
    answer = say(head(where, "Transfer-Encoding: chunked") + b"no number\r\n")

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert complaints(logging.ERROR) == []


def test_whoever_had_an_answer_and_then_sends_garbage_is_no_defect_of_ours(say, complaints):
    answer = say(head("/x/y", "Transfer-Encoding: chunked"), b"no number\r\n")

    assert answer.startswith(b"HTTP/1.1 404 ")
    assert answer.count(b"HTTP/1.1") == 1
    assert complaints(logging.ERROR) == []


@pytest.mark.parametrize(
    ("pieces", "statuses"),
    [
        ([b"1\r\n[\r\n", b"1;x=y\r\n]\r\n0\r\nTrailer: x\r\n\r\n"], [200]),
        ([b"2\r\n[]\r\n", b"0\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"], [200, 404]),
        ([b"3e8\r\n[", b" " * 998 + b"]\r\n0\r\n\r\n"], [200]),
        ([b"3e9\r\n[" + b" " * 1000 + b"\r\n0\r\n\r\n"], [413]),
        ([b"1\r\n[\r\n" + b"1\r\n \r\n" * 1200], [413]),
        ([b"ffffffffffffffff\r\n[", b" " * 2000], [413]),
        ([b"1\r\n[\r\n", b"x\r\n]"], [400]),
        ([b"-1\r\n[]\r\n"], [400]),
        ([b"2\r\n[]\r\n"], [408]),
    ],
)
def test_a_body_in_chunks_has_the_same_limits(say, pieces, statuses):
    last = () if 404 in statuses else ("Connection: close",)

    answers = say(head(PATH, "Transfer-Encoding: chunked", *last), *pieces)

    assert [int(status) for status in re.findall(rb"HTTP/1\.1 (\d+) ", answers)] == statuses


@pytest.mark.parametrize(
    ("lines", "body", "status"),
    [
        (["Content-Length: 2", "Content-Length: 2"], b"[]", 200),
        (["Content-Length: 2", "Content-Length: 3"], b"[] ", 400),
        (["Content-Length: 2, 3"], b"[] ", 400),
        (["Content-Length: -2"], b"[]", 400),
        (["Content-Length: +2"], b"[]", 400),
        (["Content-Length: 0x2"], b"[]", 400),
        (["Content-Length: 2_0"], b"[]", 400),
        (["Content-Length: \xb2"], b"[]", 400),
        (["Content-Length: 99999999999999999999"], b"[]", 413),
        (["Content-Length: 3"], b"[]", 408),
        (["Content-Length: 1"], b"[]", 400),
        (["Transfer-Encoding: gzip"], b"[]", 400),
        (["Transfer-Encoding: gzip, chunked"], b"2\r\n[]\r\n0\r\n\r\n", 400),
        ([" Content-Length: 2"], b"[]", 400),
        (["Content-Length : 2"], b"[]", 400),
    ],
)
def test_a_length_that_lies_or_cannot_be_read_is_refused(port, notebook, lines, body, status):
    # Written at once and read to the end, for h11 leaves such a connection where it is.
    with socket.create_connection(("127.0.0.1", port), 10) as line:
        line.sendall("\r\n".join((f"POST {PATH} HTTP/1.1", "Host: x", "Connection: close", *lines, "", "")).encode())
        line.sendall(body)
        answer = line.recv(65536)

    assert int(answer.split()[1]) == status
    assert notebook.items == []


@pytest.mark.parametrize(
    ("where", "status"),
    [
        ("{path}", 200),
        ("{path}?", 200),
        ("{path}?a=%ff&a&=&%", 200),
        # A server has decoded a path before it matches it.
        ("/%74oy/{secret}", 200),
        ("/toy%2f{secret}", 200),
        ("{path}%00", 404),
        ("{path}%0a", 404),
        ("{path}%20", 404),
        ("{path}/", 404),
        ("{path}//", 404),
        ("/{path}", 404),
        ("/toy//{secret}", 404),
        ("/./toy/{secret}", 404),
        ("/toy/../toy/{secret}", 404),
        ("/toy/%2e%2e/toy/{secret}", 404),
        ("/toy%252f{secret}", 404),
        ("/toy;x/{secret}", 404),
        ("/toy/%ff%fe", 404),
        ("/%f0%9f%98%80/{secret}", 404),
        ("/toy/%u0041", 404),
        ("/toy/%", 404),
        ("/toy/" + "x" * 60_000, 404),
        ("/" * 60_000, 404),
        ("/toy/\xff", 400),
        ("*", 404),
    ],
)
def test_a_path_is_that_of_an_account_or_is_refused(say, caplog, where, status):
    answer = say(head(where.format(path=PATH, secret=SECRET), "Connection: close", "Content-Length: 2") + b"[]")

    assert int(answer.split()[1]) == status
    assert SECRET not in answer.decode() + caplog.text


@pytest.mark.parametrize("before", [b"", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"])
def test_whoever_is_slow_with_the_head_of_a_request_is_not_waited_for(port, monkeypatch, before):
    monkeypatch.setattr("smsway.webhooks._protocol._HEAD_SECONDS", 0.5)
    began = time.monotonic()

    with socket.create_connection(("127.0.0.1", port), 10) as line, suppress(ConnectionError):
        line.sendall(before)
        while time.monotonic() - began < 5:
            line.sendall(b"GET / HTTP/1.1\r\nX-Slow: " if time.monotonic() - began < 0.1 else b"x")
            line.settimeout(0.1)
            with suppress(TimeoutError):
                if not line.recv(65536):
                    break

    assert 0.4 < time.monotonic() - began < 3


def test_whoever_is_slow_with_a_body_has_the_time_that_a_body_has(say, monkeypatch):
    monkeypatch.setattr("smsway.webhooks._protocol._HEAD_SECONDS", 0.3)

    answer = say(head(PATH, "Content-Length: 2", "Connection: close"), b"[", b"]", patience=0.3)

    assert answer.startswith(b"HTTP/1.1 200 ")


def test_random_bytes_make_no_defect_and_no_flood(say, complaints):
    chance = random.Random(7)
    good = head(PATH, "Content-Length: 2", "Connection: close") + b"[]"

    for _ in range(60):
        broken = bytearray(good * 2)
        for _ in range(chance.choice((1, 3, 10))):
            broken[chance.randrange(len(broken))] = chance.choice(b"\r\n\0 :%\xff09aZ/")
        say(bytes(broken) + b"\r\n\r\n", patience=0.001)

    assert complaints(logging.ERROR) == []
    assert complaints().count("Invalid HTTP request received.") <= 1
