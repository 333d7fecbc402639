"""Plugins are loaded by name, and a broken one disables only itself, with an error that names it."""

import logging
import sys

import pytest

from smsway import BreakerState, ConfigError, Message, Reason, Status
from smsway.config import load
from smsway.plugins import BUILT_IN, PLUGINS, PROVIDERS, Plugins, installed
from smsway.provider import AccountConfig, Capabilities, ProviderSpec, hookimpl
from smsway.routing import STRATEGIES

PHONE = "+8613788888888"

RAISES = "raise RuntimeError('no such library')\n"
MISSPELT = """
from smsway.provider import hookimpl

@hookimpl
def screen_mesage(screening):
    return None
"""
UNKNOWN_ARGUMENT = """
from smsway.provider import hookimpl

@hookimpl
def screen_message(screening, phone):
    return None
"""
UNMARKED = """
def screen_message(screening):
    return "blocked_recipient"
"""
HALF_MARKED = f"""
from smsway.provider import hookimpl

@hookimpl
def outcome_settled(event):
    pass
{UNMARKED}
"""
EXITS = """
import sys
from smsway.provider import hookimpl

@hookimpl
def register_strategies():
    sys.exit()
"""
GOOD_STRATEGY = """
from smsway.provider import hookimpl

@hookimpl
def register_strategies(register):
    register("reverse", lambda candidates, choice: candidates[::-1])
"""
PROVIDER = """
from smsway.provider import AccountConfig, Capabilities, ProviderSpec, hookimpl

class Config(AccountConfig):
    base_url: str = "https://acme.example"

@hookimpl
def register_providers(register):
    able = Capabilities(text=True)
    register(ProviderSpec(name={name!r}, config=Config, build=lambda config: None, capabilities=able))
"""


def test_a_plugin_is_loaded_when_the_configuration_names_it(install, source):
    install("reverse", GOOD_STRATEGY)

    without = load(source)
    with_it = load({**source, "plugins": ["reverse"], "routes": [{"accounts": ["cn"], "strategy": "reverse"}]})

    assert set(without.strategies) == BUILT_IN
    assert set(with_it.strategies) == {*BUILT_IN, "reverse"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (RAISES, "fails on import: RuntimeError: no such library"),
        ("import smsway_test_not_there\n", "fails on import: ModuleNotFoundError"),
        ("def broken(:\n", "fails on import: SyntaxError"),
        ("import sys\nsys.exit(3)\n", "fails on import: SystemExit: 3"),
        (MISSPELT, "there is no hook 'screen_mesage'; did you mean 'screen_message'?"),
        (UNKNOWN_ARGUMENT, "phone"),
        ("", "implements no hook"),
        (UNMARKED, "screen_message lacks @hookimpl"),
        (HALF_MARKED, "screen_message lacks @hookimpl"),
        (EXITS, "cannot be used: SystemExit"),
    ],
)
def test_a_broken_plugin_disables_only_itself_with_an_error_that_names_it(install, source, caplog, text, words):
    install("broken", text)
    install("reverse", GOOD_STRATEGY)

    configuration = load({**source, "plugins": ["broken", "reverse"]})

    why = configuration.plugins.broken["broken"]
    assert why.startswith("plugin 'broken' (smsway_test_broken 1.2")
    assert words in why
    assert list(configuration.plugins.strategies) == ["reverse"]
    assert configuration.accounts["cn"].broken is None
    assert why in caplog.messages
    assert not configuration.plugins.screens


def test_a_required_plugin_that_is_broken_is_refused_with_its_error(install, source):
    install("broken", RAISES)

    with pytest.raises(ConfigError) as caught:
        load({**source, "required_plugins": ["broken", "absent"]})

    broken, absent = caught.value.problems
    assert broken.where == "required_plugins[0]"
    assert "RuntimeError: no such library" in broken.what
    assert str(absent) == "required_plugins[1]: no plugin 'absent' is installed; there are: broken"


def test_a_misspelt_plugin_gets_a_suggestion(install, source):
    install("house", GOOD_STRATEGY)

    with pytest.raises(ConfigError, match=r"plugins\[0\]: no plugin 'hous' is installed; did you mean 'house'\?"):
        load({**source, "plugins": ["hous"]})


def test_a_plugin_may_be_named_twice(install, source):
    install("reverse", GOOD_STRATEGY)

    plugins = load({**source, "plugins": ["reverse", "reverse"], "required_plugins": ["reverse"]}).plugins

    assert (list(plugins.strategies), plugins.broken) == (["reverse"], {})


@pytest.mark.parametrize("text", [RAISES, MISSPELT, PROVIDER.format(name="acne"), ""])
def test_a_broken_provider_disables_its_accounts_only_and_the_dry_run_says_why(install, make_client, source, text):
    install("acme", text, PROVIDERS)
    source["accounts"] = {"new": {"provider": "acme"}, **source["accounts"]}
    client = make_client()

    plan = client.explain(Message(to=PHONE, content="hello")).recipients[0]
    outcome = client.send(Message(to=PHONE, content="hello"))[0]

    assert [each.account for each in plan.candidates] == ["cn"]
    assert dict(plan.excluded)["new"].startswith("plugin 'acme'")
    assert client.health()["new"].state is BreakerState.OPEN
    assert client.health()["new"].cause.startswith("plugin 'acme'")
    assert (outcome.status, outcome.account) == (Status.ACCEPTED, "cn")


def test_when_all_accounts_are_broken_the_outcome_names_the_plugin(install, make_client, source):
    install("acme", RAISES, PROVIDERS)
    source["accounts"] = {"new": {"provider": "acme"}}

    outcome = make_client().send(Message(to=PHONE, content="hello"))[0]

    assert (outcome.status, outcome.reason) == (Status.NOT_SENT, Reason.NO_ROUTE)
    assert "plugin 'acme'" in outcome.detail


def test_a_provider_that_registers_under_another_name_is_told_so(install):
    install("acme", PROVIDER.format(name="acne"), PROVIDERS)
    plugins = Plugins()

    assert plugins.load_provider("acme") is None
    assert plugins.broken["acme"] == "plugin 'acme' is installed under this name but registers no such provider"


def test_an_installed_provider_is_found_by_its_name(install):
    install("acme", PROVIDER.format(name="acme"), PROVIDERS)
    plugins = Plugins()

    assert plugins.load_provider("acme").name == "acme"
    assert plugins.load_provider("acme") is plugins.providers["acme"]
    assert plugins.broken == {}


def test_a_provider_that_is_not_installed_is_a_mistake_with_a_way_out(source):
    source["accounts"]["cn"]["provider"] = "x"

    with pytest.raises(ConfigError, match="no provider 'x' is installed; pip install smsway-x"):
        load(source)


@pytest.mark.parametrize("group", [PLUGINS, PROVIDERS])
def test_what_is_installed_and_not_named_is_never_imported(install, make_client, group):
    install("rogue", RAISES, group)

    with make_client() as client:
        client.explain(Message(to=PHONE, content="x"))

    assert "smsway_test_rogue" not in sys.modules


def test_a_name_that_two_distributions_bring_is_given_to_neither(install, source):
    install("tencent-v5", RAISES, PROVIDERS)
    install("reverse", GOOD_STRATEGY)
    install("reverse", RAISES, by="_rogue")

    configuration = load({**source, "plugins": ["reverse"]})

    assert not {"smsway_test_tencent_v5", "smsway_test_reverse", "smsway_test_reverse_rogue"} & sys.modules.keys()
    assert configuration.accounts["cn"].broken == (
        "plugin 'tencent-v5' (smsway-tencent-v5 0.1.0 and smsway_test_tencent_v5 1.2 both bring it; "
        "uninstall what you do not mean)"
    )
    assert "smsway_test_reverse 1.2 and smsway_test_reverse_rogue 1.2" in configuration.plugins.broken["reverse"]


def test_what_is_loaded_is_logged_with_its_distribution(install, source, caplog):
    caplog.set_level(logging.INFO)
    install("reverse", GOOD_STRATEGY)

    load({**source, "plugins": ["reverse"]})

    assert caplog.messages == [
        "loaded plugin reverse (smsway_test_reverse 1.2)",
        "loaded plugin tencent-v5 (smsway-tencent-v5 0.1.0)",
    ]


def test_the_error_of_a_plugin_forges_no_line_and_steers_no_terminal(install, source, caplog):
    install("broken", "raise RuntimeError('first\\nsmsway: all is well\\x1b[2J')\n")

    load({**source, "plugins": ["broken"]})

    assert [each for message in caplog.messages for each in message if not each.isprintable()] == []
    assert r"first\nsmsway: all is well\x1b[2J" in caplog.text


def test_a_misspelt_provider_is_answered_without_importing_any(install, source, caplog):
    install("acme", RAISES, PROVIDERS)
    source["accounts"]["cn"]["provider"] = "acne"

    with pytest.raises(ConfigError) as caught:
        load(source)

    assert caught.value.problems[0].what == "no provider 'acne' is installed; did you mean 'acme'?"
    assert caplog.messages == []
    assert "smsway_test_acme" not in sys.modules


def test_the_list_of_installed_plugins_shows_the_broken_ones_beside_the_good(install):
    install("acme", PROVIDER.format(name="acme"), PROVIDERS)
    install("broken", RAISES)
    install("reverse", GOOD_STRATEGY)

    found = {info.name: info for info in installed()}

    assert {"tencent-v5", "tencent-global", "usms", "acme", "broken", "reverse"} <= found.keys()
    assert (found["acme"].distribution, found["acme"].version, found["acme"].error) == ("smsway_test_acme", "1.2", None)
    assert "no such library" in found["broken"].error
    assert found["tencent-v5"].distribution == "smsway-tencent-v5"
    providers = {info.name for info in installed((PROVIDERS,))}
    assert {"tencent-v5", "acme"} <= providers
    assert providers.isdisjoint({"broken", "reverse"})


class Registers:
    """Registers whatever it is given."""

    def __init__(self, *specs):
        self.specs = specs

    @hookimpl
    def register_providers(self, register):
        for spec in self.specs:
            register(spec)


def spec(name):
    return ProviderSpec(name=name, config=AccountConfig, build=lambda _: None, capabilities=Capabilities())


@pytest.mark.parametrize(
    ("specs", "words"),
    [
        ([spec("a"), spec("a")], "provider 'a' is registered already"),
        ([spec("old")], "provider 'old' is registered already"),
        (["a"], "register() takes a ProviderSpec, not str"),
    ],
)
def test_a_plugin_that_registers_nonsense_leaves_nothing_behind(specs, words):
    plugins = Plugins()
    plugins.add(Registers(spec("old")), "first")

    assert not plugins.add(Registers(spec("new"), *specs), "second")
    assert words in plugins.broken["second"]
    assert list(plugins.providers) == ["old"]


class Registered:
    """Registers a strategy under this name."""

    def __init__(self, name):
        self.name = name

    @hookimpl
    def register_strategies(self, register):
        register(self.name, lambda candidates, _: candidates)


@pytest.mark.parametrize("name", sorted(STRATEGIES))
def test_a_plugin_cannot_replace_a_built_in_strategy(source, name):
    configuration = load(source, plugins=[Registered(name)])

    assert f"strategy {name!r} is built in" in configuration.plugins.broken["Registered"]
    assert configuration.strategies[name] is STRATEGIES[name]


def test_the_names_that_are_reserved_are_those_of_the_built_in_strategies():
    assert set(STRATEGIES) == BUILT_IN


@pytest.mark.parametrize(
    ("plugin", "name", "words"),
    [
        (object(), "object", "implements no hook"),
        ("house", "str", "'house' is a name, which belongs under `plugins` in the configuration"),
    ],
)
def test_an_object_without_a_hook_is_broken(source, plugin, name, words):
    configuration = load(source, plugins=[plugin, plugin])

    assert list(configuration.plugins.broken) == [name, f"{name}-2"]
    assert words in configuration.plugins.broken[name]


def test_an_object_that_is_given_twice_is_heard_once(source):
    twice = Registered("mine")

    configuration = load(source, plugins=[twice, twice])

    assert set(configuration.strategies) == {*STRATEGIES, "mine"}
    assert list(configuration.plugins.broken) == ["Registered-2"]


def test_a_hook_may_have_an_implementation_of_another_name(source):
    class Named:
        @hookimpl(specname="screen_message")
        def ask_the_list(self, screening):
            return self.screen_message(screening)

        def screen_message(self, screening):
            return Reason.SCREENED if screening.template else None

    configuration = load(source, plugins=[Named()])

    assert configuration.plugins.broken == {}
    assert configuration.plugins.screens


def test_two_plugins_of_one_class_are_both_heard():
    plugins = Plugins()

    assert plugins.add(Registers(spec("a")))
    assert plugins.add(Registers(spec("b")))
    assert list(plugins.providers) == ["a", "b"]
    assert plugins.broken == {}


def test_a_plugin_is_loaded_once(install):
    install("reverse", GOOD_STRATEGY)
    plugins = Plugins()

    assert plugins.load("reverse")
    assert not plugins.load("no-such")
    assert list(plugins.strategies) == ["reverse"]


@pytest.fixture(autouse=True)
def _log_everything(caplog):
    caplog.set_level(logging.DEBUG)
