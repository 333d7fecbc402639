"""A connection is used again only where that is safe: by whom it belongs to, and if what follows can be told apart."""

import asyncio
import gc
import multiprocessing
import warnings

import pytest

from smsway import AsyncClient, Client, Status


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


def test_a_connection_of_an_event_loop_that_has_ended_is_not_used_again(make_world, message):
    world = make_world({"first": "tencent-v5", "second": "usms"}, on_unknown="resend")
    client = AsyncClient(world.face.client.configuration)

    with warnings.catch_warnings():
        # asyncio complains of any connection that outlives its event loop.
        warnings.simplefilter("ignore", ResourceWarning)
        outcomes = [asyncio.run(client.send(message(f"+659876540{number}")))[0] for number in range(3)]
        del client
        gc.collect()

    assert [(outcome.status, outcome.account) for outcome in outcomes] == [("accepted", "first")] * 3
    assert world.texts("second") == 0


def send_in_child(client, phone, answers):
    answers.put(str(client.send(phone)[0].status))


def test_parent_and_forked_child_do_not_share_a_connection(make_world, message):
    world = make_world({"first": "tencent-v5"})
    fork = multiprocessing.get_context("fork")
    answers = fork.SimpleQueue()
    with Client(world.face.client.configuration) as client:
        client.send(message("+6598765400"))
        child = fork.Process(target=send_in_child, args=(client, message("+6598765401"), answers))

        with warnings.catch_warnings():
            # Python 3.12 and later warn of a fork beside threads, and the sandbox has one.
            warnings.simplefilter("ignore", DeprecationWarning)
            child.start()
        (own,) = client.send(message("+6598765402"))
        child.join(10)

    assert (own.status, answers.get()) == (Status.ACCEPTED, "accepted")
