"""A sandbox with all providers, and both clients in front of it, as a test calls them."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from smsway import AsyncClient, Client, Message, SendResult, Template
from smsway.config import load
from smsway.provider import hookimpl
from smsway.sandbox import Sandbox, sandbox_of

MALAYSIAN = "+60198890000"
CHINESE = "+8613788888888"


class Observer:
    """Notes what the hooks are told."""

    def __init__(self) -> None:
        self.reports: list[Any] = []
        self.inbound: list[Any] = []

    @hookimpl
    def report_received(self, event: Any) -> None:
        self.reports.append(event)

    @hookimpl
    def inbound_received(self, event: Any) -> None:
        self.inbound.append(event)


class Office:
    """A sandbox and one of the two clients in front of it; `ask` waits for what needs waiting."""

    def __init__(
        self,
        face: type[Client | AsyncClient],
        configuration: dict[str, Any],
        folder: Path,
        kept: dict[str, Any],
        plugins: Iterable[object] = (),
    ) -> None:
        self._open = ExitStack()
        self.folder = folder
        self.observer = Observer()
        self._plugins = [self.observer, *plugins]
        for section, settings in kept.items():
            configuration[section] = {**settings, **configuration.get(section, {})}
        self.configuration = configuration
        self._face = face
        self._runner = self._open.enter_context(asyncio.Runner()) if face is AsyncClient else None
        self.sandbox: Sandbox = self._open.enter_context(sandbox_of(load(configuration, self._plugins)))
        self.client: Any = self.another()

    def another(self, **options: Any) -> Any:
        """Make one more client of the same configuration and store."""
        client = self._face.from_config(
            self.configuration, base_urls=self.sandbox.urls, plugins=self._plugins, **options
        )
        close = client.aclose if self._runner else client.close
        self._open.callback(lambda: self.ask(close()))
        return client

    def ask(self, answer: Any) -> Any:
        return self._runner.run(answer) if self._runner and inspect.isawaitable(answer) else answer

    def send(self, *phones: str, **more: Any) -> SendResult:
        content = Template("login_code", {"code": "1234", "minutes": "4"})
        return self.ask(self.client.send(Message(to=phones, content=content, **more)))

    def close(self) -> None:
        self._open.close()


@pytest.fixture(params=[Client, AsyncClient], ids=["threads", "tasks"])
def face(request: pytest.FixtureRequest) -> type[Client | AsyncClient]:
    return request.param


@pytest.fixture(params=["file", "outbox", "postgres"])
def kept(request, tmp_path) -> dict[str, Any]:
    """Say in the words of a configuration where reports are kept, in each place in turn."""
    match request.param:
        case "file":
            return {"reports": {"store": str(tmp_path / "reports.db")}}
        case "outbox":
            url = f"sqlite:///{tmp_path / 'outbox.db'}"
        case "postgres":
            url = request.getfixturevalue("migrated_url")
    return {"reports": {"store": "outbox"}, "outbox": {"database": url}}


@pytest.fixture
def opened(face, configuration, tmp_path, kept) -> Iterator[Callable[..., Office]]:
    """Open an office of the configuration, changed by *change*."""
    offices = []

    def open_(change: Callable[[dict[str, Any]], None] = lambda _: None, plugins: Iterable[object] = ()) -> Office:
        change(configuration)
        offices.append(Office(face, configuration, tmp_path, kept, plugins))
        return offices[-1]

    yield open_
    for office in offices:
        office.close()


@pytest.fixture
def office(opened) -> Office:
    return opened()
