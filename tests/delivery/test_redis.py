"""Limits that are shared through a Redis server: the library's store, the server's clock, several clients at once."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import threading
import time
from contextlib import closing, suppress

import pytest
from pydantic import SecretStr
from pyrate_limiter import InMemoryStateStore, StateStore

from smsway import AsyncClient, Client, Message, Template
from smsway._limits import RedisStores
from smsway.config import load
from smsway.sandbox import sandbox_of

REDIS = shutil.which("redis-server")
CANARY = "canary-of-redis"


@pytest.fixture
def redis(free_port, tmp_path, monkeypatch):
    """Start a server with a password, whose URL is in the environment; return its process."""
    if REDIS is None:
        pytest.skip("redis-server is not installed")
    port = free_port()
    command = [REDIS, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--requirepass", CANARY]
    server = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL)
    for _ in range(500):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            break
        time.sleep(0.01)
    monkeypatch.setenv("REDIS_URL", f"redis://:{CANARY}@127.0.0.1:{port}/0")
    yield server
    server.terminate()
    server.wait(10)


@pytest.fixture
def shared(configuration, stack, monkeypatch):
    """Make clients of one configuration, whose account may be sent twenty requests per second."""
    if "REDIS_URL" not in os.environ:
        monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1")
    configuration["accounts"]["cn"] |= {"rate": 20}
    configuration["limits"] = {"store": "env:REDIS_URL", "processes": 2}
    configuration["routes"] = [{"name": "all", "accounts": ["cn"]}]
    sandbox = stack.enter_context(sandbox_of(load(configuration), rate=False))

    def make(kind=Client, **options):
        return kind(load(configuration, (), sandbox.urls), **options)

    return make


def send(client, times):
    """Send so many texts one after the other."""
    for number in range(times):
        content = Template("login_code", {"code": "1", "minutes": "2"})
        (outcome,) = client.send(Message(to=f"+86137000{number:05d}", content=content))
        assert outcome.status == "accepted"


class Watched(StateStore):
    """A store that notes when it gave leave, by its own clock."""

    def __init__(self, store, granted):
        self.store, self.granted, self.default_clock = store, granted, store.default_clock

    def check(self, algorithm, rates, now, weight):
        decision = self.store.check(algorithm, rates, now, weight)
        if decision.allowed:
            self.granted.append(now)
        return decision

    def read(self, algorithm, rates):
        return self.store.read(algorithm, rates)

    def reset(self):
        self.store.reset()


def test_two_clients_together_keep_to_one_limit(redis, shared, stack):  # noqa: ARG001  # the server is to run
    granted = []
    servers = [stack.enter_context(closing(RedisStores(SecretStr(os.environ["REDIS_URL"])))) for _ in range(2)]
    factories = [lambda name, server=server: Watched(server(name), granted) for server in servers]
    clients = [stack.enter_context(shared(limit_stores=each)) for each in factories]
    threads = [threading.Thread(target=send, args=(client, 15)) for client in clients for _ in range(2)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    granted.sort()
    assert len(granted) == 60
    assert max(sum(start <= at < start + 1000 for at in granted) for start in granted) <= 20


async def send_and_close(client):
    async with client:
        content = Template("login_code", {"code": "1", "minutes": "2"})
        (outcome,) = await client.send(Message(to="+8613700000000", content=content))
    return outcome


def test_an_async_client_asks_it_too(redis, shared, caplog):  # noqa: ARG001  # as above
    outcome = asyncio.run(send_and_close(shared(AsyncClient)))

    assert outcome.status == "accepted"
    assert caplog.records == []


def test_without_the_server_texts_go_out_all_the_same_and_its_password_is_told_nowhere(redis, shared, stack, caplog):
    client = stack.enter_context(shared())
    send(client, 2)
    redis.terminate()
    redis.wait(10)

    send(client, 3)

    (record,) = [record for record in caplog.records if record.levelname == "ERROR"]
    assert "the shared store of the rate limit of cn failed (ConnectionError)" in record.getMessage()
    assert CANARY not in caplog.text
    assert record.exc_info is None


def test_a_store_from_python_comes_before_that_of_the_file(shared, stack, caplog):
    asked = []

    def stores(name):
        asked.append(name)
        return InMemoryStateStore()

    send(stack.enter_context(shared(limit_stores=stores)), 1)

    assert asked == ["cn", "cn/codes"]
    assert caplog.records == []
