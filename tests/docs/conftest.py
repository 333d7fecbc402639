"""What the documentation's tests share: its files, its tables, and a place where its examples run."""

from __future__ import annotations

import re
import socket
import tomllib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from smsway.config import is_loopback, load
from smsway.sandbox import Sandbox, sandbox_of

ROOT = Path(__file__).parents[2]
SECRETS = (
    "TENCENT_V5_APP_KEY",
    "TENCENT_SECRET_ID",
    "TENCENT_SECRET_KEY",
    "USMS_PUBLIC_KEY",
    "USMS_PRIVATE_KEY",
)
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    names = {"page", "page_with_python"}.intersection(metafunc.fixturenames)
    for name in names:
        pages = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
        pages += sorted((ROOT / "docs").rglob("*.md"))
        if name == "page_with_python":
            pages = [page for page in pages if "```python\n" in page.read_text(encoding="utf-8")]
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
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Hold the names of the hosts that somebody wanted to connect to; none of them is found."""
    names: list[str] = []
    look_up = socket.getaddrinfo

    def resolve(host: Any, *rest: Any, **options: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else str(host)
        if is_loopback(name):
            return look_up(host, *rest, **options)
        names.append(name)
        raise socket.gaierror(socket.EAI_NONAME, "no names in this test")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return names


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Sandbox]]:
    """Return what makes a folder the current one with a `smsway.toml`, and starts a sandbox that plays its accounts.

    The file is as it is printed, with the vendors' addresses, unless it is *redirected* to the sandbox.
    """
    for secret in SECRETS:
        monkeypatch.setenv(secret, f"a-{secret.lower()}")
    monkeypatch.setenv("CN_HOOK", "0123456789-of-forty-three-characters-abcdef")
    monkeypatch.setenv("CN_HOOK_PASSWORD", "a password")
    for proxy in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(proxy, raising=False)
    monkeypatch.chdir(tmp_path)

    with ExitStack() as stack:

        def make(toml: str, *, redirected: bool) -> Sandbox:
            sandbox = stack.enter_context(sandbox_of(load(tomllib.loads(toml)), rate=False))
            for name, url in sandbox.urls.items() if redirected else ():
                toml = toml.replace(f"[accounts.{name}]\n", f'[accounts.{name}]\nbase_url = "{url}"\n')
            (tmp_path / "smsway.toml").write_text(toml, encoding="utf-8")
            monkeypatch.setenv("CONTROL", sandbox.control_url)
            return sandbox

        yield make
