"""Sending to the rows of a CSV file: reading it, checking it whole, results and resuming."""

from __future__ import annotations

import csv
import io
import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsway.cli._sheet import Row, Sheet

CODE = ("--template", "login_code", "--kind", "otp")
NOTICE = ("--template", "notice")


@pytest.fixture
def send(smsway, sandbox, tmp_path):
    """Run `smsway send` with a CSV file against the sandbox; results go to out.csv."""

    def run(sheet, *arguments, results=True):
        more = ("--results", tmp_path / "out.csv") if results else ()
        return smsway("send", "--sandbox", sandbox.control_url, "--csv", sheet, *more, *arguments)

    return run


@pytest.fixture
def results(tmp_path, read_results):
    return lambda: read_results(tmp_path / "out.csv")


class TestReading:
    @given(st.lists(st.tuples(st.text(), st.text(), st.text()), max_size=8))
    def test_what_was_written_is_read_with_the_line_it_begins_on(self, rows):
        rows = [(phone.replace("\0", ""), a.replace("\0", ""), b.replace("\0", "")) for phone, a, b in rows]
        file = io.StringIO(newline="")
        writer = csv.writer(file)
        writer.writerow(("to", "a", "b"))
        lines = []
        for row in rows:
            text = file.getvalue()
            # What ends a line for `csv` is one of these three.
            lines.append(text.replace("\r\n", "\n").replace("\r", "\n").count("\n") + 1)
            writer.writerow(row)
        file.seek(0)

        read = list(Sheet(file, "people.csv").rows())

        assert [Row] * len(rows) == [type(each) for each in read]
        assert [phone.strip() for phone, _, _ in rows] == [each.recipient.phone for each in read]
        assert [{"a": a, "b": b} for _, a, b in rows] == [each.recipient.params for each in read]
        assert lines == [each.line for each in read]

    def test_a_byte_order_mark_is_no_part_of_the_header(self, send, sandbox, tmp_path, phone):
        path = tmp_path / "excel.csv"
        path.write_bytes(f"\ufeffphone\r\n{phone(1)}\r\n".encode())

        result = send(path, *NOTICE)

        assert 0 == result.exit_code
        assert {phone(1): 1} == sandbox.texts()

    @pytest.mark.parametrize("column", ["phone", "recipient", "to"])
    def test_the_column_of_phones_has_three_names(self, send, sheet, phone, column):
        assert 0 == send(sheet([phone(1)], columns=[column]), *NOTICE).exit_code

    @pytest.mark.parametrize(
        ("columns", "what"),
        [
            (["number"], "no column of phones: 'number'; name exactly one column phone, recipient or to"),
            (["phone;code"], "no column of phones: 'phone;code'; it seems to be separated by semicolons"),
            (["phone\tcode"], "it seems to be separated by tabs"),
            (["+8613712345678"], "'+***'; the first line seems to be a recipient"),
            (["phone", "to"], "two columns of phones"),
            (["phone", "code", "code"], "twice"),
            (["phone", ""], "with nothing"),
            (["phone", "cod"], "did you mean 'code'"),
        ],
    )
    def test_a_wrong_header_is_an_error(self, send, sheet, sandbox, phone, columns, what):
        result = send(sheet([[phone(1), *("1" for _ in columns[1:])]], columns=columns), *CODE)

        assert 2 == result.exit_code
        assert what in result.stderr
        assert not sandbox.texts()

    def test_the_case_of_a_column_does_not_matter(self, send, sheet, results, phone):
        path = sheet([[phone(1), "1234", "4", "x"]], columns=["Phone", "CODE", "Minutes", "Reference"])

        result = send(path, *CODE)

        assert 0 == result.exit_code, result.stderr
        assert ["x"] == [row["reference"] for row in results()]

    def test_params_that_differ_in_case_only_are_kept_apart(self):
        sheet = Sheet(io.StringIO("to,code,Code\n1,a,b\n"), "people.csv", params=("Code", "code"))

        (row,) = sheet.rows()

        assert {"code": "a", "Code": "b"} == row.recipient.params

    def test_an_empty_file_is_an_error(self, send, tmp_path):
        path = tmp_path / "people.csv"
        path.touch()

        result = send(path, *NOTICE)

        assert 2 == result.exit_code
        assert "is empty; its first line names the columns" in result.stderr

    def test_what_can_be_read_only_once_is_an_error(self, send, tmp_path):
        os.mkfifo(tmp_path / "pipe")

        results = [send(path, *NOTICE) for path in (tmp_path / "pipe", "-", tmp_path)]

        assert [2, 2, 2] == [result.exit_code for result in results]
        assert all("the recipients are read twice" in result.stderr for result in results)

    def test_a_header_that_is_not_csv_is_an_error(self, send, tmp_path):
        path = tmp_path / "people.csv"
        path.write_text('"phone"x\n+8613700000001\n', encoding="utf-8")

        result = send(path, *NOTICE)

        assert 2 == result.exit_code
        assert "the header is not CSV" in result.stderr

    def test_a_file_without_rows_is_an_error(self, send, sheet):
        result = send(sheet([]), *NOTICE)

        assert 2 == result.exit_code
        assert "no rows" in result.stderr

    def test_another_encoding_is_an_error(self, send, tmp_path):
        path = tmp_path / "latin.csv"
        path.write_bytes("phone,reference\n+8613700000001,a\n+8613700000002,für\n".encode("latin-1"))

        result = send(path, *NOTICE)

        assert 2 == result.exit_code
        assert "line 3 is not UTF-8" in result.stderr

    def test_an_error_leaves_no_file_of_results(self, send, sheet, tmp_path):
        result = send(sheet(["+86137"]), *NOTICE)

        assert 2 == result.exit_code
        assert not (tmp_path / "out.csv").exists()

    def test_a_missing_file_is_an_error(self, send, tmp_path):
        result = send(tmp_path / "none.csv", *NOTICE)

        assert 2 == result.exit_code
        assert "none.csv" in result.stderr


class TestChecking:
    def test_every_bad_row_is_named_by_its_line_and_nobody_is_texted(self, send, sandbox, tmp_path):
        path = tmp_path / "people.csv"
        path.write_text(
            'phone,code,minutes,reference\n+8613700000001,1,2,a\n\n+86137,1,2,"b\nc"\nnobody,1,2,\n'
            '+8613700000002,1\n+8613700000001,1,2,d\n+8613700000003,"1"x,2,\n',
            encoding="utf-8",
        )

        result = send(path, *CODE)

        told = {line.strip().partition(":")[0] for line in result.stderr.splitlines()[1:]}
        assert {"line 4", "line 6", "line 7", "line 8", "line 9"} == told
        assert "5 problems" in result.stderr
        assert 2 == result.exit_code
        assert not sandbox.texts()

    def test_a_missing_param_is_named(self, send, sheet, phone):
        result = send(sheet([[phone(n), "1234"] for n in range(30)], columns=["phone", "code"]), *CODE)

        assert 2 == result.exit_code
        assert ["  line 1: no column 'minutes', which template 'login_code' needs"] == [
            line.partition(", unless")[0] for line in result.stderr.splitlines()[1:]
        ]

    def test_a_long_list_of_problems_is_cut_short(self, send, sheet, phone):
        result = send(sheet([phone(1)] * 10_001), *NOTICE)

        _, *problems, last = result.stderr.splitlines()
        assert 20 == len(problems)
        assert "  and 9980 more" == last
        assert "10000 problems" in result.stderr

    def test_params_with_text_are_an_error(self, send, sheet, phone):
        result = send(sheet([[phone(1), "1234"]], columns=["phone", "code"]), "--text", "Hello")

        assert 2 == result.exit_code
        assert "need --template" in result.stderr

    def test_a_phone_in_two_rows_is_an_error_unless_it_is_meant(self, send, sheet, sandbox, phone):
        path = sheet([phone(1), phone(2), phone(1)])

        refused = send(path, *NOTICE)
        sent = send(path, *NOTICE, "--allow-duplicates")

        assert 2 == refused.exit_code
        assert "line 4: has the phone of line 2" in refused.stderr
        assert 0 == sent.exit_code
        assert {phone(1): 2, phone(2): 1} == sandbox.texts()

    def test_a_template_that_is_not_there_is_named_once(self, send, sheet, phone):
        result = send(sheet([phone(n) for n in range(450)]), "--template", "notise")

        assert 2 == result.exit_code
        assert 1 == result.stderr.count("did you mean 'notice'?")

    def test_no_message_shows_a_phone(self, send, sheet):
        result = send(sheet(["+8613712", "+8613712345678", "+8613712345678"]), *NOTICE)

        assert 2 == result.exit_code
        assert "13712345678" not in result.output


class TestResults:
    def test_each_row_has_its_result_with_line_and_reference(self, send, sheet, results, phone):
        path = sheet([[phone(n), str(n), "4", f"order {n}"] for n in range(20)], ["to", "code", "minutes", "reference"])

        result = send(path, *CODE, "--reference", "unused")

        rows = {int(row["line"]): row for row in results()}
        assert list(range(2, 22)) == sorted(rows)
        assert [(phone(n), f"order {n}", "accepted", "cn") for n in range(20)] == [
            tuple(rows[n + 2][name] for name in ("recipient", "reference", "status", "account")) for n in range(20)
        ]
        assert 0 == result.exit_code

    def test_the_reference_of_the_option_stands_in_for_missing_ones(self, send, sheet, results, phone):
        send(sheet([[phone(1), "own"], [phone(2), ""]], ["phone", "reference"]), *NOTICE, "--reference", "all")

        assert ["own", "all"] == [row["reference"] for row in sorted(results(), key=lambda row: row["line"])]

    def test_without_a_place_for_the_results_nothing_is_sent(self, send, sheet, sandbox, phone):
        result = send(sheet([phone(1)]), *NOTICE, results=False)

        assert 2 == result.exit_code
        assert "--results FILE, which can be resumed, or --json" in result.stderr
        assert not sandbox.texts()

    def test_with_json_it_needs_no_file_of_results(self, send, sheet, phone):
        result = send(sheet([phone(1), phone(2)]), *NOTICE, "--json", results=False)

        assert [phone(1), phone(2)] == sorted(json.loads(line)["recipient"] for line in result.stdout.splitlines())
        assert 0 == result.exit_code

    def test_the_file_of_recipients_is_never_written_over(self, send, sheet, phone):
        path = sheet([phone(1)])

        result = send(path, *NOTICE, "--results", path)

        assert 2 == result.exit_code
        assert "written over" in result.stderr

    def test_more_recipients_than_a_chunk_are_all_sent(self, send, sheet, sandbox, results, phone):
        result = send(sheet([phone(n) for n in range(450)]), *NOTICE)

        assert 0 == result.exit_code
        assert {phone(n): 1 for n in range(450)} == sandbox.texts()
        assert 450 == len(results())


class TestResuming:
    def test_a_finished_run_sends_nothing_again(self, send, sheet, sandbox, phone):
        path = sheet([phone(n) for n in range(10)])
        send(path, *NOTICE)

        result = send(path, *NOTICE)

        assert 0 == result.exit_code
        assert {1} == set(sandbox.texts().values())

    def test_what_was_not_sent_is_tried_again(self, send, sheet, sandbox, results, phone):
        path = sheet([phone(n) for n in range(3)])
        sandbox.inject("refuse", account="cn")
        sandbox.inject("refuse", account="backup")
        failed = send(path, *NOTICE)
        sandbox.clear_faults()

        result = send(path, *NOTICE)

        assert 1 == failed.exit_code
        assert 0 == result.exit_code
        assert ["not_sent"] * 3 + ["accepted"] * 3 == [row["status"] for row in results()]

    def test_what_was_refused_or_may_have_been_sent_is_not_tried_again(self, send, sheet, sandbox, results, phone):
        sandbox.inject("drop_after", account="cn", times=1, phones=[phone(0)])
        path = sheet([*map(phone, range(5)), "+8613700990002", *map(phone, range(5, 9))])
        send(path, *NOTICE)

        result = send(path, *NOTICE)

        assert 1 == result.exit_code
        assert {"unknown": 5, "rejected": 1, "accepted": 4} == {
            status: [row["status"] for row in results()].count(status) for status in ("unknown", "rejected", "accepted")
        }
        assert {1} == set(sandbox.texts().values())

    def test_new_rows_at_the_end_are_sent(self, send, sheet, sandbox, phone):
        send(sheet([phone(1)]), *NOTICE)

        result = send(sheet([phone(1), phone(2)]), *NOTICE)

        assert 0 == result.exit_code
        assert {phone(1): 1, phone(2): 1} == sandbox.texts()

    def test_another_file_is_an_error(self, send, sheet, sandbox, phone):
        send(sheet([phone(1), phone(2)]), *NOTICE)

        changed = send(sheet([phone(3), phone(2)]), *NOTICE)
        shorter = send(sheet([phone(1)]), *NOTICE)

        assert 2 == changed.exit_code
        assert "line 2: has another phone" in changed.stderr
        assert 2 == shorter.exit_code
        assert "line 3: has a result, but the file has no such row" in shorter.stderr
        assert {phone(1): 1, phone(2): 1} == sandbox.texts()
