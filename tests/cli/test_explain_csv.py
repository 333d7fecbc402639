"""`smsway explain --csv`: the dry run of a whole file."""

from __future__ import annotations

import json
import re

import pytest

PRICES = """
[prices]
cn = { CN = 0.05 }
"""


@pytest.fixture
def explain(smsway, config, tmp_path):
    """Run `smsway explain --csv` over rows."""

    def run(lines, *arguments, more=""):
        config.write_text(config.read_text() + more)
        people = tmp_path / "people.csv"
        people.write_text("\n".join(lines) + "\n")
        return smsway("explain", "--csv", people, *arguments)

    return run


def cells(stdout):
    """Return the cells of every row of the tables that were printed."""
    rows = [line for line in stdout.splitlines() if line.startswith("│")]
    return [[cell.strip() for cell in re.split("[│┃]", row)[1:-1]] for row in rows]


def test_it_sums_up_the_ways_and_what_they_cost(explain, sandbox):
    mainland = [f"+86137000000{number:02}" for number in range(30)]

    result = explain(["phone", *mainland, "+6591234567"], "--template", "notice", more=PRICES)

    assert 0 == result.exit_code
    assert ["CN", "mainland", "cn > backup", "30", "30", "1.5000"] in cells(result.stdout)
    assert ["SG", "", "not sent", "1", "", ""] in cells(result.stdout)
    assert ["route mainland", "country SG", "1"] in cells(result.stdout)
    assert not sandbox.texts()


def test_the_length_of_a_rows_own_params_counts(explain):
    short, long = "+8613700000001,1", "+8613700000002," + "1" * 200

    # 【Acme】 and 35 characters beside the code: 42 characters in all, and 241, of which 67 fit into a part.
    result = explain(["phone,code", short, long], "--template", "login_code", "--param", "minutes=4")

    assert ["CN", "mainland", "cn > backup", "2", "5"] in cells(result.stdout)


def test_json_has_one_object_per_row_with_its_line(explain):
    result = explain(["phone,reference", "+8613700000001,a", "+6591234567,b"], "--template", "notice", "--json")

    plans = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(2, "a", "mainland"), (3, "b", None)] == [(p["line"], p["reference"], p["route"]) for p in plans]


@pytest.mark.parametrize(
    ("lines", "arguments", "way_out"),
    [
        (["phone", "+86137"], (), "line 2: "),
        (["phone", "+8613700000001", "+8613700000001"], (), "--allow-duplicates sends to both"),
        (["number", "+8613700000001"], (), "no column of phones"),
        (["phone", "+8613700000001"], ("+8613700000001",), "either phones, or --csv"),
    ],
)
def test_a_mistake_is_one_message(explain, lines, arguments, way_out):
    result = explain(lines, *arguments, "--template", "notice")

    assert 2 == result.exit_code
    assert way_out in result.stderr
    assert "" == result.stdout
