"""What the tests share: the settings of an account, and exchanges without a network."""

from __future__ import annotations

import json
from collections.abc import Generator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from smsway.provider import Request, Response
from smsway_aliyun._config import AliyunConfig
from smsway_aliyun._provider import Aliyun


@pytest.fixture(scope="session")
def make_config():
    """Make the settings of an account."""

    def make(**settings: object) -> AliyunConfig:
        # The pair of keys that the vendor's documents use in their examples.
        keys = {"access_key_id": "YourAccessKeyId", "access_key_secret": "YourAccessKeySecret"}
        return AliyunConfig.model_validate({**keys, **settings})

    return make


@pytest.fixture(scope="session")
def config(make_config):
    return make_config()


@pytest.fixture(scope="session")
def provider(config):
    return Aliyun(config)


def _replayed(exchange: Generator[Request, Response, Any], *answers: object) -> tuple[list[Request], Any]:
    """Carry *exchange* out; an answer is what is added to that of success, or a whole response."""
    requests = []
    try:
        requests.append(next(exchange))
        for answer in answers:
            given = answer if isinstance(answer, Response) else Response(200, _body(answer))
            requests.append(exchange.send(given))
    except StopIteration as stop:
        assert len(requests) == len(answers), "the exchange asked less often than it was answered"
        return requests, stop.value
    raise AssertionError(f"the exchange asks for more than {len(answers)} answers")


def _body(members: Any) -> bytes:
    return json.dumps({"Code": "OK", "Message": "OK", "RequestId": "8BDA5C5C", **members}).encode()


@pytest.fixture(scope="session")
def replay():
    """Carry an exchange out with given answers; returns its requests and its result."""
    return _replayed


def _told(request: Request) -> tuple[str, dict[str, str], dict[str, str]]:
    query = dict(parse_qsl(urlsplit(request.url).query, keep_blank_values=True))
    return request.headers["x-acs-action"], query, dict(parse_qsl(request.body.decode(), keep_blank_values=True))


@pytest.fixture(scope="session")
def told():
    """Return the action of a request, and its parameters in the query and in the form."""
    return _told
