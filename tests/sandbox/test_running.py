"""Starting, stopping and sharing a sandbox."""

import asyncio
import resource
import socket
import threading
import time
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from urllib.parse import urlsplit

import httpx
import pytest

from smsway.sandbox import Sandbox, SandboxError
from smsway.sandbox._runner import _settle

A = "+8613700000001"


def test_every_account_has_its_own_port(run, account):
    sandbox = run(account("cn"), account("world"), account("backup"))

    ports = {urlsplit(url).port for url in (*sandbox.urls.values(), sandbox.control_url)}

    assert list(sandbox.urls) == ["cn", "world", "backup"]
    assert len(ports) == 4


def test_ports_can_be_chosen(run, account, free_port):
    one, other = free_port(), free_port()

    sandbox = run(account("cn"), account("world", port=one), port=other)

    assert sandbox.urls["world"] == f"http://127.0.0.1:{one}"
    assert sandbox.control_url == f"http://127.0.0.1:{other}"


@pytest.mark.parametrize("port", [-1, 65_536, 99_999])
def test_a_port_that_is_none_is_named(account, port):
    with pytest.raises(SandboxError) as caught:
        Sandbox([account("cn"), account("world", port=port)], port=port)

    assert ["port", "account 'world'"] == [problem.where for problem in caught.value.problems]
    assert all(f"{port} is no port" in problem.what for problem in caught.value.problems)


def test_a_port_that_is_taken_is_named_and_nothing_stays_behind(account):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        before = threading.enumerate()

        with pytest.raises(SandboxError, match=f"account 'world': cannot listen on port {port} of 127.0.0.1: Address"):
            Sandbox([account("cn"), account("world", port=port)]).__enter__()

        assert threading.enumerate() == before


def test_the_end_is_prompt_whatever_hangs_and_leaves_no_thread(account, dial):
    before = threading.enumerate()
    with Sandbox([account()]) as sandbox:
        lines = []
        for name in ("hang", "drip", "slow"):
            sandbox.inject(name, times=1, **({"delay": 60} if name == "slow" else {}))
            lines.append(dial(sandbox.urls["cn"]))
            lines[-1].post(A)
        lines.append(dial(sandbox.urls["cn"]))
        while sandbox.requests()["cn"] < 3:
            time.sleep(0.01)
        began = time.monotonic()

    assert time.monotonic() - began < 1
    assert threading.enumerate() == before
    assert sandbox.texts() == {A: 3}


def test_a_sandbox_that_has_ended_refuses_and_can_run_again(account, free_port):
    sandbox = Sandbox([account(port=free_port())])
    with sandbox:
        url = sandbox.urls["cn"]
        httpx.post(url + "/send", json={"to": [A]}, trust_env=False)

    with pytest.raises(httpx.ConnectError):
        httpx.post(url + "/send", json={"to": [A]}, trust_env=False)
    with sandbox:
        httpx.post(url + "/send", json={"to": [A]}, trust_env=False)
    assert sandbox.texts() == {A: 2}


def test_a_running_sandbox_cannot_be_started_twice(sandbox):
    with pytest.raises(SandboxError, match="running already"):
        sandbox.__enter__()

    assert httpx.get(sandbox.control_url + "/texts", trust_env=False).status_code == 200


@pytest.mark.parametrize("place", ["urls", "control_url"])
def test_addresses_are_known_only_while_it_runs(account, place):
    with pytest.raises(SandboxError, match="does not run"):
        getattr(Sandbox([account()]), place)


def test_stop_from_another_thread_ends_it(run, account):
    sandbox = run(account())
    url = sandbox.urls["cn"]

    stopper = threading.Thread(target=sandbox.stop)
    stopper.start()
    stopper.join()

    for _ in range(100):
        try:
            httpx.get(url, trust_env=False)
        except httpx.TransportError:
            break
        time.sleep(0.01)
    with pytest.raises(httpx.ConnectError):
        httpx.get(url, trust_env=False)
    sandbox.stop()


def test_serve_runs_in_the_callers_loop_until_stop(account):
    sandbox = Sandbox([account()])
    seen = []

    async def use():
        async with httpx.AsyncClient(trust_env=False) as http:
            sandbox.inject("refuse", seconds=0.5)
            try:
                await http.post(sandbox.urls["cn"] + "/send", json={"to": [A]})
            except httpx.ConnectError:
                seen.append("refused")
            await asyncio.sleep(0.6)
            seen.append((await http.post(sandbox.urls["cn"] + "/send", json={"to": [A]})).status_code)
        sandbox.stop()

    async def main():
        ready = asyncio.Event()
        async with asyncio.timeout(5), asyncio.TaskGroup() as group:
            group.create_task(sandbox.serve(ready.set))
            await ready.wait()
            group.create_task(use())

    asyncio.run(main())

    assert seen == ["refused", 200]


def test_serve_gives_its_ports_back_when_it_is_cancelled(account, free_port):
    sandbox = Sandbox([account(port=free_port())])

    async def main():
        for _ in range(2):
            ready = asyncio.Event()
            task = asyncio.create_task(sandbox.serve(ready.set))
            await ready.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(main())


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::", "example.com"])
def test_a_host_that_others_can_reach_must_be_asked_for(account, host):
    with pytest.raises(SandboxError, match=r"host: .* can be reached from elsewhere; .* allow_remote=True"):
        Sandbox([account()], host=host)


def test_a_host_that_others_can_reach_can_be_asked_for(run, account):
    sandbox = run(account(), host="0.0.0.0", allow_remote=True)

    port = urlsplit(sandbox.control_url).port

    assert httpx.get(f"http://127.0.0.1:{port}/texts", trust_env=False).json() == {}


def test_localhost_is_loopback(run, account):
    sandbox = run(account(), host="localhost")

    assert sandbox.urls["cn"].startswith("http://localhost:")
    assert httpx.get(sandbox.control_url + "/texts", trust_env=False).json() == {}


def test_threads_can_send_and_order_at_the_same_time(sandbox):
    def send():
        with httpx.Client(trust_env=False) as http:
            for _ in range(50):
                http.post(sandbox.urls["cn"] + "/send", json={"to": [A]}).raise_for_status()

    def order():
        for _ in range(50):
            number = sandbox.inject("refuse", account="world")
            sandbox.set_balance("cn", None)
            sandbox.clear_faults(number)

    threads = [threading.Thread(target=target) for target in (send, send, order, order)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sandbox.texts() == {A: 100}
    assert len(sandbox.submissions("cn")) == 100


def test_reset_goes_back_to_the_beginning(run, account, dial):
    sandbox = run(account(balance=5, rate=9.0))
    sandbox.set_balance("cn", 1)
    sandbox.set_rate("cn", None)
    sandbox.set_clock(60)
    line = dial(sandbox.urls["cn"])
    line.post(A)
    line.answer()
    sandbox.inject("refuse")
    sandbox.refuse_recipients("blocked_recipient")

    sandbox.reset()

    (state,) = sandbox.accounts()
    assert (state.balance, state.rate, state.clock_offset, state.requests) == (5, 9.0, 0.0, 0)
    assert (sandbox.texts(), sandbox.submissions(), sandbox.faults(), sandbox.refusals()) == ({}, [], [], [])
    again = dial(sandbox.urls["cn"])
    again.post(A)
    assert again.answer().results[0]["ok"]


@pytest.mark.parametrize(
    "order",
    [
        lambda sandbox: sandbox.inject("html", account="nobody"),
        lambda sandbox: sandbox.refuse_recipients("blocked_recipient", account="nobody"),
        lambda sandbox: sandbox.set_balance("nobody", 1),
        lambda sandbox: sandbox.set_rate("nobody", 1),
        lambda sandbox: sandbox.set_clock(1, account="nobody"),
        lambda sandbox: sandbox.submissions("nobody"),
    ],
)
def test_an_unknown_account_is_named_with_the_ones_there_are(sandbox, order):
    with pytest.raises(SandboxError, match=r"account: unknown account 'nobody'; choose from 'cn', 'world', '\*'"):
        order(sandbox)

    assert sandbox.faults() == sandbox.refusals() == []


def test_nothing_that_could_be_printed_by_accident_shows_a_phone(sandbox):
    sandbox.inject("html", phones=[A])
    sandbox.refuse_recipients("blocked_recipient", phones=[A])

    shown = repr((sandbox.faults(), sandbox.refusals(), sandbox.accounts()))

    assert A not in shown
    assert A[3:] not in shown
    with pytest.raises(SandboxError) as caught:
        sandbox.inject("html", phones=["13700000001"], account="13700000001")
    assert "13700000001" not in str(caught.value)


def test_serve_refuses_to_run_twice_and_needs_nobody_to_tell(account):
    sandbox = Sandbox([account()])

    async def main():
        task = asyncio.create_task(sandbox.serve())
        await asyncio.sleep(0)
        with pytest.raises(SandboxError, match="running already"):
            await sandbox.serve()
        sandbox.stop()
        await task

    asyncio.run(main())


def test_what_is_ordered_before_it_runs_holds_from_the_start(account):
    sandbox = Sandbox([account()])
    sandbox.inject("refuse")

    with sandbox, pytest.raises(httpx.ConnectError):
        httpx.get(sandbox.urls["cn"], trust_env=False)


def test_a_block_that_never_began_to_run_can_end(account):
    sandbox = Sandbox([account()])

    sandbox.stop()
    sandbox.__exit__(None, None, None)

    assert sandbox.texts() == {}


def test_an_order_that_meets_the_end_of_the_loop_is_kept_for_the_next_run(account):
    sandbox = Sandbox([account()])
    with sandbox:
        server = sandbox._runner.server
    sandbox._runner.server = server

    sandbox.inject("refuse")

    sandbox._runner.server = None
    assert [each.order["fault"] for each in sandbox.faults()] == ["refuse"]
    with sandbox, pytest.raises(httpx.ConnectError):
        httpx.get(sandbox.urls["cn"], trust_env=False)


def test_a_failure_to_open_a_port_again_reaches_whoever_ordered_it():
    done = Future()

    def fail():
        raise OSError("port is taken")

    _settle(done, fail)

    with pytest.raises(OSError, match="port is taken"):
        done.result(0)


@pytest.fixture
def exhaust(tmp_path):
    """Take every file descriptor; return a client that a sandbox cannot accept, and what gives descriptors back."""

    @contextmanager
    def take(sandbox):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        give_back = partial(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        with ExitStack() as files:
            resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
            files.callback(give_back)
            client = files.enter_context(socket.socket())
            with suppress(OSError):
                while True:
                    files.enter_context((tmp_path / "file").open("w"))
            client.connect(("127.0.0.1", urlsplit(sandbox.urls["cn"]).port))
            yield client, give_back

    return take


def test_a_server_without_free_descriptors_looks_again_later(sandbox, exhaust):
    with exhaust(sandbox) as (client, give_back):
        client.settimeout(0.25)
        client.sendall(b"GET /echo HTTP/1.1\r\nHost: toy\r\n\r\n")
        with pytest.raises(TimeoutError):
            client.recv(100)
        give_back()
        client.settimeout(5)

        assert client.recv(100).startswith(b"HTTP/1.1 200 OK")


def test_a_server_that_ends_while_it_has_no_free_descriptors_stays_ended(account, exhaust):
    with Sandbox([account()]) as sandbox, exhaust(sandbox) as (client, give_back):
        time.sleep(0.05)
        give_back()
        sandbox.inject("refuse")
        time.sleep(0.2)

        with pytest.raises(ConnectionResetError):
            client.recv(100)
        sandbox.inject("refuse")
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", urlsplit(sandbox.urls["cn"]).port), timeout=5)
