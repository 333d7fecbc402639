"""`smsway reports`: look reports up, ask what is known of a text, and forget."""

from __future__ import annotations

import time
import tomllib

import pytest

from smsway import Client, Message
from smsway.model import AttemptStarted, Delivery, Report
from smsway.tracking import SqliteStore, Tracker

PHONE = "+8613700000001"
OTHER = "+8613700000002"
NOTICE = ("--template", "notice")
CODE = ("--template", "login_code", "--param", "code=1234", "--param", "minutes=4")


class TestFind:
    @pytest.mark.usefixtures("sent")
    def test_the_reports_of_a_phone_are_found_again_and_again(self, ask, lines):
        found = [lines(ask("reports", "find", "cn", PHONE, "--json")) for _ in range(2)]

        assert [[(PHONE, "delivered")]] * 2 == [
            [(each["recipient"], each["delivery"]) for each in reports] for reports in found
        ]

    @pytest.mark.usefixtures("sent")
    def test_a_national_phone_takes_the_region_of_the_file(self, ask, config, lines):
        config.write_text(f'region = "CN"\n{config.read_text(encoding="utf-8")}', encoding="utf-8")

        assert 1 == len(lines(ask("reports", "find", "cn", "13700000001", "--json")))

    @pytest.mark.usefixtures("store")
    def test_those_of_message_ids_are_found_where_the_vendor_knows_ids(self, ask, lines):
        (outcome,) = lines(ask("send", PHONE, *CODE, "--account", "backup", "--json"))

        result = ask("reports", "find", "backup", "--message-id", outcome["provider_message_id"])

        assert 0 == result.exit_code
        assert PHONE in result.stdout

    def test_no_store_is_needed(self, ask, lines):
        ask("send", PHONE, *NOTICE)

        assert 1 == len(lines(ask("reports", "find", "cn", PHONE, "--json")))

    @pytest.mark.usefixtures("store")
    def test_what_is_not_there_is_no_error(self, ask):
        result = ask("reports", "find", "cn", OTHER)

        assert (0, "The vendor has no such report.\n") == (result.exit_code, result.stdout)

    @pytest.mark.usefixtures("sent")
    def test_what_was_before_is_not_found(self, ask, lines):
        assert [] == lines(ask("reports", "find", "cn", PHONE, "--since", "2d", "--until", "1d", "--json"))

    @pytest.mark.usefixtures("store")
    @pytest.mark.parametrize(
        ("arguments", "what"),
        [
            (("cn",), "a PHONE, or --message-id ID"),
            (("nowhere", PHONE), "there is no account 'nowhere'"),
            (("cn", "13700000001"), "phone"),
            (("cn", PHONE, "--since", "soon"), "--since 'soon' is no time"),
            (("cn", PHONE, "--since", "1h", "--until", "2h"), "is not before"),
            (("backup", PHONE), "USMS finds reports by session number only"),
            (("cn", PHONE, "--message-id", "1"), "finds nothing by message ids"),
        ],
    )
    def test_a_mistake_is_told(self, ask, arguments, what):
        result = ask("reports", "find", *arguments)

        assert 2 == result.exit_code
        assert what in result.stderr
        assert "13700000001" not in result.stderr

    @pytest.mark.usefixtures("store")
    @pytest.mark.parametrize(
        "arguments", [("reports", "show", PHONE), ("reports", "find", "cn", PHONE, PHONE), ("stats", "--by", PHONE)]
    )
    def test_a_phone_in_any_other_wrong_place_is_not_repeated_either(self, ask, arguments):
        result = ask(*arguments)

        assert 2 == result.exit_code
        assert "***" in result.stderr
        assert "13700000001" not in result.stderr

    def test_a_phone_in_the_place_of_an_account_is_not_repeated(self, ask):
        result = ask("reports", "find", PHONE, PHONE)

        assert 2 == result.exit_code
        assert "there is no account '+***'" in result.stderr


class TestShow:
    @pytest.mark.usefixtures("sent")
    @pytest.mark.parametrize("by", ["--reference", "--recipient", "--message-id"])
    def test_what_is_known_of_a_text_is_told(self, ask, lines, by):
        (report,) = lines(ask("reports", "pull", "cn", "--json"))
        key = {
            "--reference": "login-1",
            "--recipient": PHONE,
            "--message-id": report["report"]["provider_message_id"],
        }[by]

        shown = ask("reports", "show", by, key)

        assert 0 == shown.exit_code
        assert all(told in shown.stdout for told in (PHONE, "login-1", "delivered", "cn"))
        (known,) = lines(ask("reports", "show", by, key, "--json"))
        assert (PHONE, "delivered", "login-1") == tuple(known[name] for name in ("recipient", "delivery", "reference"))
        assert known["started_at"] == pytest.approx(time.time(), abs=60)

    @pytest.mark.usefixtures("sent")
    def test_before_its_report_a_text_is_accepted(self, ask, lines):
        (known,) = lines(ask("reports", "show", "--reference", "login-1", "--json"))

        assert "accepted" == known["delivery"]

    @pytest.mark.usefixtures("store")
    def test_that_nothing_is_known_has_a_status_of_its_own(self, ask):
        result = ask("reports", "show", "--reference", "none")

        assert (1, "Nothing is known of it.\n") == (result.exit_code, result.stdout)

    @pytest.mark.usefixtures("store")
    @pytest.mark.parametrize(
        ("arguments", "what"),
        [
            ((), "exactly one of"),
            (("--reference", "a", "--recipient", PHONE), "exactly one of"),
            (("--recipient", "13700000001"), "--recipient"),
        ],
    )
    def test_a_mistake_is_told(self, ask, arguments, what):
        result = ask("reports", "show", *arguments)

        assert 2 == result.exit_code
        assert what in result.stderr
        assert "13700000001" not in result.stderr


class TestUnmatched:
    @pytest.mark.usefixtures("store")
    def test_a_report_of_somebody_else_is_listed(self, ask, sandbox, config, lines):
        with Client.from_config(_without_store(config), base_urls=sandbox.urls) as client:
            client.send(Message(to=PHONE, content="Your parcel is here.", accounts=["cn"]))
        (pulled,) = lines(ask("reports", "pull", "--json"))

        listed = ask("reports", "unmatched")

        assert pulled["tracked"] is None
        assert PHONE in listed.stdout
        assert [PHONE] == [each["recipient"] for each in lines(ask("reports", "unmatched", "--json"))]

    def test_those_that_were_forgotten_are_counted(self, ask, store):
        long_ago = time.time() - 40 * 86_400
        tracker = Tracker(SqliteStore(store), lambda: long_ago, lambda _: None)
        report = Report(recipient=PHONE, delivery=Delivery.DELIVERED, provider_message_id="1", account="cn")
        tracker.process(tracker.receive([report]))
        tracker.close()

        ask("reports", "prune")

        assert "1 older ones that fitted nothing were forgotten." in ask("reports", "unmatched").stdout

    @pytest.mark.usefixtures("sent")
    def test_if_all_fit_that_is_told(self, ask):
        ask("reports", "pull")

        assert "Every report fits a text that was sent.\n" == ask("reports", "unmatched").stdout


def _without_store(config):
    data = tomllib.loads(config.read_text(encoding="utf-8"))
    del data["reports"]
    return data


class TestPrune:
    @pytest.fixture
    def old(self, store):
        """Keep a text of 40 days ago, and one of 4."""
        for days in (40, 4):
            at = time.time() - days * 86_400
            tracker = Tracker(SqliteStore(store), lambda at=at: at, lambda _: None)
            name = f"{days:020}"
            tracker.record(AttemptStarted(name, "cn", ((0, 0),), at, (PHONE,), (f"old-{days}",)))
            tracker.close()

    @pytest.mark.usefixtures("old")
    @pytest.mark.parametrize(
        ("arguments", "left"), [((), ["old-4"]), (("--older-than", 3), []), (("--older-than", 50), ["old-4", "old-40"])]
    )
    def test_what_is_older_is_forgotten(self, ask, lines, arguments, left):
        (told,) = lines(ask("reports", "prune", *arguments, "--json"))

        known = lines(ask("reports", "show", "--recipient", PHONE, "--json"))
        assert 2 - len(left) == told["forgotten"]
        assert left == sorted(each["reference"] for each in known)

    @pytest.mark.usefixtures("old")
    def test_people_are_told_how_many_rows(self, ask):
        assert "1 row older than 30 days forgotten.\n" == ask("reports", "prune").stdout

    @pytest.mark.usefixtures("store")
    def test_a_mistake_is_told(self, ask):
        assert 2 == ask("reports", "prune", "--older-than", "0").exit_code


@pytest.mark.parametrize(
    "command",
    [
        ("reports", "show", "--reference", "a"),
        ("reports", "unmatched"),
        ("reports", "prune"),
        ("inbound", "list"),
    ],
    ids=" ".join,
)
class TestWithoutAStoreThatLasts:
    def test_none_at_all_is_an_error(self, smsway, command):
        result = smsway(*command)

        assert 2 == result.exit_code
        assert "reports.store is not set" in result.stderr

    def test_one_in_memory_is_an_error(self, smsway, add, command):
        add('[reports]\nstore = "memory"')

        result = smsway(*command)

        assert 2 == result.exit_code
        assert 'reports.store is "memory", which each command begins empty' in result.stderr
