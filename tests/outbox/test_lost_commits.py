"""A connection that breaks in the moment of a commit leaves it open whether that happened; nothing is done twice."""

from __future__ import annotations

import socket
import threading

import pytest
from sqlalchemy import make_url

from smsway.model import Attempt, Certainty, Outcome, Status
from smsway.outbox import Mark, OutboxError, Settlement, SqlOutbox, State, open_database

LEASE = 30.0


class Way:
    """The way to a server, which can be cut off when the next commit was done and nobody has heard of it yet."""

    def __init__(self, host, port):
        self._server = (host, port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.cuts = False
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def _accept(self):
        while near := _accepted(self._listener):
            self._threads.append(threading.Thread(target=self._serve, args=(near,)))
            self._threads[-1].start()

    def _serve(self, near):
        with near, socket.create_connection(self._server) as far:
            commits = threading.Event()
            back = threading.Thread(target=self._answer, args=(far, near, commits))
            back.start()
            while said := _received(near):
                if self.cuts and b"COMMIT" in said:
                    commits.set()
                far.sendall(said)
            far.shutdown(socket.SHUT_RDWR)
            back.join()

    def _answer(self, far, near, commits):
        while (said := _received(far)) and not commits.is_set():
            near.sendall(said)
        if commits.is_set():
            self.cuts = False
            near.shutdown(socket.SHUT_RDWR)

    def close(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for each in self._threads:
            each.join()


def _accepted(listener):
    try:
        return listener.accept()[0]
    except OSError:
        return None


def _received(connection):
    try:
        return connection.recv(65_536)
    except OSError:
        return b""


@pytest.fixture
def way(migrated_url, stack):
    url = make_url(migrated_url)
    made = Way(url.host, url.port)
    stack.callback(made.close)
    return made


@pytest.fixture
def outbox(way, migrated_url, clock, stack):
    store = SqlOutbox(open_database(make_url(migrated_url).set(port=way.port), clock))
    stack.callback(store.close)
    store.join("w1", "first", LEASE)
    return store


@pytest.fixture
def cut_off(way):
    """Return a function that does something of which nobody hears that it was committed."""

    def do(work):
        way.cuts = True
        with pytest.raises(OutboxError):
            work()
        assert way.cuts is False

    return do


def accepted(claim):
    attempts = (Attempt("cn", Certainty.SENT, None, None, 1.0, 0.5, "a1"),)
    return Settlement(claim.row, Outcome(claim.addressee.phone, Status.ACCEPTED, "cn", attempts=attempts))


def test_what_was_enqueued_without_a_word_is_there_once_when_it_is_enqueued_again(outbox, entry, cut_off):
    first, again = entry(key="k"), entry(key="k")
    cut_off(lambda: outbox.enqueue([first]))

    [enqueued] = outbox.enqueue([again])

    assert (enqueued.id, enqueued.created) == (first.id, False)
    assert outbox.counts() == {State.PENDING: 1}


def test_what_was_claimed_without_a_word_is_given_back(outbox, entry, cut_off):
    outbox.enqueue([entry()])
    cut_off(lambda: outbox.claim("w1", 1))
    assert outbox.counts() == {State.CLAIMED: 1}

    outbox.leave("w1")

    assert outbox.counts() == {State.PENDING: 1}


def test_what_was_marked_without_a_word_is_still_whose_it_was(outbox, entry, cut_off):
    message = entry()
    outbox.enqueue([message])
    [claim] = outbox.claim("w1", 1)
    cut_off(lambda: outbox.mark("w1", Mark("a0", "cn", [claim.row])))

    marked = outbox.mark("w1", Mark("a1", "backup", [claim.row]))

    assert marked
    assert outbox.settle("w1", [accepted(claim)]) == 1
    assert outbox.counts() == {State.ACCEPTED: 1}


def test_what_was_settled_without_a_word_stays_so_when_it_is_settled_again(outbox, entry, cut_off):
    outbox.enqueue([entry()])
    [claim] = outbox.claim("w1", 1)
    outbox.mark("w1", Mark("a1", "cn", [claim.row]))
    cut_off(lambda: outbox.settle("w1", [accepted(claim)]))

    again = outbox.settle("w1", [accepted(claim)])

    assert again == 0
    assert outbox.counts() == {State.ACCEPTED: 1}


def test_what_came_back_without_a_word_is_not_taken_from_who_has_it_now(outbox, entry, cut_off):
    outbox.enqueue([entry()])
    [claim] = outbox.claim("w1", 1)
    back = Settlement(claim.row, Outcome(claim.addressee.phone, Status.NOT_SENT), 0.0)
    cut_off(lambda: outbox.settle("w1", [back]))
    outbox.join("w2", "second", LEASE)
    [claimed] = outbox.claim("w2", 1)

    again = outbox.settle("w1", [back])

    assert (again, claimed.tries) == (0, 1)
    assert outbox.counts() == {State.CLAIMED: 1}


def test_a_worker_that_has_left_without_a_word_leaves_again(outbox, entry, cut_off):
    outbox.enqueue([entry(2)])
    claims = outbox.claim("w1", 2)
    outbox.mark("w1", Mark("a1", "cn", [claims[0].row]))
    cut_off(lambda: outbox.leave("w1"))

    outbox.leave("w1")

    assert outbox.counts() == {State.UNKNOWN: 1, State.PENDING: 1}


def test_who_was_cancelled_without_a_word_is_cancelled_once(outbox, entry, cut_off):
    message = entry()
    outbox.enqueue([message])
    cut_off(lambda: outbox.cancel(message.id))

    assert outbox.cancel(message.id) == 0
    assert outbox.counts() == {State.NOT_SENT: 1}
