"""The page about security names tests that exist, for every requirement that is held."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "explanation" / "security.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`([\w/.-]+\.py)::(\w+)`", PAGE)))
ROWS = [row for row in PAGE.partition("## The requirements")[2].splitlines() if row.startswith("| ")][1:]


def functions(path):
    return {
        node.name for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.FunctionDef)
    }


@pytest.mark.parametrize(("path", "name"), NAMED)
def test_a_test_that_the_page_names_exists(path, name):
    assert name in functions(ROOT / path)


def test_every_requirement_that_is_held_names_a_test():
    without = [row.split("|")[2].strip() for row in ROWS if "::test_" not in row]

    assert len(ROWS) == 21
    assert without == []


def test_whatever_looks_like_a_test_on_the_page_is_looked_for():
    assert len(re.findall(r"::", PAGE)) == len(re.findall(r"`[\w/.-]+\.py::test_\w+`", PAGE))
