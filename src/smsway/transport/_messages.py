"""Turns smsway's requests into the HTTP library's, and its responses into smsway's."""

from __future__ import annotations

import re
from typing import Any

from smsway.delivery import TransportFailure
from smsway.model import Request, Response
from smsway.transport._library import httpx

CONNECT = 3.0
"""Seconds that connecting and TLS may take; an account that cannot be reached should be left soon."""

# RFC 9110 section 5.1 and 5.6.2.
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+")
_HEADERS = {"user-agent": "smsway", "accept": "*/*", "accept-encoding": "identity"}


def encode(request: Request, deadline: float, left: float, phases: Any, *, reuse: bool, own: bool) -> httpx.Request:
    """Build the library's request; raises `TransportFailure` for a header or URL that cannot be sent."""
    headers = {**_HEADERS, **{name.lower(): value for name, value in request.headers.items()}}
    if not (own and reuse):
        headers["connection"] = "close"
    for name, value in headers.items():
        if not _TOKEN.fullmatch(name):
            raise TransportFailure("a header name is not a token", maybe_sent=False)
        if not (value.isascii() and value.isprintable()):
            raise TransportFailure("a header value is not printable ASCII", maybe_sent=False)
    timeout = {"connect": min(CONNECT, left), "read": left, "write": left, "pool": left}
    extensions = {"timeout": timeout, "trace": phases, "deadline": deadline, "reuse": reuse}
    try:
        return httpx.Request(request.method, request.url, headers=headers, content=request.body, extensions=extensions)
    except (httpx.InvalidURL, ValueError, TypeError):
        pass
    raise TransportFailure("the request cannot be built", maybe_sent=False)


def decode(response: httpx.Response, body: bytes) -> Response:
    """Build smsway's response.

    A transport that is not ours is asked for a connection of its own each time, so its answers are fresh.
    """
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Response(response.status_code, body, headers, bool(response.extensions.get("fresh", True)))
