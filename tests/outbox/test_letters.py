"""Whatever a message says is kept, and comes back; whatever is wrong is said before anything is kept."""

from __future__ import annotations

import datetime as dt
import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smsway import Message, Recipient, Template, Text
from smsway.config import load
from smsway.model import ConfigError, InvalidMessage, Kind
from smsway.outbox import Draft, IdempotencyConflict, MemoryOutbox, Outbox, State, message_of

NOW = 1_700_000_000.0
PHONES = ["+6581234567", "+8613788888888", "+60198890000"]
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)


@pytest.fixture
def outbox(configuration):
    return Outbox(load(configuration), MemoryOutbox(lambda: NOW), lambda: NOW)


@st.composite
def messages(draw):
    if draw(st.booleans()):
        content = Text(draw(TEXTS))
        params = st.just({})
    else:
        content = Template("login_code", {"code": draw(TEXTS), "minutes": draw(TEXTS)})
        params = st.dictionaries(st.sampled_from(["code", "minutes"]), TEXTS)
    to = [
        Recipient(phone, draw(params), draw(st.none() | TEXTS))
        for phone in draw(st.lists(st.sampled_from(PHONES), min_size=1, max_size=4))
    ]
    return Message(
        to=to,
        content=content,
        kind=draw(st.sampled_from(Kind)),
        signature=draw(st.sampled_from([None, "default"])),
        accounts=draw(st.sampled_from([(), ("cn",), ("cn", "backup")])),
        tags=draw(st.sets(TEXTS, max_size=2)),
        options=draw(st.sampled_from([{}, {"usms": {"extend_code": "12"}}])),
    )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(message=messages())
def test_a_message_comes_back_as_it_was(outbox, message):
    outbox = Outbox(outbox.configuration, MemoryOutbox(lambda: NOW), lambda: NOW)
    outbox.enqueue(message)
    outbox.store.join("w", "name", 30)

    again = message_of(outbox.store.claim("w", 10))

    assert again == message


def test_the_same_key_and_message_is_enqueued_once_whenever_it_is_due(outbox):
    message = Message(to=PHONES[0], content="hello")

    first = outbox.enqueue(message, key="k")
    second = outbox.enqueue(message, key="k", not_before=NOW + 5, not_after=NOW + 50)

    assert (first.created, second.created) == (True, False)
    assert first.id == second.id


@pytest.mark.parametrize(
    "other",
    [
        {"to": PHONES[1]},
        {"content": "good bye"},
        {"kind": "otp"},
        {"to": Recipient(PHONES[0], reference="r")},
        {"tags": ["x"]},
        {"accounts": ["cn"]},
    ],
)
def test_the_same_key_with_another_message_is_a_conflict(outbox, other):
    message = {"to": PHONES[0], "content": "hello"}
    outbox.enqueue(Message(**message), key="k")

    with pytest.raises(IdempotencyConflict, match="'k'"):
        outbox.enqueue(Message(**message | other), key="k")

    assert outbox.counts() == {State.PENDING: 1}


def test_times_are_seconds_or_aware_datetimes(outbox):
    noon = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)

    first = outbox.enqueue(Message(to=PHONES[0], content="a"), not_before=noon, not_after=noon.timestamp() + 60)

    found = outbox.find(first.id)
    assert [each.due for each in found.recipients] == [noon.timestamp()]
    assert found.not_after == noon.timestamp() + 60


@pytest.mark.parametrize(("kind", "seconds"), [("otp", 600), ("notification", 86_400), ("marketing", 86_400)])
def test_a_message_is_given_up_after_the_lifetime_of_its_kind(outbox, kind, seconds):
    sent = outbox.enqueue(Message(to=PHONES[0], content="a", kind=kind))

    assert outbox.find(sent.id).not_after == NOW + seconds


def test_a_message_that_says_how_long_it_may_take_is_given_up_then(outbox):
    sent = outbox.enqueue(Message(to=PHONES[0], content="a", within=5))

    assert outbox.find(sent.id).not_after == NOW + 5


@pytest.mark.parametrize(
    ("draft", "said"),
    [
        (Draft(Message(to="0123", content="a")), r"to\[0\]"),
        (Draft(Message(to=PHONES[0], content=Template("login_cod", {}))), "login_code"),
        (Draft(Message(to=PHONES[0], content="a"), key=""), "key: "),
        (Draft(Message(to=PHONES[0], content="a"), key="k" * 256), "key: "),
        (Draft(Message(to=PHONES[0], content="a"), not_before=dt.datetime(2026, 1, 1)), "time zone"),  # noqa: DTZ001  # that is the mistake
        (Draft(Message(to=PHONES[0], content="a"), not_before="soon"), "not_before: is of type str"),
        (Draft(Message(to=PHONES[0], content="a"), not_after=math.nan), "not_after: "),
        (Draft(Message(to=PHONES[0], content="a"), not_after=NOW - 1), "not_after: is over"),
        (Draft(Message(to=PHONES[0], content="a", options={"usms": {"extend_code": object()}})), "options"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_enqueued(outbox, draft, said):
    good = Draft(Message(to=PHONES[0], content="a"))

    with pytest.raises(InvalidMessage, match=said):
        outbox.enqueue_all([good, draft])

    assert outbox.counts() == {}


def test_an_outbox_that_is_not_configured_says_so(configuration):
    with pytest.raises(ConfigError, match=r"outbox\.database: is not set"):
        Outbox.open(configuration)


def test_a_database_whose_secret_is_missing_is_named_only_when_it_is_needed(configuration, monkeypatch):
    monkeypatch.delenv("SMSWAY_TEST_DATABASE", raising=False)
    loaded = load(configuration | {"outbox": {"database": "env:SMSWAY_TEST_DATABASE"}})

    with pytest.raises(ConfigError, match=r"outbox\.database: environment variable 'SMSWAY_TEST_DATABASE' is not set"):
        Outbox.open(loaded)


@pytest.mark.parametrize("url", ["postgresql://user:hunter2@host/db", "nonsense hunter2"])
def test_a_database_that_is_written_into_the_file_is_refused(configuration, url):
    with pytest.raises(ConfigError, match=r"outbox\.database") as caught:
        load(configuration | {"outbox": {"database": url}})

    assert "hunter2" not in str(caught.value)


def test_a_caller_is_kept_as_a_hash_that_is_the_same_for_the_same(outbox):
    for caller in ("198.51.100.7", "198.51.100.7", "198.51.100.8"):
        outbox.enqueue(Message(to=PHONES[0], content="hello", caller=caller))
    outbox.store.join("w", "w", 30.0)

    claims = outbox.store.claim("w", 3)

    first, again, other = (message_of([claim]).caller for claim in claims)
    assert first == again != other
    assert not any("198.51" in claim.terms for claim in claims)
    outbox.enqueue(Message(to=PHONES[0], content="hello", caller=first))
    assert message_of(outbox.store.claim("w", 1)).caller == first
