"""`[limits]`: where requests per second are counted, by reference if there is a password in it."""

import pickle

import pytest

from smsway import ConfigError
from smsway.config import load

CANARY = "canary-of-redis"


@pytest.fixture
def limits(configuration):
    def make(**section):
        return load({**configuration, "limits": section}).limits

    return make


@pytest.fixture
def problems(limits):
    def find(**section):
        with pytest.raises(ConfigError) as caught:
            limits(**section)
        assert CANARY not in str(caught.value)
        return [(problem.where, problem.what) for problem in caught.value.problems]

    return find


def test_without_the_section_each_process_counts_for_itself(configuration):
    assert (load(configuration).limits.store, load(configuration).limits.processes) == (None, 1)


@pytest.mark.parametrize("url", ["redis://127.0.0.1:6379/1", "rediss://redis.example", "unix:///run/redis.sock"])
def test_a_server_without_a_password_may_stand_in_the_file(limits, url):
    made = limits(store=url, processes=4)

    assert (made.store.get_secret_value(), made.processes) == (url, 4)


def test_a_reference_is_resolved_and_shown_nowhere(limits, monkeypatch):
    monkeypatch.setenv("REDIS_URL", f"redis://:{CANARY}@127.0.0.1:6379")

    made = limits(store="env:REDIS_URL")

    assert made.store.get_secret_value().endswith(f"{CANARY}@127.0.0.1:6379")
    assert CANARY not in repr(made)
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(made)


@pytest.mark.parametrize(
    ("store", "what"),
    [
        (f"redis://:{CANARY}@127.0.0.1", "holds a password, so it is given by reference: env:NAME or file:PATH"),
        (f"redis://127.0.0.1?password={CANARY}", "holds a password, so it is given by reference"),
        (f"literal:postgresql://u:{CANARY}@h/d", "is not the URL of a Redis server, such as redis://127.0.0.1:6379/0"),
        (f"literal:redis://:x@h:{CANARY}", "is not the URL of a Redis server"),
        (f"literal:{CANARY}", "is not the URL of a Redis server"),
        ("redis://", "is not the URL of a Redis server"),
        ("env:NO_SUCH_REDIS", "environment variable 'NO_SUCH_REDIS' is not set"),
        (CANARY, "is a secret, so it is given by reference"),
    ],
)
def test_what_is_no_server_is_a_problem_that_quotes_nothing(problems, store, what):
    ((where, said),) = problems(store=store)

    assert where == "limits.store"
    assert said.startswith(what)


def test_a_missing_library_is_a_problem_with_a_way_out(problems, monkeypatch):
    monkeypatch.setattr("smsway.config._limits.find_spec", lambda _: None)

    assert problems(store="redis://127.0.0.1") == [
        ("limits.store", "needs the library redis; pip install 'smsway[redis]'")
    ]


def test_no_processes_cannot_share(problems):
    ((where, what),) = problems(processes=0)

    assert (where, what) == ("limits.processes", "0 should be greater than 0")
