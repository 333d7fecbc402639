"""`smsway inbound`: messages from phones."""

from __future__ import annotations

import pytest

PHONE = "+8613700000001"
OTHER = "+8613700000002"
ABROAD = "+60198890000"


@pytest.mark.usefixtures("store")
class TestInbound:
    @pytest.fixture
    def answered(self, sandbox):
        sandbox.receive(PHONE, "TD", "cn", extension="7")
        sandbox.receive(ABROAD, "Bonjour \x1b[2J\u202e", "world")

    @pytest.mark.usefixtures("answered")
    def test_people_see_each_message_and_nothing_that_a_terminal_would_obey(self, ask):
        result = ask("inbound", "pull")

        assert 0 == result.exit_code
        for told in (PHONE, "TD", "7", ABROAD, r"Bonjour \x1b[2J\u202e"):
            assert told in result.stdout

    @pytest.mark.usefixtures("answered")
    def test_programs_get_one_object_per_message(self, ask, lines):
        messages = lines(ask("inbound", "pull", "--until-empty", "--json"))

        assert [("cn", PHONE, "TD"), ("world", ABROAD, "Bonjour \x1b[2J\u202e")] == [
            (each["account"], each["sender"], each["text"]) for each in messages
        ]

    @pytest.mark.usefixtures("answered")
    def test_those_that_came_are_listed_without_asking(self, ask, sandbox, lines):
        ask("inbound", "pull")
        before = sandbox.requests()

        listed = lines(ask("inbound", "list", "--json"))

        assert ["TD", "Bonjour \x1b[2J\u202e"] == [each["text"] for each in listed]
        assert before == sandbox.requests()
        assert PHONE in ask("inbound", "list").stdout
        assert "No message has come in.\n" == ask("inbound", "list", "--since", "2999-01-01T00:00Z").stdout

    @pytest.mark.usefixtures("answered")
    def test_those_of_a_phone_are_found(self, ask, lines):
        assert ["TD"] == [each["text"] for each in lines(ask("inbound", "find", "cn", PHONE, "--json"))]
        assert "TD" in ask("inbound", "find", "cn", PHONE).stdout
        assert "The vendor has no such message.\n" == ask("inbound", "find", "cn", OTHER).stdout

    @pytest.mark.parametrize(
        ("arguments", "what"),
        [
            (("pull", "nowhere"), "there is no account 'nowhere'"),
            (("find", "cn", "13700000001"), "phone"),
            (("find", "backup", PHONE), "cannot: find inbound; cn, world can"),
            (("find", "cn"), "PHONE"),
            (("list", "--since", "soon"), "--since 'soon' is no time"),
        ],
    )
    def test_a_mistake_is_told(self, ask, arguments, what):
        result = ask("inbound", *arguments)

        assert 2 == result.exit_code
        assert what in result.stderr
        assert "13700000001" not in result.stderr
