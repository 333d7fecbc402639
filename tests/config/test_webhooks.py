"""`[reports]` and `[webhooks]`: where reports are kept, who may post them, and secrets that nothing shows."""

import pickle
from ipaddress import ip_network
from pathlib import Path

import pytest

from smsway import ConfigError
from smsway.config import ReportsSettings, WebhookSettings, load
from smsway.provider import hookimpl

SECRET = "4f0c6e9a1b7d3852e0a94c7f6b1d2e38"


class Broken:
    """Resolves nothing, and fails on `broken:`."""

    @hookimpl
    def resolve_secret(self, reference):
        if reference.startswith("broken:"):
            raise ConnectionError(reference)


def values(account):
    return [secret.get_secret_value() for secret in account.secrets]


def test_the_sections_are_read_as_they_stand(good):
    configuration = load(good)

    webhooks = configuration.webhooks
    assert configuration.reports == ReportsSettings(Path("reports.db"), 7)
    assert webhooks.trusted_proxies == (ip_network("127.0.0.1/32"),)
    limits = (webhooks.body_limit, webhooks.item_limit, webhooks.depth_limit, webhooks.read_timeout)
    assert limits == (1000, 1000, 8, 5)
    account = webhooks.accounts["cn"]
    assert values(account) == ["new-" * 8, "0ld." * 16]
    assert (account.username, account.password.get_secret_value()) == ("tencent", "open-sesame")
    assert account.allow == (ip_network("203.0.113.0/24"), ip_network("2001:db8::/32"))


def test_without_the_sections_nothing_is_kept_and_nobody_may_post(configuration):
    made = load(configuration)

    assert made.reports == ReportsSettings(None, 30)
    assert made.webhooks == WebhookSettings()
    assert made.webhooks.body_limit == 262_144


def test_a_public_address_may_be_within_a_network_and_ends_without_a_slash(change):
    made = load(change("webhooks.public_url", "https://10.0.0.7/hooks/"))

    assert made.webhooks.public_url == "https://10.0.0.7/hooks"


def test_one_secret_is_enough_and_any_address_may_call(change):
    made = load(change("webhooks.accounts.cn", {"secrets": [f"literal:{SECRET}"]}))

    account = made.webhooks.accounts["cn"]
    assert values(account) == [SECRET]
    assert (account.username, account.password, account.allow) == (None, None, ())


@pytest.mark.parametrize(("store", "expected"), [("reports.db", "reports.db"), ("var/r.db", "var/r.db")])
def test_a_relative_store_lies_beside_the_file(tmp_path, store, expected):
    path = tmp_path / "smsway.toml"
    path.write_text(
        '[accounts.cn]\nprovider = "tencent-v5"\nsdk_app_id = 1\napp_key = "literal:k"\n'
        f'[reports]\nstore = "{store}"\n',
        encoding="utf-8",
    )

    assert load(path).reports.store == tmp_path / expected


def test_an_absolute_store_stays_where_it_is(change, tmp_path):
    assert load(change("reports.store", str(tmp_path / "r.db"))).reports.store == tmp_path / "r.db"


def test_the_store_can_be_the_memory(change):
    assert load(change("reports.store", "memory")).reports.store == "memory"


def test_the_store_can_be_in_the_outbox(configuration):
    configuration |= {"reports": {"store": "outbox"}, "outbox": {"database": "sqlite:///outbox.db"}}

    assert load(configuration).reports == ReportsSettings("outbox", 30)


def test_a_store_in_an_outbox_that_has_no_database_is_told(change):
    with pytest.raises(ConfigError) as caught:
        load(change("reports.store", "outbox"))

    assert "reports.store: is 'outbox', and [outbox] has no database; name one there" in str(caught.value)


def test_secrets_and_the_password_come_by_reference(change, monkeypatch, tmp_path):
    monkeypatch.setenv("SMSWAY_TEST_HOOK", SECRET)
    monkeypatch.setenv("SMSWAY_TEST_PASSWORD", "pass:word")
    (tmp_path / "old").write_text("old-" * 8 + "\n", encoding="utf-8")
    change("webhooks.accounts.cn.password", "env:SMSWAY_TEST_PASSWORD")

    made = load(change("webhooks.accounts.cn.secrets", ["env:SMSWAY_TEST_HOOK", f"file:{tmp_path / 'old'}"]))

    account = made.webhooks.accounts["cn"]
    assert values(account) == [SECRET, "old-" * 8]
    assert account.password.get_secret_value() == "pass:word"


@pytest.mark.parametrize(
    ("path", "value", "where", "words"),
    [
        ("secrets", [SECRET], "secrets[0]", "is given by reference: env:NAME"),
        ("secrets", SECRET, "secrets", "should be a list"),
        ("secrets", [], "secrets", "are 0; take one, or two"),
        ("secrets", [f"literal:{SECRET}{index}" for index in range(3)], "secrets", "are 3; take one, or two"),
        ("secrets", [f"literal:{SECRET}"] * 2, "secrets", "are the same"),
        ("secrets", [f"literal:{SECRET[:31]}"], "secrets[0]", "`openssl rand -hex 32` makes one"),
        ("secrets", [f"literal:{SECRET}/{SECRET}"], "secrets[0]", "is not fit for an address"),
        ("secrets", [f"literal:{SECRET}ü"], "secrets[0]", "is not fit for an address"),
        ("secrets", [f"literal:{SECRET}\n"], "secrets[0]", "is not fit for an address"),
        ("secrets", [[SECRET]], "secrets[0]", "should be a valid string"),
        ("password", SECRET, "password", "is given by reference"),
        ("password", "literal:", "password", "is empty"),
        ("password", f"literal:{SECRET} x", "password", "holds a space"),
        ("password", 5, "password", "should be a valid string"),
    ],
)
def test_a_secret_that_cannot_be_used_is_named_and_never_shown(change, path, value, where, words):
    with pytest.raises(ConfigError) as caught:
        load(change(f"webhooks.accounts.cn.{path}", value))

    found = {problem.where: problem.what for problem in caught.value.problems}
    assert set(found) == {f"webhooks.accounts.cn.{where}"}
    assert words in found[f"webhooks.accounts.cn.{where}"]
    assert SECRET[:31] not in str(caught.value)


@pytest.mark.parametrize(
    ("path", "value", "where", "words"),
    [
        ("secrets", ["env:SMSWAY_TEST_UNSET"], "secrets[0]", "environment variable 'SMSWAY_TEST_UNSET' is not set"),
        ("secrets", [f"literal:{SECRET}", "file:/nowhere/key"], "secrets[1]", "file '/nowhere/key' cannot be read"),
        ("secrets", ["vault:sms/hook"], "secrets[0]", "is a reference that no plugin resolves"),
        ("secrets", ["broken:x"], "secrets[0]", "cannot be resolved: plugin Broken failed with ConnectionError"),
        ("password", "env:SMSWAY_TEST_UNSET", "password", "environment variable 'SMSWAY_TEST_UNSET' is not set"),
        ("password", "env:SMSWAY_TEST_EMPTY", "password", "environment variable 'SMSWAY_TEST_EMPTY' is empty"),
    ],
)
def test_a_secret_that_is_not_there_is_noted_for_those_who_take_callbacks(
    change, monkeypatch, path, value, where, words
):
    monkeypatch.setenv("SMSWAY_TEST_EMPTY", "")
    change("webhooks.accounts.world", {"secrets": [f"literal:{SECRET}"]})

    webhooks = load(change(f"webhooks.accounts.cn.{path}", value), plugins=[Broken()]).webhooks

    (problem,) = webhooks.unresolved
    assert problem.where == f"webhooks.accounts.cn.{where}"
    assert problem.what.startswith(words)
    assert list(webhooks.accounts) == ["world"]


def test_every_secret_that_is_not_there_is_noted(change):
    change("webhooks.accounts.cn.secrets", ["env:SMSWAY_TEST_UNSET", "env:SMSWAY_TEST_UNSET_TOO"])
    change("webhooks.accounts.cn.password", "env:SMSWAY_TEST_UNSET")

    webhooks = load(change("webhooks.accounts.world", {"secrets": ["env:SMSWAY_TEST_UNSET"]})).webhooks

    assert webhooks.accounts == {}
    assert [problem.where.removeprefix("webhooks.accounts.") for problem in webhooks.unresolved] == [
        "cn.secrets[0]",
        "cn.secrets[1]",
        "cn.password",
        "world.secrets[0]",
    ]


@pytest.mark.parametrize(
    ("path", "value", "where"),
    [
        ("allow", [], "allow"),
        ("username", ..., "username"),
        ("password", "pasted", "password"),
        ("secrets", ["env:SMSWAY_TEST_UNSET"] * 3, "secrets"),
        ("secrets", ["env:SMSWAY_TEST_UNSET", SECRET], "secrets[1]"),
    ],
)
def test_a_secret_that_is_not_there_hides_no_other_mistake(change, problems, path, value, where):
    change("webhooks.accounts.cn.secrets", ["env:SMSWAY_TEST_UNSET"])

    assert list(problems(change(f"webhooks.accounts.cn.{path}", value))) == [f"webhooks.accounts.cn.{where}"]


def test_secrets_that_are_there_leave_nothing_unresolved(good):
    assert load(good).webhooks.unresolved == ()


@pytest.mark.parametrize("path", ["webhooks.accounts.cn", "webhooks.accounts", "webhooks", "accounts.cn"])
def test_a_secret_in_the_place_of_a_table_is_not_shown(change, problems, path):
    found = problems(change(path, SECRET))

    assert found == {path: "should be a table"}


def test_a_username_wants_a_password_and_a_password_a_username(change, problems):
    account = {"secrets": [f"literal:{SECRET}"]}

    assert problems(change("webhooks.accounts.cn", account | {"username": "x"})) == {
        "webhooks.accounts.cn.password": "is required beside a username"
    }
    assert problems(change("webhooks.accounts.cn", account | {"password": "literal:x"})) == {
        "webhooks.accounts.cn.username": "is required beside a password"
    }


def test_no_secret_is_shown_by_what_was_read(good):
    made = load(good)

    shown = repr(made.webhooks) + str(made.webhooks.accounts) + repr(made)
    assert not any(secret in shown for secret in ("new-", "0ld.", "sesame"))


def test_what_holds_secrets_is_not_pickled(good):
    account = load(good).webhooks.accounts["cn"]

    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(account)


def test_a_single_address_is_a_network(change):
    made = load(change("webhooks.accounts.cn.allow", ["203.0.113.7", "2001:db8::7"]))

    assert made.webhooks.accounts["cn"].allow == (ip_network("203.0.113.7/32"), ip_network("2001:db8::7/128"))
