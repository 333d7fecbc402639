"""Strict JSON: what is garbled is refused, so that it is never read as a good answer."""

from __future__ import annotations

import json
import math
import re
from typing import Any, Generic, NoReturn, TypeVar, get_origin

import msgspec
from msgspec import inspect
from pydantic import TypeAdapter

from smsway.model import Callback, Response

T = TypeVar("T")


def decode_json(said: Response | Callback, shape: TypeAdapter[T]) -> T:
    """Read the body of an answer or callback as strict JSON of a *shape*.

    Unlike the standard library, refuses `NaN`, `Infinity` and objects that name a member twice, for a garbled answer
    must never be read as a good one. Half of a surrogate pair, such as an emoji that a carrier has cut, becomes U+FFFD,
    for nothing that is UTF-8 could hold it. Call it inside `decoding` or `reading`.
    """
    value = _parse(said.body)
    return shape.validate_python(_whole(value) if _SURROGATE.search(said.body) else value)


class Exact(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """The usual answer of a vendor, or an object in it: these members, each of its type, and no others.

    A member is a text, a whole number, one certain text or number (`Literal`), another `Exact`, or a list of those. It
    has no default.
    """

    def __repr__(self) -> str:
        return f"{type(self).__name__}(<{len(self.__struct_fields__)} members>)"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """Show no more than `repr`, where rich would show all."""
        return [("members", len(self.__struct_fields__))]


ExactT = TypeVar("ExactT", bound=Exact)


class ExactReader(Generic[ExactT]):
    """Reads answers that are exactly of *shape*, several times as fast as `decode_json` does and as strictly.

    Raises `TypeError` for a shape of which that cannot be said.
    """

    __slots__ = ("_decode",)

    def __init__(self, shape: type[ExactT]) -> None:
        _check(inspect.type_info(shape))
        self._decode = msgspec.json.Decoder(shape).decode

    def __call__(self, said: Response | Callback) -> ExactT | None:
        """Return what the body says, `None` if it is anything else, names a member twice or is written with spaces.

        Then `decode_json` has the last word, and says what is wrong.
        """
        try:
            value = self._decode(said.body)
            return value if _is_all_of(value, said.body) else None
        except _FAILURES:
            return None


_encode = msgspec.json.Encoder().encode
_FAILURES = (msgspec.MsgspecError, ValueError, OverflowError, RecursionError)


def _is_all_of(value: object, body: bytes) -> bool:
    """True if nothing was left out when *body* was read as *value*, which has no fractions."""
    # Nothing without fractions can be written shorter than the encoder does it.
    return len(_encode(value)) == len(body)


_LEAVES = (inspect.StrType, inspect.IntType, inspect.LiteralType)


def _check(kind: inspect.Type, within: tuple[type, ...] = ()) -> None:
    """Raise `TypeError` if anything of *kind* could be written in several ways, or have more in it than was read."""
    match kind:
        case inspect.StructType(cls=cls) if issubclass(get_origin(cls) or cls, Exact) and cls not in within:
            if kind.tag is not None or kind.array_like or hasattr(cls, "__post_init__"):
                raise TypeError(f"{cls} is not written as it is declared; an Exact has no tag and no __post_init__")
            for each in kind.fields:
                if not each.required:
                    raise TypeError(f"{cls}: {each.name} has a default; a member of an Exact is always there")
                _check(each.type, (*within, cls))
        case inspect.ListType(item_type=item):
            _check(item, within)
        case _ if not isinstance(kind, _LEAVES):
            raise TypeError(f"{type(kind).__name__} is no type of a member of an Exact")


def _parse(body: bytes) -> Any:
    try:
        value = _QUICK.decode(body)
        if _is_all_of(value, body):
            return value
    except _FAILURES:
        # Whatever it is, the strict decoder says it.
        pass
    return _STRICT.decode(body.decode())


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("an object names a member twice")
    return members


def _constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number is too large")
    return number


def _fraction(_: str) -> NoReturn:
    raise ValueError("a number can be written in several ways")


_STRICT = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant, parse_float=_number)
_QUICK = msgspec.json.Decoder(float_hook=_fraction)
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
