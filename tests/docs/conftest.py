"""What the documentation's tests share: its files, its tables, and a place where its examples run."""

from __future__ import annotations

import os
import re
import socket
import ssl
import sys
import tomllib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import certifi
import pytest
from qcloudsms_py.httpclient import HTTPResponse

from smsway.config import is_loopback, load
from smsway.sandbox import Sandbox, sandbox_of
from smsway.transport._tls import default_ssl_context

sys.path.insert(0, str(Path(__file__).parent))

ROOT = Path(__file__).parents[2]
SECRETS = (
    "TENCENT_V5_APP_KEY",
    "TENCENT_SECRET_ID",
    "TENCENT_SECRET_KEY",
    "USMS_PUBLIC_KEY",
    "USMS_PRIVATE_KEY",
)
# A page whose blocks build on each other outside of this process; `test_walk.py` carries it out.
WALKED = {ROOT / "docs/tutorial/write-a-provider.md"}
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    names = {"page", "page_with_python"}.intersection(metafunc.fixturenames)
    for name in names:
        pages = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
        pages += sorted((ROOT / "docs").rglob("*.md"))
        if name == "page_with_python":
            pages = [page for page in pages if "```python\n" in page.read_text(encoding="utf-8")]
            pages = [page for page in pages if page not in WALKED]
        metafunc.parametrize(name, pages, ids=[str(page.relative_to(ROOT)) for page in pages])


@pytest.fixture
def read() -> Callable[[str], str]:
    return lambda name: (ROOT / name).read_text(encoding="utf-8")


@pytest.fixture
def blocks() -> Callable[[Path, str], list[str]]:
    """Return the fenced blocks of a language on a page."""

    def bodies(page: Path, language: str) -> list[str]:
        return [body for kind, body in _BLOCK.findall(page.read_text(encoding="utf-8")) if kind == language]

    return bodies


@pytest.fixture
def own_file(page_with_python: Path, blocks: Callable[[Path, str], list[str]]) -> str:
    """Return the `smsway.toml` that the examples of the page stand on: its own, or that of the README."""
    shown = [*blocks(page_with_python, "toml"), *blocks(ROOT / "README.md", "toml")]
    return next(block for block in shown if block.startswith("# smsway.toml\n"))


@pytest.fixture
def root() -> Path:
    return ROOT


@pytest.fixture
def table(read: Callable[[str], str]) -> Callable[[str, str], list[list[str]]]:
    """Return the cells of the table under a heading, without code marks."""

    def rows(name: str, heading: str) -> list[list[str]]:
        section = read(name).split(f"\n{heading}\n", 1)[1]
        section = re.split(r"^#+ ", section, maxsplit=1, flags=re.MULTILINE)[0]
        lines = [line for line in section.splitlines() if line.startswith("|")]
        return [[cell.strip().replace("`", "") for cell in line.strip("|").split("|")] for line in lines[2:]]

    return rows


@pytest.fixture
def stand_ins() -> dict[str, int]:
    """Hold the hosts that lead to a port of this machine."""
    return {}


@pytest.fixture
def asked(stand_ins: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Hold the names of the hosts that somebody wanted to connect to; none but the stand-ins is found."""
    names: list[str] = []
    look_up = socket.getaddrinfo

    def resolve(host: Any, port: Any, *rest: Any, **options: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else str(host)
        if name in stand_ins:
            return look_up("127.0.0.1", stand_ins[name], *rest, **options)
        if is_loopback(name):
            return look_up(host, port, *rest, **options)
        names.append(name)
        raise socket.gaierror(socket.EAI_NONAME, "no names in this test")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return names


@pytest.fixture
def vouch(
    tmp_path: Path, make_authority: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., ssl.SSLContext]]:
    """Return what makes the TLS context of a server with some names, whom every client of this process believes."""

    def make(*names: str) -> ssl.SSLContext:
        authority, bundle = make_authority(), tmp_path / "authority.pem"
        authority.write_to(bundle)
        # Where the standard library, requests, and everybody else look up whom to trust.
        monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
        monkeypatch.setattr(certifi, "where", lambda: str(bundle))
        default_ssl_context.cache_clear()
        return authority.server(*names)

    yield make
    default_ssl_context.cache_clear()


@pytest.fixture
def mended(monkeypatch: pytest.MonkeyPatch) -> None:
    """Undo in the end what a page mends in an SDK."""
    monkeypatch.setattr(HTTPResponse, "json", HTTPResponse.json)


@pytest.fixture
def place(
    tmp_path: Path,
    stand_ins: dict[str, int],
    vouch: Callable[..., ssl.SSLContext],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Callable[..., Sandbox]]:
    """Return what makes a folder the current one with a `smsway.toml`, and starts a sandbox that plays its accounts.

    The file is as it is printed, with the vendors' addresses, unless it is *redirected* to the sandbox. With
    *stand_in* the sandbox is also found under the vendors' own names, for code that does not read the file.
    """
    for secret in SECRETS:
        monkeypatch.setenv(secret, f"a-{secret.lower()}")
    for hook in ("CN_HOOK", "WORLD_HOOK", "UCLOUD_HOOK"):
        monkeypatch.setenv(hook, "0123456789-of-forty-three-characters-abcdef")
    monkeypatch.setenv("CN_HOOK_PASSWORD", "a password")
    for proxy in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(proxy)
    monkeypatch.chdir(tmp_path)

    with ExitStack() as stack:

        def make(toml: str, *, redirected: bool, stand_in: bool = False) -> Sandbox:
            configuration = load(tomllib.loads(toml))
            accounts = configuration.accounts.values() if stand_in else ()
            hosts = {each.name: urlsplit(each.config.base_url).hostname for each in accounts}
            tls = vouch("127.0.0.1", *hosts.values()) if stand_in else None
            sandbox = stack.enter_context(sandbox_of(configuration, rate=False, ssl_context=tls))
            stand_ins.update({host: urlsplit(sandbox.urls[name]).port for name, host in hosts.items()})
            for name, url in sandbox.urls.items() if redirected else ():
                toml = toml.replace(f"[accounts.{name}]\n", f'[accounts.{name}]\nbase_url = "{url}"\n')
            (tmp_path / "smsway.toml").write_text(toml, encoding="utf-8")
            monkeypatch.setenv("CONTROL", sandbox.control_url)
            return sandbox

        yield make
