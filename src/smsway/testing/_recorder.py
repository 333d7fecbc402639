"""A client whose messages land in a list: the real engine, and a sandbox of its own behind it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from smsway.client import AsyncClient, Client
from smsway.config import load
from smsway.sandbox import Sandbox, Submission, sandbox_of
from smsway.testing._fake import FakePlugin
from smsway.testing._source import DEFAULT, for_tests

Source = str | Path | Mapping[str, Any]


class Recorder:
    """What an application under test is given instead of its real accounts; nothing leaves the machine.

    Its *client*, and each `async_client()`, carry messages as the configuration says: routes, templates, guards and
    failover are the real ones. *sandbox* can be told to refuse, to delay and to break.
    """

    def __init__(self, client: Client, sandbox: Sandbox, source: dict[str, Any], plugins: tuple[object, ...]) -> None:
        self.client = client
        self.sandbox = sandbox
        self._source = source
        self._plugins = plugins

    @property
    def messages(self) -> list[Submission]:
        """Every text that was sent, in order: *phone* (E.164), *text* as the phone shows it, *account* and more.

        *text* is `None` where the vendor keeps it: give the template a `text` in the catalogue.
        """
        return self.sandbox.submissions()

    def to(self, phone: str) -> list[str | None]:
        """Return what *phone* (E.164) was texted, in order."""
        return [each.text for each in self.messages if each.phone == phone]

    def async_client(self) -> AsyncClient:
        """Make an `AsyncClient` that sends to the same place; use it with `async with`, or close it."""
        return AsyncClient.from_config(self._source, plugins=self._plugins, base_urls=self.sandbox.urls)

    def clear(self) -> None:
        """Forget all texts and faults."""
        self.sandbox.reset()


@contextmanager
def recording(source: Source = DEFAULT, plugins: Iterable[object] = ()) -> Iterator[Recorder]:
    """Run a client of the configuration *source* whose messages land in a list.

    *source* is a file or a mapping; secrets in it are not resolved but made up, and what it keeps is not kept. Every
    account must be of a provider that brings its side of the sandbox. *plugins* are objects as for a client, beside
    the provider `fake`. Raises `ConfigError`.
    """
    table, registered = for_tests(source), (FakePlugin(), *plugins)
    with (
        sandbox_of(load(table, registered), rate=False) as sandbox,
        Client.from_config(table, plugins=registered, base_urls=sandbox.urls) as client,
    ):
        yield Recorder(client, sandbox, table, registered)


@pytest.fixture
def sms_configuration() -> Source:
    """The configuration of the fixture `sms`: override it to return your own file or mapping."""
    return DEFAULT


@pytest.fixture
def sms(sms_configuration: Source) -> Iterator[Recorder]:
    """Give an application under test a client whose messages land in `sms.messages`."""
    with recording(sms_configuration) as recorder:
        yield recorder
