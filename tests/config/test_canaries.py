"""No secret of a configuration shows anywhere: in values, in copies of them, in errors, or in the frames of those."""

import copy
import logging
import pickle
import traceback
from typing import Annotated

import pydantic
import pytest

from smsway import Client, ConfigError
from smsway.config import load
from smsway.model import Capabilities
from smsway.provider import AccountConfig, Credential, ProviderSpec, SecretStr, hookimpl

LITERAL, FROM_ENV, PATH, PASSWORD = "canaryliteral01", "canaryenv02", "canarypath03" + "x" * 32, "canarypassword04"
CANARIES = (LITERAL, FROM_ENV, PATH, PASSWORD)
FILE = f"""
[accounts.cn]
provider = "tencent-v5"
sdk_app_id = 1400006666
app_key = "literal:{LITERAL}"

[accounts.world]
provider = "tencent-global"
sdk_app_id = "2400006666"
region = "ap-singapore"
secret_id = "env:CANARY"
secret_key = "literal:{LITERAL}"

[accounts.backup]
provider = "usms"
project_id = "org-1"
public_key = "env:CANARY"
private_key = "literal:{LITERAL}"

[webhooks.accounts.cn]
secrets = ["literal:{PATH}"]
username = "tencent"
password = "literal:{PASSWORD}"
"""


@pytest.fixture
def file(tmp_path, monkeypatch):
    """Write a configuration full of canaries."""
    monkeypatch.setenv("CANARY", FROM_ENV)

    def write(*changes, text=FILE):
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        path = tmp_path / "smsway.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def told(error):
    """Return all that *error*, what hangs on it and all frames but those of this test can show."""
    shown = []
    while error is not None:
        frames = traceback.TracebackException.from_exception(error, capture_locals=True).stack
        shown += [str(error), repr(error), repr(error.args), repr(vars(error)), repr(getattr(error, "__notes__", ()))]
        shown += [
            f"{frame.name}: {name}={value}"
            for frame in frames
            if frame.filename != __file__
            for name, value in (frame.locals or {}).items()
        ]
        error = error.__cause__ or error.__context__
    return shown


def leaks(shown):
    return [text[:200] for text in shown for canary in CANARIES if canary in text]


def test_no_value_shows_a_secret_whatever_is_made_of_it(file):
    configuration = load(file())
    shown = [repr(configuration)]

    for account in configuration.accounts.values():
        config = account.config
        twins = [copy.copy(config), copy.deepcopy(config), config.model_copy()]
        shown += [*map(repr, twins), *map(str, twins), *(repr(vars(twin)) for twin in twins), repr(account.provider)]
        shown += [repr(config.model_dump()), repr(config.model_dump(mode="json")), config.model_dump_json()]
        shown += [repr(dict(config)), repr(config.__getstate__())]
    assert leaks(shown) == []


def test_nothing_that_holds_a_secret_is_pickled(file):
    configuration = load(file())
    client = Client(configuration)
    holders = [
        configuration,
        client,
        configuration.webhooks.accounts["cn"],
        *(each for account in configuration.accounts.values() for each in (account, account.config, account.provider)),
    ]

    for holder in holders:
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            with pytest.raises((TypeError, AttributeError, pickle.PicklingError)):
                pickle.dumps(holder, protocol)
    client.close()


MISTAKES = [
    ("sdk_app_id = 1400006666", "sdk_app_id = -1"),
    ("sdk_app_id = 1400006666", 'nonsense = "x"'),
    (f'app_key = "literal:{LITERAL}"', f'app_key = "{LITERAL}"'),
    (f'app_key = "literal:{LITERAL}"', f'app_key = "literal: {LITERAL}"'),
    (f'app_key = "literal:{LITERAL}"', f'app_key = ["literal:{LITERAL}"]'),
    (f'app_key = "literal:{LITERAL}"', f'app_keys = "literal:{LITERAL}"'),
    (f'app_key = "literal:{LITERAL}"', f'base_url = "https://user:{LITERAL}@host"'),
    ('provider = "usms"', 'provider = "usmss"'),
    ('provider = "usms"', "provider = 7"),
    ("env:CANARY", "env:CANARY_NOT_SET"),
    ("env:CANARY", f"vault:{FROM_ENV}"),
    ('region = "ap-singapore"', f'region = "literal:{LITERAL}"'),
    ("[webhooks.accounts.cn]", "[webhooks.accounts.nobody]"),
    (f'["literal:{PATH}"]', f'"literal:{PATH}"'),
    (f'["literal:{PATH}"]', f'["literal:{PATH}", "literal:{PATH}"]'),
    (f'["literal:{PATH}"]', f'["literal:{PATH}%"]'),
    (f'["literal:{PATH}"]', f'["{PATH}"]'),
    ('username = "tencent"', 'user = "tencent"'),
    (f'password = "literal:{PASSWORD}"', f'passwort = "literal:{PASSWORD}"'),
    (f'password = "literal:{PASSWORD}"', f'password = "literal:{PASSWORD} "'),
    ("[accounts.backup]", "[[accounts.backup]]"),
    ("[accounts.backup]", "[accounts.backup"),
]


@pytest.mark.parametrize("mistake", MISTAKES, ids=range(len(MISTAKES)))
def test_no_error_shows_a_secret_nor_do_its_frames(file, caplog, mistake):
    caplog.set_level(logging.DEBUG)
    path = file(mistake)

    with pytest.raises(ConfigError) as raised:
        load(path)

    assert leaks([*told(raised.value), caplog.text]) == []
    assert leaks([pickle.dumps(raised.value).decode("latin-1")]) == []


def whole(secret):
    raise RuntimeError(f"cannot bear {secret.get_secret_value()}")


class Delicate(AccountConfig):
    """Settings with a validator that fails, as no validator may."""

    base_url: str = "https://sms.example.com"
    key: Annotated[SecretStr, pydantic.AfterValidator(whole)]


class Plain(AccountConfig):
    """Settings that are taken as they are."""

    base_url: str = "https://sms.example.com"
    key: Credential


def unbuilt(config):
    raise RuntimeError(f"cannot be made with {config.key.get_secret_value()}")


@pytest.mark.parametrize(("config", "build"), [(Delicate, lambda config: config), (Plain, unbuilt)])
def test_a_provider_that_cannot_be_made_disables_its_account_and_shows_no_secret(file, caplog, config, build):
    class Plugin:
        @hookimpl
        def register_providers(self, register):
            register(ProviderSpec(name="delicate", config=config, build=build, capabilities=Capabilities()))

    caplog.set_level(logging.DEBUG)
    path = file(text=f'[accounts.a]\nprovider = "delicate"\nkey = "literal:{LITERAL}"\n')

    configuration = load(path, [Plugin()])

    assert "RuntimeError" in configuration.accounts["a"].broken
    assert leaks([repr(configuration), configuration.accounts["a"].broken, caplog.text]) == []


def test_an_interruption_while_a_provider_is_made_shows_no_secret(file):
    def interrupted(_):
        raise KeyboardInterrupt

    class Plugin:
        @hookimpl
        def register_providers(self, register):
            register(ProviderSpec(name="slow", config=Plain, build=interrupted, capabilities=Capabilities()))

    path = file(text='[accounts.a]\nprovider = "slow"\nkey = "env:CANARY"\n' + FILE)

    with pytest.raises(KeyboardInterrupt) as raised:
        load(path, [Plugin()])

    assert leaks(told(raised.value)) == []
