"""The only room that touches the HTTP library: drivers, connections, deadlines, caps and what a failure proves."""

from smsway.transport._connections import AsyncConnectionTransport, ConnectionTransport
from smsway.transport._drivers import AsyncDriver, Hand, SyncDriver
from smsway.transport._library import httpx
from smsway.transport._tls import default_ssl_context

BaseTransport = httpx.BaseTransport
AsyncBaseTransport = httpx.AsyncBaseTransport

__all__ = [
    "AsyncBaseTransport",
    "AsyncConnectionTransport",
    "AsyncDriver",
    "BaseTransport",
    "ConnectionTransport",
    "Hand",
    "SyncDriver",
    "default_ssl_context",
]
