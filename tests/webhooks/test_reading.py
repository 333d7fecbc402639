"""The shape of a body, the headers, and where a call comes from, for whatever is thrown at them."""

import json
import time
from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsway.webhooks._addresses import caller, inside
from smsway.webhooks._limits import check_shape
from smsway.webhooks._reception import _headers
from smsway.webhooks._refusal import Refusal

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(alphabet='[]{}"\\ax', max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(alphabet='[]{}"\\a', max_size=3), inner),
    max_leaves=30,
)


def depth(value):
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(depth, inner), default=0)


def longest(value):
    inner = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    return max([len(inner) if isinstance(value, list) else 0, *map(longest, inner)])


def refusal(body, depth, items):
    """Return why a body is refused, or nothing."""
    try:
        check_shape(body, depth, items)
    except Refusal as refused:
        return str(refused)
    return ""


@given(VALUES, st.integers(1, 6), st.booleans())
def test_the_depth_of_json_is_that_of_its_lists_and_objects(value, limit, ascii_only):
    body = json.dumps(value, ensure_ascii=ascii_only).encode()

    assert ("deeper" in refusal(body, limit, 1000)) == (depth(value) > limit)


@given(VALUES, st.integers(1, 4), st.sampled_from([None, 1]))
def test_the_items_of_json_are_those_of_its_longest_list_however_it_is_written(value, limit, indent):
    body = json.dumps(value, indent=indent).encode()

    assert ("items" in refusal(body, 100, limit)) == (longest(value) > limit)


@given(st.binary(max_size=200), st.integers(1, 8), st.integers(1, 8))
def test_any_bytes_are_measured_or_let_through(body, depth, items):
    assert refusal(body, depth, items) == refusal(b" " + body, depth, items)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"total":2,"data":[1,2,3,4]}', "more than 3 items"),
        (b'{"a":[1,2,3],"b":[1,2,3]}', ""),
        (b'{"a":1,"b":1,"c":1,"d":1,"e":1}', ""),
        (b'[{"a":1,"b":1,"c":1,"d":1,"e":1}]', ""),
        (b'["1,2,3,4,5"]', ""),
        (b"[[],[],[]]", ""),
        (b"[[],[],[],[]]", "more than 3 items"),
        (b"[1,2,3,4", ""),
        (b"[[[1,2,3,4", "unfinished"),
        (b"1,2,3,4", ""),
        (b"data=1,2,3,4", ""),
    ],
)
def test_a_list_is_counted_wherever_it_stands_and_nothing_else_is(body, words):
    found = refusal(body, 2, 3)

    assert words in found
    assert bool(found) == bool(words)


@pytest.mark.parametrize(
    "body",
    [
        b'["' + b'\\"' * 130_000,
        b'["' + b"\\" * 262_141,
        b'["' * 87_000,
        b"[" + b'"' * 262_143,
        b"[{" * 131_000,
        b"[" + b"," * 262_143,
        b"[" + b"[,]," * 65_000 + b"]",
        b"[,{," * 65_000,
        (b"[" * 8 + b"]" * 8 + b",") * 15_000,
    ],
)
def test_the_worst_body_is_measured_quickly(body):
    began = time.process_time()
    refusal(body, 8, 1000)

    assert time.process_time() - began < 0.5


def test_headers_without_end_are_read_quickly():
    pairs = [(b"X-A", b"b")] * 200_000
    began = time.process_time()

    headers = _headers([*pairs, (b"x-other", b"\xff")])

    assert headers["x-a"].count("b, ") == 199_999
    assert headers["x-other"] == "\xff"
    assert time.process_time() - began < 1


@pytest.mark.parametrize(
    ("forwarded", "peer", "found"),
    [
        ("", "192.0.2.1", "192.0.2.1"),
        ("192.0.2.1", None, None),
        ("192.0.2.1", "", None),
        ("192.0.2.1", "unix:", None),
        ("192.0.2.1", "198.51.100.1", "198.51.100.1"),
        ("192.0.2.1", "10.0.0.1", "192.0.2.1"),
        ("192.0.2.1", "::ffff:10.0.0.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "10.0.0.1", "192.0.2.1"),
        ("[::ffff:192.0.2.1]:443", "10.0.0.1", "192.0.2.1"),
        ("192.0.2.9, 192.0.2.1, 10.0.0.3, ::ffff:10.0.0.2", "10.0.0.1", "192.0.2.1"),
        ("10.0.0.3, 10.0.0.2", "10.0.0.1", "10.0.0.3"),
        ("192.0.2.1:65535", "10.0.0.1", "192.0.2.1"),
        ("192.0.2.1:", "10.0.0.1", "192.0.2.1"),
        ("[2001:db8::1]", "10.0.0.1", "2001:db8::1"),
        ("[2001:db8::1]:443", "10.0.0.1", "2001:db8::1"),
        ("2001:DB8:0:0::1", "10.0.0.1", "2001:db8::1"),
        ("2001:db8::1:443", "10.0.0.1", "2001:db8::1:443"),
        ("fe80::1%eth0", "10.0.0.1", "fe80::1%eth0"),
        ("[fe80::1%25eth0]:443", "10.0.0.1", "fe80::1%25eth0"),
        ("192.0.2.1%eth0", "10.0.0.1", None),
        ("192.0.2.01", "10.0.0.1", None),
        ("192.0.2.1/32", "10.0.0.1", None),
        ("3221225985", "10.0.0.1", None),
        ("0xc0000201", "10.0.0.1", None),
        ("192.0.2", "10.0.0.1", None),
        ('"192.0.2.1"', "10.0.0.1", None),
        ("for=192.0.2.1", "10.0.0.1", None),
        ("192.0.2.1 10.0.0.1", "10.0.0.1", None),
        ("192.0.2.1, _hidden", "10.0.0.1", None),
        ("localhost", "10.0.0.1", None),
        ("\u0661\u0669\u0662.0.2.1", "10.0.0.1", None),
    ],
)
def test_the_caller_is_the_nearest_that_no_proxy_of_ours_is(forwarded, peer, found):
    address = caller(peer, forwarded, [ip_network("10.0.0.0/8")])

    assert (None if address is None else str(address)) == found


def test_a_zone_makes_no_other_address():
    assert inside(caller("fe80::1%eth0", "", []), [ip_network("fe80::/10")])
    assert not inside(caller("2001:db8::1%10.0.0.1", "", []), [ip_network("10.0.0.0/8")])


@given(st.text(max_size=60), st.text(max_size=20))
def test_any_forwarding_header_gives_an_address_or_none(forwarded, peer):
    found = caller(peer, forwarded, [ip_network("0.0.0.0/0"), ip_network("::/0")])

    assert found is None or found == ip_address(str(found))


@given(st.lists(st.ip_addresses(), max_size=5), st.ip_addresses(v=4))
def test_a_stranger_is_who_the_socket_says_whatever_it_writes(hops, peer):
    forwarded = ", ".join(map(str, hops))

    assert caller(str(peer), forwarded, []) == peer
