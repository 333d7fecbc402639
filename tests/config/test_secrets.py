"""Secrets come by reference, and no error ever shows one."""

import pytest

from smsway import ConfigError
from smsway.config import load
from smsway.provider import hookimpl

SECRET = "9d1c0e5b7a3f48266e51b0c2d4f7a893"


def key_of(configuration):
    return configuration.accounts["cn"].config.app_key.get_secret_value()


def test_a_secret_can_come_from_the_environment(change, monkeypatch):
    monkeypatch.setenv("SMSWAY_TEST_KEY", SECRET)

    assert key_of(load(change("accounts.cn.app_key", "env:SMSWAY_TEST_KEY"))) == SECRET


@pytest.mark.parametrize("ending", ["", "\n", "\r\n"])
def test_a_secret_can_come_from_a_file_beside_the_configuration(tmp_path, ending):
    (tmp_path / "key").write_bytes(SECRET.encode() + ending.encode())
    path = tmp_path / "smsway.toml"
    path.write_text('[accounts.cn]\nprovider = "tencent-v5"\nsdk_app_id = 1\napp_key = "file:key"\n', encoding="utf-8")

    assert key_of(load(path)) == SECRET


def test_a_literal_secret_is_taken_when_it_says_so(change):
    assert key_of(load(change("accounts.cn.app_key", f"literal:{SECRET}:x"))) == f"{SECRET}:x"


class Vault:
    """Resolves `vault:`, and fails on `broken:`."""

    @hookimpl
    def resolve_secret(self, reference):
        if reference.startswith("broken:"):
            raise ConnectionError(f"no way to {SECRET}")
        return SECRET if reference == "vault:sms/key" else None


class Other:
    """Resolves nothing, and asks for nothing."""

    @hookimpl
    def resolve_secret(self):
        return None


def test_a_plugin_can_resolve_a_secret(change):
    assert key_of(load(change("accounts.cn.app_key", "vault:sms/key"), plugins=[Vault(), Other()])) == SECRET


def test_a_plugin_that_fails_is_named_and_its_error_is_not_quoted(change):
    change("accounts.cn.app_key", "broken:x")

    with pytest.raises(ConfigError) as caught:
        load(change("accounts.cn.sdk_app_id", "x"), plugins=[Vault()])

    found = {problem.where: problem.what for problem in caught.value.problems}
    assert found["accounts.cn.app_key"] == "cannot be resolved: plugin Vault failed with ConnectionError"
    assert "accounts.cn.sdk_app_id" in found
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        ("env:SMSWAY_TEST_UNSET", "environment variable 'SMSWAY_TEST_UNSET' is not set"),
        ("env:SMSWAY_TEST_EMPTY", "environment variable 'SMSWAY_TEST_EMPTY' is empty"),
        ("file:/nowhere/key", "file '/nowhere/key' cannot be read: FileNotFoundError"),
        ("vault:sms/none", "is a reference that no plugin resolves"),
        (SECRET, "is given by reference: env:NAME, file:PATH"),
        (f"{SECRET}:{SECRET}", "is a reference that no plugin resolves"),
        (14000, "is given by reference"),
        ("literal:", "is empty"),
        (f"literal: {SECRET}", "white space"),
    ],
)
def test_a_secret_that_cannot_be_used_is_named_and_never_shown(change, monkeypatch, reference, words):
    monkeypatch.setenv("SMSWAY_TEST_EMPTY", "")

    with pytest.raises(ConfigError) as caught:
        load(change("accounts.cn.app_key", reference), plugins=[Vault()])

    found = {problem.where: problem.what for problem in caught.value.problems}
    assert set(found) == {"accounts.cn.app_key"}
    assert words in found["accounts.cn.app_key"]
    assert SECRET not in str(caught.value)


def test_an_empty_secret_file_is_named(tmp_path, change, problems):
    (tmp_path / "key").write_text("\n", encoding="utf-8")

    found = problems(change("accounts.cn.app_key", f"file:{tmp_path / 'key'}"))

    assert "is empty" in found["accounts.cn.app_key"]


@pytest.mark.parametrize(("account", "field"), [("world", "token"), ("backup", "security_token")])
def test_an_optional_secret_is_a_secret_too(change, monkeypatch, problems, account, field):
    monkeypatch.setenv("SMSWAY_TEST_TOKEN", "t0ken")

    found = problems(change(f"accounts.{account}.{field}", SECRET))
    configuration = load(change(f"accounts.{account}.{field}", "env:SMSWAY_TEST_TOKEN"))

    assert "is given by reference" in found[f"accounts.{account}.{field}"]
    assert SECRET not in str(found)
    assert getattr(configuration.accounts[account].config, field).get_secret_value() == "t0ken"


def test_tables_in_the_wrong_place_do_not_show_their_secrets(change, problems):
    assert SECRET not in str(problems(change("accounts", [{"app_key": SECRET}])))
    assert SECRET not in str(problems({"accounts": {}, "region": {"app_key": SECRET}}))
