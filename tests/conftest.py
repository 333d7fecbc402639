"""What tests of several folders share: a configuration, plugins to install, ports, certificates, a database."""

from __future__ import annotations

import copy
import itertools
import os
import socket
import ssl
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import trustme

sys.path.insert(0, str(Path(__file__).parent))
from postgres import Postgres, programs

from smsway.outbox import open_database

# The secrets are made like the examples that the vendors publish.
CONFIGURATION: dict[str, Any] = {
    "region": "CN",
    "accounts": {
        "cn": {
            "provider": "tencent-v5",
            "sdk_app_id": 1400006666,
            "app_key": "literal:5f03a35d00ee52a21327ab048186a2c4",
        },
        "world": {
            "provider": "tencent-global",
            "region": "ap-singapore",
            "sdk_app_id": "2400006666",
            "secret_id": "literal:AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE",
            "secret_key": "literal:Gu5t9xGARNpq86cd98joQYCN3EXAMPLE",
        },
        "backup": {
            "provider": "usms",
            "project_id": "org-1",
            "public_key": "literal:ucloudsomeone@example.com1296235120854146120",
            "private_key": "literal:46f09bb9fab4f12dfc160dae12273d5332b5debe",
        },
    },
    "templates": {
        "login_code": {
            "params": ["code", "minutes"],
            "text": "Your code is {code}, valid for {minutes} minutes.",
            "accounts": {
                "cn": {"id": 19},
                "world": {"id": "1800308", "params": ["code"]},
                "backup": {"id": "UTA20212831C85C"},
            },
        }
    },
    "signatures": {"default": {"cn": "Tencent Cloud", "backup": "SCloud"}},
    "routes": [
        {"name": "mainland", "when": {"countries": ["CN"]}, "accounts": ["cn", "backup"]},
        {"name": "world", "accounts": ["world", "backup"]},
    ],
}


@pytest.fixture
def configuration() -> dict[str, Any]:
    """Return a configuration with an account of each real provider, for the test to change."""
    return copy.deepcopy(CONFIGURATION)


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    """Hold what is open until the test ends."""
    with ExitStack() as opened:
        yield opened


@pytest.fixture
def install(tmp_path, monkeypatch) -> Iterator[Callable[..., None]]:
    """Install a distribution that has one module with *source*, under *name* in the entry point *group*.

    *by* tells distributions apart that bring the same name.
    """
    modules = []

    def put(name: str, source: str, group: str = "smsway.plugins", by: str = "") -> None:
        module = f"smsway_test_{name.replace('-', '_')}{by}"
        modules.append(module)
        (tmp_path / f"{module}.py").write_text(source, encoding="utf-8")
        info = tmp_path / f"{module}-1.2.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.2\n", encoding="utf-8")
        (info / "entry_points.txt").write_text(f"[{group}]\n{name} = {module}\n", encoding="utf-8")
        monkeypatch.syspath_prepend(str(tmp_path))

    yield put
    for module in modules:
        sys.modules.pop(module, None)


@pytest.fixture
def free_port() -> Callable[[], int]:
    """Find a port that was free a moment ago."""

    def find() -> int:
        with socket.create_server(("127.0.0.1", 0)) as server:
            return server.getsockname()[1]

    return find


class Authority:
    """Vouches for servers, and makes clients that trust it."""

    def __init__(self) -> None:
        self._ca = trustme.CA()

    def server(self, *names: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._ca.issue_cert(*(names or ("127.0.0.1",))).configure_cert(context)
        return context

    def client(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        self._ca.configure_trust(context)
        return context

    def write_to(self, path: Path) -> None:
        """Write the certificate, for programs that are told in a file whom to trust."""
        self._ca.cert_pem.write_to_path(str(path))


@pytest.fixture
def make_authority() -> type[Authority]:
    """Make a certificate authority."""
    return Authority


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """Run a server of PostgreSQL."""
    if programs() is None and not os.environ.get("SMSWAY_SERVERS"):
        pytest.skip("PostgreSQL is not installed; on Debian: make servers")
    server = Postgres()
    # Nothing here is worth a disk: the proofs that stop servers use others.
    server.start(fsync="off")
    yield server
    server.remove()


_numbers = itertools.count()


@pytest.fixture
def postgres_url(postgres: Postgres) -> str:
    """Make an empty database."""
    return postgres.create(f"smsway{next(_numbers)}")


@pytest.fixture(scope="session")
def _tables(postgres: Postgres) -> str:
    database = open_database(postgres.create("tables"))
    database.migrate()
    database.close()
    return "tables"


@pytest.fixture
def migrated_url(postgres: Postgres, _tables: str) -> str:
    """Make a database with the tables of an outbox."""
    return postgres.create(f"smsway{next(_numbers)}", like=_tables)
