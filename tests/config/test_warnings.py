"""What `smsway check` warns of: a file that is in order and yet cannot have been meant."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from smsway.cli._check import warnings_of
from smsway.config import load


@pytest.fixture
def warned(good):
    """Load the good configuration with other keys, and return its warnings by key path."""

    def load_(**other):
        return {problem.where: problem.what for problem in warnings_of(load(good | other))}

    return load_


def test_a_good_file_gives_no_warning(warned):
    assert warned() == {}


@pytest.mark.parametrize("when", [{}, {"countries": []}])
def test_every_route_after_one_that_matches_all_is_never_reached(warned, when):
    every = ["cn", "world", "backup"]
    routes = [
        {"name": "some", "when": {"tags": ["x"]}, "accounts": every},
        {"name": "all", "when": when, "accounts": every},
        {"name": "late", "when": {"kinds": ["otp"]}, "accounts": every},
        {"name": "later", "accounts": every},
    ]

    assert warned(routes=routes) == {
        "routes[2]": "route 'late' is never reached: 'all' before it matches all",
        "routes[3]": "route 'later' is never reached: 'all' before it matches all",
    }


def test_countries_that_no_account_of_their_route_serves_are_named(warned, good):
    here = {"name": "here", "when": {"countries": ["SG", "CN"]}, "accounts": ["world"]}

    found = warned(routes=[here, *good["routes"]])

    assert found == {"routes[0].when.countries": "no account of route 'here' serves CN"}


def test_a_country_that_one_account_of_its_route_serves_is_well(warned, good):
    here = {"name": "here", "when": {"countries": ["CN"]}, "accounts": ["world", "backup"]}

    assert warned(routes=[here, *good["routes"]]) == {}


@pytest.mark.parametrize(
    ("prices", "where"),
    [({"backup": {"CN": 1}}, []), ({}, ["routes[0].strategy"]), ({"world": {"*": 1}}, ["routes[0].strategy"])],
)
def test_least_cost_wants_a_price_of_one_of_its_accounts(warned, good, prices, where):
    cheap = {"name": "cheap", "when": {"countries": ["CN"]}, "accounts": ["cn", "backup"], "strategy": "least_cost"}

    found = warned(routes=[cheap, *good["routes"]], prices=prices)

    assert list(found) == where
    assert all("route 'cheap' has a price in [prices]" in what for what in found.values())


def test_an_account_that_no_route_names_is_idle(warned):
    found = warned(routes=[{"accounts": ["world", "backup"]}])

    assert found == {"accounts.cn": "no route names it, so nothing is ever sent through it"}


def test_without_routes_no_account_is_idle(warned):
    assert warned(routes=[]) == {}


def test_verify_is_said_to_act_as_hold_for_accounts_that_cannot_be_asked(warned):
    routes = [{"accounts": ["cn", "world", "backup"], "on_unknown": "verify"}]

    assert warned(routes=routes) == {
        "routes[0].on_unknown": "'verify' acts as 'hold' for backup, which cannot be asked by phone and time"
    }


def test_the_file_of_the_readme_gives_no_warning(monkeypatch):
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    text = readme.partition("```toml\n")[2].partition("```")[0]
    for secret in (
        "TENCENT_V5_APP_KEY",
        "TENCENT_SECRET_ID",
        "TENCENT_SECRET_KEY",
        "USMS_PUBLIC_KEY",
        "USMS_PRIVATE_KEY",
    ):
        monkeypatch.setenv(secret, "secret")

    assert [*warnings_of(load(tomllib.loads(text)))] == []


@pytest.mark.parametrize(("guards", "warns"), [({"content": {}}, True), ({}, False)])
def test_placeholders_that_touch_are_told_if_contents_are_guarded(warned, good, guards, warns):
    templates = {name: dict(template) for name, template in good["templates"].items()}
    templates["login_code"]["text"] = "Your code is {code}{minutes}."

    found = warned(templates=templates, guards=guards)

    assert [*found] == (["templates.login_code.text"] if warns else [])
