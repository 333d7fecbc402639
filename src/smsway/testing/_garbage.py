"""What comes instead of an answer: pages, fragments, and JSON of another shape."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, urlencode

from smsway.model import Response, SandboxPush

Path: TypeAlias = tuple[str | int, ...]

PAGE = b"<!DOCTYPE html><html><head><title>Welcome</title></head><body><h1>It works!</h1></body></html>"

NOT_AN_ANSWER: Mapping[str, Response] = MappingProxyType(
    {
        "a web page with status 200": Response(200, PAGE),
        "an error page with status 500": Response(500, PAGE),
        "an error page with status 502": Response(502, b"Bad Gateway"),
        "nothing with status 200": Response(200, b""),
        "a space": Response(200, b" "),
        "bytes that are no UTF-8": Response(200, b"\xff\xfe\x00garbled\x80"),
        "a compressed body that nobody unpacked": Response(200, b"\x1f\x8b\x08\x00\x00\x00\x00\x00"),
        "the word OK": Response(200, b"OK"),
        "a JSON document cut off": Response(200, b'{"'),
        "two JSON documents": Response(200, b"{}{}"),
        "JSON nested ten thousand deep": Response(200, b"[" * 10_000),
        "NaN": Response(200, b"NaN"),
    }
)
"""What no vendor means as an answer, by its name."""

OTHER_JSON: Mapping[str, Response] = MappingProxyType(
    {
        text: Response(200, text.encode())
        for text in ("null", "true", "0", "1", "200", '"OK"', '"success"', "[]", "[{}]", "[null]", "{}", '{"": null}')
    }
)
"""JSON that is no answer; `{}` may be one to a vendor that says nothing when all is well, but then says nobody's."""

_REPLACEMENTS: Sequence[Any] = (None, "", "x", 7, -1, 1e300, True, False, [], {}, [[]], {"": {}})


def json_of(response: Response) -> Any:
    """Return the JSON value that *response* holds; `None` if it holds none."""
    try:
        return json.loads(response.body)
    except (ValueError, RecursionError):
        return None


def paths(value: Any, where: Path = ()) -> Iterator[Path]:
    """Yield the path of every member of a JSON value, the outer ones first."""
    members: Iterator[tuple[str | int, Any]] = iter(())
    if isinstance(value, dict):
        members = iter(value.items())
    elif isinstance(value, list):
        members = iter(enumerate(value))
    for name, member in members:
        yield (*where, name)
        yield from paths(member, (*where, name))


def at(value: Any, path: Path) -> Any:
    """Return the member of a JSON value at *path*."""
    for name in path:
        value = value[name]
    return value


def without(value: Any, path: Path) -> Any:
    """Return a JSON value without the member at *path*."""
    changed = copy.deepcopy(value)
    del at(changed, path[:-1])[path[-1]]
    return changed


def changed_at(value: Any, path: Path, member: Any) -> Any:
    """Return a JSON value with another *member* at *path*."""
    changed = copy.deepcopy(value)
    at(changed, path[:-1])[path[-1]] = member
    return changed


def told(response: Response, value: Any) -> Response:
    """Return *response* with another JSON value as its body."""
    return replace(response, body=json.dumps(value).encode())


def lacking(response: Response) -> Iterator[tuple[Path, Response]]:
    """Yield *response* without each member of its JSON in turn."""
    value = json_of(response)
    for path in paths(value):
        yield path, told(response, without(value, path))


def retyped(response: Response) -> Iterator[tuple[Path, Response]]:
    """Yield *response* with each member of its JSON replaced by values of other types in turn."""
    value = json_of(response)
    for path in paths(value):
        here = at(value, path)
        for other in _REPLACEMENTS:
            if type(other) is not type(here):
                yield path, told(response, changed_at(value, path, other))


def cut(response: Response) -> Iterator[Response]:
    """Yield *response* cut off in many places."""
    size = len(response.body)
    for end in range(0, size, max(1, size // 150)):
        yield replace(response, body=response.body[:end])


def twice_named(response: Response) -> Iterator[tuple[Path, Response]]:
    """Yield *response* with each member of its outermost JSON object written a second time, as `null`."""
    value = json_of(response)
    if isinstance(value, dict):
        whole = json.dumps(value)
        for name in value:
            yield (name,), replace(response, body=f"{whole[:-1]}, {json.dumps(name)}: null}}".encode())


def spoilt(push: SandboxPush) -> Iterator[tuple[str, SandboxPush]]:
    """Yield *push* with each member of its JSON, or each field of its form or query, left out or changed in turn."""
    posted = Response(200, push.body)
    for path, other in (*lacking(posted), *retyped(posted)):
        yield ".".join(map(str, path)), replace(push, body=other.body)
    if json_of(posted) is None:
        for name, form in _fields(push.body.decode("latin-1")):
            yield f"field {name}", replace(push, body=form.encode("latin-1"))
    for name, query in _fields(push.query):
        yield f"field {name}", replace(push, query=query)


def _fields(form: str) -> Iterator[tuple[str, str]]:
    fields = parse_qsl(form, keep_blank_values=True)
    for place, (name, _) in enumerate(fields):
        others = [*fields[:place], *fields[place + 1 :]]
        yield from ((name, urlencode(each)) for each in (others, [*others, (name, "")], [*others, (name, "x")]))
