"""Every fault over a real socket: what the client sees, and whether the text counts."""

import json
import socket
import time
from urllib.parse import urlsplit

import pytest

from smsway.sandbox import FAULTS
from smsway.sandbox._strikes import surplus

A, B, C = "+8613700000001", "+8613700000002", "+8613700000003"

PROCESSED = {
    "refuse": False,
    "reset": False,
    "drop_before": False,
    "drop_after": True,
    "hang": True,
    "slow": True,
    "drip": True,
    "http_500": True,
    "http_502": True,
    "http_503": True,
    "http_429": False,
    "html": True,
    "empty": True,
    "truncated": True,
    "garbled": True,
    "missing": True,
    "reordered": True,
    "duplicated": True,
    "surplus": True,
    "two_responses": True,
    "wrong_length": True,
    "redirect": False,
}


def test_every_fault_is_tested_for_what_it_records():
    assert list(PROCESSED) == list(FAULTS)


def test_without_a_fault_the_side_answers(sandbox, line):
    line.post(A, B)

    answer = line.answer()

    assert answer.status == 200
    assert [(each["phone"], each["ok"]) for each in answer.results] == [(A, True), (B, True)]
    assert sandbox.texts() == {A: 1, B: 1}


@pytest.mark.parametrize("name", [name for name in PROCESSED if name not in ("refuse", "reset")])
def test_a_text_counts_exactly_if_the_fault_processes_the_request(sandbox, dial, name):
    sandbox.inject(name, account="cn", times=1, **({"delay": 0.01} if name == "slow" else {}))
    line = dial(sandbox.urls["cn"])

    line.post(A, B)

    expected = {A: 1, B: 1} if PROCESSED[name] else {}
    if name != "hang":
        line.read()
    _eventually(lambda: sandbox.requests()["cn"] == 1)
    assert sandbox.texts() == expected
    assert sandbox.requests() == {"cn": 1, "world": 0}


def _eventually(holds):
    for _ in range(500):
        if holds():
            return
        time.sleep(0.01)
    raise AssertionError("it never came true")


def _dials(url):
    parts = urlsplit(url)
    socket.create_connection((parts.hostname, parts.port), timeout=5).close()


def test_refuse_refuses_for_real_and_reopens_on_the_same_port(sandbox, dial):
    url = sandbox.urls["cn"]

    number = sandbox.inject("refuse", account="cn")

    with pytest.raises(ConnectionRefusedError):
        _dials(url)
    with pytest.raises(ConnectionRefusedError):
        _dials(url)
    _dials(sandbox.urls["world"])
    assert sandbox.clear_faults(number) == 1
    line = dial(url)
    line.post(A)
    assert line.answer().status == 200
    assert sandbox.urls["cn"] == url


def test_refuse_reopens_by_itself_when_its_time_is_over(sandbox):
    sandbox.inject("refuse", account="cn", seconds=0.5)

    with pytest.raises(ConnectionRefusedError):
        _dials(sandbox.urls["cn"])

    _eventually(lambda: not sandbox.faults())
    time.sleep(0.05)
    _dials(sandbox.urls["cn"])


def test_nobody_else_can_take_the_port_while_it_refuses(sandbox):
    sandbox.inject("refuse", account="cn")
    port = urlsplit(sandbox.urls["cn"]).port

    with socket.socket() as thief, pytest.raises(OSError, match="in use"):
        thief.bind(("127.0.0.1", port))


@pytest.mark.parametrize("name", ["refuse", "reset"])
def test_a_client_cannot_evade_a_fault_of_connections_through_one_it_has(sandbox, line, name):
    line.post(A)
    line.answer()

    sandbox.inject(name, account="cn")

    assert line.read() == b""


@pytest.mark.parametrize("name", ["refuse", "reset"])
def test_a_request_under_way_ends_before_its_connection_does(sandbox, line, name):
    sandbox.inject("slow", delay=0.3)
    line.post(A)
    _eventually(lambda: sandbox.requests()["cn"] == 1)

    sandbox.inject(name, account="cn")

    assert line.answer().status == 200
    assert line.read() == b""


def test_reset_resets_every_connection_until_it_is_lifted(sandbox, dial):
    sandbox.inject("reset", account="cn", times=2)

    for _ in range(2):
        with pytest.raises(ConnectionResetError):
            _exchange(sandbox, dial)

    assert _exchange(sandbox, dial).status == 200
    assert sandbox.texts() == {A: 1}


def _exchange(sandbox, dial):
    line = dial(sandbox.urls["cn"])
    # The reset may arrive before the request is written, or after.
    try:
        line.post(A)
    except BrokenPipeError as error:
        raise ConnectionResetError from error
    return line.answer()


@pytest.mark.parametrize("name", ["drop_before", "drop_after"])
def test_a_drop_closes_in_good_order_without_a_byte(sandbox, line, name):
    sandbox.inject(name)

    line.post(A)

    assert line.read_all() == b""


def test_hang_never_answers(sandbox, line):
    sandbox.inject("hang")
    line.socket.settimeout(0.3)

    line.post(A)

    with pytest.raises(TimeoutError):
        line.read()
    assert sandbox.texts() == {A: 1}


def test_slow_answers_after_its_delay(sandbox, line):
    sandbox.inject("slow", delay=0.3)
    began = time.monotonic()

    line.post(A)

    assert line.answer().results[0]["ok"]
    assert time.monotonic() - began >= 0.3


def test_drip_sends_the_body_byte_by_byte_and_then_spaces_without_end(sandbox, line):
    sandbox.inject("drip", interval=0.001)

    line.post(A)

    assert line.head().headers["transfer-encoding"] == "chunked"
    stream = b""
    while b"1\r\n \r\n" * 5 not in stream:
        stream += line.read()
    body = b"".join(stream.split(b"\r\n")[1::2])
    assert json.loads(body)["results"][0]["ok"]
    assert b"0\r\n" not in stream.split(b"\r\n")[::2]


@pytest.mark.parametrize("status", [500, 502, 503, 429])
def test_an_error_status_comes_with_a_proxys_page(sandbox, line, status):
    sandbox.inject(f"http_{status}")

    line.post(A)

    answer = line.answer()
    assert answer.status == status
    assert answer.headers["content-type"] == "text/html"
    assert "retry-after" not in answer.headers


@pytest.mark.parametrize("processed", [True, False])
@pytest.mark.parametrize("status", [500, 502, 503, 429])
def test_an_error_status_can_be_processed_or_not(sandbox, line, status, processed):
    sandbox.inject(f"http_{status}", processed=processed)

    line.post(A)

    assert line.answer().status == status
    assert sandbox.texts() == ({A: 1} if processed else {})


@pytest.mark.parametrize("status", [503, 429])
def test_an_overloaded_vendor_can_say_when_to_come_back(sandbox, line, status):
    sandbox.inject(f"http_{status}", retry_after=7)

    line.post(A)

    assert line.answer().headers["retry-after"] == "7"


def test_html_answers_200_with_a_web_page(sandbox, line):
    sandbox.inject("html")

    line.post(A)

    answer = line.answer()
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert b"<html>" in answer.body


def test_empty_answers_200_with_nothing(sandbox, line):
    sandbox.inject("empty")

    line.post(A)

    answer = line.answer()
    assert (answer.status, answer.body) == (200, b"")


def test_truncated_announces_more_than_it_sends(sandbox, line):
    sandbox.inject("truncated")

    line.post(A)

    head = line.head()
    body = line.read_all()
    assert len(body) == int(head.headers["content-length"]) // 2


def test_garbled_is_neither_json_nor_utf_8_but_whole(sandbox, line):
    sandbox.inject("garbled")

    line.post(A)

    body = line.answer().body
    with pytest.raises(UnicodeDecodeError):
        body.decode()
    with pytest.raises(json.JSONDecodeError):
        json.loads(body.decode(errors="replace"))


@pytest.mark.parametrize(
    ("name", "phones"),
    [("missing", [B, C]), ("reordered", [C, B, A]), ("duplicated", [A, B, C, A])],
)
def test_a_fault_of_results_changes_the_list_and_nothing_else(sandbox, line, name, phones):
    sandbox.inject(name)

    line.post(A, B, C)

    assert [each["phone"] for each in line.answer().results] == phones
    assert sandbox.texts() == {A: 1, B: 1, C: 1}


def test_surplus_speaks_of_a_phone_that_was_not_in_the_request(sandbox, line):
    sandbox.inject("surplus")

    line.post(A, B)

    *asked, stranger = line.answer().results
    assert [each["phone"] for each in asked] == [A, B]
    assert stranger["phone"] not in (A, B)
    assert len(stranger["phone"]) == len(A)
    assert stranger["id"] == asked[0]["id"]


def test_a_fault_of_results_waits_for_an_answer_that_has_enough_of_them(sandbox, line):
    sandbox.inject("reordered", times=1)

    line.post(A)
    line.answer()
    line.post(A, B)

    assert [each["phone"] for each in line.answer().results] == [B, A]
    assert sandbox.faults() == []


def test_two_responses_are_really_two(sandbox, line):
    sandbox.inject("two_responses", times=1)

    line.post(A)
    first, second = line.answer(), line.answer()

    assert first == second
    assert sandbox.texts() == {A: 1}
    line.post(B)
    assert line.answer().results[0]["phone"] == B


def test_a_wrong_length_leaves_half_of_the_body_where_the_next_answer_begins(sandbox, line):
    sandbox.inject("wrong_length", times=1)

    line.post(A)
    half = line.answer().body
    line.post(B)

    rest = b""
    while b"HTTP/1.1 200" not in rest:
        rest += line.read()
    assert json.loads(half + rest[: rest.index(b"HTTP/1.1")])["results"][0]["phone"] == A


@pytest.mark.parametrize(("settings", "status"), [({}, 307), ({"status": 302}, 302), ({"status": 307}, 307)])
def test_redirect_points_to_the_same_address_and_processes_nothing(sandbox, line, settings, status):
    sandbox.inject("redirect", **settings)

    line.post(A, path="/send?id=1&x=%20")

    answer = line.answer()
    assert (answer.status, answer.headers["location"]) == (status, "/send?id=1&x=%20")
    assert sandbox.texts() == {}


def test_of_two_faults_of_one_level_the_first_injected_strikes_and_levels_add_up(sandbox, line):
    sandbox.inject("missing")
    sandbox.inject("slow", delay=0.01)
    sandbox.inject("html")

    line.post(A, B)

    assert [each["phone"] for each in line.answer().results] == [B]


@pytest.mark.parametrize("item", [("a tuple of bytes", b"x"), {"code": 0}, "no phone here"])
def test_surplus_repeats_a_result_that_names_no_phone_as_it_is(item):
    assert surplus([item], [A]) == [item, item]


@pytest.mark.parametrize("spelling", [A, A[1:], A[3:], f"0086{A[3:]}"])
def test_surplus_changes_the_phone_however_it_is_spelt(spelling):
    first, second = surplus([{"to": {"mobile": spelling}, "n": 1}], [B, A])

    assert first["to"]["mobile"] == spelling
    assert second["to"]["mobile"][:-6] == spelling[:-6]
    assert second["to"]["mobile"][-6:] not in (A[-6:], B[-6:])
    assert second["n"] == 1
