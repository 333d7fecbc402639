"""Ways to install a plugin for one test: a real distribution on the path, with real entry points."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from smsway import Client


@pytest.fixture
def install(tmp_path, monkeypatch) -> Iterator[Callable[..., None]]:
    """Install a distribution that has one module with *source*, under *name* in the entry point *group*."""
    modules = []

    def put(name: str, source: str, group: str = "smsway.plugins") -> None:
        module = f"smsway_test_{name.replace('-', '_')}"
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
def source() -> dict[str, Any]:
    return {"accounts": {"cn": {"provider": "tencent-v5", "sdk_app_id": 1, "app_key": "literal:key"}}}


@pytest.fixture
def requests() -> list[httpx.Request]:
    """Hold the requests that went out."""
    return []


@pytest.fixture
def make_client(source, requests) -> Callable[..., Client]:
    """Make a client with these plugins, whose provider accepts everything."""

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(200, json={"result": 0, "errmsg": "OK"})

    def make(*plugins: object, **rest: Any) -> Client:
        return Client.from_config({**source, **rest}, plugins=plugins, transport=httpx.MockTransport(answer))

    return make
