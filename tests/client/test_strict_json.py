"""Answers are read quickly where that shows that no member is named twice, and otherwise as strictly as ever."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from smsway._answers import _STRICT, _parse

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


@given(value=VALUES, space=st.sampled_from(["", " ", "\t", "\r\n", "  "]), escape=st.booleans())
@example(value=Members([("a", Members([("b", 1), ("b", 2)])), ('":', 1)]), space="", escape=False)
@example(value=Members([("a", [Members([("b", '":'), ("b", 2)])])]), space="", escape=False)
def test_whatever_is_written_is_read_as_strictly_as_ever(value, space, escape):
    body = written(value, space, escape).encode()

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
