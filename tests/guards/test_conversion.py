"""Codes that nobody uses raise an alarm: told by country, once per window, and naming no phone."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from types import SimpleNamespace

import pytest
from guarded import Office
from hypothesis import given, settings
from hypothesis import strategies as st

from smsway import AsyncClient, Client, Kind, Message, Reason, Recipient, Status, Template
from smsway.guards import Aliases, Conversion, ConversionRules, GuardError, Limit, MemoryGuards, Mode
from smsway.model import ConfigError, InvalidCall
from smsway.outbox import State
from smsway.provider import hookimpl

HOUR = {"from": 10, "per": "1h"}


class Watcher:
    """Keeps the alarms."""

    def __init__(self):
        self.events = []

    @hookimpl
    def conversion_dropped(self, event):
        self.events.append(event)


@pytest.fixture
def watcher():
    return Watcher()


@pytest.fixture
def make_watched(source, tencent, clock, stack, watcher):
    """Return a function that makes a client that counts the codes that are used."""

    def make(**changes):
        guards = {"guards": {"conversion": HOUR | changes}}
        client = Client.from_config(source | guards, transport=tencent, clock=clock, plugins=[watcher])
        return stack.enter_context(client)

    return make


def code(phone, reference, kind="otp"):
    to = Recipient(phone, reference=reference)
    return Message(to=[to], content=Template("login_code", {"code": "190191"}), kind=kind)


def pump(client, clock, count, used=(), *, prefix="+86137888", start=0):
    """Send *count* codes in ten minutes, of which those are used whose numbers are in *used*; return the outcomes."""
    outcomes = []
    for number in range(start, start + count):
        outcomes += client.send(code(f"{prefix}{number:05}", f"login {number}"))
        if number - start in used:
            client.mark_verified(f"login {number}")
        clock.time += 600 / count
    return outcomes


def test_codes_that_are_not_used_raise_one_alarm_per_window(make_watched, clock, watcher, caplog):
    client = make_watched()

    with caplog.at_level(logging.DEBUG):
        pump(client, clock, 30)
        pump(client, clock, 30, start=30)

    (country, range_) = watcher.events
    assert (country.country, country.prefix, country.used, country.blocked) == ("CN", None, 0, False)
    assert country.sent >= 10
    assert (range_.country, range_.prefix) == ("CN", "+861378880")
    assert f"guard conversion: of {country.sent} codes to CN, 0 were used (at least 20% in 1 h)" in caplog.messages
    assert "378880" not in caplog.text + repr(watcher.events)
    clock.time += 3_700
    pump(client, clock, 30, start=60)
    pump(client, clock, 30, start=90)
    assert [each.prefix for each in watcher.events[2:]] == [None, "+861378880"]


def test_codes_that_are_used_raise_none(make_watched, clock, watcher):
    client = make_watched()

    for start in range(0, 120, 30):
        pump(client, clock, 30, used=range(0, 30, 4), start=start)

    assert watcher.events == []


def test_a_country_may_have_a_share_of_its_own(make_watched, clock, watcher):
    client = make_watched(countries={"CN": 0.01}, least=1.0)

    for prefix in ("+86137888", "+65987"):
        for start in (0, 30):
            pump(client, clock, 30, used=[0], prefix=prefix, start=start + 100 * len(prefix))

    assert {each.country for each in watcher.events} == {"SG"}


def test_a_few_codes_tell_nothing_and_young_ones_do_not_count(make_watched, clock, watcher):
    client = make_watched()

    pump(client, clock, 9)
    for number in range(100, 200):
        client.send(code(f"+86137888{number:05}", f"login {number}"))
    clock.time += 240
    client.send(code("+8613788800300", "login"))

    assert watcher.events == []


def test_what_was_not_accepted_and_what_has_no_reference_does_not_count(make_watched, tencent, clock, watcher):
    client = make_watched()
    tencent.down |= {"one", "two"}
    pump(client, clock, 30)
    tencent.down.clear()

    for number in range(30):
        client.send(code(f"+86137888{number:05}", None))
        client.send(code(f"+86137888{number:05}", f"news {number}", "notification"))
        clock.time += 30
    pump(client, clock, 3, used=range(3))

    assert watcher.events == []


def test_a_code_is_marked_once_and_only_one_that_was_sent(make_watched, clock):
    client = make_watched()
    client.send(code("+8613788888888", "login"))

    marks = [client.mark_verified(each) for each in ("login", "login", "logout")]
    client.send(code("+8613788888888", "late"))
    clock.time += 3_700

    assert marks == [True, False, False]
    assert not client.mark_verified("late")


def test_a_code_that_is_sent_again_under_its_reference_counts_once(make_watched, clock, watcher):
    client = make_watched()

    for number in range(40):
        for _ in range(4):
            client.send(code(f"+86137888{number:05}", f"login {number}"))
        if number % 4 == 0:
            client.mark_verified(f"login {number}")
        clock.time += 30

    assert watcher.events == []


def test_a_guard_that_blocks_stops_codes_until_enough_are_used(make_watched, clock, watcher):
    client = make_watched(mode="block")
    pump(client, clock, 30)
    clock.time += 300

    stopped = client.send(code("+8613788899999", "x"))[0]
    told = client.explain(code("+8613788899999", "x")).recipients[0].vetoed
    elsewhere = client.send(code("+6598765432", "sg"))[0]
    notice = client.send(code("+8613788899999", "n", "notification"))[0]
    for number in range(10):
        client.mark_verified(f"login {number}")
    after = client.send(code("+8613788899999", "y"))[0]

    rule = "guard conversion: of the codes to CN, too few are used (at least 20% in 1 h)"
    assert (stopped.reason, stopped.detail) == (Reason.QUOTA_EXCEEDED, rule)
    assert told == f"quota_exceeded ({rule})"
    assert [each.reason for each in (elsewhere, notice, after)] == [None] * 3
    assert {each.blocked for each in watcher.events} == {True}


def test_a_guard_that_blocks_lets_pass_again_when_the_window_is_over(make_watched, clock):
    client = make_watched(mode="block")
    pump(client, clock, 30)
    clock.time += 300
    before = client.send(code("+8613788899999", "x"))[0]

    clock.time += 3_600
    after = client.send(code("+8613788899999", "x"))[0]

    assert [before.reason, after.reason] == [Reason.QUOTA_EXCEEDED, None]


def test_a_guard_that_watches_warns_in_a_dry_run_only(make_watched, clock, caplog):
    client = make_watched()
    pump(client, clock, 30)
    clock.time += 300
    caplog.clear()

    outcome = client.send(code("+8613788899999", "x"))[0]
    warnings = client.explain(code("+8613788899999", "x")).recipients[0].warnings

    assert outcome.reason is None
    assert len(warnings) == 1
    assert "too few are used" in warnings[0]
    assert not [each for each in caplog.messages if "too few" in each]


def test_without_the_guard_nothing_is_marked(source, tencent, stack):
    client = stack.enter_context(Client.from_config(source, transport=tencent))

    with pytest.raises(ConfigError, match=r"guards.conversion: is not set"):
        client.mark_verified("login")


def test_a_worker_sends_and_an_async_client_elsewhere_marks(source, tencent, clock, tmp_path, stack):
    source |= {
        "guards": {"conversion": HOUR | {"mode": "block"}},
        "outbox": {"database": f"sqlite:///{tmp_path / 'outbox.db'}"},
    }
    office = Office(source, tencent)
    stack.callback(office.close)
    for number in range(20):
        office.outbox.enqueue(code(f"+86137888{number:05}", f"login {number}"))
    office.work()
    clock.time = office.clock.time = office.clock.time + 600

    async def mark():
        async with AsyncClient.from_config(source, transport=tencent, clock=clock) as client:
            before = (await client.send(code("+8613788899999", "x")))[0].reason
            marks = [await client.mark_verified(f"login {number}") for number in (0, 1, 2, 3, 3)]
            return before, marks, (await client.send(code("+8613788899999", "x")))[0].reason

    before, marks, after = asyncio.run(mark())

    assert Counter(tencent.sent.values()) == {21: 1}
    assert (before, after) == (Reason.QUOTA_EXCEEDED, None)
    assert marks == [True, True, True, True, False]
    id_ = office.outbox.enqueue(code("+8613788800099", "z")).id
    office.work()
    assert office.progress(id_)[0].state is State.ACCEPTED
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    for secret in (b"3788800", b"login", b"+861378880"):
        assert secret not in kept


def test_a_store_that_fails_stops_no_text_that_was_sent(make_watched, caplog):
    client = make_watched()

    def fail(*_):
        raise GuardError("the disk is full")

    client._desk.guards.conversion._store.change = fail
    outcome = client.send(code("+8613788888888", "login"))[0]

    assert outcome.reason is None
    assert "guard conversion failed: the disk is full" in caplog.messages


def _accept(conversion, reference):
    journey = SimpleNamespace(phone="+8613788888888", country="CN", reference=reference)
    shipment = SimpleNamespace(batch=SimpleNamespace(kind=Kind.OTP), journeys=[journey])
    conversion.enter(shipment, [SimpleNamespace(status=Status.ACCEPTED)])


def test_a_reference_is_text(make_client):
    client = make_client({"conversion": {}})

    with pytest.raises(InvalidCall, match=r"^reference: a int is no text; give it as text$"):
        client.mark_verified(77)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 240), st.sampled_from(["send", "use"]), st.integers(0, 20)), max_size=60))
def test_the_share_is_that_of_a_naive_count(steps):
    now = [0.0]
    limit = Limit(1, 3_600)
    rules = ConversionRules(mode=Mode.MONITOR, least=1.0, window=limit)
    conversion = Conversion(rules, MemoryGuards(), Aliases(b"key"), lambda: now[0], lambda _: None)
    subject = conversion._subjects("+8613788888888", "CN")[0]
    sent: dict[int, float] = {}
    used: set[int] = set()

    for wait, what, number in steps:
        now[0] += wait
        if what == "send" and (number not in sent or now[0] - sent[number] > 3_660):
            used.discard(number)
            sent[number] = now[0]
            _accept(conversion, f"c{number}")
        elif what == "use" and number in sent and number not in used and now[0] - sent[number] < 3_600:
            assert conversion.mark(f"c{number}")
            used.add(number)

    last = limit.slot(now[0])
    counted = [number for number, at in sent.items() if last - 60 <= limit.slot(at) <= last - 5]
    known = conversion._store.known(conversion._keys(subject.number))
    found = conversion._drop(subject, known, now[0])
    missing = [number for number in counted if number not in used]

    assert (found is not None) is bool(missing)
    if found is not None:
        assert (found.sent, found.used) == (len(counted), len(counted) - len(missing))
