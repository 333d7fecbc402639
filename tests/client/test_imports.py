"""What is imported when: nothing that nobody asked for, and of the providers only those that a configuration names."""

import json
import subprocess
import sys

import pytest

IMPORTED = """
import json, sys
before = set(sys.modules)
{code}
print(json.dumps(sorted(set(sys.modules) - before)))
"""

CLIENT = """
import httpx
from smsway import Client, Message


class Line(httpx.BaseTransport):
    def handle_request(self, request):
        return httpx.Response(503)


account = {"provider": "tencent-v5", "sdk_app_id": 1400006666, "app_key": "literal:5f03a35d00ee52a21327ab048186a2c4"}
source = {"accounts": {"cn": account}, "templates": {"news": {"accounts": {"cn": {"id": 19}}}}, **EXTRA}
with Client.from_config(source, transport=Line()) as client:
    message = Message(to="+8613788888888", content="Hello")
    client.send(message)
"""
EXPLAINED = CLIENT + "    client.explain(message)\n"

PARTS = ["calls", "cli", "guards", "outbox", "sandbox", "testing", "tracking", "webhooks", "worker"]
UNUSED = [
    "alembic",
    "celery",
    "copier",
    "hypothesis",
    "psycopg",
    "pyrate_limiter",
    "pytest",
    "redis",
    "sqlalchemy",
    "starlette",
    "uvicorn",
]


def imported_by(code):
    """Return the names of the modules that *code* imports in a process of its own."""
    script = IMPORTED.format(code=code)
    done = subprocess.run([sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def roots_of(modules):
    return {name.partition(".")[0] for name in modules}


def rooms_of(modules):
    return {name.split(".")[1] for name in modules if name.startswith("smsway.")}


@pytest.fixture(scope="module")
def by_sending():
    return imported_by(CLIENT.replace("EXTRA", "{}"))


def test_smsway_alone_imports_nothing_but_the_standard_library():
    found = imported_by("import smsway")

    assert [name for name in found if name.startswith("smsway")] == ["smsway"]
    assert roots_of(found) - sys.stdlib_module_names == {"smsway"}


def test_the_words_of_the_model_do_not_bring_the_engine():
    found = imported_by("from smsway import Message, Outcome, Template")

    assert {name for name in found if name.startswith("smsway.") and not name.startswith("smsway.model")} == set()
    assert roots_of(found).isdisjoint({"httpx", "pydantic", "pluggy"})


def test_naming_a_client_brings_no_room_but_that_of_the_words():
    found = imported_by("from smsway import AsyncClient, Client, Message, Template")

    assert {room for room in rooms_of(found) if not room.startswith("_")} == {"client", "model"}
    assert roots_of(found).isdisjoint({"httpcore", "httpx", "pluggy", "pydantic", "pyrate_limiter"})


def test_a_client_brings_no_provider_before_a_configuration_names_one():
    found = imported_by("from smsway import AsyncClient, Client")

    assert "smsway.client" in found
    assert {name for name in roots_of(found) if name.startswith("smsway_")} == set()


def test_only_the_providers_of_the_accounts_are_imported(by_sending):
    providers = {name for name in roots_of(by_sending) if name.startswith("smsway_")}

    assert providers - {"smsway_tencentcloud"} == {"smsway_tencent_v5"}


def test_sending_brings_no_part_that_is_not_configured(by_sending):
    assert rooms_of(by_sending) & {*PARTS} == set()


def test_a_dry_run_brings_only_what_screens():
    found = imported_by(EXPLAINED.replace("EXTRA", "{}"))

    assert rooms_of(found) & {*PARTS} == {"guards"}


@pytest.mark.parametrize(
    ("extra", "parts"),
    [
        ({"guards": {"content": {}}}, {"guards"}),
        ({"reports": {"store": "memory"}}, {"calls", "guards", "tracking"}),
    ],
    ids=["guards", "reports"],
)
def test_a_part_is_imported_for_whoever_configures_it(extra, parts):
    found = imported_by(CLIENT.replace("EXTRA", repr(extra)))

    assert rooms_of(found) & {*PARTS} == parts


def test_a_limit_brings_the_library_of_limits():
    found = imported_by(CLIENT.replace('{"provider"', '{"rate": 10, "provider"').replace("EXTRA", "{}"))

    assert "pyrate_limiter" in roots_of(found)


def test_a_facet_brings_the_calls_when_it_is_first_asked_for():
    found = imported_by(CLIENT.replace("EXTRA", "{}") + "    client.reports\n")

    assert "calls" in rooms_of(found)


def test_sending_brings_no_library_that_is_not_needed(by_sending):
    assert [name for name in UNUSED if name in roots_of(by_sending)] == []


def test_a_name_that_is_not_there_is_an_attribute_error_that_names_it():
    import smsway  # noqa: PLC0415  # every other test asks a process of its own

    with pytest.raises(AttributeError, match="module 'smsway' has no attribute 'Clinet'"):
        smsway.Clinet  # noqa: B018  # the access is what raises
