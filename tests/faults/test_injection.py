"""Whatever stands in a configuration or a message forges no header, no URL and no line of a log."""

import logging
import re
from contextlib import suppress

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smsway import Client, ConfigError, InvalidMessage, Message, Recipient, Template
from smsway.plugins import Plugins

BASE = "http://127.0.0.1:1"
SETTINGS = {
    "tencent-v5": {"sdk_app_id": 1, "app_key": "literal:key"},
    "tencent-global": {
        "sdk_app_id": "1",
        "region": "ap-singapore",
        "secret_id": "literal:id",
        "secret_key": "literal:key",
        "token": "literal:token",
    },
    "usms": {
        "project_id": "org-1",
        "public_key": "literal:public",
        "private_key": "literal:private",
        "security_token": "literal:token",
        "region": "sg",
    },
}
SECRETS = {"app_key", "secret_id", "secret_key", "token", "public_key", "private_key", "security_token"}
FIELDS = [
    (provider, field)
    for provider in SETTINGS
    for field in Plugins().load_provider(provider).config.model_fields
    if field not in {"timeout", "rate", "max_batch", "keep_alive", "allow_private"}
]
hostile = st.text(alphabet="ab0:/@?#%. \t\r\n\0\x1b\x7f\x85\u2028\u202eé中\ud800", max_size=30)
forging = st.one_of(
    hostile, st.sampled_from(["x\r\nX-Forged: 1", "x\nforged", "x\0", "é", " x", "x ", "http://127.0.0.1:1/\r\nX: y"])
)


class Keeper(logging.Handler):
    """Keeps the lines of the log."""

    def __init__(self):
        super().__init__(logging.DEBUG)
        self.lines = []

    def emit(self, record):
        self.lines.append(record.getMessage())


@pytest.fixture(scope="module")
def log():
    """Hold all that smsway logs."""
    logger, keeper = logging.getLogger("smsway"), Keeper()
    level = logger.level
    logger.addHandler(keeper)
    logger.setLevel(logging.DEBUG)
    yield keeper.lines
    logger.removeHandler(keeper)
    logger.setLevel(level)


def configuration(provider, **changes):
    return {
        "accounts": {"first": {"provider": provider, "base_url": BASE} | SETTINGS[provider] | changes},
        "templates": {"code": {"params": ["code"], "accounts": {"first": {"id": "UTA1" if provider == "usms" else 1}}}},
        "signatures": {"default": {"first": "Sign"}},
        "region": "SG",
    }


def message(**fields):
    to = Recipient("+6598765432", reference=fields.pop("recipient_reference", None))
    return Message(to=to, content=Template("code", {"code": fields.pop("code", "1234")}), **fields)


def requests_of(source, sent):
    """Return the requests in which *sent* would go out, as bytes: none if it is refused."""
    seen = []

    def take(request):
        seen.append(request)
        return httpx.Response(200, content=b"{}")

    with (
        suppress(ConfigError, InvalidMessage),
        Client.from_config(source, transport=httpx.MockTransport(take)) as client,
    ):
        client.send(sent)
    return seen


def assert_sound(requests, log):
    for request in requests:
        assert request.url.host == "127.0.0.1"
        assert re.fullmatch(rb"/[!-~]*", request.url.raw_path)
        for name, value in request.headers.raw:
            assert re.fullmatch(rb"[A-Za-z0-9-]+", name)
            assert re.fullmatch(rb"[ -~]*", value)
            assert name.lower() not in {b"x-forged", b"x"}
    assert [line for line in log if not line.isprintable()] == []


@pytest.mark.parametrize(("provider", "field"), FIELDS)
@settings(max_examples=40)
@given(value=forging)
def test_no_setting_forges_a_request(log, provider, field, value):
    source = configuration(provider, **{field: f"literal:{value}" if field in SECRETS else value})

    requests = requests_of(source, message())

    assert_sound(requests, log)


@pytest.mark.parametrize("field", ["code", "recipient_reference", "reference", "tags", "signature", "sender"])
@pytest.mark.parametrize("provider", SETTINGS)
@settings(max_examples=40)
@given(value=forging)
def test_no_field_of_a_message_forges_a_request(log, provider, field, value):
    requests = requests_of(configuration(provider), message(**{field: value}))

    assert_sound(requests, log)


@pytest.mark.parametrize("option", [("tencent-v5", "extend"), ("usms", "extend_code")])
@settings(max_examples=40)
@given(value=forging)
def test_no_option_of_a_message_forges_a_request(log, option, value):
    provider, field = option

    requests = requests_of(configuration(provider), message(options={provider: {field: value}}))

    assert_sound(requests, log)


@pytest.mark.parametrize("provider", SETTINGS)
@settings(max_examples=40)
@given(value=forging)
def test_no_name_of_the_catalogue_forges_a_request(log, provider, value):
    source = configuration(provider)
    source["signatures"] = {"default": {"first": value}}
    source["senders"] = {"default": {"first": value}}
    source["templates"]["code"]["accounts"]["first"]["id"] = value

    requests = requests_of(source, message())

    assert_sound(requests, log)


@pytest.mark.parametrize("provider", SETTINGS)
def test_a_sound_message_is_sent(log, provider):
    requests = requests_of(configuration(provider), message())

    assert len(requests) == 1
    assert_sound(requests, log)
