"""Serves the application alone, until the process is asked to end."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from smsway.model import SmswayError
from smsway.webhooks._app import Holder, app
from smsway.webhooks._flood import warned_seldom

if TYPE_CHECKING:
    import uvicorn

_CONNECTIONS = 1000
"""Beyond so many at once, callers are answered 503; each may make us hold a whole body."""

_HEAD = 64 * 1024
"""The bytes of a request line and its headers together, at most."""

_GRACE = 10
"""Seconds that callbacks under way have, once the process is asked to end."""


def serve(
    client: Holder,
    host: str = "127.0.0.1",
    port: int = 8080,
    *,
    certificate: Path | None = None,
    key: Path | None = None,
    listening: Callable[[str], None] = lambda _: None,
) -> None:
    """Serve the callbacks of *client* until SIGTERM or SIGINT; then finish and process what has come.

    *port* 0 takes any free one. *certificate* and *key* are PEM files for TLS; without them a proxy in front must have
    it, for the secrets stand in the address. *listening* is told the address once callers can connect. The client
    stays the caller's to close.

    Raises `ConfigError` as `app` does, and `SmswayError` if the port or the certificate cannot be had.
    """
    server = _server(client, certificate, key)
    with _listener(host, port) as listener, _ending(server), warned_seldom():
        listening(_address(listener, "https" if certificate else "http"))
        server.run([listener])


def _server(client: Holder, certificate: Path | None, key: Path | None) -> uvicorn.Server:
    try:
        import uvicorn  # noqa: PLC0415  # whoever mounts the application may have another server

        from smsway.webhooks._protocol import Protocol  # noqa: PLC0415  # as above
    except ModuleNotFoundError as error:
        raise SmswayError('serving needs uvicorn; pip install "smsway[webhooks]"') from error
    config = uvicorn.Config(
        app(client),
        http=Protocol,
        h11_max_incomplete_event_size=_HEAD,
        # The paths are secrets. Below "info", uvicorn would log them as well, and so it would for a WebSocket.
        access_log=False,
        log_config=None,
        log_level="info",
        ws="none",
        # Whose X-Forwarded-For is believed is for us to say.
        proxy_headers=False,
        server_header=False,
        lifespan="on",
        limit_concurrency=_CONNECTIONS,
        timeout_graceful_shutdown=_GRACE,
        ssl_certfile=certificate,
        ssl_keyfile=key,
    )
    try:
        config.load()
    except OSError as error:
        raise SmswayError(f"certificate {str(certificate)!r} cannot be used: {error.strerror or error}") from error
    return uvicorn.Server(config)


def _listener(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise SmswayError(
            f"cannot listen on port {port} of {host}: {error.strerror}; choose another, or 0 for any free one"
        ) from error


def _address(listener: socket.socket, scheme: str) -> str:
    host, port = listener.getsockname()[:2]
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"


@contextmanager
def _ending(server: uvicorn.Server) -> Iterator[None]:
    """Let a signal end *server* and nothing else: uvicorn raises it once more when it is done, for those before it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(_: int, __: FrameType | None) -> None:
        server.should_exit = True

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
