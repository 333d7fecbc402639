"""The configuration of the three real providers, and a line to them that a test scripts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from smsway import Client

CONFIGURATION: dict[str, Any] = {
    "region": "CN",
    "accounts": {
        "cn": {"provider": "tencent-v5", "sdk_app_id": 1400006666, "app_key": "literal:5f03a35d00ee52a2"},
        "world": {
            "provider": "tencent-global",
            "region": "ap-singapore",
            "sdk_app_id": "2400006666",
            "secret_id": "literal:AKIDz8",
            "secret_key": "literal:Gu5t9x",
        },
        "backup": {
            "provider": "usms",
            "project_id": "org-1",
            "public_key": "literal:pub",
            "private_key": "literal:priv",
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
    return CONFIGURATION


class Line(httpx.BaseTransport):
    """A transport that counts the requests and answers none of them."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return httpx.Response(503)


@pytest.fixture
def line() -> Line:
    return Line()


@pytest.fixture
def make_client(configuration, line) -> Callable[..., Client]:
    """Make a client on the line that answers nothing."""

    def make(source: dict[str, Any] | None = None, **options: Any) -> Client:
        return Client.from_config(source or configuration, transport=options.pop("transport", line), **options)

    return make


@pytest.fixture
def client(make_client) -> Client:
    return make_client()
