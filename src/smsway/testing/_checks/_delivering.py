"""Checks over a socket, with the real engine: every fault ends with one result each, and nobody is texted twice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from smsway.client import Client
from smsway.config import load
from smsway.model import Certainty, Message, Outcome, Recipient, Status, Template, Text
from smsway.sandbox import FAULTS, Sandbox, sandbox_of
from smsway.testing._cast import home, phones
from smsway.testing._checks._declared import Declared

_PATIENCE = 0.25


class DeliveringChecks(Declared):
    """What holds for the provider inside of smsway, against its own side on 127.0.0.1."""

    def test_a_message_goes_through(self) -> None:
        """From the application's message to the vendor's answer, over HTTP.

        If it fails: the outcome's reason and code tell where.
        """
        with self._running() as (client, sandbox):
            outcomes = list(client.send(self._message(2)))

            assert [each.status for each in outcomes] == [Status.ACCEPTED] * 2, _told(outcomes)
            assert set(sandbox.texts().values()) == {1}

    @pytest.mark.parametrize("fault", sorted(FAULTS))
    def test_no_fault_doubles_a_text_or_makes_a_false_result(self, fault: str) -> None:
        """Two accounts, the first of which is struck: one result each, nobody twice, and none against the truth.

        If it fails: the fault's line in docs/how-to/sandbox.md says what the vendor did; look at what the provider
        makes of that.
        """
        with self._running(accounts=("first", "second")) as (client, sandbox):
            delay: dict[str, Any] = {"delay": 5} if fault == "slow" else {}
            sandbox.inject(fault, account="first", **delay)
            message = self._message(2)

            outcomes = list(client.send(message))

            texts = sandbox.texts()
            assert [each.recipient for each in outcomes] == [each.phone for each in message.to]
            taken = {(text.account, text.phone) for text in sandbox.submissions()}
            for outcome in outcomes:
                self._check_certainties(fault, outcome, taken)
                count = texts.get(outcome.recipient, 0)
                assert count <= 1, f"{fault}: somebody is texted {count} times"
                if outcome.status is Status.ACCEPTED and not count:
                    pytest.fail(f"{fault}: a text that nobody took is accepted")
                if outcome.status in {Status.REJECTED, Status.NOT_SENT} and count:
                    pytest.fail(f"{fault}: a text that was taken is {outcome.status!s}")

    def _check_certainties(self, fault: str, outcome: Outcome, taken: set[tuple[str, str]]) -> None:
        """Each attempt says no more than is true."""
        for attempt in outcome.attempts:
            false = Certainty.NOT_SENT if (attempt.account, outcome.recipient) in taken else Certainty.SENT
            if attempt.certainty is false:
                pytest.fail(f"{fault}: an attempt says {false!s}, and the opposite is true")

    def test_a_recipient_that_the_vendor_refuses_is_asked_of_nobody_else(self) -> None:
        """An opt-out and a bad number stay with the first account that told so.

        If it fails: look at the reasons of these codes.
        """
        for reason in ("invalid_recipient", "blocked_recipient"):
            with self._running(accounts=("first", "second")) as (client, sandbox):
                sandbox.refuse_recipients(reason, account="first")

                (outcome,) = client.send(self._message(1))

                if sandbox.requests()["second"]:
                    pytest.fail(f"{reason} is told as {outcome.attempts[0].reason!s}, and another account is asked")

    @contextmanager
    def _running(self, accounts: tuple[str, ...] = ("first",)) -> Iterator[tuple[Client, Sandbox]]:
        self.stage()
        configuration = load(self._source(accounts), self.subject.plugins)
        with sandbox_of(configuration, rate=False) as sandbox:
            source = self._source(accounts)
            with Client.from_config(source, plugins=self.subject.plugins, base_urls=sandbox.urls) as client:
                yield client, sandbox

    def _source(self, accounts: tuple[str, ...]) -> dict[str, Any]:
        subject = self.subject
        settings = {"provider": subject.name, **subject.settings, "timeout": _PATIENCE, "rate": 1000.0}
        source: dict[str, Any] = {
            "accounts": dict.fromkeys(accounts, settings),
            "templates": {"code": {"params": ["code", "minutes"], "text": "Code {code}, {minutes} minutes."}},
            "routes": [{"accounts": list(accounts)}],
        }
        if subject.capabilities.template:
            mapping = {"id": subject.template_ids[0]}
            source["templates"]["code"]["accounts"] = dict.fromkeys(accounts, mapping)
        for section, value in (("signatures", subject.signature), ("senders", subject.sender)):
            if value:
                source[section] = {"default": dict.fromkeys(accounts, value)}
        return source

    def _message(self, count: int) -> Message:
        capabilities = self.subject.capabilities
        to = [Recipient(phone) for phone in phones(home(capabilities), count)]
        params = {"code": "739150", "minutes": "4"}
        return Message(to=to, content=Template("code", params) if capabilities.template else Text("Code 739150"))


def _told(outcomes: list[Outcome]) -> str:
    return "; ".join(f"{each.status!s} {each.reason} {each.code} {each.detail}" for each in outcomes)
