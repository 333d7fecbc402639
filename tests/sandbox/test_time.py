"""Time that passes at once, for everything that waits for it."""

import asyncio
import time

import pytest

from smsway.model import SandboxReply
from smsway.sandbox import Sandbox, SandboxError
from smsway.sandbox._alarm import Alarm
from smsway.sandbox._clock import Clock
from smsway.sandbox._strikes import Settings, drip
from smsway.sandbox._wire import Wire

A = "+8613700000001"


def test_the_clock_of_every_account_is_ahead_afterwards(sandbox, line, dial):
    before = line.ask("/now")

    sandbox.advance(3600)

    assert line.ask("/now") == pytest.approx(before + 3600, abs=5)
    assert dial(sandbox.urls["world"]).ask("/now") == pytest.approx(before + 3600, abs=5)
    assert [each.clock_offset for each in sandbox.accounts()] == [0.0, 0.0]


def test_a_wrong_clock_stays_as_wrong_as_it_was(sandbox, line):
    before = line.ask("/now")
    sandbox.set_clock(-700)

    sandbox.advance(100)
    sandbox.advance(200)

    assert line.ask("/now") == pytest.approx(before - 700 + 300, abs=5)


def test_reset_brings_back_the_true_time(sandbox, line):
    before = line.ask("/now")
    sandbox.advance(3600)

    sandbox.reset()

    assert line.ask("/now") == pytest.approx(before, abs=5)


def test_the_rate_runs_on(run, account, dial):
    sandbox = run(account(rate=0.01))
    line = dial(sandbox.urls["cn"])

    line.post(A)
    first = line.answer().results
    line.post(A)
    throttled = line.answer().body
    sandbox.advance(100)
    line.post(A)

    assert first
    assert throttled == b'{"error": "throttled"}'
    assert line.answer().results


def test_a_fault_with_a_time_ends(sandbox, line):
    sandbox.inject("html", seconds=60)
    sandbox.refuse_recipients("blocked_recipient", seconds=60)

    sandbox.advance(61)

    assert (sandbox.faults(), sandbox.refusals()) == ([], [])
    assert len(line.send(A)) == 1


def test_a_port_that_refuses_for_a_time_listens_again(sandbox, dial):
    sandbox.inject("refuse", account="cn", seconds=60)

    with pytest.raises(ConnectionRefusedError):
        dial(sandbox.urls["cn"])
    sandbox.advance(61)

    assert len(dial(sandbox.urls["cn"]).send(A)) == 1


def test_an_answer_that_is_late_comes(sandbox, line, until):
    sandbox.inject("slow", delay=600)
    line.post(A)
    until(sandbox.texts)
    time.sleep(0.05)

    sandbox.advance(599)
    line.socket.settimeout(0.1)
    with pytest.raises(TimeoutError):
        line.read()
    line.socket.settimeout(5)
    sandbox.advance(1)

    assert line.answer().status == 200


def test_an_answer_that_drips_goes_on(sandbox, line, until):
    sandbox.inject("drip", interval=600)
    line.post(A)
    until(sandbox.texts)
    line.head()
    first = line.read()

    sandbox.advance(600)

    assert first == b"1\r\n{\r\n"
    assert line.read() == b'1\r\n"\r\n'


def test_time_may_pass_before_the_sandbox_runs(account, dial):
    sandbox = Sandbox([account()])
    sandbox.advance(3600)

    with sandbox:
        line = dial(sandbox.urls["cn"])

        assert line.ask("/now") == pytest.approx(time.time() + 3600, abs=5)
        line.close()


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf"), 1e10, "soon"])
def test_time_that_cannot_pass_is_refused(sandbox, seconds):
    with pytest.raises(SandboxError, match="seconds: "):
        sandbox.advance(seconds)


def test_time_that_passes_while_a_byte_is_on_its_way_counts_for_the_next_one():
    clock = Clock(lambda: 0.0, monotonic=lambda: 0.0)
    sent = []

    class Customer:
        keep = True
        head_only = False

        async def send(self, data):
            sent.append(data)
            clock.advance(600)
            if len(sent) > 3:
                raise ConnectionResetError

    wire = Wire(Customer(), 0.0, Alarm(clock).sleep)

    with pytest.raises(ConnectionResetError):
        asyncio.run(asyncio.wait_for(drip(wire, SandboxReply(b"{}"), Settings(interval=600)), 5))

    assert sent[1:] == [b"1\r\n{\r\n", b"1\r\n}\r\n", b"1\r\n \r\n"]
