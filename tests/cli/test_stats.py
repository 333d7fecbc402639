"""`smsway stats` and `smsway balance`: what the vendors count."""

from __future__ import annotations

import io
import time
from datetime import datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from smsway.cli._bars import Bar, Share, draw
from smsway.cli._failure import Failure
from smsway.cli._stats import By, Count, counts_table, spans_of
from smsway.model import DeliveryStatistics, SendStatistics
from smsway.plugins import PROVIDERS

PHONE = "+8613700000001"
NOTICE = ("--template", "notice")


@pytest.fixture
def counted(ask, sandbox, phone):
    """Send three texts through the first account, of which one does not arrive, and one through the last."""
    sandbox.fail_deliveries("unreachable_recipient", phones=[phone(2)])
    assert 0 == ask("send", *map(phone, range(3)), *NOTICE).exit_code
    assert 0 == ask("send", phone(4), *NOTICE, "--account", "backup").exit_code


@pytest.mark.usefixtures("counted")
class TestStats:
    def test_people_see_a_row_per_account(self, ask):
        result = ask("stats")

        assert (0, "") == (result.exit_code, result.stderr)
        rows = [[cell.strip() for cell in line.split("│")] for line in result.stdout.splitlines() if "│" in line]
        assert ["cn", "world", "backup"] == [row[1] for row in rows]
        assert ["3", "3", "3", "3", "2", "1", "unreachable_recipient 1"] == rows[0][4:-1]

    def test_programs_get_one_object_per_account_and_span(self, ask, lines):
        (count,) = lines(ask("stats", "cn", "--json"))

        assert {"account", "since", "until", "sending", "delivery"} == count.keys()
        assert (3, 3) == (count["sending"]["requested"], count["sending"]["accepted"])
        assert (2, 1) == (count["delivery"]["delivered"], count["delivery"]["undelivered"])
        assert 1 == count["delivery"]["failures"]["unreachable_recipient"]

    def test_each_hour_is_counted_for_itself(self, ask, lines):
        counts = lines(ask("stats", "cn", "--since", "3h", "--by", "hour", "--json"))

        assert [each["until"] for each in counts[:-1]] == [each["since"] for each in counts[1:]]
        assert [0] * (len(counts) - 1) + [3] == [each["sending"]["requested"] for each in counts]

    def test_what_a_vendor_counts_by_whole_days_is_asked_for_once(self, ask, sandbox, lines):
        before = sandbox.requests()["backup"]
        ask("stats", "backup", "--since", "1s")
        one = sandbox.requests()["backup"] - before

        counts = lines(ask("stats", "backup", "--since", "5h", "--by", "hour", "--json"))

        # Five hours lie in one or two of its days.
        assert len(counts) <= 2
        assert one * (1 + len(counts)) == sandbox.requests()["backup"] - before
        assert 1 == sum(each["sending"]["requested"] for each in counts)

    @pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Shanghai"])
    def test_no_text_is_counted_in_two_days(self, ask, lines, monkeypatch, zone):
        with monkeypatch.context() as elsewhere:
            elsewhere.setenv("TZ", zone)
            time.tzset()
            rows = lines(ask("stats", "backup", "--by", "day", "--since", "3d", "--json"))
        time.tzset()

        assert sum(row["sending"]["requested"] for row in rows) == 1
        spans = [(row["sending"]["since"], row["sending"]["until"]) for row in rows]
        assert all(until <= since for (_, until), (since, _) in pairwise(spans))

    def test_a_span_that_is_over_is_counted_empty(self, ask, lines):
        (count,) = lines(ask("stats", "cn", "--since", "3d", "--until", "2d", "--json"))

        assert 0 == count["sending"]["requested"]

    def test_bars_are_drawn_beside_the_table(self, ask):
        result = ask("stats", "cn", "backup", "--plot")

        assert 0 == result.exit_code
        bars = [line for line in result.stdout.splitlines() if line.endswith(("3", "1"))]
        assert ["cn", "backup"] == [bar.split()[0] for bar in bars]
        assert (40, 20) == (bars[0].count("█"), bars[0].count("▒"))
        assert (20, 0) == (bars[1].count("█"), bars[1].count("▒"))
        assert "█ delivered  ▒ undelivered" in result.stdout

    def test_each_template_is_counted(self, ask, phone):
        code = ("--template", "login_code", "--param", "code=123456", "--param", "minutes=5")
        assert 0 == ask("send", phone(5), *code, "--account", "backup").exit_code

        result = ask("stats", "--by", "template", "--plot")

        assert (0, "") == (result.exit_code, result.stderr)
        rows = [[cell.strip() for cell in line.split("│")] for line in result.stdout.splitlines() if "│" in line]
        assert [["backup", "UTA2", "notice"], ["backup", "UTA20212831C85C", "login_code"]] == [row[1:4] for row in rows]
        assert [["1", "1", "1", "1", "1", "0"]] * 2 == [row[6:12] for row in rows]
        assert [60, 60] == [line.count("█") for line in result.stdout.splitlines() if line.count("█") > 1]

    def test_programs_get_one_object_per_template(self, ask, lines):
        (count,) = lines(ask("stats", "backup", "--by", "template", "--json"))

        assert ("backup", "UTA2", 1, 1) == tuple(
            count[name] for name in ("account", "template_id", "accepted", "delivered")
        )

    def test_no_template_in_a_time_is_told(self, ask, lines):
        result = ask("stats", "--by", "template", "--since", "9d", "--until", "8d")

        assert (0, "No template was used.\n") == (result.exit_code, result.stdout)
        assert [] == lines(ask("stats", "--by", "template", "--since", "9d", "--until", "8d", "--json"))

    def test_templates_of_an_account_that_fails(self, ask, sandbox):
        sandbox.inject("refuse", account="backup")

        result = ask("stats", "--by", "template")

        assert (2, "") == (result.exit_code, result.stdout)
        assert "account 'backup': template_statistics failed: unreachable" in result.stderr

    def test_an_account_that_does_not_count_templates_says_who_does(self, ask):
        result = ask("stats", "cn", "--by", "template")

        assert 2 == result.exit_code
        assert "account 'cn' (provider tencent-v5) cannot: template statistics; backup can" in result.stderr

    def test_an_account_that_fails_does_not_hide_the_others(self, ask, sandbox, lines):
        sandbox.inject("refuse", account="cn")

        some = ask("stats", "cn", "world", "--json")
        none = ask("stats", "cn")

        assert (1, ["world"]) == (some.exit_code, [each["account"] for each in lines(some)])
        assert (2, "") == (none.exit_code, none.stdout)
        assert "account 'cn': send_statistics failed: unreachable" in none.stderr

    def test_an_account_that_fails_is_asked_no_further(self, ask, sandbox):
        before = sandbox.requests()["cn"]
        sandbox.inject("http_429", account="cn")

        result = ask("stats", "cn", "--since", "9h", "--by", "hour")

        assert 2 == result.exit_code
        assert 2 == sandbox.requests()["cn"] - before

    def test_a_time_that_one_vendor_does_not_count_does_not_hide_the_others(self, ask, lines):
        result = ask("stats", "--since", "60d", "--json")

        assert 1 == result.exit_code
        assert {"cn": True, "world": False, "backup": True} == {
            each["account"]: each["sending"] is not None and each["delivery"] is not None for each in lines(result)
        }
        assert "smsway: account 'world': since " in result.stderr


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (("nowhere",), "there is no account 'nowhere'"),
        (("--since", "soon"), "--since 'soon' is no time"),
        (("--since", "1h", "--until", "2h"), "is not before"),
        (("--by", "minute"), "--by"),
        (("--by", "hour", "--since", "52w"), "--by hour: the time from --since to --until has more than 1000"),
        (("--plot", "--json"), "give one of them"),
    ],
)
def test_a_mistake_is_told(ask, sandbox, arguments, what):
    result = ask("stats", *arguments)

    assert 2 == result.exit_code
    assert what in result.stderr
    assert not any(sandbox.requests().values())


@pytest.fixture
def twin(add):
    """Let a second account count templates."""
    keys = 'project_id = "org-2"\npublic_key = "literal:public"\nprivate_key = "literal:private"'
    add(f'[accounts.twin]\nprovider = "usms"\n{keys}')


@pytest.mark.usefixtures("twin")
def test_of_templates_each_account_that_answered_is_told(ask, sandbox):
    sandbox.inject("refuse", account="backup")

    result = ask("stats", "--by", "template")

    assert (1, "No template was used.\n") == (result.exit_code, result.stdout)
    assert "account 'backup': template_statistics failed: unreachable" in result.stderr


class TestSpans:
    @given(st.integers(0, 4_000_000_000), st.integers(1, 999 * 3600))
    def test_hours_are_whole_and_leave_nothing_out(self, since, length):
        spans = spans_of(since, since + length, By.HOUR)

        assert (since, since + length) == (spans[0][0], spans[-1][1])
        assert all(before[1] == after[0] for before, after in pairwise(spans))
        assert all(begin < end for begin, end in spans)
        assert all(end % 3600 == 0 for _, end in spans[:-1])

    @pytest.mark.parametrize("zone", ["UTC", "Asia/Shanghai", "Europe/Berlin", "America/Sao_Paulo"])
    def test_days_begin_at_midnight_whatever_the_clocks_do(self, zone, in_zone):
        in_zone(zone)
        since = datetime(2026, 3, 20, 10).astimezone().timestamp()
        until = datetime(2026, 11, 5, 10).astimezone().timestamp()

        spans = spans_of(since, until, By.DAY)

        assert 231 == len(spans)
        assert {(0, 0)} == {(begun.hour, begun.minute) for begun in map(datetime.fromtimestamp, dict(spans[1:]))}
        assert ({23, 24, 25} if zone == "Europe/Berlin" else {24}) == {
            (end - begin) / 3600 for begin, end in spans[1:-1]
        }

    def test_without_a_cut_there_is_one(self):
        assert [(1.0, 2.0)] == spans_of(1.0, 2.0, None)

    def test_too_many_are_refused(self):
        assert 1000 == len(spans_of(0, 1000 * 3600, By.HOUR))
        with pytest.raises(Failure, match="more than 1000"):
            spans_of(0, 1001 * 3600, By.HOUR)


class TestBars:
    @pytest.fixture
    def drawn(self):
        """Draw bars on a terminal of this width and encoding."""

        def draw_on(bars, width=100, encoding="utf-8"):
            raw = io.BytesIO()
            file = io.TextIOWrapper(raw, encoding=encoding, errors="strict")
            draw(bars, Console(file=file, width=width))
            file.flush()
            return raw.getvalue().decode(encoding).splitlines()

        return draw_on

    def test_the_longest_fills_the_room_and_others_are_to_scale(self, drawn):
        bars = [Bar(("a",), {Share.DELIVERED: 1000}), Bar(("b",), {Share.DELIVERED: 250, Share.UNREPORTED: 250})]

        # A letter, four digits, and two spaces on each side of the bar.
        first, second, legend = drawn(bars, width=49)

        assert (40, 10, 10) == (first.count("█"), second.count("█"), second.count("░"))
        assert "█ delivered  ░ without a report" == legend.strip()

    def test_what_is_there_at_all_is_seen(self, drawn):
        line, _ = drawn([Bar(("a",), {Share.DELIVERED: 1_000_000, Share.UNDELIVERED: 1})])

        assert 1 == line.count("▒")

    def test_nothing_is_no_bar(self, drawn):
        line, *_ = drawn([Bar(("a",), {Share.DELIVERED: 0})])

        assert line.split() == ["a", "0"]

    def test_a_terminal_without_blocks_gets_other_signs(self, drawn):
        line, legend = drawn([Bar(("a",), {Share.ACCEPTED: 3, Share.REFUSED: 1})], encoding="ascii")

        assert (45, 15) == (line.count("="), line.count("!"))
        assert "= accepted  ! refused" == legend.strip()

    def test_words_beside_it_are_never_cut_and_steer_no_terminal(self, drawn):
        bars = [Bar(("an-account-with-a-long-name", "template-\x1b[2J" + "7" * 30), {Share.DELIVERED: 1})]

        line, _ = drawn(bars, width=90)

        assert ["an-account-with-a-long-name", r"template-\x1b[2J" + "7" * 30] == line.split()[:2]

    def test_no_two_shares_look_alike(self):
        assert len(Share) == len({share.value.block for share in Share}) == len({share.value.plain for share in Share})


TOY = """
from smsway.provider import AccountConfig, Capabilities, ProviderSpec, SendStatistics, Sharing, hookimpl


class Config(AccountConfig):
    base_url: str = "https://sms.invalid"


class Toy:
    def __init__(self, config):
        pass

    def submit(self, batch, stamp):
        raise NotImplementedError

    def send_statistics(self, since, until, stamp):
        return SendStatistics(since=since, until=until, requested=4, accepted=3, billed=None)
        yield


@hookimpl
def register_providers(register):
    able = Capabilities(max_batch=1, sharing=Sharing.SAME, text=True)
    register(ProviderSpec(name="toy", config=Config, build=Toy, capabilities=able))
"""


class TestAVendorThatCountsSendsOnly:
    @pytest.fixture
    def toy(self, install, config):
        install("toy", TOY, PROVIDERS)
        config.write_text('[accounts.toy]\nprovider = "toy"\n', encoding="utf-8")

    @pytest.mark.usefixtures("toy")
    def test_what_it_does_not_count_is_null(self, smsway, lines):
        (count,) = lines(smsway("stats", "--json"))

        assert (4, None, None) == (count["sending"]["requested"], count["sending"]["billed"], count["delivery"])

    @pytest.mark.usefixtures("toy")
    def test_its_bars_show_what_it_took(self, smsway):
        result = smsway("stats", "--plot")

        assert (45, 15) == (result.stdout.count("▓") - 1, result.stdout.count("▚") - 1)
        assert "▓ accepted  ▚ refused" in result.stdout

    @pytest.mark.usefixtures("toy")
    def test_nobody_can_be_asked_for_anything_else(self, smsway):
        result = smsway("balance")

        assert 2 == result.exit_code
        assert "smsway: no account can: balance\n" == result.stderr


def test_what_a_vendor_does_not_count_is_an_empty_cell():
    sending = SendStatistics(since=0, until=1, requested=None, accepted=0, billed=None)
    delivery = DeliveryStatistics(since=0, until=1, accepted=1, reported=1, delivered=1, undelivered=0)

    table = counts_table([Count("cn", 0, 1, sending, None), Count("world", 0, 1, None, delivery)])

    assert ["accepted", "reported", "delivered", "undelivered"] == [*table.columns[3:]]
    assert [["0", "", "", ""], ["1", "1", "1", "0"]] == [row[3:] for row in table.rows]


class TestBalance:
    @pytest.fixture
    def left(self, sandbox):
        sandbox.set_balance("cn", 99)

    @pytest.mark.usefixtures("left")
    def test_it_is_told_where_the_vendor_tells(self, ask, lines):
        table, programs = ask("balance"), ask("balance", "cn", "--json")

        assert (0, 0) == (table.exit_code, programs.exit_code)
        assert all(told in table.stdout for told in ("cn", "99", "texts"))
        (balance,) = lines(programs)
        assert ("cn", 99, "texts") == tuple(balance[name] for name in ("account", "remaining", "unit"))

    def test_a_vendor_that_does_not_answer_is_an_error(self, ask, sandbox):
        sandbox.inject("refuse")

        result = ask("balance")

        assert 2 == result.exit_code
        assert "account 'cn': get_balance failed: unreachable" in result.stderr

    @pytest.mark.parametrize(
        ("name", "what"),
        [("world", "account 'world' (provider tencent-global) cannot: balance; cn can"), ("nowhere", "no account")],
    )
    def test_a_mistake_is_told(self, ask, name, what):
        result = ask("balance", name)

        assert 2 == result.exit_code
        assert what in result.stderr
