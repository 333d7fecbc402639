"""Guards stop recipients before they are routed: nothing leaves, the outcome says why, and so does the dry run."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import subprocess
import sys
from contextlib import closing

import httpx
import pytest

from smsway import AsyncClient, GuardTriggered, Message, Reason, Recipient, Status, Template
from smsway.guards import GuardError
from smsway.model import fold_caller
from smsway.provider import hookimpl

A, B, MY, SG = "+8613788888888", "+8613788888889", "+60198890000", "+6581234567"


def code(*phones, kind="otp", **options):
    content = Template("login_code", {"code": options.pop("code", "190191"), "minutes": "4"})
    return Message(to=phones, content=content, kind=kind, **options)


def stopped(result):
    """Return, for each outcome, the reason and the detail of the guard that stopped it, or `None`."""
    return [
        (each.reason, each.detail)
        if each.status is Status.NOT_SENT and (each.detail or "").startswith("guard ")
        else None
        for each in result
    ]


def _unreachable(_):
    raise httpx.ConnectError("refused")


class Watcher:
    """Keeps what guards find."""

    def __init__(self):
        self.events = []

    @hookimpl
    def guard_triggered(self, event):
        self.events.append(event)


def test_without_guards_everybody_passes(make_client):
    client = make_client({})

    results = [stopped(client.send(code(A, MY))) for _ in range(20)]

    assert results == [[None, None]] * 20


def test_codes_go_to_the_countries_that_routes_name(make_client, vendor):
    client = make_client({"destinations": {}})

    found = stopped(client.send(code(A, MY)))

    assert found == [
        None,
        (Reason.UNSUPPORTED_DESTINATION, "guard destinations: country MY is not allowed for otp"),
    ]
    assert vendor.requests


def test_other_kinds_go_everywhere_unless_they_are_named(make_client):
    notice = code(A, MY, kind="notification")

    everywhere = stopped(make_client({"destinations": {}}).send(notice))
    named = stopped(make_client({"destinations": {"kinds": ["notification"]}}).send(notice))

    assert everywhere == [None, None]
    assert [each is None for each in named] == [True, False]


@pytest.mark.parametrize(
    ("routes", "passes"),
    [
        ([{"accounts": ["backup"]}], True),
        ([{"when": {"countries": ["SG"], "kinds": ["marketing"]}, "accounts": ["backup"]}, {"accounts": ["cn"]}], True),
        ([{"when": {"countries": ["SG"], "kinds": ["otp"]}, "accounts": ["backup"]}, {"accounts": ["cn"]}], False),
        ([{"when": {"countries": ["MY"]}, "accounts": ["backup"]}], True),
    ],
    ids=["no route names any", "one of another kind does", "one does", "one names it"],
)
def test_without_any_country_in_the_routes_everything_is_allowed(make_client, routes, passes):
    client = make_client({"destinations": {}}, routes=routes)

    found = stopped(client.send(code(MY)))

    assert (found == [None]) is passes


def test_the_longest_prefix_decides_before_the_country(make_client):
    client = make_client(
        {"destinations": {"countries": ["CN"], "block": ["+86137", "+6019"], "allow": ["+861378888888", "+60"]}}
    )

    found = stopped(client.send(code(A, "+8613711111111", MY, "+60123456789")))

    assert [each and each[1] for each in found] == [
        None,
        "guard destinations: prefix +86137 is blocked",
        "guard destinations: prefix +6019 is blocked",
        None,
    ]


def test_listed_numbers_come_before_everything_else(make_client):
    client = make_client(
        {
            "numbers": {"allow": [MY], "block": [A]},
            "destinations": {"countries": ["CN"]},
            "phones": {"otp": ["1/d"]},
        }
    )

    results = [stopped(client.send(code(A, MY, B))) for _ in range(2)]

    blocked = (Reason.BLOCKED_RECIPIENT, "guard numbers: the number is blocked")
    assert results[0] == [blocked, None, None]
    assert results[1] == [blocked, None, (Reason.RECIPIENT_RATE_LIMITED, "guard phones: phone has had 1 in 1 d (otp)")]


def test_a_phone_gets_so_many_codes(make_client, clock):
    client = make_client({"phones": {}})
    results = []

    for _ in range(40):
        results.append(stopped(client.send(code(A)))[0] is None)
        clock.time += 20.5

    # One in 30 s, and five in 10 minutes.
    assert results[:12] == [True, False] * 5 + [False, False]
    assert sum(results) == 10
    assert [stopped(client.send(code(A, kind=kind)))[0] for kind in ("notification", "marketing")] == [None, None]


def test_a_caller_gets_so_many_codes_whatever_the_phones(make_client):
    client = make_client({"callers": {"otp": ["3/h"]}})
    phones = [f"+86137888888{number:02}" for number in range(5)]

    found = [stopped(client.send(code(phone, caller="198.51.100.7")))[0] for phone in phones]

    assert found == [None] * 3 + [(Reason.QUOTA_EXCEEDED, "guard callers: caller has had 3 in 1 h (otp)")] * 2
    assert stopped(client.send(code(A, caller="198.51.100.8"))) == [None]
    assert stopped(client.send(code(A))) == [None]


def test_a_caller_is_the_same_whether_its_key_comes_plain_or_from_an_outbox(make_client):
    client = make_client({"callers": {"otp": ["1/h"]}})
    client.send(code(A, caller="198.51.100.7"))

    found = stopped(client.send(code(B, caller=fold_caller("198.51.100.7"))))

    assert found == [(Reason.QUOTA_EXCEEDED, "guard callers: caller has had 1 in 1 h (otp)")]


@pytest.mark.parametrize(
    ("caps", "detail"),
    [
        ({"total": ["40/h", "1000/d"]}, "guard caps: all together have had 40 in 1 h"),
        ({"countries": {"*": ["40/h"], "CN": ["1/h"]}}, "guard caps: country MY has had 40 in 1 h"),
        ({"countries": {"MY": ["40/h"]}}, "guard caps: country MY has had 40 in 1 h"),
        ({"ranges": ["40/h"]}, "guard caps: its range of numbers has had 40 in 1 h"),
    ],
    ids=["in all", "per country", "of one country", "per range"],
)
def test_pumping_ten_thousand_numbers_of_a_prefix_stops_at_the_cap(make_client, clock, caps, detail):
    client = make_client({"caps": caps, "phones": {}})
    passed, details = 0, set()

    for start in range(0, 10_000, 100):
        phones = [f"+6019889{number:04}" for number in range(start, start + 100)]
        vetoes = stopped(client.send(code(*phones)))
        passed += vetoes.count(None)
        details |= {each[1] for each in vetoes if each}
        clock.time += 30

    assert passed == 40
    assert details == {detail}


def test_a_recipient_that_fails_over_is_counted_once(make_client, vendor):
    client = make_client({"phones": {"otp": ["2/d"]}})

    results = [client.send(code(A))[0] for _ in range(3)]

    assert [len(each.attempts) for each in results] == [2, 2, 0]
    assert len(vendor.requests) == 4


def test_a_dry_run_tells_and_counts_nothing(make_client):
    watcher = Watcher()
    client = make_client({"phones": {"otp": ["1/d"]}, "destinations": {}}, plugins=[watcher])

    before = [client.explain(code(A, A, MY)).recipients for _ in range(3)]
    client.send(code(A))
    after = client.explain(code(A)).recipients

    told = "recipient_rate_limited (guard phones: phone has had 1 in 1 d (otp))"
    country = "unsupported_destination (guard destinations: country MY is not allowed for otp)"
    assert [[plan.vetoed for plan in each] for each in before] == [[None, told, country]] * 3
    assert [(plan.vetoed, plan.route, plan.candidates) for plan in after] == [(told, None, ())]
    assert watcher.events == []


def test_a_guard_that_watches_lets_pass_and_tells(make_client, caplog):
    watcher = Watcher()
    client = make_client({"phones": {"mode": "monitor", "otp": ["1/d"]}}, plugins=[watcher])

    with caplog.at_level(logging.DEBUG):
        results = [stopped(client.send(code(A))) for _ in range(2)]

    assert results == [[None], [None]]
    rule = "phone has had 1 in 1 d (otp)"
    assert watcher.events == [
        GuardTriggered(
            "phones", rule, Reason.RECIPIENT_RATE_LIMITED, A, "CN", "otp", blocked=False, at=watcher.events[0].at
        )
    ]
    assert f"guard phones: {rule}: would stop a recipient in CN (otp)" in caplog.messages
    assert client.explain(code(A)).recipients[0].warnings == (f"guard phones: {rule}",)
    assert client.explain(code(A)).recipients[0].candidates


def test_a_guard_that_is_off_looks_at_nothing(make_client):
    client = make_client({"phones": {"mode": "off", "otp": ["1/d"]}, "destinations": {"mode": "off"}})

    results = [stopped(client.send(code(MY))) for _ in range(2)]

    assert results == [[None], [None]]
    assert client._desk.guards is None


def test_what_is_stopped_is_told(make_client):
    watcher = Watcher()
    client = make_client({"destinations": {}}, plugins=[watcher])

    client.send(code(A, MY))

    (event,) = watcher.events
    assert (event.guard, event.reason, event.phone, event.blocked) == (
        "destinations",
        Reason.UNSUPPORTED_DESTINATION,
        MY,
        True,
    )


def test_whom_a_plugin_stops_nobody_counts(make_client):
    class Refuses:
        @hookimpl
        def screen_message(self, screening):
            return Reason.BLOCKED_RECIPIENT if screening.reference == "no" else None

    client = make_client({"phones": {"otp": ["1/d"]}}, plugins=[Refuses()])

    first, second, third = (client.send(code(Recipient(A, reference=each)))[0] for each in ("no", "yes", "yes"))

    assert first.detail == "plugin Refuses"
    assert len(second.attempts) == 2
    assert third.reason is Reason.RECIPIENT_RATE_LIMITED


def test_send_many_asks_the_guards_too(make_client):
    client = make_client({"phones": {"otp": ["1/d"]}})

    outcomes = list(client.send_many([code(A), code(B), code(A), code(A)]))

    assert sum(each.reason is Reason.RECIPIENT_RATE_LIMITED for each in outcomes) == 2
    assert len(outcomes) == 4


def test_an_async_client_asks_them_in_a_thread_where_they_wait_for_a_database(configuration, tmp_path, clock):
    source = configuration | {
        "guards": {"phones": {"otp": ["1/d"]}},
        "outbox": {"database": f"sqlite:///{tmp_path / 'outbox.db'}"},
    }

    async def send():
        transport = httpx.MockTransport(_unreachable)
        async with AsyncClient.from_config(source, transport=transport, clock=clock) as client:
            assert client._desk.starts_slowly
            first = (await client.send(code(A)))[0]
            rest = [outcome async for outcome in client.send_many([code(A), code(B)])]
        return [first, *rest]

    outcomes = asyncio.run(send())

    assert {each.recipient: each.reason for each in outcomes[1:]} == {
        A: Reason.RECIPIENT_RATE_LIMITED,
        B: Reason.UNREACHABLE,
    }


def test_what_was_counted_outlives_the_client_where_there_is_a_database(make_client, tmp_path):
    outbox = {"database": f"sqlite:///{tmp_path / 'outbox.db'}"}
    guards = {"phones": {"otp": ["1/d"]}}
    make_client(guards, outbox=outbox).send(code(A))

    result = make_client(guards, outbox=outbox).send(code(A, B))

    assert [each.reason for each in result] == [Reason.RECIPIENT_RATE_LIMITED, Reason.UNREACHABLE]


def test_nobody_passes_a_guard_whose_database_fails(make_client, tmp_path, caplog):
    guards = {"phones": {}, "optouts": {}}
    client = make_client(guards, outbox={"database": f"sqlite:///{tmp_path / 'outbox.db'}"})
    with closing(sqlite3.connect(tmp_path / "outbox.db")) as connection, connection:
        connection.execute("drop table smsway_guard_counts")

    counted = client.send(code(A))[0]
    uncounted = client.send(code(A, kind="notification"))[0]

    assert (counted.status, counted.reason, counted.detail) == (
        Status.NOT_SENT,
        Reason.SCREENED,
        "guard counts failed",
    )
    assert uncounted.reason is Reason.UNREACHABLE
    assert "guard counts failed: the outbox's database failed" in caplog.text
    assert A not in caplog.text


def test_a_client_that_cannot_open_its_guards_closes_its_store_of_reports(make_client, tmp_path):
    changes = {
        "outbox": {"database": f"sqlite:///{tmp_path / 'outbox.db'}"},
        "reports": {"store": str(tmp_path / "reports.db")},
    }
    make_client({"key": "literal:a key that is long enough", "optouts": {}}, **changes).close()

    with pytest.raises(GuardError, match="another key") as caught:
        make_client({"key": "literal:another key, also long", "optouts": {}}, **changes)

    # The last who closes the file takes this away; the error's frames keep the client.
    assert caught.tb is not None
    assert not (tmp_path / "reports.db-wal").exists()


def test_a_missing_extra_is_named_with_the_way_out(tmp_path):
    program = (
        "import sys; sys.modules['sqlalchemy'] = None\n"
        "from smsway import Client\n"
        "account = {'provider': 'tencent-v5', 'sdk_app_id': 1400006666, 'app_key': 'literal:any'}\n"
        "outbox = {'database': 'sqlite:///outbox.db'}\n"
        "Client.from_config({'accounts': {'cn': account}, 'guards': {'optouts': {}}, 'outbox': outbox})\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
    )

    assert "ConfigError" in done.stderr
    assert 'outbox.database: is where the guards remember, which needs sqlalchemy; pip install "smsway[outbox]"' in (
        done.stderr
    )


def test_no_phone_and_no_caller_is_kept_or_logged(make_client, tmp_path, caplog):
    outbox = {"database": f"sqlite:///{tmp_path / 'outbox.db'}"}
    limits = {"otp": ["1/d"]}
    client = make_client(
        {"phones": limits, "callers": limits, "caps": {"total": ["9/d"]}, "optouts": {}}, outbox=outbox
    )
    caller = "198.51.100.77"

    with caplog.at_level(logging.DEBUG):
        results = [client.send(code(A, caller=caller, reference="r")) for _ in range(3)]

    assert results[1][0].reason is Reason.RECIPIENT_RATE_LIMITED
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    shown = caplog.text + "".join(each.detail or "" for result in results for each in result)
    shown += repr(client.explain(code(A, caller=caller)))
    for secret in (A, A[1:], A[3:], caller):
        assert secret not in shown
        assert secret.encode() not in kept
