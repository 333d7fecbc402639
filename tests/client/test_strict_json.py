"""Answers are read quickly where that shows that no member is named twice, and otherwise as strictly as ever."""

import json
from typing import Literal

import msgspec
import pytest
from hypothesis import event, example, given
from hypothesis import strategies as st
from rich.pretty import pretty_repr

from smsway._json import _QUICK, _STRICT, _is_all_of, _parse
from smsway.provider import Exact, ExactReader, Response

NAMES = st.sampled_from(["a", "b", '"', ":", '":', "\\", " ", "é", '{"a":1,"a":2}'])
TEXTS = NAMES | st.text(max_size=3)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS


class Members(list):
    """The members of an object, of which two may have the same name."""


def objects(values):
    return st.lists(st.tuples(NAMES, values), max_size=4).map(Members)


VALUES = st.recursive(SCALARS, lambda values: st.lists(values, max_size=3) | objects(values), max_leaves=12)


def written(value, space, escape):
    """Write *value* with so much space, and every quote as an escape if so wished."""
    match value:
        case Members():
            pairs = (
                f"{written(name, '', escape)}{space}:{space}{written(each, space, escape)}" for name, each in value
            )
            return f"{{{space}{f'{space},'.join(pairs)}{space}}}"
        case list():
            return f"[{space}{f',{space}'.join(written(each, space, escape) for each in value)}]"
        case str() if escape:
            return json.dumps(value).replace('\\"', "\\u0022").replace(":", "\\u003a")
    return json.dumps(value)


def told(read, body):
    """Return what comes of *body*."""
    try:
        return repr(read(body))
    except ValueError:
        return "refused"


def is_read_quickly(body):
    try:
        return _is_all_of(_QUICK.decode(body), body)
    except (ValueError, OverflowError):
        return False


@given(value=VALUES, space=st.sampled_from(["", " ", "\t", "\r\n", "  "]), escape=st.booleans())
@example(value=Members([("a", Members([("b", 1), ("b", 2)])), ('":', 1)]), space="", escape=False)
@example(value=Members([("a", [Members([("b", '":'), ("b", 2)])])]), space="", escape=False)
@example(value=Members([("a", None), ("a", [":"])]), space="  ", escape=False)
@example(value=Members([("a", 1e22), ("a", [0])]), space="", escape=False)
@example(value=[2**64, -(2**63) - 1, 0.0, -0.0], space="", escape=False)
def test_whatever_is_written_is_read_as_strictly_as_ever(value, space, escape):
    body = written(value, space, escape).encode()
    event("quickly" if is_read_quickly(body) else "strictly")

    assert told(_parse, body) == told(lambda each: _STRICT.decode(each.decode()), body)


@pytest.mark.parametrize(
    "body",
    [
        b'{"a":1,"a":1}',
        b'{"a" :1,"a" :2}',
        b'{"a":1,"\\u0061":2}',
        b'{"a":{"b":1,"b":2}}',
        b'{"a":[{"b":1,"b":2}]}',
        b'{"a":[[{"b":1,"b":2}]]}',
        b'[{"b":1,"b":2}]',
        b'{"a":[{"b":{"c":1,"c":2}}]}',
        b'{"a":NaN}',
        b'{"a":1e999}',
        b'{"a":1}{"a":1}',
    ],
)
def test_what_is_garbled_is_refused(body):
    with pytest.raises(ValueError, match=r"twice|not JSON|too large|Extra data"):
        _parse(body)


class Item(Exact):
    a: Literal[0]
    b: str
    c: int


class Whole(Exact):
    a: str
    b: list[Item]
    c: Item


READ = ExactReader(Whole)
ITEMS = st.lists(
    st.tuples(st.sampled_from("abcd"), st.integers(0, 3) | st.sampled_from(["x", '"', "é", "\n", 7, True])), max_size=4
).map(Members)
WHOLES = st.lists(
    st.tuples(st.sampled_from("abcd"), ITEMS | st.lists(ITEMS, max_size=3) | st.text(max_size=2)), max_size=4
).map(Members)
ITEM = Members([("a", 0), ("b", "x"), ("c", 1)])


@given(value=WHOLES, space=st.sampled_from(["", " ", "\n"]), escape=st.booleans())
@example(value=Members([("c", ITEM), ("b", [ITEM, ITEM]), ("a", "x")]), space="", escape=False)
@example(
    value=Members([("a", "x"), ("b", []), ("c", Members([("a", 0), ("b", "x"), ("b", "x")]))]), space="", escape=False
)
@example(
    value=Members([("a", "x"), ("b", []), ("c", Members([*ITEM[:1], ("b", "é"), *ITEM[2:]]))]), space="", escape=False
)
def test_what_is_read_exactly_is_what_strict_json_says(value, space, escape):
    body = written(value, space, escape).encode()
    read = READ(Response(200, body))
    event("read" if read else "left")

    if read is not None:
        assert msgspec.to_builtins(read) == _STRICT.decode(body.decode())


def test_an_answer_of_the_usual_kind_is_read_exactly():
    read = READ(Response(200, b'{"c":{"c":2,"b":"send success","a":0},"b":[{"a":0,"b":"x","c":1}],"a":"y"}'))

    assert read == Whole("y", [Item(0, "x", 1)], Item(0, "send success", 2))


@pytest.mark.parametrize(
    "body",
    [
        b'{"a":"y","b":[],"c":{"a":1,"b":"x","c":1}}',
        b'{"a":"y","b":[],"c":{"a":0,"b":"x","c":1,"d":1}}',
        b'{"a":"y","b":[],"c":{"a":0,"c":1}}',
        b'{"a":"y","b":[],"c":{"a":0,"b":"x","c":"1"}}',
        b'{"a":"y","b":[],"c":{"a":0,"b":"x","c":1.0}}',
        b'{"a":"y","b":[],"c":{"a":0,"b":"x","c":1},"a":"y"}',
        b'{"a":"y","b":[],"c":{"a":0,"b":"x","c":1,"c":1}}',
        b'{"a":"y","b":[],"c":{"a":0,"a":0,"b":"x"}}',
        b'{"a":"y","b":[], "c":{"a":0,"b":"x","c":1}}',
        b'{"a":"\xff","b":[],"c":{"a":0,"b":"x","c":1}}',
        b'{"a":"\\ud800","b":[],"c":{"a":0,"b":"x","c":1}}',
        b'{"a":"y","b":[],"c":{"a":0,"b":"x","c":1}}{}',
        b"",
    ],
)
def test_any_other_answer_is_not(body):
    assert READ(Response(200, body)) is None


class Named(Exact, tag=True):
    a: str


class Array(Exact, array_like=True):
    a: str


class Filled(Exact):
    a: str
    b: str = msgspec.field(default_factory=str)


class Late(Exact):
    a: str

    def __post_init__(self):
        self.a = "x"


class Nested(Exact):
    a: list["Nested"]


VAGUE = [float, object, dict[str, int], str | int, list[float], list[str | None], Named, Array, Filled, Late, Nested]


@pytest.mark.parametrize("kind", VAGUE)
def test_a_shape_that_says_less_is_refused(kind):
    with pytest.raises(TypeError, match="Exact"):
        ExactReader(msgspec.defstruct("Vague", [("a", kind)], bases=(Exact,)))


@pytest.mark.parametrize("show", [repr, pretty_repr])
def test_what_was_read_shows_nothing_of_it(show):
    assert "13788888888" not in show(Whole("13788888888", [Item(0, "13788888888", 1)], Item(0, "13788888888", 2)))
