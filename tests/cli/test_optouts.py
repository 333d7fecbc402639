"""`smsway optouts`: the list is kept in the outbox's database, and sends obey it."""

from __future__ import annotations

import pytest

PHONE, OTHER = "+8613700000001", "+8613700000002"
MARKETING = ("--template", "notice", "--kind", "marketing", "--json")


@pytest.fixture
def _listed(add):
    add('[outbox]\ndatabase = "sqlite:///outbox.db"\n[guards.optouts]')


@pytest.mark.usefixtures("_listed")
def test_whoever_is_added_gets_nothing_until_removed(ask, lines):
    added = ask("optouts", "add", PHONE)
    refused = ask("send", PHONE, *MARKETING)
    shown = ask("optouts", "show", PHONE)
    removed = ask("optouts", "remove", PHONE)
    sent = ask("send", PHONE, *MARKETING)

    assert [each.exit_code for each in (added, refused, shown, removed, sent)] == [0, 1, 0, 0, 0]
    assert [each["reason"] for each in lines(refused)] == ["blocked_recipient"]
    assert "marketing" in shown.stdout
    assert "api" in shown.stdout
    assert [each["status"] for each in lines(sent)] == ["accepted"]


@pytest.mark.usefixtures("_listed")
def test_what_is_not_on_the_list_is_told(ask):
    shown, removed = ask("optouts", "show", PHONE), ask("optouts", "remove", PHONE)
    first, again = ask("optouts", "add", PHONE), ask("optouts", "add", PHONE)

    assert (shown.exit_code, removed.exit_code) == (1, 1)
    assert (first.stdout, again.stdout) == ("Added.\n", "It was there before.\n")


@pytest.mark.usefixtures("_listed")
def test_a_file_is_imported_as_a_whole_or_not_at_all(ask, tmp_path):
    files = tmp_path / "bad.csv", tmp_path / "good.csv"
    files[0].write_text(f"phone\n{PHONE}\n12\n", encoding="utf-8")
    files[1].write_text(f"phone\n{PHONE}\n13700000002\n{OTHER}\n", encoding="utf-8")

    bad, before = ask("optouts", "import", files[0]), ask("optouts", "show", PHONE)
    good, after = (
        ask("optouts", "import", files[1], "--scope", "all", "--region", "CN"),
        ask("optouts", "show", OTHER),
    )

    assert (bad.exit_code, before.exit_code, good.exit_code, after.exit_code) == (2, 1, 0, 0)
    assert "line 3" in bad.stderr
    assert PHONE not in bad.output
    assert good.stdout == "Added 2 of 3 phones; the others were there before.\n"
    assert "import" in after.stdout


def test_without_a_database_there_is_no_list_to_keep(ask, add):
    add("[guards.optouts]")

    result = ask("optouts", "add", PHONE)

    assert result.exit_code == 2
    assert "name one with `database` under [outbox]" in result.stderr


@pytest.mark.usefixtures("_listed")
def test_what_is_no_phone_or_scope_is_told(ask):
    phone, scope = ask("optouts", "add", "12"), ask("optouts", "add", PHONE, "--scope", "sales")

    assert (phone.exit_code, scope.exit_code) == (2, 2)
    assert "Traceback" not in phone.output + scope.output
    assert "'sales' is no scope" in scope.stderr


def test_a_caller_counts(ask, add, lines):
    add('[outbox]\ndatabase = "sqlite:///outbox.db"\n[guards.callers]\notp = ["1/d"]')
    code = ("--template", "login_code", "--param", "code=190191", "--param", "minutes=4", "--kind", "otp", "--json")

    results = [ask("send", phone, *code, "--caller", "198.51.100.7") for phone in (PHONE, OTHER)]

    assert [lines(each)[0]["reason"] for each in results] == [None, "quota_exceeded"]
    plan = ask("explain", OTHER, *code[:-1], "--caller", "198.51.100.7")
    assert "vetoed: quota_exceeded (guard callers: caller has had 1 in 1 d (otp))" in plan.stdout
