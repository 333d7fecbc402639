"""The depth of a body, and where a call comes from, for whatever is thrown at them."""

import json
import time
from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsway.webhooks._addresses import caller
from smsway.webhooks._body import too_deep

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(alphabet='[]{}"\\ax', max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(alphabet='[]{}"\\a', max_size=3), inner),
    max_leaves=30,
)


def depth(value):
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(depth, inner), default=0)


@given(VALUES, st.integers(1, 6), st.booleans())
def test_the_depth_of_json_is_that_of_its_lists_and_objects(value, limit, ascii_only):
    body = json.dumps(value, ensure_ascii=ascii_only).encode()

    assert too_deep(body, limit) == (depth(value) > limit)


@given(st.binary(max_size=200), st.integers(1, 8))
def test_any_bytes_have_a_depth_or_none(body, limit):
    assert too_deep(body, limit) in {True, False}


@pytest.mark.parametrize(
    "body",
    [b'["' + b'\\"' * 130_000, b'["' + b"\\" * 262_141, b'["' * 87_000, b"[" + b'"' * 262_143, b"[{" * 131_000],
)
def test_the_worst_body_is_measured_quickly(body):
    began = time.process_time()
    too_deep(body, 8)

    assert time.process_time() - began < 0.5


@given(st.text(max_size=60), st.text(max_size=20))
def test_any_forwarding_header_gives_an_address_or_none(forwarded, peer):
    found = caller(peer, forwarded, [ip_network("0.0.0.0/0"), ip_network("::/0")])

    assert found is None or found == ip_address(str(found))


@given(st.lists(st.ip_addresses(), max_size=5), st.ip_addresses(v=4))
def test_a_stranger_is_who_the_socket_says_whatever_it_writes(hops, peer):
    forwarded = ", ".join(map(str, hops))

    assert caller(str(peer), forwarded, []) == peer
