"""Turns smsway's requests into what the wire carries, and what another library's transport carries."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from smsway.delivery import TransportFailure
from smsway.model import Request, Response
from smsway.transport._library import httpx

CONNECT = 3.0
"""Seconds that connecting and TLS may take; an account that cannot be reached should be left soon."""

WHOLE = 15.0
"""Seconds that a request of the library may take that says nothing of it."""

# RFC 9110 section 5.1 and 5.6.2.
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+")
_METHOD = re.compile("(?!CONNECT)[A-Z]+")
_HEADERS = {"user-agent": "smsway", "accept": "*/*", "accept-encoding": "identity"}

# RFC 3986: a plain authority, and a target whose characters all stand for themselves; anything else is parsed.
_PLAIN_URL = re.compile(
    r"(https?://[a-z0-9.-]+(?::[0-9]{1,5})?)(/(?:[\w.~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*)", re.ASCII
)
_PORTS = {"http": 80, "https": 443}
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})


@dataclass(frozen=True, slots=True)
class Origin:
    """Whom a connection leads to; *authority* is what the `Host` header says."""

    host: str
    port: int
    secure: bool
    authority: str


@dataclass(frozen=True, slots=True, repr=False)
class Prepared:
    """A request that HTTP can carry as it stands; its headers are in lower case."""

    origin: Origin
    method: str
    target: str
    headers: dict[str, str]
    body: bytes


def prepare(request: Request, *, close: bool) -> Prepared:
    """Check *request* and complete its headers; raises `TransportFailure` for what cannot be sent.

    *close* asks for the connection's end after the answer.
    """
    headers, method, body = _fields(request, close=close), request.method, request.body
    if isinstance(body, bytes) and _METHOD.fullmatch(method) and "transfer-encoding" not in headers:
        origin, target = _address(request.url)
        if body or method in _WITH_BODY or "content-length" in headers:
            headers["content-length"] = str(len(body))
        return Prepared(origin, method, target, {"host": origin.authority, **headers}, body)
    raise _unbuilt()


def encode(request: Request, deadline: float, left: float, trace: Any) -> httpx.Request:
    """Build the library's request for a transport that is not ours, which is asked for a connection of its own.

    Raises `TransportFailure` for a header or URL that cannot be sent.
    """
    headers = _fields(request, close=True)
    timeout = {"connect": min(CONNECT, left), "read": left, "write": left, "pool": left}
    extensions = {"timeout": timeout, "trace": trace, "deadline": deadline}
    try:
        return httpx.Request(request.method, request.url, headers=headers, content=request.body, extensions=extensions)
    except (httpx.InvalidURL, ValueError, TypeError):
        pass
    raise _unbuilt()


def decode(response: httpx.Response, body: bytes) -> Response:
    """Build smsway's response to a request that had a connection of its own."""
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Response(response.status_code, body, headers, fresh=True)


def from_library(request: httpx.Request, body: bytes) -> tuple[Request, float, bool]:
    """Return smsway's request for one of the library, its deadline, and whether a kept connection may carry it."""
    extensions = request.extensions
    seconds = extensions.get("timeout", {}).get("read") or WHOLE
    deadline = extensions.get("deadline") or time.monotonic() + seconds
    # The body is read, and has a length.
    headers = {name: value for name, value in request.headers.items() if name.lower() != "transfer-encoding"}
    said = Request(str(request.url), headers, body, method=request.method)
    return said, deadline, bool(extensions.get("reuse"))


def as_library(response: Response) -> httpx.Response:
    """Return the library's response for smsway's."""
    extensions = {"fresh": response.fresh}
    headers = [(name.encode("ascii"), value.encode("latin-1")) for name, value in response.headers.items()]
    return httpx.Response(response.status, headers=headers, content=response.body, extensions=extensions)


def _unbuilt() -> TransportFailure:
    return TransportFailure("the request cannot be built", maybe_sent=False)


def _fields(request: Request, *, close: bool) -> dict[str, str]:
    """Return the headers of *request* and those that each has, if all can be sent as they stand."""
    headers = {**_HEADERS, **{name.lower(): value for name, value in request.headers.items()}}
    if close:
        headers["connection"] = "close"
    if not _are_tokens(tuple(headers)):
        raise TransportFailure("a header name is not a token", maybe_sent=False)
    values = "".join(headers.values())
    if not (values.isascii() and values.isprintable()):
        raise TransportFailure("a header value is not printable ASCII", maybe_sent=False)
    return headers


@lru_cache(maxsize=256)
def _are_tokens(names: tuple[str, ...]) -> bool:
    return all(map(_TOKEN.fullmatch, names))


def _address(url: str) -> tuple[Origin, str]:
    """Return whom *url* leads to, and what to ask there."""
    plain = _PLAIN_URL.fullmatch(url)
    # Dot segments are for the library, too.
    if plain and "/." not in plain[2]:
        return _origin(plain[1]), plain[2]
    return _parse(url)


@lru_cache(maxsize=256)
def _origin(authority: str) -> Origin:
    return _parse(authority)[0]


def _parse(url: str) -> tuple[Origin, str]:
    try:
        parsed = httpx.URL(url)
        secure = {"http": False, "https": True}[parsed.scheme]
        port = _PORTS[parsed.scheme] if parsed.port is None else parsed.port
        host, authority = parsed.raw_host.decode(), parsed.netloc.decode()
    except (httpx.InvalidURL, ValueError, TypeError, KeyError):
        pass
    else:
        if 0 < port < 1 << 16:
            return Origin(host, port, secure, authority), parsed.raw_path.decode()
    raise _unbuilt()
