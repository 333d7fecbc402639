"""The configuration: every mistake is named by its key path, all of them at once, and none can fail later."""

import copy
import pickle
from datetime import time

import pytest

from smsway import AsyncClient, Client, ConfigError, Kind
from smsway.config import is_loopback, load, read_toml
from smsway.routing import OnUnknown


def test_a_good_configuration_is_read_as_it_stands(good):
    configuration = load(good)

    assert list(configuration.accounts) == ["cn", "world", "backup"]
    assert configuration.timeouts == {Kind.OTP: 5, Kind.NOTIFICATION: 15, Kind.MARKETING: 15}
    assert configuration.region == "CN"
    assert configuration.concurrency == 8
    mainland, night, world = configuration.routes
    assert (mainland.name, mainland.accounts, mainland.on_unknown) == ("mainland", ("cn", "backup"), OnUnknown.HOLD)
    assert (night.accounts, night.weights, night.on_unknown) == (
        ("world", "backup"),
        {"world": 3, "backup": 1},
        OnUnknown.RESEND,
    )
    window = night.when.time
    assert (window.start, window.end, str(window.zone), window.days) == (time(22), time(6), "Asia/Shanghai", {0})
    assert world.when.time is None
    template = configuration.catalogue.templates["login_code"]
    assert {name: (each.id, each.params) for name, each in template.accounts.items()} == {
        "cn": ("19", ("code", "minutes")),
        "world": ("1800308", ("code",)),
        "backup": ("UTA20212831C85C", ("code", "minutes")),
    }


@pytest.mark.parametrize(
    ("path", "suggestion"),
    [
        ("acounts", "accounts"),
        ("timeouts.opt", "otp"),
        ("accounts.cn.app_id", "sdk_app_id"),
        ("accounts.backup.privat_key", "private_key"),
        ("templates.login_code.txt", "text"),
        ("templates.login_code.accounts.cn.idd", "id"),
        ("routes.0.acounts", "accounts"),
        ("routes.0.when.country", "countries"),
        ("routes.1.when.time.zones", "zone"),
        ("routes.1.when.time.form", "from"),
        ("reports.keep", "keep_days"),
        ("webhooks.trusted", "trusted_proxies"),
        ("webhooks.accounts.cn.secret", "secrets"),
    ],
)
def test_an_unknown_key_is_refused_at_every_level_with_a_suggestion(change, problems, path, suggestion):
    where = path.replace(".0.", "[0].").replace(".1.", "[1].")

    found = problems(change(path, "x"))

    assert found == {where: f"unknown key; did you mean {suggestion!r}?"}


@pytest.mark.parametrize("key", ["[", "x[0]", "int", "", "two\nlines"])
def test_an_unknown_key_may_look_like_anything(change, problems, key):
    found = problems(change(f"accounts.cn.{key}", "x"))

    assert found[f"accounts.cn.{key}"].startswith("unknown key")


@pytest.mark.parametrize(
    ("path", "where"),
    [
        ("accounts", "accounts"),
        ("accounts.cn.provider", "accounts.cn.provider"),
        ("accounts.cn.sdk_app_id", "accounts.cn.sdk_app_id"),
        ("accounts.cn.app_key", "accounts.cn.app_key"),
        ("accounts.world.region", "accounts.world.region"),
        ("templates.login_code.accounts.cn.id", "templates.login_code.accounts.cn.id"),
        ("routes.0.accounts", "routes[0].accounts"),
        ("routes.1.when.time.zone", "routes[1].when.time.zone"),
        ("webhooks.accounts.cn.secrets", "webhooks.accounts.cn.secrets"),
        ("webhooks.accounts.cn.username", "webhooks.accounts.cn.username"),
        ("webhooks.accounts.cn.password", "webhooks.accounts.cn.password"),
    ],
)
def test_a_missing_key_is_named(change, problems, path, where):
    found = problems(change(path, ...))

    assert found[where].startswith("is required")


@pytest.mark.parametrize(
    ("path", "value", "where", "words"),
    [
        ("region", "cn", "region", "'cn' is not an ISO 3166-1 alpha-2 code"),
        ("concurrency", 0, "concurrency", "0 should be greater than 0"),
        ("timeouts.otp", "fast", "timeouts.otp", "'fast' should be a valid number"),
        ("timeouts.otp", 301, "timeouts.otp", "301 should be less than or equal to 300"),
        ("routes.1.when.time.from", "22:00Z", "routes[1].when.time.from", "'22:00Z' names a time zone"),
        ("routes.1.when.time.to", 6, "routes[1].when.time.to", "6 is not a time of day such as 09:00"),
        ("accounts", ["cn"], "accounts", "a list should be a table"),
        ("accounts.cn", 5, "accounts.cn", "5 should be a table"),
        ("accounts.cn.provider", 5, "accounts.cn.provider", "as text"),
        ("accounts.cn.provider", ["x"], "accounts.cn.provider", "as text"),
        ("accounts.cn.sdk_app_id", "x", "accounts.cn.sdk_app_id", "'x' should be a valid integer"),
        ("accounts.cn.timeout", -1, "accounts.cn.timeout", "-1 should be greater than 0"),
        ("accounts.cn.max_batch", 0, "accounts.cn.max_batch", "0 should be greater than 0"),
        ("accounts.world.region", "mars", "accounts.world.region", "'mars' should be 'ap-singapore'"),
        ("accounts.world.sdk_app_id", 5, "accounts.world.sdk_app_id", "5 should be a valid string"),
        ("templates.login_code.params", "code", "templates.login_code.params", "'code' should be a list"),
        ("templates.login_code.accounts.cn.id", "x", "templates.login_code.accounts.cn.id", "'x'"),
        ("templates.login_code.accounts.backup.id", 5, "templates.login_code.accounts.backup.id", "5"),
        ("prices.cn.CN", -1, "prices.cn.CN", "-1 should be greater than or equal to 0"),
        ("routes.0.on_unknown", "hodl", "routes[0].on_unknown", "'hodl' should be 'hold', 'verify' or 'resend'"),
        ("routes.0.when.kinds", ["opt"], "routes[0].when.kinds[0]", "'opt' should be 'otp'"),
        ("routes.0.when.countries", ["XX"], "routes[0].when.countries[0]", "'XX' is not an ISO"),
        ("routes.0.when.prefixes", ["86"], "routes[0].when.prefixes[0]", "'86' is not a prefix such as '+86'"),
        ("routes.0.when.prefixes", ["+٨٦"], "routes[0].when.prefixes[0]", "is not a prefix such as '+86'"),
        ("accounts.c n", {}, "accounts.c n", "'c n' is not a name: ASCII letters, digits"),
        ("routes.0.when.share", 1.5, "routes[0].when.share", "1.5 should be less than or equal to 1"),
        ("routes.1.when.time.zone", "Mars/Base", "routes[1].when.time.zone", "'Mars/Base' is not a time zone"),
        ("routes.1.when.time.from", "25:00", "routes[1].when.time.from", "'25:00'"),
        ("routes.1.when.time.days", ["monday"], "routes[1].when.time.days[0]", "'monday' should be 'mon'"),
        ("routes.1.accounts", {"world": -1}, "routes[1].accounts.world", "-1 should be greater than or equal to 0"),
        ("reports.store", "", "reports.store", "'' is no file"),
        ("reports.store", ":memory:", "reports.store", "the store in memory is 'memory'"),
        ("reports.keep_days", 0, "reports.keep_days", "0 should be greater than 0"),
        ("webhooks.trusted_proxies", ["proxy"], "webhooks.trusted_proxies[0]", "'proxy' is not a network such as"),
        (
            "webhooks.accounts.cn.allow",
            ["203.0.113.7/24"],
            "webhooks.accounts.cn.allow[0]",
            "did you mean '203.0.113.0/24'?",
        ),
        ("webhooks.accounts.cn.allow", [], "webhooks.accounts.cn.allow", "names no network; leave it out"),
        (
            "webhooks.accounts.cn.allow",
            ["::ffff:203.0.113.0/120"],
            "webhooks.accounts.cn.allow[0]",
            "did you mean '203.0.113.0/24'?",
        ),
        ("webhooks.trusted_proxies", ["::ffff:a00:1"], "webhooks.trusted_proxies[0]", "did you mean '10.0.0.1/32'?"),
        ("webhooks.public_url", "http://hooks.example", "webhooks.public_url", "must begin with https://"),
        ("webhooks.public_url", "https://a.example/b?c", "webhooks.public_url", "and nothing else"),
        ("webhooks.body_limit", 0, "webhooks.body_limit", "0 should be greater than 0"),
        ("webhooks.item_limit", "many", "webhooks.item_limit", "'many' should be a valid integer"),
        ("webhooks.depth_limit", 65, "webhooks.depth_limit", "65 should be less than or equal to 64"),
        ("webhooks.read_timeout", -1, "webhooks.read_timeout", "-1 should be greater than 0"),
        ("webhooks.accounts.cn.username", "a:b", "webhooks.accounts.cn.username", "'a:b' is not a name"),
    ],
)
def test_a_wrong_value_is_named_with_its_key_path_and_the_value(change, problems, path, value, where, words):
    assert words in problems(change(path, value))[where]


@pytest.mark.parametrize(
    ("path", "value", "where", "words"),
    [
        ("routes.0.accounts", ["cn", "bakup"], "routes[0].accounts.bakup", "did you mean 'backup'?"),
        ("routes.0.accounts", [], "routes[0].accounts", "names no account"),
        ("routes.0.accounts", ["cn", "cn"], "routes[0].accounts", "names account 'cn' 2 times"),
        ("accounts.cn.signature", "defualt", "accounts.cn.signature", "'defualt' is not in signatures; did you mean"),
        ("accounts.world.sender", "acme", "accounts.world.sender", "'acme' is not in senders; there are: default"),
        ("routes.0.strategy", "wieghted", "routes[0].strategy", "did you mean 'weighted'?"),
        ("routes.0.name", "world", "routes[2].name", "'world' is the name of an earlier route"),
        ("routes.0.when.templates", ["login"], "routes[0].when.templates", "did you mean 'login_code'?"),
        ("routes.1.strategy", "priority", "routes[1].accounts", "has weights, which need strategy 'weighted'"),
        ("signatures.default", {"cm": "x"}, "signatures.default.cm", "account 'cm' is not configured"),
        ("senders.default", {"wrld": "x"}, "senders.default.wrld", "did you mean 'world'?"),
        ("prices", {"wrld": {"*": 1}}, "prices.wrld", "did you mean 'world'?"),
        (
            "webhooks.accounts.cnn",
            {"secrets": [f"literal:{'x' * 32}"]},
            "webhooks.accounts.cnn",
            "account 'cnn' is not configured; did you mean 'cn'?",
        ),
        ("prices.cn", {"China": 1}, "prices.cn.China", "is not an ISO"),
        (
            "templates.login_code.accounts.wrld",
            {"id": 1},
            "templates.login_code.accounts.wrld",
            "did you mean 'world'?",
        ),
        ("templates.login_code.params", ["code", "minutes", "code"], "templates.login_code.params", "param twice"),
        (
            "templates.login_code.accounts.cn.params",
            ["cod"],
            "templates.login_code.accounts.cn.params",
            "'cod' is not a param; did you mean 'code'?",
        ),
        (
            "templates.login_code.accounts.cn.params",
            {"cod": "captcha"},
            "templates.login_code.accounts.cn.params",
            "'cod' is not a param; did you mean 'code'?",
        ),
        (
            "templates.login_code.accounts.cn.params",
            {"code": "a", "minutes": "a"},
            "templates.login_code.accounts.cn.params",
            "calls 2 params 'a'; each needs a name of its own",
        ),
        (
            "templates.login_code.accounts.cn.signature",
            "defualt",
            "templates.login_code.accounts.cn.signature",
            "did you mean 'default'?",
        ),
        (
            "templates.login_code.accounts.cn.sender",
            "x",
            "templates.login_code.accounts.cn.sender",
            "'x' is not in senders",
        ),
        ("templates.login_code.text", "{cod}", "templates.login_code.text", "did you mean 'code'?"),
        ("templates.login_code.text", "{code", "templates.login_code.text", "expected '}'"),
        ("templates.login_code.text", "{0}", "templates.login_code.text", "{0} is not a plain placeholder"),
        ("templates.login_code.text", "{code!r}", "templates.login_code.text", "is not a plain placeholder"),
        ("templates.login_code.text", "{code.real}", "templates.login_code.text", "is not a plain placeholder"),
        ("templates.login_code.text", "{code:>9}", "templates.login_code.text", "is not a plain placeholder"),
        ("plugins", ["nope"], "plugins[0]", "no plugin 'nope' is installed"),
        ("accounts", {}, "accounts", "at least one account is needed"),
    ],
)
def test_names_that_lead_nowhere_are_refused(change, problems, path, value, where, words):
    assert words in problems(change(path, value))[where]


def test_the_default_signature_and_sender_may_be_missing(change):
    change("signatures", {})
    change("senders", {})
    change("accounts.cn.signature", "default")
    change("accounts.cn.sender", "default")
    change("templates.login_code.accounts.cn.signature", "default")

    assert load(change("templates.login_code.accounts.cn.sender", "default")).catalogue.signatures == {}


def test_a_literal_brace_is_doubled(change):
    load(change("templates.login_code.text", "{{{code}}} {{}}"))


def test_several_problems_come_in_one_error(change, problems):
    change("accounts.cn.app_id", 1)
    change("accounts.world.secret_key", "pasted")
    change("accounts.backup.provider", "usmss")
    change("signatures.defualt", {"cm": "x"})
    change("templates.login_code.text", "{cod}")

    found = problems(change("routes.0.strategy", "cheapest"))

    assert set(found) == {
        "accounts.cn.app_id",
        "accounts.world.secret_key",
        "accounts.backup.provider",
        "signatures.defualt.cm",
        "templates.login_code.text",
        "routes[0].strategy",
    }


def test_a_provider_that_is_not_installed_says_how_to_install_it(change, problems):
    found = problems(change("accounts.cn.provider", "acme"))["accounts.cn.provider"]

    assert "no provider 'acme' is installed; pip install smsway-acme; there are: " in found


def test_a_misspelt_provider_gets_a_suggestion_and_no_name_to_install_that_nobody_may_own(change, problems):
    found = problems(change("accounts.cn.provider", "tencent-v6"))["accounts.cn.provider"]

    assert found == "no provider 'tencent-v6' is installed; did you mean 'tencent-v5'?"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://sms.example.com", "must begin with https://"),
        ("http://10.0.0.1", "must begin with https://"),
        ("http://127.0.0.1.example.com", "must begin with https://"),
        ("ftp://sms.example.com", "is not a URL that begins with https://"),
        ("sms.example.com", "is not a URL that begins with https://"),
        ("https://", "is not a URL that begins with https://"),
        ("https://[::1", "is not a URL"),
        ("https://host:port", "is not a URL"),
        ("https://host?key=1", "and nothing else"),
        ("https://host#part", "and nothing else"),
        ("https://ho\nst", "holds a space, a control character"),
        ("https://host/\r\nx: y", "holds a space, a control character"),
        ("https://ho\tst", "holds a space, a control character"),
        ("https://host/\x00", "holds a space, a control character"),
        ("https://h\u00f6st", "or one outside of ASCII"),
        ("https://10.0.0.1", "allow_private = true"),
        ("https://169.254.169.254", "allow_private = true"),
        ("https://[::ffff:127.0.0.1]", "allow_private = true"),
        ("https://[fd00::1]:8443/sms", "allow_private = true"),
    ],
)
def test_only_plain_https_urls_are_taken(change, problems, url, words):
    assert words in problems(change("accounts.cn.base_url", url))["accounts.cn.base_url"]


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000", "http://localhost", "http://[::1]:1", "https://host:1/path"])
def test_plain_http_is_for_loopback(change, url):
    assert load(change("accounts.cn.base_url", url)).accounts["cn"].config.base_url == url


def test_a_private_address_is_taken_where_the_account_may_connect_to_it(change):
    change("accounts.cn.base_url", "https://10.0.0.1")

    configuration = load(change("accounts.cn.allow_private", value=True))

    assert configuration.private_hosts == {"10.0.0.1"}


@pytest.mark.parametrize(
    ("host", "loopback"), [("127.9.9.9", True), ("::1", True), ("0.0.0.0", False), ("localhost.", False), ("x", False)]
)
def test_loopback_is_this_machine_only(host, loopback):
    assert is_loopback(host) is loopback


def test_a_url_that_holds_a_password_is_not_quoted(change, problems):
    found = problems(change("accounts.cn.base_url", "https://user:pa55word@host"))

    assert "pa55word" not in str(found)
    assert "and nothing else" in found["accounts.cn.base_url"]


def test_other_urls_replace_those_of_accounts_and_a_misspelt_account_is_refused(good, problems):
    configuration = load(good, base_urls={"cn": "http://127.0.0.1:1"})

    assert configuration.accounts["cn"].config.base_url == "http://127.0.0.1:1"
    assert configuration.accounts["world"].config.base_url.startswith("https://")
    assert "did you mean 'world'?" in problems(good, base_urls={"wrld": "http://127.0.0.1:1"})["base_urls.wrld"]


def test_one_provider_can_have_several_accounts(good):
    good["accounts"]["cn2"] = {**good["accounts"]["cn"], "sdk_app_id": 7, "rate": 5, "max_batch": 10}

    accounts = load(good).accounts

    assert [accounts[name].config.sdk_app_id for name in ("cn", "cn2")] == [1400006666, 7]
    assert accounts["cn"].provider is not accounts["cn2"].provider
    assert (accounts["cn2"].rate, accounts["cn2"].max_batch) == (5, 10)
    assert (accounts["world"].rate, accounts["world"].max_batch) == (10, 200)


@pytest.mark.parametrize(
    ("text", "words"), [(b"[accounts", "is not TOML"), (b"\xff\xfe", "is not TOML"), (b"a = 1\na = 2", "is not TOML")]
)
def test_broken_toml_is_named_with_its_file(tmp_path, problems, text, words):
    path = tmp_path / "smsway.toml"
    path.write_bytes(text)

    assert words in problems(path)[str(path)]


def test_a_file_that_is_not_there_is_named_with_the_way_out(tmp_path, problems):
    found = problems(str(tmp_path / "none.toml"))[str(tmp_path / "none.toml")]

    assert found == "cannot be read: there is no such file; `smsway init` writes one, and `--config` names another"


def test_a_file_that_is_a_folder_is_named(tmp_path, problems):
    assert "cannot be read: Is a directory" in problems(tmp_path)[str(tmp_path)]


def test_a_byte_order_mark_is_read_over(tmp_path):
    path = tmp_path / "smsway.toml"
    path.write_bytes(b"\xef\xbb\xbfregion = 'CN'\n")

    assert read_toml(path) == {"region": "CN"}


@pytest.mark.parametrize("face", [Client, AsyncClient])
def test_a_client_of_a_file_name_says_how_to_make_one(face):
    with pytest.raises(TypeError, match=rf"not of a str; {face.__name__}\.from_config takes a file or a mapping"):
        face("smsway.toml")


def test_a_file_and_a_mapping_of_the_same_shape_are_the_same(tmp_path):
    path = tmp_path / "smsway.toml"
    path.write_text('[accounts.cn]\nprovider = "tencent-v5"\nsdk_app_id = 1\napp_key = "literal:k"\n', encoding="utf-8")

    assert load(path).accounts["cn"].config == load(read_toml(path)).accounts["cn"].config


def test_loading_does_not_change_what_it_is_given(good):
    before = copy.deepcopy(good)

    load(good)

    assert good == before


def test_configurations_with_secrets_are_not_pickled(good):
    configuration = load(good)

    for value in (configuration, configuration.accounts["cn"], configuration.accounts["cn"].config):
        with pytest.raises(TypeError):
            pickle.dumps(value)


def test_no_repr_of_a_configuration_shows_a_secret(good):
    configuration = load(good)

    with Client(configuration) as client:
        shown = repr(configuration) + repr(client.__dict__)

    for secret in ("5f03a35d00ee52a2", "AKIDz8", "Gu5t9x"):
        assert secret not in shown


def test_problems_come_in_the_order_of_the_settings(good, problems):
    for account, fields in {"world": ("secret_key", "secret_id"), "backup": ("private_key", "public_key")}.items():
        good["accounts"][account].update(dict.fromkeys(fields, "env:SMSWAY_TEST_UNSET"))

    fields = ["world.secret_id", "world.secret_key", "backup.public_key", "backup.private_key"]
    assert [*problems(good)] == [f"accounts.{field}" for field in fields]


def test_the_error_says_how_many_problems_there_are():
    with pytest.raises(ConfigError, match=r"^invalid configuration \(1 problem\):\n  accounts: is required$"):
        load({})
