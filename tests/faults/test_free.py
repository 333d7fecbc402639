"""The list of idle connections."""

import time

import pytest

from smsway.transport import _free
from smsway.transport._free import FreeList, Held
from smsway.transport._messages import Origin

ORIGIN = Origin("a.example", 443, secure=True, authority="a.example")


class Quiet:
    """A stream on which nothing has come."""

    def get_extra_info(self, _):
        return False


@pytest.fixture
def clock(monkeypatch):
    """Let time pass when it is told to."""
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


def test_the_last_used_is_taken_first_and_those_that_waited_too_long_are_closed(clock):
    free, old, new = FreeList(), Held(Quiet(), "home"), Held(Quiet(), "home")
    free.put(ORIGIN, old)
    clock[0] += _free.KEEPALIVE - 1
    free.put(ORIGIN, new)
    clock[0] += 2

    assert free.take(ORIGIN, "home") == (new, [old])
    assert free.take(ORIGIN, "home") == (None, [])


def test_a_connection_of_another_home_is_closed():
    free, abroad = FreeList(), Held(Quiet(), "abroad")
    free.put(ORIGIN, abroad)

    assert free.take(ORIGIN, "home") == (None, [abroad])


def test_what_comes_back_after_the_list_was_closed_is_to_be_closed():
    free, held, late = FreeList(), Held(Quiet(), "home"), Held(Quiet(), "home")
    free.put(ORIGIN, held)

    assert free.close() == [held]
    assert not free.put(ORIGIN, late)
    assert free.close() == []
