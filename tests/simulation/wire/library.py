"""The HTTP library's own transport and pool over the same network, for whoever passes in a transport of their own.

It leaves connections open when a handshake is cancelled, and takes the end of a connection for the end of an answer;
but nobody is texted twice for that.
"""

from __future__ import annotations

import ssl
from collections.abc import Collection

from wire.backends import AsyncBackend
from wire.schedule import Variant

from smsway.transport._library import httpcore, httpx


class LibraryTransport(httpx.AsyncHTTPTransport):
    """httpx's transport, in memory."""

    def __init__(self, ssl_context: ssl.SSLContext, _: Collection[str], network: AsyncBackend) -> None:
        super().__init__(verify=ssl_context, trust_env=False)
        self._pool = httpcore.AsyncConnectionPool(ssl_context, network_backend=network)


LIBRARY = Variant(transport=LibraryTransport)
