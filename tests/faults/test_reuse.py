"""A refusal that echoes nothing is certain on a fresh connection, and only the first of a row meets a used one."""

import pytest

from smsway import Status


@pytest.fixture
def world(make_world):
    """Two accounts of other providers, of which the first refuses a wrong clock without an echo."""

    def make(**settings):
        return make_world({"first": "tencent-global", "second": "usms"}, settings={"first": settings})

    return make


def test_only_the_first_refusal_of_a_row_is_unknown(world, message):
    world = world()
    assert world.send(message("+6598765400", kind="otp")).all_accepted
    world.sandbox.set_clock(3600)

    outcomes = [world.send(message(f"+659876540{number}", kind="otp"))[0] for number in range(1, 5)]

    assert outcomes[0].status is Status.UNKNOWN
    assert [(outcome.status, outcome.account) for outcome in outcomes[1:]] == [("accepted", "second")] * 3
    assert set(world.sandbox.texts().values()) == {1}


def test_without_keep_alive_no_refusal_is_unknown(world, message):
    world = world(keep_alive=False)
    world.send(message("+6598765400", kind="otp"))
    world.sandbox.set_clock(3600)

    outcome = world.send(message("+6598765401", kind="otp"))[0]

    assert (outcome.status, outcome.account) == ("accepted", "second")
