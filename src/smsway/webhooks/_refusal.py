"""The answer to a callback that is not taken."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType

from starlette.responses import PlainTextResponse, Response

# Whoever is refused before the end of a body may go on sending it, which must not be read as the next request.
_ENDS = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.REQUEST_ENTITY_TOO_LARGE})


class Refusal(Exception):
    """A callback is not taken, and why: for our log, never for the answer, and without a word of the callback."""

    def __init__(self, status: HTTPStatus, why: str, headers: Mapping[str, str] = MappingProxyType({})) -> None:
        super().__init__(why)
        self.status = status
        self._headers = headers

    def response(self, http_version: str) -> Response:
        """Return the answer, which holds nothing of the request."""
        # RFC 9113 section 8.2.2: HTTP/2 has no such header.
        ending = {"Connection": "close"} if self.status in _ENDS and http_version.startswith("1") else {}
        return PlainTextResponse(self.status.phrase, self.status, {**self._headers, **ending})
