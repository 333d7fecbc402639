"""Calls about an account whose requests are several: what is told of those that went before the one that failed."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsway.config import load
from smsway.delivery import CHANGES, Caller, Limiter, Pause, Transmit, TransportFailure
from smsway.model import (
    CallFailed,
    Capabilities,
    InvalidCall,
    Reason,
    Request,
    Response,
    Stamp,
    TemplateDraft,
    UnexpectedResponse,
)
from smsway.provider import refused
from smsway.routing import Account

LOST = TransportFailure("no answer while reading", maybe_sent=True)
REFUSED = TransportFailure("no connection", maybe_sent=False)
CANARY = b"canary"


@dataclass
class Clock:
    time: float = 1000.0

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time

    def nonce(self) -> int:
        return 1

    def random(self) -> float:
        return 0.5


@dataclass
class Office:
    """Makes a call, with scripted answers; `asked` are the requests that left."""

    rates: dict[str, float] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    clock: Clock = field(default_factory=Clock)

    def call(self, name, exchange, *answers, expires=None):
        caller = Caller(self.clock, Limiter(self.rates, self.clock.monotonic), 10)
        flow = caller.call(Account("cn", "acme", Capabilities(max_batch=1)), name, exchange, expires=expires)
        return self.run(flow, iter(answers))

    def run(self, flow, answers: Iterator[Response | TransportFailure]):
        try:
            effect = next(flow)
            while True:
                match effect:
                    case Pause():
                        self.clock.time, said = effect.until, None
                    case Transmit():
                        self.asked.append(effect.request.url)
                        said = next(answers)
                effect = flow.throw(said) if isinstance(said, TransportFailure) else flow.send(said)
        except StopIteration as stop:
            return stop.value


@pytest.fixture
def office():
    return Office()


def requests(count=3):
    """An exchange that does not care."""
    for number in range(count):
        yield Request(str(number), {}, CANARY)


def counted(count=3):
    """An exchange that says what went before."""
    for number in range(count):
        try:
            yield Request(str(number), {}, CANARY)
        except CallFailed as error:
            raise error.with_detail(f"{number} of {count} went before") from None


def failed(office, *answers, name="delete_templates", exchange=None, **limits):
    """Make a call that fails, and return how."""
    with pytest.raises(CallFailed) as caught:
        office.call(name, requests() if exchange is None else exchange, *answers, **limits)
    return caught.value


GOOD = Response(200, b"")


@pytest.mark.parametrize("exchange", [requests, counted])
@pytest.mark.parametrize("name", ["delete_templates", "pull_reports", "get_templates"])
@pytest.mark.parametrize(("failure", "reason"), [(LOST, Reason.NO_ANSWER), (REFUSED, Reason.UNREACHABLE)])
@pytest.mark.parametrize("before", [0, 1, 2])
def test_a_change_may_be_done_if_any_request_may_have_left(office, exchange, name, failure, reason, before):
    error = failed(office, *[GOOD] * before, failure, name=name, exchange=exchange())

    assert (error.account, error.call, error.reason, error.code) == ("cn", name, reason, None)
    assert error.maybe_done is (name in CHANGES and (before > 0 or failure is LOST))


@pytest.mark.parametrize("failure", [LOST, REFUSED])
def test_an_exchange_can_say_what_went_before_a_request_without_an_answer(office, failure):
    error = failed(office, GOOD, failure, exchange=counted())

    assert error.detail == f"{failure.what}; 1 of 3 went before"
    assert str(error).startswith(f"account 'cn': delete_templates failed: {error.reason}: {failure.what}; 1 of 3")


def test_an_exchange_that_does_not_care_need_not(office):
    assert failed(office, GOOD, LOST).detail == LOST.what


def test_an_exchange_is_told_whose_call_failed_and_how(office):
    told = []

    def listening():
        try:
            yield Request("0", {}, CANARY)
        except CallFailed as error:
            told.append((error.account, error.call, error.reason, error.detail, error.maybe_done))
            raise

    failed(office, LOST, exchange=listening())

    assert told == [("cn", "delete_templates", Reason.NO_ANSWER, LOST.what, True)]


def test_a_time_that_runs_out_in_the_middle_is_told_as_well():
    office = Office(rates={"cn/delete_templates": 1})

    error = failed(office, GOOD, GOOD, exchange=counted(), expires=1002)

    assert (error.reason, error.detail) == (Reason.UNREACHABLE, "no time left; 2 of 3 went before")
    assert error.maybe_done
    assert office.asked == ["0", "1"]


def swallowed():
    """Takes what came until then for the whole."""
    with suppress(CallFailed):
        yield from requests()
    return ["a part"]


def stubborn():
    """Asks on and on."""
    for number in range(10):
        try:
            yield Request(str(number), {}, CANARY)
        except BaseException:  # noqa: BLE001  # even when it is closed
            continue


def tidy():
    """Asks once more, to log out."""
    try:
        yield from requests()
    finally:
        yield Request("logout", {}, CANARY)


def raising(error: Callable[[], Exception]):
    try:
        yield from requests()
    except CallFailed:
        raise error() from None


BAD = [
    swallowed,
    stubborn,
    tidy,
    lambda: raising(lambda: ValueError("13788888888")),
    lambda: raising(lambda: InvalidCall("nothing was asked")),
    lambda: raising(lambda: UnexpectedResponse("what?")),
    lambda: raising(lambda: CallFailed(Reason.AUTHENTICATION, "7", maybe_done=False)),
    lambda: raising(lambda: LOST),
    lambda: raising(StopIteration),
]


@pytest.mark.parametrize("exchange", BAD)
@pytest.mark.parametrize(("failure", "reason"), [(LOST, Reason.NO_ANSWER), (REFUSED, Reason.UNREACHABLE)])
def test_a_failure_stands_whatever_an_exchange_does_about_it(office, exchange, failure, reason):
    error = failed(office, GOOD, failure, exchange=exchange())

    assert (error.reason, error.code, error.detail, error.maybe_done) == (reason, None, failure.what, True)
    # And nothing more is asked.
    assert office.asked == ["0", "1"]


def test_an_exchange_that_asks_on_is_told_twice_and_closed(office):
    told = []

    def asking():
        for _ in range(10):
            try:
                yield Request("0", {}, CANARY)
            except BaseException as error:
                told.append(type(error))
                if isinstance(error, GeneratorExit):
                    raise

    failed(office, LOST, exchange=asking())

    assert told == [CallFailed, CallFailed, GeneratorExit]


def test_what_is_said_while_tidying_up_is_kept(office):
    def tidy_and_counted():
        try:
            yield from requests(1)
        except CallFailed as error:
            try:
                yield Request("logout", {}, CANARY)
            except CallFailed:
                raise error.with_detail("nothing went before") from None

    assert failed(office, LOST, exchange=tidy_and_counted()).detail == f"{LOST.what}; nothing went before"


def test_a_provider_that_fails_over_a_failure_is_logged_without_what_it_says(office, caplog):
    failed(office, LOST, exchange=raising(lambda: ValueError("13788888888")))

    assert "a provider failed over a request without an answer: ValueError at" in caplog.text
    assert "13788888888" not in caplog.text


@pytest.mark.parametrize("exchange", [requests, counted, swallowed, stubborn, tidy])
def test_the_traceback_of_a_failure_does_not_lead_to_the_requests(office, exchange):
    error = failed(office, GOOD, LOST, exchange=exchange())

    assert (error.__cause__, error.__context__) == (None, None)
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    assert exchange.__name__ not in {frame.f_code.co_name for frame in frames}


@pytest.mark.parametrize(("status", "reason"), [(403, Reason.PERMISSION), (429, Reason.RATE_LIMITED)])
@pytest.mark.parametrize("name", ["delete_templates", "get_templates"])
@pytest.mark.parametrize("before", [0, 1])
def test_a_status_that_refuses_says_nothing_of_the_requests_before(office, status, reason, name, before):
    def strict():
        while True:
            response = yield Request("0", {}, CANARY)
            if response.status != 200:
                raise UnexpectedResponse("no answer of the vendor")

    error = failed(office, *[GOOD] * before, Response(status, b""), name=name, exchange=strict())

    assert (error.reason, error.code) == (reason, f"HTTP-{status}")
    assert error.maybe_done is (name in CHANGES and before > 0)


@pytest.mark.parametrize("reason", [Reason.TEMPLATE_REFUSED, Reason.AMBIGUOUS])
@pytest.mark.parametrize("name", ["delete_templates", "get_templates"])
@pytest.mark.parametrize("before", [0, 1])
def test_a_refusal_says_nothing_of_the_requests_before(office, reason, name, before):
    def refusing():
        yield from requests(before + 1)
        raise refused(reason, "7", "no")

    error = failed(office, *[GOOD] * (before + 1), name=name, exchange=refusing())

    assert (error.reason, error.code, error.detail) == (reason, "7", "no")
    assert error.maybe_done is (name in CHANGES and (before > 0 or reason is Reason.AMBIGUOUS))


DELETED = Response(200, b'{"Response":{"DeleteTemplateStatus":{"DeleteStatus":"return successfully!"}}}')
CHANGED = Response(200, b'{"RetCode":0,"Action":"UpdateUSMSTemplateResponse"}')


@pytest.mark.parametrize("last", [LOST, REFUSED, Response(429, b""), Response(200, b"<html>")])
def test_a_deletion_that_fails_in_the_middle_says_how_many_went_before(office, configuration, last):
    world = load(configuration).accounts["world"].provider
    exchange = world.delete_templates(["1110", "1111", "1112"], Stamp(1_776_313_405.0, 1))

    error = failed(office, DELETED, last, exchange=exchange)

    assert error.detail.endswith("; 1 of 3 were deleted before")
    assert error.maybe_done


@pytest.mark.parametrize(("last", "doubt"), [(LOST, True), (REFUSED, False), (Response(429, b""), False)])
def test_a_deletion_that_fails_at_once_has_doubt_only_about_itself(office, configuration, last, doubt):
    world = load(configuration).accounts["world"].provider
    exchange = world.delete_templates(["1110", "1111", "1112"], Stamp(1_776_313_405.0, 1))

    error = failed(office, last, exchange=exchange)

    assert error.detail.endswith("; 0 of 3 were deleted before")
    assert error.maybe_done is doubt


@pytest.mark.parametrize("last", [LOST, REFUSED])
def test_a_change_whose_look_up_fails_says_that_it_was_made(office, configuration, last):
    backup = load(configuration).accounts["backup"].provider
    exchange = backup.modify_template("UTA1", TemplateDraft(text="Code {1}", name="code"), Stamp(1_776_313_405.0, 1))

    error = failed(office, CHANGED, last, name="modify_template", exchange=exchange)

    assert error.detail == f"{last.what}; the template was changed before, and only looking it up failed"
    assert error.maybe_done


REACTIONS = st.sampled_from(["raise", "say", "ask", "return", "break"])


@given(st.integers(0, 3), st.sampled_from([LOST, REFUSED]), st.lists(REACTIONS, max_size=5))
def test_no_exchange_turns_a_failure_into_a_result_or_into_more_requests(before, failure, reactions):
    office = Office()

    def exchange():
        yield from requests(before)
        for reaction in reactions:
            try:
                yield Request("next", {}, CANARY)
            except CallFailed as error:
                match reaction:
                    case "raise":
                        raise
                    case "say":
                        raise error.with_detail("something") from None
                    case "return":
                        return ["a part"]
                    case "break":
                        raise LookupError from None
        yield Request("last", {}, CANARY)

    error = failed(office, *[GOOD] * before, failure, exchange=exchange())

    assert len(office.asked) == before + 1
    assert error.maybe_done is (before > 0 or failure is LOST)
    assert error.detail in {failure.what, f"{failure.what}; something"}
