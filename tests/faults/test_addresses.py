"""The addresses of a name: looked up once at a time, and each given time enough to answer."""

import socket
import threading
import time

import pytest

from smsway.transport._addresses import _lookups, addresses, shares


@pytest.mark.parametrize(("count", "seconds"), [(1, 3.0), (2, 1.5), (3, 1.0), (8, 1.0)])
def test_an_address_has_its_share_of_the_time_and_a_second_at_least(count, seconds):
    until = time.monotonic() + 3

    _, share = next(shares(["192.0.2.1"] * count, until))

    assert share == pytest.approx(seconds, abs=0.05)


def test_many_who_ask_for_a_name_wait_for_one_lookup(monkeypatch):
    asked, over = [], threading.Event()

    def slow(host, port, **_):
        asked.append(host)
        over.wait(5)
        return [(0, 0, 0, "", ("192.0.2.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    answers = []
    threads = [
        threading.Thread(target=lambda: answers.append(addresses("a.invalid", 443, time.monotonic() + 5)))
        for _ in range(5)
    ]
    for thread in threads:
        thread.start()
    while [len(waiting) for waiting in _lookups.values()] != [5]:
        time.sleep(0.001)
    over.set()
    for thread in threads:
        thread.join()

    assert answers == [["192.0.2.1"]] * 5
    assert asked == ["a.invalid"]
