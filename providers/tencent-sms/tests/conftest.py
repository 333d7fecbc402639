"""What the tests share: an account, batches, a sandbox that plays the vendor, and the vendor's own SDK."""

from __future__ import annotations

import json
import os
import secrets
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from tencentcloud.common.credential import Credential
from tencentcloud.common.exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.sms.v20210111 import models
from tencentcloud.sms.v20210111.sms_client import SmsClient

from smsway.provider import (
    Batch,
    Callback,
    Filled,
    Parcel,
    Request,
    Response,
    SandboxCall,
    SandboxDesk,
    SandboxReply,
    SandboxTemplate,
    Stamp,
    parse_phone,
)
from smsway.sandbox import Sandbox, SandboxAccount
from smsway_tencent_sms._config import TencentSmsConfig
from smsway_tencent_sms._provider import TencentSms
from smsway_tencent_sms._sandbox import server_side
from smsway_tencentcloud.sandbox import Side

# The pair of keys that the vendor's documents use in their examples.
SETTINGS = {
    "sdk_app_id": "1400006666",
    "secret_id": "AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE",
    "secret_key": "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE",
}


def _config(**settings: object) -> TencentSmsConfig:
    return TencentSmsConfig.model_validate({**SETTINGS, **settings})


def _batch(*phones: str, options: object = None, **content: Any) -> Batch:
    filled = Filled(**{"template": "1110", "params": ("4370",), "signature": "腾讯云", **content})
    return Batch([Parcel(parse_phone(phone), filled, options) for phone in phones])


def _replayed(exchange: Generator[Request, Response, Any], *responses: Response) -> tuple[list[Request], Any]:
    """Carry *exchange* out with these answers; returns its requests and its result."""
    requests = []
    try:
        requests.append(next(exchange))
        for response in responses:
            requests.append(exchange.send(response))  # noqa: PERF401  # `extend` takes the end of the exchange for its own
    except StopIteration as stop:
        assert len(requests) == len(responses), "the exchange asked less often than it was answered"
        return requests, stop.value
    raise AssertionError(f"the exchange asks for more than {len(responses)} answers")


def _answer(content: object, *, fresh: bool = True) -> Response:
    return Response(200, json.dumps({"Response": content}, separators=(",", ":")).encode(), fresh=fresh)


@pytest.fixture(scope="session")
def make_config():
    return _config


@pytest.fixture(scope="session")
def config():
    return _config()


@pytest.fixture(scope="session")
def stamp():
    return Stamp(1_776_313_405.75, 0xA84166FF8C6C41F7923B)


@pytest.fixture(scope="session")
def provider(config):
    return TencentSms(config)


@pytest.fixture(scope="session")
def batch_of():
    """Make a batch to some phones, whose content and options are changed."""
    return _batch


@pytest.fixture(scope="session")
def answer():
    """Make a response with the given content of the envelope."""
    return _answer


@pytest.fixture(scope="session")
def replay():
    """Carry an exchange out with given answers; returns its requests and its result."""
    return _replayed


@pytest.fixture(scope="session")
def post():
    """Make a callback with this body."""
    return lambda body: Callback(json.dumps(body).encode())


@pytest.fixture(scope="session")
def body_of(provider, stamp):
    """Return the body of the request that sends a batch."""

    def body(batch: Batch) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(next(provider.submit(batch, stamp)).body)
        return content

    return body


@dataclass(frozen=True, slots=True)
class Recorded(Side):
    """The server side, with what it was asked."""

    calls: list[SandboxCall] = field(default_factory=list)

    def judge(self, call: SandboxCall, desk: SandboxDesk) -> SandboxReply:
        self.calls.append(call)
        return Side.judge(self, call, desk)


@pytest.fixture
def recorded(config) -> Recorded:
    return Recorded(config, server_side(config).plays)


@pytest.fixture
def sandbox(recorded) -> Iterator[Sandbox]:
    account = SandboxAccount(
        "tencent",
        recorded,
        templates=[SandboxTemplate("1110", 1, "Code {1}"), SandboxTemplate("1111", 0, "Hello")],
        signatures=["腾讯云"],
        senders=["Qsms"],
    )
    with Sandbox([account]) as running:
        yield running


@pytest.fixture
def ask(sandbox, make_config):
    """Carry an exchange of the provider out against the sandbox, over a socket; returns its result."""
    own = TencentSms(make_config(base_url=sandbox.urls["tencent"]))

    def asked(begin: Callable[[TencentSms, Stamp], Generator[Request, Response, Any]]) -> Any:
        exchange = begin(own, Stamp(time.time(), secrets.randbits(80)))
        try:
            request = next(exchange)
            while True:
                with httpx.Client(trust_env=False) as http:
                    reply = http.request(request.method, request.url, headers=request.headers, content=request.body)
                request = exchange.send(Response(reply.status_code, reply.content))
        except StopIteration as stop:
            return stop.value

    return asked


@pytest.fixture
def sdk(config, sandbox, monkeypatch) -> Iterator[Callable[..., Any]]:
    """Make a call with the vendor's SDK; returns its answer."""
    # The SDK asks the environment for proxies, and loopback is not behind one.
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    credential = Credential(config.secret_id.get_secret_value(), config.secret_key.get_secret_value())
    http = HttpProfile(protocol="http", endpoint=urlsplit(sandbox.urls["tencent"]).netloc)
    client = SmsClient(credential, "ap-guangzhou", ClientProfile(httpProfile=http))

    def call(action: str, **parameters: object) -> Any:
        request = getattr(models, f"{action}Request")()
        application = {"SmsSdkAppId": config.sdk_app_id} if hasattr(request, "SmsSdkAppId") else {}
        request.from_json_string(json.dumps({**application, **parameters}))
        return getattr(client, action)(request)

    yield call
    client.request.conn._session.close()


@pytest.fixture
def sdk_send(sdk) -> Callable[..., Sequence[Any]]:
    """Send with the vendor's SDK; returns what is told of each recipient."""

    def send(*phones: str, **changes: object) -> Sequence[Any]:
        content = {"TemplateId": "1110", "TemplateParamSet": ["4370"], "SignName": "腾讯云", **changes}
        given = {name: value for name, value in content.items() if value is not None}
        statuses: Sequence[Any] = sdk("SendSms", PhoneNumberSet=list(phones), **given).SendStatusSet
        return statuses

    return send


@pytest.fixture
def refusal_of() -> Callable[..., str]:
    """Make a call with the SDK that is refused as a whole; returns the code."""

    def code(call: Callable[..., Any], *arguments: object, **parameters: object) -> str:
        with pytest.raises(TencentCloudSDKException) as caught:
            call(*arguments, **parameters)
        assert caught.value.get_request_id()
        told: str = caught.value.get_code()
        return told

    return code
