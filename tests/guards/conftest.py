"""Guards over stores of every kind, a clock that the test moves, and clients whose vendors cannot be reached."""

from __future__ import annotations

import copy
import itertools
import json
import os
import sys
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

sys.path.insert(0, str(Path(__file__).parent.parent))
sys.path.insert(0, str(Path(__file__).parent))
from guarded import Office
from postgres import Postgres, programs

from smsway import Client
from smsway.guards import MemoryGuards
from smsway.guards._sql import SqlGuards
from smsway.outbox import open_database

EPOCH = 1_700_000_000.0
"""2023-11-14T22:13:20Z."""


class Clock:
    """The time, which passes only when a test says so."""

    def __init__(self):
        self.time = EPOCH
        self._numbers = itertools.count(1)

    def __call__(self):
        return self.time

    now = __call__
    # Real: drivers wait by it.
    monotonic = staticmethod(time.monotonic)

    def nonce(self):
        return next(self._numbers)

    def random(self):
        return 0.5


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture(scope="session")
def postgres():
    if programs() is None and not os.environ.get("SMSWAY_SERVERS"):
        pytest.skip("PostgreSQL is not installed; on Debian: make servers")
    server = Postgres()
    # Nothing here is worth a disk.
    server.start(fsync="off")
    yield server
    server.remove()


_numbers = itertools.count()


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request, tmp_path):
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'outbox.db'}"
    return request.getfixturevalue("postgres").create(f"guards{next(_numbers)}")


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def make_store(request, tmp_path):
    """Return a function that opens what guards remember; in a database, it is the same each time."""
    if request.param == "memory":
        one = MemoryGuards()
        yield lambda: one
        return
    url = f"sqlite:///{tmp_path / 'outbox.db'}"
    if request.param == "postgres":
        url = request.getfixturevalue("postgres").create(f"guards{next(_numbers)}")
    with ExitStack() as opened:

        def make():
            database = open_database(url)
            database.migrate()
            store = SqlGuards(database)
            opened.callback(store.close)
            return store

        yield make


class Vendor(httpx.BaseTransport):
    """Whatever it is asked, nobody is there: all that is sent moves on to the next account."""

    def __init__(self):
        self.requests = []

    def handle_request(self, request):
        self.requests.append(request)
        raise httpx.ConnectError("refused")


@pytest.fixture
def vendor():
    return Vendor()


@pytest.fixture
def make_client(configuration, vendor, clock, stack):
    """Return a function that makes a client with `[guards]`; what it is told otherwise goes into the configuration."""

    def make(guards, *, plugins=(), **changes):
        source = copy.deepcopy(configuration) | {"guards": guards} | changes
        client = Client.from_config(source, transport=vendor, clock=clock, plugins=plugins)
        stack.enter_context(client)
        return client

    return make


class Tencent(httpx.MockTransport):
    """Takes every text, and counts them by account; accounts that are `down` cannot be reached."""

    def __init__(self):
        super().__init__(self.answer)
        self.sent = Counter()
        self.down = set()

    def answer(self, request):
        account = {"1": "one", "2": "two", "3": "three"}[request.url.params["sdkappid"]]
        if account in self.down:
            raise httpx.ConnectError("refused")
        asked = json.loads(request.content)
        # One in the mainland is a table, one elsewhere a text, and several are a list of tables.
        tel = asked["tel"]
        tels = tel if isinstance(tel, list) else [tel if isinstance(tel, dict) else {}]
        self.sent[account] += len(tels)
        item = {"result": 0, "errmsg": "OK", "sid": "s", "fee": 1}
        detail = [item | each for each in tels if each]
        return httpx.Response(200, json=item | {"ext": asked["ext"], "detail": detail})


@pytest.fixture
def tencent():
    return Tencent()


@pytest.fixture
def source():
    """Return a configuration of three accounts of that vendor, of which routes name two."""
    accounts = {
        name: {"provider": "tencent-v5", "sdk_app_id": number, "app_key": "literal:key"}
        for number, name in enumerate(("one", "two", "three"), 1)
    }
    return {
        "accounts": accounts,
        "templates": {"login_code": {"params": ["code"], "accounts": {name: {"id": 19} for name in accounts}}},
        "signatures": {"default": dict.fromkeys(accounts, "Tencent")},
        "routes": [{"accounts": ["one", "two"]}],
    }


@pytest.fixture
def make_office(tmp_path, stack):
    """Return a function that makes an office whose guards remember in a database."""

    def make(source, vendor):
        office = Office(source | {"outbox": {"database": f"sqlite:///{tmp_path / 'outbox.db'}"}}, vendor)
        stack.callback(office.close)
        return office

    return make
