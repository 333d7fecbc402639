"""HTTP as the sandbox speaks it when nothing is wrong, and what it makes of clients that do not."""

import json
import socket
import struct
import time

import httpx
import pytest

A, B = "+8613700000001", "+8613700000002"


def test_a_connection_carries_one_request_after_the_other(sandbox, line):
    for _ in range(3):
        line.post(A)
        assert line.answer().headers.get("connection") is None

    assert sandbox.texts() == {A: 3}


def test_requests_written_ahead_are_answered_in_order(line):
    line.post(A)
    line.post(B)

    assert [line.answer().results[0]["phone"] for _ in range(2)] == [A, B]


@pytest.mark.parametrize("how", [b"HTTP/1.1\r\nHost: toy\r\nConnection: close", b"HTTP/1.0"])
def test_the_connection_closes_if_the_client_wants_it(line, how):
    line.write(b"GET /echo %s\r\n\r\n" % how)

    assert line.answer().headers["connection"] == "close"
    assert line.read() == b""


def test_a_side_gets_the_request_as_it_was_received(sandbox, http):
    response = http.put(
        sandbox.urls["cn"] + "/echo?a=1&b=%E4%BD%A0+x&c=&a=2", content="你好".encode(), headers={"X-Thing": "One"}
    )

    told = response.json()
    assert (told["method"], told["body"]) == ("PUT", "你好")
    assert told["query"] == {"a": "2", "b": "你 x", "c": ""}
    assert told["headers"]["x-thing"] == "One"


def test_headers_of_one_name_are_joined(line):
    line.write(b"GET /echo HTTP/1.1\r\nHost: toy\r\nX-A: 1\r\nx-a: 2\r\n\r\n")

    assert json.loads(line.answer().body)["headers"]["x-a"] == "1, 2"


def test_a_body_in_chunks_is_put_together(sandbox, http):
    response = http.post(sandbox.urls["cn"] + "/echo", content=iter([b"one", b"two"]))

    assert response.json()["body"] == "onetwo"


def test_an_answer_to_head_has_no_body(line):
    line.write(b"HEAD /echo HTTP/1.1\r\nHost: toy\r\n\r\n")
    head = line.head()

    line.post(A)

    assert int(head.headers["content-length"]) > 0
    assert line.answer().results[0]["phone"] == A


def test_a_client_that_waits_for_leave_gets_it(line):
    line.write(b"POST /echo HTTP/1.1\r\nHost: toy\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
    leave = line.head()

    line.write(b"hi")

    assert leave.status == 100
    assert json.loads(line.answer().body)["body"] == "hi"


@pytest.mark.parametrize(
    "nonsense",
    [
        b"nonsense\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\n a: b\r\n\r\n",
    ],
)
def test_what_is_no_http_gets_400_and_the_connection_closes(sandbox, line, nonsense):
    line.write(nonsense)

    assert line.answer().status == 400
    assert line.read_all() == b""
    assert sandbox.requests()["cn"] == 0


def test_endless_headers_get_431(line):
    line.write(b"GET / HTTP/1.1\r\nHost: toy\r\nX: " + b"x" * 200_000)

    assert line.answer().status == 431


def test_a_request_that_is_too_large_gets_413_while_it_is_still_being_sent(sandbox, line):
    line.write(b"POST /send HTTP/1.1\r\nHost: toy\r\nContent-Length: 3000000\r\n\r\n" + b" " * 3_000_000)

    assert line.answer().status == 413
    assert sandbox.requests()["cn"] == 0


def test_a_request_of_the_largest_size_is_taken(sandbox, http):
    response = http.post(sandbox.urls["cn"] + "/echo", content=b" " * 1024 * 1024)

    assert len(response.json()["body"]) == 1024 * 1024


@pytest.mark.parametrize(
    "part", [b"POST /send HTTP/1.1\r\nHo", b"POST /send HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{"]
)
def test_a_client_that_leaves_in_the_middle_harms_nobody(sandbox, line, dial, part):
    line.write(part)
    line.close()

    other = dial(sandbox.urls["cn"])
    other.post(A)

    assert other.answer().status == 200
    assert sandbox.requests()["cn"] == 1


def test_the_date_is_the_vendors(run, account, dial):
    sandbox = run(account(), clock=lambda: 1_700_000_000.0)
    sandbox.set_clock(3600)
    line = dial(sandbox.urls["cn"])

    line.post(A)

    assert line.answer().headers["date"] == "Tue, 14 Nov 2023 23:13:20 GMT"


def test_a_thousand_requests_on_one_connection_take_little_time(sandbox, line):
    began = time.monotonic()

    for _ in range(1000):
        line.post(A)
        line.answer()

    assert time.monotonic() - began < 10
    assert sandbox.texts() == {A: 1000}
    assert sandbox.requests()["cn"] == 1000


@pytest.fixture
def trusted(make_authority):
    authority = make_authority()
    return authority.server(), authority.client()


def test_accounts_can_speak_tls(run, account, trusted):
    server, client = trusted
    sandbox = run(account(), ssl_context=server)

    with httpx.Client(verify=client, trust_env=False) as http:
        answers = [http.post(sandbox.urls["cn"] + "/send", json={"to": [A]}) for _ in range(2)]
        control = http.get(sandbox.control_url + "/texts")

    assert sandbox.urls["cn"].startswith("https://127.0.0.1:")
    assert [answer.status_code for answer in answers] == [200, 200]
    assert control.json() == {A: 2}


@pytest.mark.parametrize("name", ["drop_after", "truncated", "reset", "refuse"])
def test_faults_strike_through_tls(run, account, trusted, name):
    server, client = trusted
    sandbox = run(account(), ssl_context=server)
    sandbox.inject(name)

    with httpx.Client(verify=client, trust_env=False) as http, pytest.raises(httpx.TransportError):
        http.post(sandbox.urls["cn"] + "/send", json={"to": [A]})

    assert sandbox.texts() == ({} if name in ("reset", "refuse") else {A: 1})


def test_a_client_that_speaks_no_tls_harms_nobody(run, account, trusted, dial):
    server, client = trusted
    sandbox = run(account(), ssl_context=server)
    plain = dial(sandbox.urls["cn"])

    plain.post(A)

    with pytest.raises(AssertionError, match="closed"):
        plain.answer()
    with httpx.Client(verify=client, trust_env=False) as http:
        assert http.post(sandbox.urls["cn"] + "/send", json={"to": [A]}).status_code == 200


def test_what_is_no_http_gets_400_through_tls_too(run, account, trusted, dial):
    server, client = trusted
    line = dial(run(account(), ssl_context=server).urls["cn"])
    line.socket = client.wrap_socket(line.socket, server_hostname="127.0.0.1")

    line.write(b"nonsense\r\n\r\n")

    assert line.answer().status == 400


def test_a_client_that_resets_the_connection_harms_nobody(sandbox, line, dial):
    sandbox.inject("slow", delay=0.1, times=1)
    line.post(A)
    line.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    line.close()

    other = dial(sandbox.urls["cn"])
    time.sleep(0.2)
    other.post(A)

    assert other.answer().status == 200
