"""The commands beside `send`: explain, check, providers, init, sandbox, and the command as a whole."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from smsway import __version__
from smsway.config import load
from smsway.model import ConfigError
from smsway.plugins import PROVIDERS, names
from smsway.sandbox import sandbox_of

PHONE = "+8613700000001"
ABROAD = "+60198890000"
BROKEN = "raise RuntimeError('no')\n"
CODE = ("--template", "login_code", "--param", "code=1234", "--param", "minutes=4", "--kind", "otp")


class TestExplain:
    def test_it_tells_candidates_exclusions_and_batches_as_json(self, smsway):
        result = smsway("explain", PHONE, ABROAD, *CODE, "--json")

        told = json.loads(result.stdout)
        mainland, abroad = told["recipients"]
        assert ("mainland", "CN") == (mainland["route"], mainland["country"])
        assert [("cn", "19", ["1234", "4"], "Acme", 1), ("backup", "UTA20212831C85C", ["1234", "4"], "Acme", 1)] == [
            tuple(each[name] for name in ("account", "template", "params", "signature", "segments"))
            for each in mainland["candidates"]
        ]
        assert ["mainland only", "mainland"] == [name for name, _ in abroad["passed"]]
        assert [("cn", [0]), ("world", [1])] == [(each["account"], each["recipients"]) for each in told["batches"]]
        assert 0 == result.exit_code

    def test_it_tells_people_the_same(self, smsway):
        result = smsway("explain", PHONE, ABROAD, *CODE)

        for told in ("route 'mainland'", "UTA20212831C85C", "1234, 4", "'mainland' does not match: country MY"):
            assert told in result.stdout

    def test_it_tells_why_accounts_are_excluded_and_what_has_no_route(self, smsway):
        excluded = smsway("explain", PHONE, *CODE, "--account", "backup")
        unrouted = smsway("explain", ABROAD, "--template", "talk")

        assert "not cn: the message is restricted to other accounts" in excluded.stdout
        assert "no route matches" in unrouted.stdout

    def test_it_sends_nothing(self, smsway, sandbox):
        smsway("explain", PHONE, *CODE, "--sandbox", sandbox.control_url)

        assert not any(sandbox.requests().values())

    @pytest.mark.parametrize(
        ("arguments", "what"),
        [((), "say to whom"), (("13700000001",), "to[0]"), ((PHONE, PHONE), "--allow-duplicates")],
    )
    def test_a_mistake_is_one_message(self, smsway, arguments, what):
        result = smsway("explain", *arguments, *CODE)

        assert 2 == result.exit_code
        assert what in result.stderr


class TestCheck:
    def test_a_good_file_lists_accounts_and_routes(self, smsway, config):
        route = '[[routes]]\nwhen = { templates = ["login_code"] }\naccounts = ["cn", "world", "backup"]\n'
        text = config.read_text(encoding="utf-8").split("[[routes]]")[0]
        config.write_text(text + route, encoding="utf-8")

        result = smsway("check")

        assert 0 == result.exit_code
        for told in ("cn", "tencent-v5", "https://yun.tim.qq.com", "all is well"):
            assert told in result.stdout

    def test_a_missing_mapping_on_a_route_is_a_warning(self, smsway, config):
        text = config.read_text(encoding="utf-8").replace('accounts.backup = { id = "UTA2" }\n', "")
        config.write_text(text, encoding="utf-8")

        result = smsway("check")

        assert 1 == result.exit_code
        assert (
            "warning: templates.notice.accounts: account 'backup' of route 'mainland' has no mapping" in result.stderr
        )

    def test_a_route_for_other_templates_gives_no_warning(self, smsway):
        result = smsway("check")

        assert 0 == result.exit_code
        assert not result.stderr

    def test_every_problem_is_told_at_once(self, smsway, config):
        text = config.read_text(encoding="utf-8")
        config.write_text(text.replace('"ap-singapore"', '"moon"').replace('"org-1"', '""'), encoding="utf-8")

        result = smsway("check")

        assert 2 == result.exit_code
        assert "accounts.world.region" in result.stderr
        assert "accounts.backup.project_id" in result.stderr

    def test_a_secret_that_is_not_set_is_named_without_its_value(self, smsway, config):
        text = config.read_text(encoding="utf-8").replace("literal:EXAMPLEKEY", "env:SMSWAY_TEST_NOWHERE")
        config.write_text(text, encoding="utf-8")

        result = smsway("check")

        assert 2 == result.exit_code
        assert "'SMSWAY_TEST_NOWHERE' is not set" in result.stderr
        assert "AKIDEXAMPLE" not in result.output

    def test_a_broken_plugin_is_an_error(self, smsway, config, install):
        install("broken-plugin", BROKEN)
        config.write_text(f'plugins = ["broken-plugin"]\n{config.read_text(encoding="utf-8")}', encoding="utf-8")

        result = smsway("check")

        assert 2 == result.exit_code
        assert "error: plugins.broken-plugin" in result.stderr

    def test_a_provider_that_does_not_load_is_an_error_of_its_account(self, smsway, config, install):
        install("broken-provider", BROKEN, PROVIDERS)
        more = '\n[accounts.other]\nprovider = "broken-provider"\n'
        config.write_text(config.read_text(encoding="utf-8") + more, encoding="utf-8")

        checked = smsway("check")
        played = smsway("sandbox")
        sent = smsway("send", PHONE, *CODE, "--account", "other", "--sandbox", "http://127.0.0.1:1")

        assert (2, 2, 2) == (checked.exit_code, played.exit_code, sent.exit_code)
        assert "error: accounts.other: plugin 'broken-provider'" in checked.stderr
        assert "accounts.other: plugin 'broken-provider'" in played.stderr

    def test_the_conditions_of_routes_are_told_in_the_words_of_the_file(self, smsway, config):
        when = """[[routes]]
name = "late"
accounts = { cn = 3, backup = 1 }
strategy = "weighted"
[routes.when]
share = 0.5
kinds = ["marketing"]
time = { from = "22:00:00", to = "06:00:00", zone = "Asia/Shanghai" }
"""
        config.write_text(f"{config.read_text(encoding='utf-8')}\n{when}", encoding="utf-8")

        result = smsway("check")

        for told in ("kinds marketing", "time 22:00 to 06:00 Asia/Shanghai", "share 0.5", "cn (3)", "countries CN"):
            assert told in result.stdout

    def test_the_schema_knows_every_provider_and_shows_secrets_as_references(self, smsway):
        result = smsway("check", "--schema")

        schema = json.loads(result.stdout)
        accounts = schema["properties"]["accounts"]["additionalProperties"]["oneOf"]
        assert {"tencent-v5", "tencent-global", "usms"} <= {
            each["properties"]["provider"]["const"] for each in accounts
        }


class TestProviders:
    def test_they_are_listed_as_json_with_their_state(self, smsway, install):
        install("broken-plugin", BROKEN)

        result = smsway("providers", "--json")

        found = {each["name"]: each for each in json.loads(result.stdout)}
        assert {"tencent-v5", "tencent-global", "usms", "broken-plugin"} <= found.keys()
        assert ("provider", "ready", None) == tuple(found["usms"][name] for name in ("kind", "state", "error"))
        broken = found["broken-plugin"]
        assert ("plugin", "broken", "1.2") == tuple(broken[name] for name in ("kind", "state", "version"))
        assert "RuntimeError: no" in broken["error"]

    def test_people_get_a_table(self, smsway):
        result = smsway("providers")

        assert "smsway-tencent-v5" in result.stdout
        assert 0 == result.exit_code


class TestInit:
    @pytest.mark.parametrize("chosen", [(), ("tencent-v5",), ("vonage", "usms")])
    def test_what_it_writes_passes_the_check_once_the_variables_are_set(self, smsway, tmp_path, monkeypatch, chosen):
        path = tmp_path / "new.toml"
        written = smsway("init", path, *(word for name in chosen for word in ("--provider", name)))
        variables = dict.fromkeys(re.findall(r'"env:([A-Z_0-9]+)', path.read_text("utf-8")))
        for name in variables:
            monkeypatch.delenv(name, raising=False)
        before = smsway("check", "--config", path)
        for name in variables:
            monkeypatch.setenv(name, "x")

        after = smsway("check", "--config", path)

        assert 0 == written.exit_code
        assert set(chosen or names(PROVIDERS)) == tomllib.loads(path.read_text("utf-8"))["accounts"].keys()
        assert 2 == before.exit_code
        assert (0, "") == (after.exit_code, after.stderr)

    def test_a_provider_that_is_not_installed_is_named_and_nothing_is_written(self, smsway, tmp_path):
        refused = smsway("init", tmp_path / "new.toml", "--provider", "twillio")

        assert 2 == refused.exit_code
        assert "no provider 'twillio' is installed; did you mean 'twilio'?" in refused.stderr
        assert [] == list(tmp_path.glob("new.toml"))

    def test_it_never_writes_over_a_file_unless_forced(self, smsway, tmp_path):
        path = tmp_path / "mine.toml"
        path.write_text("mine", encoding="utf-8")

        refused = smsway("init", path)

        assert 2 == refused.exit_code
        assert "--force" in refused.stderr
        assert "mine" == path.read_text(encoding="utf-8")
        assert 0 == smsway("init", path, "--force").exit_code
        assert "[accounts.tencent-v5]" in path.read_text(encoding="utf-8")

    def test_a_folder_that_is_not_there_is_an_error(self, smsway, tmp_path):
        result = smsway("init", tmp_path / "none" / "smsway.toml")

        assert 2 == result.exit_code
        assert "No such file" in result.stderr


class TestSandbox:
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_it_plays_every_account_until_it_is_stopped(self, start, smsway, number):
        process = start("sandbox")
        told = ""
        while "Ctrl-C" not in told:
            line = process.stdout.readline()
            assert line, process.communicate()
            told += line
        control = re.search(r"Control API: (http://\S+)", told)

        sent = smsway("send", "--sandbox", control[1], PHONE, ABROAD, *CODE)
        process.send_signal(number)
        rest, stderr = process.communicate(timeout=10)

        assert 0 == sent.exit_code
        assert all(name in told for name in ("cn", "world", "backup"))
        assert "2 texts to 2 phones" in rest
        assert (0, "") == (process.returncode, stderr)

    def test_an_account_on_this_machine_keeps_its_port(self, config, free_port):
        url = f"http://127.0.0.1:{free_port()}"
        text = config.read_text(encoding="utf-8").replace("[accounts.cn]\n", f'[accounts.cn]\nbase_url = "{url}"\n')
        config.write_text(text, encoding="utf-8")

        with sandbox_of(load(config)) as sandbox:
            assert url == sandbox.urls["cn"]

    @pytest.mark.parametrize(("rate", "expected"), [(True, 10), (False, None)])
    def test_the_rates_are_those_of_the_accounts(self, config, rate, expected):
        with sandbox_of(load(config), rate=rate) as sandbox:
            assert {"cn": None, "world": expected, "backup": None} == {
                each.name: each.rate for each in sandbox.accounts()
            }

    def test_a_host_that_others_reach_needs_a_word(self, smsway):
        result = smsway("sandbox", "--host", "0.0.0.0")

        assert 2 == result.exit_code
        assert "can be reached from elsewhere" in result.stderr
        assert "--allow-remote" in result.stderr

    @pytest.mark.parametrize("port", [-1, 65_536])
    def test_a_port_that_is_none_is_an_error(self, smsway, port):
        result = smsway("sandbox", "--port", port)

        assert 2 == result.exit_code
        assert "--port" in result.stderr

    def test_a_port_that_is_taken_is_an_error(self, smsway, sandbox):
        result = smsway("sandbox", "--port", sandbox.control_url.rpartition(":")[2])

        assert 2 == result.exit_code
        assert "Traceback" not in result.output

    def test_a_provider_without_a_sandbox_is_named(self, config, monkeypatch):
        configuration = load(config)
        spec = configuration.plugins.providers["usms"]
        monkeypatch.setitem(configuration.plugins.providers, "usms", type(spec)(**{**_fields(spec), "sandbox": None}))

        with pytest.raises(ConfigError, match=r"accounts\.backup: provider 'usms' brings no sandbox"):
            sandbox_of(configuration)


def _fields(spec):
    return {name: getattr(spec, name) for name in spec.__slots__}


class TestTheCommand:
    def test_it_tells_its_version(self, smsway):
        result = smsway("--version")

        assert f"smsway {__version__}\n" == result.stdout

    def test_without_typer_it_says_what_to_install(self, tmp_path):
        (tmp_path / "typer.py").write_text("raise ModuleNotFoundError(name='typer')\n", encoding="utf-8")
        code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from smsway.cli import main; main()"

        run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

        assert 2 == run.returncode
        assert 'pip install "smsway[cli]"' in run.stderr
        assert "Traceback" not in run.stderr

    def test_ctrl_c_while_it_is_loading_is_no_traceback(self, tmp_path):
        (tmp_path / "typer.py").write_text("raise KeyboardInterrupt\n", encoding="utf-8")
        code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from smsway.cli import main; main()"

        run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

        assert 130 == run.returncode
        assert "smsway: stopped before anything was done\n" == run.stderr

    def test_it_runs_as_a_module(self):
        command = [sys.executable, "-m", "smsway", "--version"]

        run = subprocess.run(command, capture_output=True, text=True, check=True)

        assert f"smsway {__version__}" == run.stdout.strip()

    def test_the_installed_command_runs(self):
        command = Path(sys.executable).with_name("smsway")

        run = subprocess.run([command, "--version"], capture_output=True, text=True, check=True)

        assert f"smsway {__version__}" == run.stdout.strip()

    @pytest.mark.parametrize("arguments", [("nonsense",), ("send", "--nonsense"), ("send", "--kind", "spam", PHONE)])
    def test_a_mistake_on_the_command_line_ends_with_2(self, smsway, arguments):
        assert 2 == smsway(*arguments).exit_code
