"""`smsway check --live`: names each line of the configuration that will fail at a vendor."""

from __future__ import annotations

import pytest

from smsway.plugins import PROVIDERS

FAIL = "error: templates.login_code.accounts.cn"


def test_if_the_vendors_have_it_all_that_is_told_account_by_account(ask):
    result = ask("check", "--live")

    assert 0 == result.exit_code
    assert "At the vendors" in result.stdout
    assert "all is well, as far as the vendors can be asked" in result.stdout
    assert "error" not in result.stderr
    assert "warning" not in result.stderr
    # The legacy API cannot be asked about a signature by its text.
    assert "account cn (tencent-v5):\n  note: signatures.default.cn: the vendor cannot be asked" in result.stderr


def test_what_the_vendor_does_not_have_is_an_error(ask):
    ask("templates", "delete", "cn", "19", "--yes")

    result = ask("check", "--live")

    assert 2 == result.exit_code
    assert (
        "account cn (tencent-v5):\n  error: templates.login_code.accounts.cn.id: the vendor has no template '19'"
        in (result.stderr)
    )


def test_what_is_pending_is_an_error(ask):
    ask("templates", "modify", "cn", "19", "--from", "login_code")

    result = ask("check", "--live")

    assert 2 == result.exit_code
    assert f"{FAIL}.id: the vendor's template '19' is not reviewed yet" in result.stderr


def test_what_was_rejected_is_an_error_with_the_reviewers_words(ask, sandbox):
    sandbox.review("backup", template="UTA2", approve=False, words="name the shop")

    result = ask("check", "--live")

    assert 2 == result.exit_code
    told = "error: templates.notice.accounts.backup.id: the vendor's template 'UTA2' was rejected: name the shop"
    assert f"account backup (usms):\n  {told}" in result.stderr


def test_another_number_of_variables_is_an_error(ask, sandbox):
    ask("templates", "modify", "cn", "19", "--text", "Your code is {1}.")
    sandbox.review("cn", template="19")

    result = ask("check", "--live")

    assert 2 == result.exit_code
    assert f"{FAIL}.params: names 2, and the vendor's template '19' has 1" in result.stderr


def test_another_text_is_a_warning(ask, sandbox):
    ask("templates", "modify", "cn", "19", "--text", "Code {1}, for {2} minutes.")
    sandbox.review("cn", template="19")

    result = ask("check", "--live")

    assert 1 == result.exit_code
    assert "  warning: templates.login_code.text: differs from the vendor's template '19'" in result.stderr
    assert "'Code {1}, for {2} minutes.'" in result.stderr


def test_a_signature_that_the_vendor_does_not_have_is_an_error(ask, sandbox):
    (known,) = (each for each in sandbox.signatures("backup") if each.text == "Acme")
    ask("signatures", "delete", "backup", known.id, "--yes")

    result = ask("check", "--live")

    assert 2 == result.exit_code
    assert "error: signatures.default.backup: the vendor has no signature 'Acme'" in result.stderr


def test_a_signature_that_was_rejected_is_an_error_with_the_reviewers_words(ask, sandbox):
    (known,) = (each for each in sandbox.signatures("backup") if each.text == "Acme")
    sandbox.review("backup", signature=known.id, approve=False, words="show a licence")

    result = ask("check", "--live")

    assert 2 == result.exit_code
    told = "error: signatures.default.backup: the vendor's signature 'Acme' was rejected: show a licence"
    assert told in result.stderr


def test_an_account_that_could_not_be_asked_is_a_warning(ask, sandbox):
    sandbox.inject("refuse", account="world")

    result = ask("check", "--live")

    assert 1 == result.exit_code
    assert "account world (tencent-global):\n  warning: accounts.world: account 'world': get_templates failed" in (
        result.stderr
    )


def test_the_findings_of_the_file_come_with_those_of_the_vendors(ask, sandbox, config):
    sandbox.review("cn", template="21", approve=False, words="no")
    text = config.read_text(encoding="utf-8").replace('accounts.backup = { id = "UTA2" }\n', "")
    config.write_text(text, encoding="utf-8")

    result = ask("check", "--live")

    assert 2 == result.exit_code
    assert "warning: templates.notice.accounts: account 'backup'" in result.stderr
    assert "error: templates.talk.accounts.cn.id" in result.stderr


def test_an_account_whose_plugin_is_broken_is_told_once(smsway, config, install):
    install("broken-provider", "raise RuntimeError('no')\n", PROVIDERS)
    config.write_text('[accounts.other]\nprovider = "broken-provider"\n', encoding="utf-8")

    result = smsway("check", "--live")

    assert 2 == result.exit_code
    assert 1 == result.stderr.count("error: accounts.other: ")


def test_without_live_nobody_is_asked(smsway, sandbox):
    refused = smsway("check", "--sandbox", sandbox.control_url)

    assert 0 == smsway("check").exit_code
    assert 2 == refused.exit_code
    assert "--sandbox belongs to --live" in refused.stderr
    assert not any(sandbox.requests().values())


@pytest.mark.parametrize("number", [0, 1])
def test_nothing_is_sent(ask, sandbox, number):
    if number:
        sandbox.review("cn", template="19", approve=False)

    ask("check", "--live")

    assert {} == sandbox.texts()
