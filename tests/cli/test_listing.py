"""How rows look on a terminal, wide or narrow, and in a file."""

from __future__ import annotations

import io
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from smsway.cli._output import console, table

PHONE = "+8613700000001"
CODE = ("--template", "login_code", "--param", "code=1234", "--param", "minutes=4")
MOMENT = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[+-]\d\d:\d\d"

COLUMNS = ("review", "id", "text", "created")
ROW = ("approved", "3f2c1d4e-0b8a-4b1e-9a44-5d7f0c2b6e11", "Your code is {1}, for {2} minutes.", "2026-11-22 10:00:00")


def printed(listing, width):
    file = io.StringIO()
    Console(file=file, width=width, markup=False, highlight=False).print(listing)
    return [line.rstrip() for line in file.getvalue().splitlines()]


class TestATable:
    def test_it_stays_one_where_it_fits(self):
        lines = printed(table("Templates", COLUMNS, [ROW]), 120)

        assert "Templates" == lines[0]
        assert ["review", "id", "text", "created"] == [cell.strip() for cell in lines[2].split("┃")[1:-1]]
        assert [*ROW] == [cell.strip() for cell in lines[4].split("│")[1:-1]]

    def test_a_long_text_goes_on_below_itself_between_two_words(self):
        text = "Your order has left our house and will be with you on one of the next days, {1}."
        rows = [("approved", text, "cn")]

        lines = printed(table(None, ("review", "text", "account"), rows), 80)

        cells = [[cell.strip() for cell in line.split("│")[1:-1]] for line in lines if "│" in line]
        assert 2 == len(cells)
        assert text == " ".join(row[1] for row in cells)
        assert max(map(cell_len, lines)) == 80

    def test_each_row_becomes_lines_where_it_does_not_fit(self):
        assert [
            "Templates",
            "review:  approved",
            "id:      3f2c1d4e-0b8a-4b1e-9a44-5d7f0c2b6e11",
            "text:    Your code is {1}, for {2} minutes.",
            "created: 2026-11-22 10:00:00",
            "",
            "review:  pending",
            "id:      2",
            "",
        ] == printed(table("Templates", COLUMNS, [ROW, ("pending", 2, None, "")]), 80)

    def test_a_column_that_is_empty_in_every_row_is_left_out(self):
        rows = [("cn", 0, None, "", "a"), ("world", 0, None, "", None)]

        made = table(None, ("account", "billed", "failures", "detail", "reference"), rows)

        assert ["account", "billed", "reference"] == [*made.columns]
        assert [["cn", "0", "a"], ["world", "0", ""]] == [*made.rows]

    def test_without_rows_it_says_what_there_would_be(self):
        assert "account" in "".join(printed(table(None, ("account", "address"), []), 80))

    def test_in_a_file_it_is_as_wide_as_it_is(self, monkeypatch, capsys):
        monkeypatch.setenv("COLUMNS", "80")
        row = [f"cell-{n}-" + "x" * 40 for n in range(20)]

        console().print(table(None, [str(n) for n in range(20)], [row]))

        assert row == [cell.strip() for cell in capsys.readouterr().out.splitlines()[3].split("│")[1:-1]]

    @given(
        st.lists(
            st.tuples(*[st.text("ab {}您.-", max_size=60)] * 4).filter(lambda row: any(cell.strip() for cell in row)),
            min_size=1,
            max_size=3,
        ),
        st.integers(20, 160),
    )
    @example([("", "", "a", " aaaaaaaaa您")], 20)
    def test_no_word_is_lost_or_cut_that_fits(self, rows, width):
        lines = printed(table(None, COLUMNS, rows), width)

        assert max(map(cell_len, lines)) <= width
        words = {word for line in lines for word in re.split("[ │┃]+", line)}
        room = width - len("created: ")
        assert {word for row in rows for cell in row for word in cell.split() if cell_len(word) <= room} <= words


class TestATerminalOf80Columns:
    @pytest.fixture(autouse=True)
    def _terminal(self, monkeypatch):
        for name, value in (("COLUMNS", "80"), ("FORCE_COLOR", "1"), ("TERM", "xterm")):
            monkeypatch.setenv(name, value)

    @pytest.fixture
    def shown(self, ask):
        """Run a command; return the lines that the terminal shows."""
        return lambda *arguments: self.lines(ask(*arguments))

    @staticmethod
    def lines(result):
        assert 0 == result.exit_code, result.output
        text = re.sub(r"\x1b\[[0-9;]*m", "", result.stdout)
        assert "…" not in text
        lines = [line.rstrip() for line in text.splitlines() if "all is well" not in line]
        assert max(map(cell_len, lines)) <= 80
        return lines

    def test_send(self, shown, sandbox):
        lines = shown("send", PHONE, "+60198890000", *CODE, "--reference", "login-77")

        (text, _) = sandbox.submissions("*")
        assert f"message id: {text.message_id}" in lines
        assert f"recipient:  {PHONE}" in lines

    @pytest.mark.usefixtures("sent")
    def test_reports(self, ask, shown, lines):
        ask("reports", "pull")
        (known,) = lines(ask("reports", "show", "--recipient", PHONE, "--json"))

        for command in (("show", "--recipient", PHONE), ("find", "cn", PHONE)):
            told = shown("reports", *command)

            assert f"recipient:  {PHONE}" in told
            assert f"message id: {known['provider_message_id']}" in told
            assert any(re.fullmatch(f"(at|sent): +{MOMENT}", line) for line in told)

    @pytest.mark.usefixtures("sent")
    def test_pulled_reports(self, shown):
        lines = shown("reports", "pull")

        assert ["login-1", "login-2"] == [line.split()[-1] for line in lines if line.startswith("reference:")]

    @pytest.mark.usefixtures("store")
    def test_inbound(self, shown, sandbox):
        words = "please stop it " * 8
        sandbox.receive(PHONE, words, account="cn")

        pulled, listed = shown("inbound", "pull"), shown("inbound", "list")

        assert pulled == listed
        assert f"sender:  {PHONE}" == pulled[0]
        assert words.split() == " ".join(pulled[1:-3]).removeprefix("text:").split()

    def test_templates(self, shown):
        lines = shown("templates", "list", "cn")

        assert "text:          Your code is {1}, valid for {2} minutes." in lines
        assert 3 == sum(bool(re.fullmatch(f"created: +{MOMENT}", line)) for line in lines)

    @pytest.mark.usefixtures("sent")
    def test_stats(self, shown):
        lines = shown("stats", "--plot")

        assert ["cn", "world", "backup"] == [line.split()[1] for line in lines if line.startswith("account:")]
        assert 6 == sum(bool(re.fullmatch(f"(since|until): +{MOMENT}", line)) for line in lines)

    @pytest.mark.parametrize(
        ("command", "told"),
        [
            (("explain", PHONE, *CODE), "UTA20212831C85C"),
            (("check",), "https://sms.intl.tencentcloudapi.com"),
            (("providers",), "smsway-tencent-global"),
        ],
    )
    def test_what_asks_nobody(self, smsway, command, told):
        lines = self.lines(smsway(*command))

        assert told in " ".join(lines).split()
