"""Hooks watch or veto: a veto stops one recipient, a failing screening stops them all, a failing observer nobody."""

import logging

import pytest

from smsway import AsyncClient, Message, Reason, Recipient, Status, Veto
from smsway.model import AttemptFinished, AttemptStarted, OutcomeSettled
from smsway.provider import hookimpl

A, B = "+8613788888888", "+8613788888889"
BOTH = Message(to=[Recipient(A, reference="a"), B], content="hello", kind="otp", tags=["vip"], reference="m")


class OptOut:
    """Vetoes one phone, and keeps what it was asked."""

    def __init__(self):
        self.asked = []

    @hookimpl
    def screen_message(self, screening):
        self.asked.append(screening)
        return Reason.BLOCKED_RECIPIENT if screening.phone == A else None


class Failing:
    """Screens nobody, for it fails."""

    @hookimpl
    def screen_message(self, screening):
        raise ConnectionError(f"no list for {screening.phone}")


class Odd:
    """Vetoes with something that is no reason."""

    def __init__(self, answer="yes"):
        self.answer = answer

    @hookimpl
    def screen_message(self):
        return self.answer


class Watcher:
    """Keeps every event."""

    def __init__(self):
        self.events = []

    @hookimpl
    def attempt_started(self, event):
        self.events.append(event)

    @hookimpl
    def attempt_finished(self, event):
        self.events.append(event)

    @hookimpl
    def outcome_settled(self, event):
        self.events.append(event)


class Clumsy:
    """Raises whatever it is told."""

    @hookimpl
    def attempt_started(self, event):
        raise ValueError(f"{event!r} {A}")

    @hookimpl
    def attempt_finished(self):
        raise KeyError(A)

    @hookimpl
    def outcome_settled(self, event):
        raise RuntimeError(event.outcome.recipient)


def test_a_veto_stops_this_recipient_only_with_its_reason(make_client, requests):
    screen = OptOut()

    first, second = make_client(screen).send(BOTH)

    assert (first.status, first.reason, first.detail) == (Status.NOT_SENT, Reason.BLOCKED_RECIPIENT, "plugin OptOut")
    assert (first.attempts, first.reference) == ((), "a")
    assert second.status is Status.ACCEPTED
    assert len(requests) == 1
    assert B[3:].encode() in requests[0].content
    assert A[3:].encode() not in requests[0].content


def test_a_screening_is_told_who_and_what_for(make_client):
    screen = OptOut()

    make_client(screen).send(BOTH)

    first, second = screen.asked
    assert (first.phone, first.country, first.kind, first.template) == (A, "CN", "otp", None)
    assert (first.tags, first.reference, second.reference) == (frozenset({"vip"}), "a", "m")


@pytest.mark.parametrize("screen", [Failing(), Odd()], ids=["raises", "returns nonsense"])
def test_a_screening_that_fails_stops_everybody(make_client, requests, caplog, screen):
    client = make_client(screen)

    result = client.send(BOTH)

    assert [(o.status, o.reason) for o in result] == [(Status.NOT_SENT, Reason.SCREENED)] * 2
    assert requests == []
    assert f"plugin {type(screen).__name__} failed" in result[0].detail
    assert A not in caplog.text


@pytest.mark.parametrize(
    ("answer", "shown"), [(False, "False"), (A, "a value of type str"), ([], "a value of type list")]
)
def test_a_screening_that_returns_no_reason_is_told_what_it_returned_and_what_is_wanted(
    make_client, requests, caplog, answer, shown
):
    result = make_client(Odd(answer)).send(BOTH)

    assert [outcome.reason for outcome in result] == [Reason.SCREENED] * 2
    assert requests == []
    wanted = f"plugin Odd failed in screen_message: it returned {shown}; it must be a Reason, a Veto or None"
    assert caplog.messages == [wanted] * 2


@pytest.mark.parametrize(
    "veto",
    [
        Veto(Reason.QUIET_HOURS, until=float("nan")),
        Veto(Reason.QUIET_HOURS, until="tomorrow"),
        Veto("nonsense"),
        Veto(Reason.QUIET_HOURS, detail=None),
        Veto(None),
    ],
    ids=["no time", "no number", "no reason", "no text", "nothing"],
)
def test_a_veto_with_nonsense_in_it_is_a_failure(make_client, requests, veto):
    result = make_client(Odd(veto)).send(BOTH)

    assert [outcome.reason for outcome in result] == [Reason.SCREENED] * 2
    assert requests == []


def test_a_veto_may_say_more(make_client):
    outcome = make_client(Odd(Veto(Reason.QUIET_HOURS, "until\nmorning " + "x" * 300, 5.0))).send(BOTH)[0]

    assert outcome.reason is Reason.QUIET_HOURS
    assert outcome.detail.startswith(r"plugin Odd: until\nmorning xx")
    assert len(outcome.detail) == len("plugin Odd: ") + 256


def test_a_screening_is_told_of_the_caller_and_of_a_dry_run(make_client):
    screen = OptOut()
    client = make_client(screen)

    client.explain(Message(to=A, content="hello", caller="user-7"))
    client.send(Message(to=A, content="hello", caller="user-7"))

    assert [(each.caller, each.dry) for each in screen.asked] == [("user-7", True), ("user-7", False)]
    assert "user-7" not in repr(screen.asked)


def test_a_screening_may_return_the_word_of_a_reason(make_client):
    outcome = make_client(Odd("blocked_recipient")).send(BOTH)[0]

    assert (outcome.reason, outcome.detail) == (Reason.BLOCKED_RECIPIENT, "plugin Odd")


def test_a_screening_that_fails_stops_everybody_in_send_many_and_the_dry_run_too(make_client, requests):
    client = make_client(Failing())

    many = list(client.send_many([BOTH]))
    plans = client.explain(BOTH).recipients

    assert [outcome.reason for outcome in many] == [Reason.SCREENED] * 2
    assert [plan.vetoed for plan in plans] == ["screened (plugin Failing failed)"] * 2
    assert client.explain(BOTH).batches == ()
    assert requests == []


def test_a_dry_run_routes_only_those_whom_nobody_vetoes(make_client):
    explanation = make_client(OptOut()).explain(BOTH)

    vetoed, routed = explanation.recipients
    assert (vetoed.vetoed, vetoed.route, vetoed.candidates) == ("blocked_recipient (plugin OptOut)", None, ())
    assert (routed.vetoed, len(routed.candidates)) == (None, 1)
    assert [batch.recipients for batch in explanation.batches] == [(1,)]


def test_any_veto_wins(make_client, requests):
    class Yes:
        @hookimpl
        def screen_message(self):
            return None

    result = make_client(Yes(), OptOut(), Yes()).send(Message(to=A, content="hello"))

    assert result[0].reason is Reason.BLOCKED_RECIPIENT
    assert requests == []


def test_observers_hear_of_every_attempt_and_of_every_recipient(make_client):
    watcher = Watcher()

    make_client(watcher, OptOut()).send(BOTH)

    by_kind = {kind: [e for e in watcher.events if isinstance(e, kind)] for kind in map(type, watcher.events)}
    assert [event.keys for event in by_kind[AttemptStarted]] == [((0, 1),)]
    assert [(event.recipients, event.accepted) for event in by_kind[AttemptFinished]] == [(1, 1)]
    assert {event.key: event.outcome.status for event in by_kind[OutcomeSettled]} == {
        (0, 0): Status.NOT_SENT,
        (0, 1): Status.ACCEPTED,
    }
    assert by_kind[AttemptStarted][0].attempt == by_kind[AttemptFinished][0].attempt


def test_observers_that_raise_stop_nobody_and_leak_nothing(make_client, caplog):
    caplog.set_level(logging.DEBUG)
    before, after = Watcher(), Watcher()

    result = make_client(before, Clumsy(), after).send(Message(to=A, content="hello"))

    assert result.all_accepted
    assert len(before.events) == len(after.events) == 3
    assert "plugin Clumsy failed in attempt_started: ValueError" in caplog.text
    assert "plugin Clumsy failed in attempt_finished: KeyError" in caplog.text
    assert "plugin Clumsy failed in outcome_settled: RuntimeError" in caplog.text
    assert A not in caplog.text


def test_a_plugin_without_a_hook_of_screening_costs_no_screening(make_client):
    assert not make_client(Watcher()).configuration.plugins.screens
    assert make_client(OptOut()).configuration.plugins.screens
    assert make_client(Watcher()).configuration.plugins.observes("outcome_settled")


def test_both_clients_ask_the_plugins_alike(source):
    import asyncio  # noqa: PLC0415  # only here

    import httpx  # noqa: PLC0415  # only here

    watcher = Watcher()

    async def send():
        transport = httpx.MockTransport(lambda _: httpx.Response(200, json={"result": 0}))
        plugins = [OptOut(), watcher, Clumsy()]
        async with AsyncClient.from_config(source, plugins=plugins, transport=transport) as client:
            return await client.send(BOTH)

    result = asyncio.run(send())

    assert [outcome.status for outcome in result] == [Status.NOT_SENT, Status.ACCEPTED]
    assert sum(isinstance(event, OutcomeSettled) for event in watcher.events) == 2
