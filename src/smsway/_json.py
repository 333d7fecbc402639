"""Strict JSON: what is garbled is refused, so that it is never read as a good answer."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Annotated, Any, NoReturn, TypeVar

from pydantic import Field, PlainValidator, StrictInt, StrictStr, TypeAdapter, ValidationError

from smsway.model import Callback, Response

T = TypeVar("T")


def _quoted(value: object) -> int:
    """Read a number in quotes; `false` is not zero."""
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,18}", value):
        return int(value)
    raise ValueError("not an integer")


def _text(value: object) -> str:
    """Read a number where a text should stand."""
    if type(value) is int:
        return str(value)
    raise ValueError("not a text")


def _nothing(value: object) -> None:
    """Read as nothing what is no text, unless it is no JSON."""
    match value:
        case float():
            _finite(value)
        case list():
            for each in value:
                _nothing(each)
        case dict():
            _nothing(list(value.values()))


# The usual type is tried first, without a call into Python for each of two hundred results.
LooseInteger = Annotated[StrictInt | Annotated[int, PlainValidator(_quoted)], Field(union_mode="left_to_right")]
"""A number in a vendor's JSON, in quotes or not."""
LooseText = Annotated[StrictStr | Annotated[str, PlainValidator(_text)], Field(union_mode="left_to_right")]
"""A text in a vendor's JSON, which may stand there as a number."""
Words = Annotated[StrictStr | Annotated[None, PlainValidator(_nothing)], Field(union_mode="left_to_right")]
"""What a vendor says in words, or what nobody reads; anything that is no text comes out as `None`."""


def decode_json(said: Response | Callback, shape: TypeAdapter[T]) -> T:
    """Read the body of an answer or callback as strict JSON of a *shape*.

    Unlike the standard library, refuses `NaN`, `Infinity` and objects that name a member twice, for a garbled answer
    must never be read as a good one. Half of a surrogate pair, such as an emoji that a carrier has cut, becomes U+FFFD,
    for nothing that is UTF-8 could hold it. Call it inside `decoding` or `reading`.

    It is quickest with a shape of `TypedDict`s, lists, texts and whole numbers that names every member which the vendor
    documents; beside them, only `LooseInteger`, `LooseText` and `Words` do not slow it down.
    """
    if _is_plain(shape):
        read = _read_at_once(said.body, shape)
        if read:
            return read[0]
    value = _parse(said.body)
    return shape.validate_python(_whole(value) if _SURROGATE.search(said.body) else value)


_PLAIN = frozenset(("typed-dict", "typed-dict-field", "list", "str", "int", "bool", "none", "nullable", "union")) | {
    "literal",
    "definitions",
    "definition-ref",
}
"""The types of schemas by which no number comes in that is no JSON or too large, and no member that was not sent."""
_OURS = frozenset((_quoted, _text, _nothing))
_APART = frozenset(("serialization", "metadata", "json_schema_input_schema"))


@lru_cache(maxsize=256)
def _is_plain(shape: TypeAdapter[Any]) -> bool:
    return all(_plain_parts(shape.core_schema))


def _plain_parts(schema: object) -> Iterator[bool]:
    """Say of each schema in *schema* if it is plain."""
    if isinstance(schema, dict):
        if schema.get("type") == "function-plain":
            yield schema["function"]["function"] in _OURS
            return
        yield "type" not in schema or not isinstance(schema["type"], str) or schema["type"] in _PLAIN
        for name, each in schema.items():
            if name not in _APART:
                yield from _plain_parts(each)
    elif isinstance(schema, list | tuple):
        for each in schema:
            yield from _plain_parts(each)


_WHITE = (b"\t", b"\r", b"\n", b" :")
"""Whatever of it is not there, no white space stands before a colon."""


def _read_at_once(body: bytes, shape: TypeAdapter[T]) -> tuple[T] | None:
    """Return what *body* says, or `None` if it must be looked at more closely."""
    try:
        value = shape.validate_json(body)
    except ValidationError:
        return None
    # Every member has a quote before its colon. Texts may look like that, and what *shape* does not name is left out;
    # but if as many came out as can have gone in, none has taken the place of another, and none was overlooked.
    if _members(value) != body.count(b'":') or any(each in body for each in _WHITE):
        return None
    return (value,)


def _members(value: object) -> int:
    """Count the members of *value*, of objects in it and of those in lists in them: no more than there are."""
    if type(value) is dict:
        return len(value) + sum(_members(each) for each in value.values() if type(each) in (dict, list))
    if type(value) is list:
        return sum([len(each) for each in value if type(each) is dict])
    return 0


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("an object names a member twice")
    return members


def _constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _finite(number: float) -> float:
    if not math.isfinite(number):
        raise ValueError("a number is too large")
    return number


def _number(text: str) -> float:
    return _finite(float(text))


_STRICT = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant, parse_float=_number)


def _parse(body: bytes) -> Any:
    return _STRICT.decode(body.decode())


_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


def _whole(value: object) -> object:
    """Replace every half of a surrogate pair in a JSON value."""
    match value:
        case str():
            return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        case list():
            return [_whole(each) for each in value]
        case dict():
            return {str(_whole(name)): _whole(each) for name, each in value.items()}
    return value
