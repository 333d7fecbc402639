"""`smsway reports pull`: what waits at the vendors is fetched, stored and shown."""

from __future__ import annotations

import pytest

from smsway.plugins import PROVIDERS

PHONE = "+8613700000001"
OTHER = "+8613700000002"
ABROAD = "+60198890000"
NOTICE = ("--template", "notice")
CODE = ("--template", "login_code", "--param", "code=1234", "--param", "minutes=4")


def waiting(sandbox, account="cn"):
    return sandbox.queued(account).reports


class TestPull:
    @pytest.mark.usefixtures("sent")
    def test_people_see_each_report_with_what_is_known_of_its_text(self, ask):
        result = ask("reports", "pull")

        assert (0, "") == (result.exit_code, result.stderr)
        for told in (PHONE, ABROAD, "login-1", "login-2", "delivered", "DELIVRD", "by now"):
            assert told in result.stdout

    @pytest.mark.usefixtures("sent")
    def test_programs_get_one_object_per_report(self, ask, lines):
        first, second = lines(ask("reports", "pull", "--json"))

        assert {"report", "tracked", "changed"} == first.keys()
        assert [("cn", PHONE), ("world", ABROAD)] == [
            (each["report"]["account"], each["report"]["recipient"]) for each in (first, second)
        ]
        assert ("login-1", "delivered", True) == (
            first["tracked"]["reference"],
            first["tracked"]["delivery"],
            first["changed"],
        )
        assert "SUCCESS" == first["report"]["raw"]["report_status"]

    @pytest.mark.usefixtures("sent")
    def test_nothing_waits_after_that(self, ask):
        ask("reports", "pull")

        assert "No reports wait." in ask("reports", "pull").stdout
        assert "" == ask("reports", "pull", "--json").stdout

    @pytest.mark.usefixtures("sent")
    def test_only_the_accounts_that_are_named_are_asked(self, ask, sandbox, lines):
        before = sandbox.requests()

        reports = lines(ask("reports", "pull", "world", "world", "--json"))

        assert [ABROAD] == [each["report"]["recipient"] for each in reports]
        assert {"world": before["world"] + 1} == {
            name: count for name, count in sandbox.requests().items() if count > before[name]
        }

    @pytest.mark.usefixtures("store")
    def test_a_limit_leaves_the_others_waiting(self, ask, sandbox, lines):
        ask("send", PHONE, OTHER, *NOTICE)

        first = lines(ask("reports", "pull", "cn", "--limit", 1, "--json"))

        assert (1, 1) == (len(first), waiting(sandbox))

    @pytest.mark.usefixtures("store")
    def test_until_empty_takes_them_all(self, ask, sandbox, phone, lines):
        ask("send", *map(phone, range(7)), *NOTICE)

        reports = lines(ask("reports", "pull", "--limit", 2, "--until-empty", "--json"))

        assert {phone(n) for n in range(7)} == {each["report"]["recipient"] for each in reports}
        assert 0 == waiting(sandbox)

    @pytest.mark.usefixtures("sent")
    def test_a_limit_beyond_the_vendors_takes_nothing(self, ask, sandbox):
        before = sandbox.requests()

        result = ask("reports", "pull", "--limit", 101)

        assert 2 == result.exit_code
        assert "--limit 101: account 'cn' gives at most 100 at a time" in result.stderr
        assert before == sandbox.requests()

    @pytest.mark.usefixtures("sent")
    def test_an_account_that_fails_does_not_hide_the_others(self, ask, sandbox, lines):
        sandbox.inject("http_503", account="cn", processed=False)

        result = ask("reports", "pull", "--json")

        assert [ABROAD] == [each["report"]["recipient"] for each in lines(result)]
        assert 1 == result.exit_code
        assert "smsway: account 'cn': pull_reports failed: " in result.stderr
        assert 1 == waiting(sandbox)

    @pytest.mark.usefixtures("sent")
    def test_if_all_fail_it_is_an_error(self, ask, sandbox):
        sandbox.inject("refuse")

        result = ask("reports", "pull")

        assert (2, "") == (result.exit_code, result.stdout)
        assert 3 == result.stderr.count("unreachable")

    def test_without_a_store_nothing_is_taken(self, ask, sandbox):
        ask("send", PHONE, *NOTICE)

        result = ask("reports", "pull")

        assert 2 == result.exit_code
        assert "reports.store is not set" in result.stderr
        assert 1 == waiting(sandbox)

    def test_a_store_that_cannot_be_opened_takes_nothing(self, ask, store, sandbox):
        store.mkdir()
        before = sandbox.requests()

        result = ask("reports", "pull")

        assert 2 == result.exit_code
        assert store.name in result.stderr
        assert before == sandbox.requests()

    def test_a_store_in_memory_is_told_of(self, ask, add, lines):
        add('[reports]\nstore = "memory"')
        ask("send", PHONE, *NOTICE)

        result = ask("reports", "pull", "--json")

        assert 'reports.store is "memory": the reports are shown here, and kept nowhere' in result.stderr
        assert (0, 1) == (result.exit_code, len(lines(result)))

    @pytest.mark.usefixtures("store")
    @pytest.mark.parametrize(
        ("arguments", "what"),
        [
            (("nowhere",), "there is no account 'nowhere'; there are: backup, cn, world"),
            (("cnn",), "did you mean 'cn'?"),
            (("--limit", "0"), "--limit"),
            (("--limit", "many"), "--limit"),
        ],
    )
    def test_a_mistake_is_told(self, ask, arguments, what):
        result = ask("reports", "pull", *arguments)

        assert 2 == result.exit_code
        assert what in result.stderr

    def test_an_account_that_cannot_be_used_is_told_with_the_cause(self, smsway, add, install):
        install("broken-provider", "raise RuntimeError('no')\n", PROVIDERS)
        add('[accounts.other]\nprovider = "broken-provider"\n[reports]\nstore = "reports.db"')

        result = smsway("reports", "pull", "other")

        assert 2 == result.exit_code
        assert "account 'other' cannot be used: plugin 'broken-provider'" in result.stderr

    @pytest.mark.usefixtures("store")
    def test_an_account_that_has_no_such_queue_is_told_with_those_that_have(self, ask):
        result = ask("inbound", "pull", "backup")

        assert 2 == result.exit_code
        assert "account 'backup' (provider usms) cannot: pull inbound; cn, world can" in result.stderr


class TestStore:
    @pytest.mark.usefixtures("ask", "sent")
    def test_what_is_sent_to_a_sandbox_is_kept_apart(self, store, tmp_path):
        assert store.exists()
        assert not (tmp_path / "reports.db").exists()

    def test_no_sandbox_is_needed_to_look_into_the_store(self, smsway, store, tmp_path):
        assert 1 == smsway("reports", "show", "--reference", "none").exit_code
        assert (tmp_path / "reports.db").exists()
        assert not store.exists()
