"""What the pages for authors of providers and plugins repeat of the code is equal to it."""

from __future__ import annotations

import re
from dataclasses import fields

import kit_page
import pytest

import smsway.provider
import smsway.testing
from smsway.provider import (
    Batch,
    Capabilities,
    Filled,
    Parcel,
    ProviderSpec,
    Request,
    Response,
    SandboxDesk,
    Stamp,
)
from smsway.testing import CHECKS, Sample
from smsway.testing._checks._declared import Declared

CONTRACT = "docs/reference/provider-contract.md"
KIT = "docs/reference/conformance.md"
TRAPS = "docs/explanation/traps.md"


def test_the_list_of_checks_is_that_of_the_kit(read):
    assert read(KIT) == kit_page.written(), "the page is stale; make kit-page"


def test_every_check_stands_in_the_list_once_with_its_rule_and_what_to_look_at(read):
    rows = re.findall(r"^\| `(test_\w+)` \| (.+) \| (.+) \|$", read(KIT), re.MULTILINE)

    assert sorted(name for name, _, _ in rows) == sorted(CHECKS)


def test_every_attribute_that_a_subclass_declares_is_described(table):
    rows = table(KIT, "## What to declare")

    assert [row[0] for row in rows] == [name for name in Declared.__annotations__ if not name.startswith("_")]


def test_every_field_of_a_sample_is_described(table):
    rows = table(KIT, "## Recorded answers")

    assert [row[0] for row in rows] == [field.name for field in fields(Sample)]


def test_every_name_of_the_door_for_tests_is_described(table):
    rows = [row for each in ("your own", "applications") for row in table(KIT, f"## For tests of {each}")]
    shown = {row[0].partition("(")[0] for row in rows}

    assert set(smsway.testing.__all__) - shown == {"ProviderConformance", "Sample"}


@pytest.mark.parametrize("name", [CONTRACT, TRAPS])
def test_the_checks_that_are_named_exist(read, name):
    named = re.findall(r"`(test_\w+)`", read(name))

    assert set(named) - set(CHECKS) == set()
    assert len(set(named)) > 20


def test_every_trap_has_its_rule_what_stands_against_it_and_checks(read):
    traps = re.split(r"^## ", read(TRAPS), flags=re.MULTILINE)[1:]

    assert len(traps) > 20
    for trap in traps:
        assert ["Rule", "smsway", "Checks"] == re.findall(r"^- (\w+): ", trap, re.MULTILINE), trap


def test_what_submit_is_given_is_described(table):
    rows = table(CONTRACT, "## What `submit` is given")

    named = {
        Batch: [field.name for field in fields(Batch)],
        Parcel: list(Parcel.__struct_fields__),
        Filled: [field.name for field in fields(Filled)],
        Stamp: [field.name for field in fields(Stamp)],
    }
    assert [tuple(row[:2]) for row in rows] == [(each.__name__, name) for each in named for name in named[each]]


def test_requests_and_responses_are_described(table):
    rows = table(CONTRACT, "## Requests and responses")

    assert [tuple(row[:2]) for row in rows] == [
        (each.__name__, field.name) for each in (Request, Response) for field in fields(each)
    ]


@pytest.mark.parametrize(("heading", "shown"), [("## Capabilities", Capabilities), ("## The spec", ProviderSpec)])
def test_every_field_of_what_a_provider_tells_is_described(table, heading, shown):
    assert [row[0] for row in table(CONTRACT, heading)] == [field.name for field in fields(shown)]


def test_the_functions_of_the_door_are_described(table):
    rows = table(CONTRACT, "## Helpers")

    names = [name for name in smsway.provider.__all__ if name.islower()]
    assert sorted(names) == sorted({row[0].partition("(")[0] for row in rows} - {"Tally", "ExactReader"})


def test_all_that_the_desk_tells_is_described(table):
    rows = table(CONTRACT, "## The other side")

    shown = {name.partition("(")[0] for row in rows for name in re.findall(r"\w+(?:\([^)]*\))?", row[0])}
    assert shown == {name for name in vars(SandboxDesk) if not name.startswith("_")}
