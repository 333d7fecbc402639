"""A line to the three real providers that answers nothing, and clients on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from smsway import Client


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
