"""A client of plugins whose provider accepts everything."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from smsway import Client


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
