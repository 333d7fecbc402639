"""An application under test gets a client whose messages land in a list."""

from __future__ import annotations

import asyncio
import copy

from smsway import Message, Template
from smsway.testing import recording, sms, sms_configuration

__all__ = ["sms", "sms_configuration"]  # fixtures, as `pytest_plugins` gives them

A, B = "+8613812345678", "+14155550123"


def log_in(client, phone):
    """Stand for an application that texts a code."""
    return client.send(Message(to=phone, content="Your code is 739150", kind="otp"))


def test_the_messages_of_an_application_land_in_a_list(sms):
    (outcome,) = log_in(sms.client, A)
    log_in(sms.client, B)

    assert outcome.status == "accepted"
    assert [(each.phone, each.text) for each in sms.messages] == [
        (A, "Your code is 739150"),
        (B, "Your code is 739150"),
    ]
    assert sms.to(B) == ["Your code is 739150"]


def test_an_async_application_has_the_same_list(sms):
    async def run():
        async with sms.async_client() as client:
            return await client.send(Message(to=A, content="Hello"))

    (outcome,) = asyncio.run(run())

    assert outcome.status == "accepted"
    assert sms.to(A) == ["Hello"]


def test_what_was_recorded_can_be_forgotten(sms):
    log_in(sms.client, A)

    sms.clear()

    assert sms.messages == []


def test_an_application_can_be_shown_what_goes_wrong(sms):
    sms.sandbox.refuse_recipients("blocked_recipient", phones=[A])

    (outcome,) = log_in(sms.client, A)

    assert (outcome.status, outcome.reason) == ("rejected", "blocked_recipient")
    assert sms.messages == []


def test_a_configuration_of_real_accounts_is_used_without_its_secrets(configuration, monkeypatch):
    for name in ("APP_KEY", "ID", "KEY"):
        monkeypatch.delenv(name, raising=False)
    source = copy.deepcopy(configuration)
    source["accounts"]["cn"]["app_key"] = "env:APP_KEY"
    source["accounts"]["world"]["secret_key"] = "vault:sms/key"
    source["reports"] = {"store": "reports.db"}

    with recording(source) as recorder:
        recorder.client.send(
            Message(to=[A, "+60198890000"], content=Template("login_code", {"code": "1", "minutes": "4"}))
        )

    shown = sorted((each.account, each.text) for each in recorder.messages)
    assert shown == [("cn", "Your code is 1, valid for 4 minutes."), ("world", None)]
    assert source["accounts"]["cn"]["app_key"] == "env:APP_KEY"


def test_nothing_is_written_where_the_test_runs(configuration, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    configuration["reports"] = {"store": "reports.db"}

    with recording(configuration):
        pass

    assert list(tmp_path.iterdir()) == []


def test_a_list_does_not_show_what_it_holds_when_it_is_printed(sms):
    log_in(sms.client, A)

    assert A not in repr(sms.messages)
    assert "739150" not in repr(sms.messages)


def test_the_fixture_is_there_with_one_line_in_a_conftest(pytester):
    pytester.makeconftest('pytest_plugins = ["smsway.testing"]')
    pytester.makepyfile(
        """
        from smsway import Message

        def test_a_text_lands_in_the_list(sms):
            sms.client.send(Message(to="+6598765432", content="Hello"))
            assert sms.to("+6598765432") == ["Hello"]
        """
    )

    pytester.runpytest_subprocess("-W", "error").assert_outcomes(passed=1)
