"""Answers are read at once where that shows that nothing is wrong with them, and otherwise as strictly as ever."""

import json
from typing import Annotated, Any

import pytest
from hypothesis import event, example, given
from hypothesis import strategies as st
from pydantic import Field, PlainValidator, TypeAdapter, ValidationError
from typing_extensions import TypedDict

from smsway._json import _is_plain, _parse, _read_at_once
from smsway.provider import LooseInteger, LooseText, Response, Words, decode_json

NAMED = ["a", "b", '"', ":", '":', "\\", " ", "é"]
NAMES = st.sampled_from([*NAMED, "c", '{"a":1,"a":2}'])
INNER = TypedDict("INNER", dict.fromkeys(NAMED, Words), total=False)
ANY = Annotated[list[INNER] | INNER | LooseInteger | LooseText | Words, Field(union_mode="left_to_right")]
OUTER = TypedDict("OUTER", dict.fromkeys(NAMED, ANY), total=False)
SHAPE = TypeAdapter(list[OUTER] | OUTER)
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


def told(read):
    """Return what *read* comes to."""
    try:
        return repr(read())
    except (ValidationError, ValueError):
        return "refused"


@given(value=VALUES, space=st.sampled_from(["", " ", "\t", "\r\n", "  "]), escape=st.booleans())
@example(value=Members([("a", Members([("b", 1), ("b", 2)])), ('":', 1)]), space="", escape=False)
@example(value=Members([("a", [Members([("b", '":'), ("b", 2)])])]), space="", escape=False)
@example(value=Members([("a", 1), ("a", 2), ("b", '":')]), space=" ", escape=False)
@example(value=Members([("a", None), ("a", [":"])]), space="  ", escape=False)
@example(value=Members([("a", Members([("b", "x"), ("é", None)]))]), space="", escape=False)
def test_whatever_is_written_is_read_as_strictly_as_ever(value, space, escape):
    body = written(value, space, escape).encode()
    event("at once" if _read_at_once(body, SHAPE) else "at length")

    assert told(lambda: decode_json(Response(200, body), SHAPE)) == told(lambda: SHAPE.validate_python(_parse(body)))


def test_an_answer_of_the_usual_kind_is_read_at_once():
    body = b'{"a":"x","b":[{"a":"y","b":"send success"},{"a":"z"}]}'

    assert _is_plain(SHAPE)
    assert _read_at_once(body, SHAPE) == ({"a": "x", "b": [{"a": "y", "b": "send success"}, {"a": "z"}]},)
    assert _read_at_once(body.replace(b'"x"', b'"x","unheard":1'), SHAPE) is None


@pytest.mark.parametrize(
    "kind", [float, object, Any, dict[str, Any], Annotated[str, PlainValidator(str)], int | float, list[float]]
)
def test_shapes_that_let_more_in_are_never_read_at_once(kind):
    assert not _is_plain(TypeAdapter(TypedDict("SOME", {"a": kind})))


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
        decode_json(Response(200, body), SHAPE)
