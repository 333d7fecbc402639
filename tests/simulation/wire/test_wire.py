"""The real transport under faults of the wire, each schedule out of one seed; mutants show that a mistake is found."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from wire.library import LIBRARY
from wire.mutants import BLOCKING_MUTANTS, MUTANTS
from wire.schedule import CLIENTS, Schedule

SEEDS = int(os.environ.get("SMSWAY_WIRE_SEEDS", "200"))
BLOCK = 50
ENOUGH = 1000
"""A mutant has to be found within so many seeds."""

SIMULATE = Path(__file__).parent / "simulate.py"

pytestmark = pytest.mark.usefixtures("quiet")


@pytest.mark.parametrize("first", range(0, SEEDS, BLOCK))
@pytest.mark.parametrize("client", CLIENTS)
def test_whatever_the_wire_does_nothing_goes_wrong(client, first):
    play = CLIENTS[client]

    wrong = {seed: found for seed in range(first, first + BLOCK) if (found := play(Schedule(seed)).violations())}

    assert wrong == {}


@pytest.mark.parametrize("first", range(0, SEEDS // 3, BLOCK))
def test_over_the_librarys_own_pool_nobody_is_texted_twice_or_told_what_is_not_true(first):
    histories = {seed: Schedule(seed, LIBRARY).run() for seed in range(first, first + BLOCK)}

    assert not {seed: found for seed, history in histories.items() if (found := history.told.violations())}


@pytest.mark.parametrize("name", MUTANTS)
def test_a_mutant_is_found(name):
    found = next((seed for seed in range(ENOUGH) if Schedule(seed, MUTANTS[name]).run().violations()), None)

    assert found is not None


@pytest.mark.parametrize("name", BLOCKING_MUTANTS)
def test_a_mutant_of_the_blocking_client_is_found(name):
    mutant = BLOCKING_MUTANTS[name]

    found = next((seed for seed in range(ENOUGH) if Schedule(seed, mutant).run_blocking().violations()), None)

    assert found is not None


@pytest.mark.parametrize("client", CLIENTS)
def test_a_seed_plays_the_same_schedule_again_in_another_process(client):
    command = [sys.executable, SIMULATE, "--seeds", "20", "--client", client, "--verbose"]

    [once, again] = [
        subprocess.run(
            command, env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout
        for seed in ("1", "2")
    ]

    # The last two lines tell of speed and of sums.
    assert once.splitlines()[:-2] == again.splitlines()[:-2]


def test_the_fork_of_the_http_library_does_nothing_wrong_either():
    command = [sys.executable, SIMULATE, "--seeds", "50"]

    done = subprocess.run(
        command, env={**os.environ, "SMSWAY_HTTP": "httpx2"}, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


FAILURES = {
    "ConnectError in connect_tcp",
    "ConnectError in start_tls",
    "ConnectTimeout in connect_tcp",
    "ConnectTimeout in start_tls",
    "Encoded in receive_response_headers",
    "ReadError in receive_response_body",
    "ReadError in receive_response_headers",
    "RemoteProtocolError in receive_response_body",
    "RemoteProtocolError in receive_response_headers",
    "TimeoutError in receive_response_body",
    "TimeoutError in receive_response_headers",
    "TimeoutError in send_request",
    "TimeoutError in start_tls",
    "TooLarge in receive_response_body",
    "Unframed in receive_response_headers",
    "cancelled",
}


def test_schedules_come_to_every_phase_and_every_kind_of_outcome():
    """A simulation in which nothing goes wrong would prove nothing."""
    histories = [Schedule(seed).run() for seed in range(200)]
    outcomes = [each.outcome for history in histories for call in history.told.calls for each in call.settled]
    statuses = Counter(str(each.status) for each in outcomes)

    assert min(statuses[status] for status in ("accepted", "rejected", "unknown", "not_sent")) > 100
    assert {each.detail for each in outcomes} >= FAILURES
    assert any(way.cancelled is not None for history in histories for way in history.ways)
