"""A server of its own over real sockets: what it acknowledged is never lost, it ends in order, and logs no secret."""

import asyncio
import base64
import json
import random
import signal
import socket
import ssl
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

import httpx
import pytest
import trustme

from smsway import SmswayError
from smsway.tracking import SqliteStore, Tracker
from smsway.webhooks import serve

SECRET = "5e2fd1c0a94b7d3852e0a94c7f6b1d2e"
PASSWORD = "open-sesame"
AUTHORIZATION = f"Authorization: Basic {base64.b64encode(f'vendor:{PASSWORD}'.encode()).decode()}"

PROGRAM = """
import json, logging, sys, time
from smsway import Client
from smsway.provider import hookimpl
from smsway.webhooks import _protocol, serve

class Slow:
    @hookimpl
    def report_received(self, event):
        time.sleep(float(sys.argv[2]))
        print("told", flush=True)

_protocol._HEAD_SECONDS = float(sys.argv[4])
logging.basicConfig(level=1, stream=sys.stderr)
with Client.from_config(sys.argv[1], plugins=[Slow()]) as client:
    serve(client, port=0, listening=lambda url: print(url, flush=True), **json.loads(sys.argv[3]))
print("closed", flush=True)
"""

TOML = f"""
[accounts.cn]
provider = "tencent-v5"
sdk_app_id = 1400006666
app_key = "literal:5f03a35d00ee52a21327ab048186a2c4"

[reports]
store = "reports.db"

[webhooks]
read_timeout = 0.5

[webhooks.accounts.cn]
secrets = ["literal:{SECRET}"]
username = "vendor"
password = "literal:{PASSWORD}"
"""


def status(number):
    return {
        "user_receive_time": "2015-10-17 08:03:04",
        "nationcode": "86",
        "mobile": f"137{number:08}",
        "report_status": "SUCCESS",
        "errmsg": "DELIVRD",
        "description": "",
        "sid": f"8:K{number}",
    }


@pytest.fixture
def served(tmp_path):
    """Run the server in a process; gives the process and the address to post to."""
    (tmp_path / "smsway.toml").write_text(TOML, encoding="utf-8")
    (tmp_path / "program.py").write_text(PROGRAM, encoding="utf-8")

    @contextmanager
    def run(delay=0.0, patience=10.0, **options):
        files = [str(tmp_path / "program.py"), str(tmp_path / "smsway.toml")]
        command = [sys.executable, *files, str(delay), json.dumps(options), str(patience)]
        pipe = subprocess.PIPE
        with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True) as process:
            try:
                yield process, f"{process.stdout.readline().strip()}/cn/{SECRET}"
            finally:
                process.kill()

    return run


def address_of(url):
    parts = urlsplit(url)
    return parts.hostname, parts.port


def stored(path):
    """Return the phones of all reports in a store that another process left."""
    later = time.time() + 120
    tracker = Tracker(SqliteStore(path), lambda: later, lambda _: None)
    try:
        tracker.process(tracker.unprocessed())
        return [report.recipient for report in tracker.unmatched()]
    finally:
        tracker.close()


@pytest.mark.parametrize("seed", range(4))
def test_a_killed_server_has_lost_nothing_of_what_it_acknowledged(served, tmp_path, seed):
    acknowledged = []

    async def post(url, process):
        numbers, enough = iter(range(1, 1_000_000)), random.Random(seed).randint(1, 300)
        async with httpx.AsyncClient(auth=("vendor", PASSWORD)) as client:

            async def one():
                for number in numbers:
                    try:
                        answer = await client.post(url, json=[status(number)])
                    except httpx.TransportError:
                        return
                    assert answer.status_code == 200
                    acknowledged.append(f"+86137{number:08}")
                    if len(acknowledged) == enough:
                        process.send_signal(signal.SIGKILL)

            await asyncio.gather(*(one() for _ in range(16)))

    with served() as (process, url):
        asyncio.run(post(url, process))
        assert process.wait(10) == -signal.SIGKILL

    found = stored(tmp_path / "reports.db")
    assert acknowledged
    assert set(acknowledged) <= set(found)
    assert len(found) == len(set(found))


def test_it_ends_on_sigterm_with_all_processed_and_the_client_closed(served, tmp_path):
    with served(delay=0.15) as (process, url):
        for number in (1, 2, 3):
            assert httpx.post(url, json=[status(number)], auth=("vendor", PASSWORD)).json() == {
                "result": 0,
                "errmsg": "OK",
            }
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=20)

    assert process.returncode == 0
    assert out.split() == ["told"] * 3 + ["closed"]
    assert "Traceback" not in err
    assert len(stored(tmp_path / "reports.db")) == 3


def test_no_secret_and_no_path_is_logged_whatever_comes_and_however_much_is_logged(served):
    with served() as (process, url):
        with httpx.Client() as client:
            good = client.post(url, json=[status(1)], auth=("vendor", PASSWORD))
            statuses = [
                good.status_code,
                client.post(url, json=[status(2)]).status_code,
                client.post(url, json=[status(2)], auth=("vendor", f"{PASSWORD}x")).status_code,
                client.post(url, content=b"[{", auth=("vendor", PASSWORD)).status_code,
                client.post(url, content=b"[" + b" " * 300_000, auth=("vendor", PASSWORD)).status_code,
                client.post(f"{url}x", json=[]).status_code,
                client.get(url).status_code,
                client.get(
                    url,
                    headers={
                        "Connection": "upgrade",
                        "Upgrade": "websocket",
                        "Sec-WebSocket-Key": "x" * 22 + "==",
                        "Sec-WebSocket-Version": "13",
                    },
                ).status_code,
            ]
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=20)

    assert statuses == [200, 401, 401, 400, 413, 404, 401, 401]
    assert "server" not in good.headers
    assert "refused a callback" in err
    shown = [word for word in (SECRET, PASSWORD, "/cn/", "13700000001", "DELIVRD", "K1") if word in err]
    assert shown == []


def test_a_body_that_stops_in_the_middle_is_given_up(served):
    head = f"POST /cn/{SECRET} HTTP/1.1\r\nHost: x\r\n{AUTHORIZATION}\r\nContent-Length: 100\r\n\r\n["

    with served() as (_, url), socket.create_connection(address_of(url), 10) as line:
        line.sendall(head.encode())
        answer = b"".join(iter(lambda: line.recv(4096), b""))

    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"connection: close" in answer.lower()


def test_two_requests_in_one_write_get_each_their_answer(served):
    body = json.dumps([status(1)])
    head = f"POST /cn/{SECRET} HTTP/1.1\r\nHost: x\r\n{AUTHORIZATION}\r\nContent-Length: {len(body)}\r\n\r\n"

    with served() as (_, url), socket.create_connection(address_of(url), 10) as line:
        line.sendall((head + body + head.replace("cn/", "cm/") + body).encode())
        answer = b""
        while answer.count(b"HTTP/1.1") < 2 or not answer.endswith(b"Not Found"):
            answer += line.recv(4096)

    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"HTTP/1.1 404 " in answer


def test_it_can_have_a_certificate(served, tmp_path):
    authority, trust = trustme.CA(), ssl.create_default_context()
    authority.configure_trust(trust)
    issued = authority.issue_cert("127.0.0.1")
    issued.private_key_pem.write_to_path(tmp_path / "key.pem")
    issued.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")

    with served(certificate=str(tmp_path / "cert.pem"), key=str(tmp_path / "key.pem")) as (_, url):
        answer = httpx.post(url, json=[], auth=("vendor", PASSWORD), verify=trust)

    assert url.startswith("https://127.0.0.1:")
    assert answer.status_code == 200


def test_a_port_that_is_taken_is_named(source, make_holder, free_port):
    port = free_port()

    with socket.create_server(("127.0.0.1", port)), pytest.raises(SmswayError, match=f"cannot listen on port {port}"):
        serve(make_holder(source), port=port)


def test_a_certificate_that_cannot_be_read_is_named(source, make_holder, tmp_path):
    missing = tmp_path / "none.pem"

    with pytest.raises(SmswayError, match=r"none\.pem"):
        serve(make_holder(source), certificate=missing)


def answered(url, pieces):
    """Send the head of a request piece by piece; return what comes back before the server closes."""
    with socket.create_connection(address_of(url), timeout=5) as connection, suppress(ConnectionError):
        for piece in pieces:
            connection.sendall(piece)
        return connection.recv(4096)
    return b""


def test_a_head_without_end_is_cut_off(served):
    with served() as (_, url):
        endless = (b"X-Pad: " + b"x" * 8000 + b"\r\n" for _ in range(1_000))
        long = [b"POST / HTTP/1.1\r\nHost: x\r\n", *endless]
        assert answered(url, long)[:13] in {b"", b"HTTP/1.1 400 "}
        # A body may be longer than that.
        body = json.dumps([status(number) for number in range(900)]).encode()
        answer = httpx.post(url, content=body, auth=("vendor", PASSWORD))

    assert len(body) > 64 * 1024
    assert answer.status_code == 200


def test_whoever_says_nothing_is_not_waited_for(served):
    with served(patience=1) as (_, url), socket.create_connection(address_of(url), timeout=30) as silent:
        began = time.monotonic()

        assert silent.recv(1) == b""
        assert 0.5 < time.monotonic() - began < 5
