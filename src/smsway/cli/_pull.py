"""Fetches what waits at the vendors, once or again and again, so that Ctrl-C loses nothing of it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Generic, TypeAlias, TypeVar

import typer

from smsway.cli._accounts import Tries, chosen, keeping
from smsway.cli._failure import INCOMPLETE, Failure, Interruption
from smsway.cli._listing import Listing
from smsway.cli._output import console, json_line
from smsway.cli._stop import Stop, stoppable
from smsway.client import Client

ItemT = TypeVar("ItemT")

Limit: TypeAlias = Annotated[
    int | None, typer.Option("--limit", min=1, help="At most so many per account and request; the vendor's by default.")
]
UntilEmpty: TypeAlias = Annotated[bool, typer.Option("--until-empty", help="Fetch until nothing waits any more.")]
Every: TypeAlias = Annotated[
    float, typer.Option("--every", metavar="SECONDS", min=1, max=86_400, help="Fetch so often.")
]


@dataclass(frozen=True, slots=True)
class Queue(Generic[ItemT]):
    """What waits at vendors: reports, or messages from phones."""

    noun: str
    facet: str
    most: str
    """The name of the provider's property that says how many one request fetches."""
    fetch: Callable[[Client, str, int | None, float | None], Sequence[ItemT]]
    """Asks an account, at most for so many, as who asks again in so many seconds."""
    standing_by: Callable[[Client], Collection[str]]
    """The accounts that another process asks."""
    plain: Callable[[ItemT], object]
    tabulate: Callable[[Iterable[ItemT]], Listing]


@dataclass(slots=True)
class Pulling(Generic[ItemT]):
    """Fetches what waits in a *queue* at the accounts *names*, and shows it as it comes."""

    queue: Queue[ItemT]
    client: Client
    names: Sequence[str]
    limit: int | None
    json: bool
    tries: Tries = field(default_factory=Tries)
    stop: Stop = field(default_factory=Stop)
    told: Interruption = field(default_factory=Interruption)
    count: int = 0
    busy: bool = False
    every: float | None = None
    elsewhere: set[str] = field(default_factory=set)

    def once(self, names: Sequence[str] | None = None) -> list[str]:
        """Fetch once from each of *names*, by default of all; return those at which more may wait."""
        again, came = [], list[ItemT]()
        self.busy = True
        try:
            for name in self.names if names is None else names:
                if self.stop.stopped_by is not None:
                    break
                with self.tries.one(name):
                    items = self.queue.fetch(self.client, name, self.limit, self.every)
                    self._stand_by(name)
                    came += items
                    self._write(items)
                    if items:
                        again.append(name)
        finally:
            self.busy = False
            # Also if the store fails: what came before is told.
            self._show(came)
        return again

    def until_empty(self) -> None:
        """Fetch until nothing waits, or until it shall stop."""
        names = self.once()
        while names and self.stop.stopped_by is None:
            names = self.once(names)

    def watch(self, every: float) -> None:
        """Fetch again and again until it shall stop; what fails may work the next time."""
        self.every = every
        while self.stop.stopped_by is None:
            self.until_empty()
            self.stop.wait(every)

    def _stand_by(self, name: str) -> None:
        """Tell whose turn it is, where that has changed."""
        if (name in self.queue.standing_by(self.client)) is (name in self.elsewhere):
            return
        self.elsewhere ^= {name}
        what = "standing by, for another process fetches" if name in self.elsewhere else "fetching from now on"
        self.tries.err.print(f"smsway: account {name!r}: {what}", soft_wrap=True)

    def _write(self, items: Sequence[ItemT]) -> None:
        self.count += len(items)
        if self.json:
            for item in items:
                sys.stdout.write(json_line(self.queue.plain(item)) + "\n")
            sys.stdout.flush()

    def _show(self, items: Sequence[ItemT]) -> None:
        if items and not self.json:
            out = console()
            out.print(self.queue.tabulate(items))
            out.file.flush()

    def run(self, work: Callable[[], object]) -> None:
        """Do *work*; Ctrl-C and SIGTERM let the request under way end first, for its answer is given only once."""

        def first() -> None:
            self.stop.wake()
            if self.busy:
                self.tries.err.print("Stopping: waiting for what is under way. Press Ctrl-C again to leave at once.")

        def again(number: int) -> None:
            self.tries.err.print(
                f"Left at once: {self.count} {self.queue.noun} were fetched; some under way may be lost."
            )
            sys.stdout.flush()
            os._exit(128 + number)

        with stoppable(self.stop, first, again):
            try:
                work()
            finally:
                self.told.words = f"{self.count} {self.queue.noun} were fetched"


def open_pulling(
    stack: ExitStack,
    queue: Queue[ItemT],
    config: Path,
    sandbox: str | None,
    names: Sequence[str],
    limit: int | None,
    *,
    json: bool,
) -> Pulling[ItemT]:
    """Return what fetches a *queue*, once it is clear that all accounts can be asked so; raises `Failure`."""
    told = stack.enter_context(Interruption(f"no {queue.noun} were fetched"))
    client = stack.enter_context(keeping(config, sandbox))
    configuration = client.configuration
    pulling = Pulling(queue, client, chosen(configuration, names, queue.facet), limit, json, told=told)
    for name in pulling.names if limit is not None else ():
        most = getattr(configuration.accounts[name].provider, queue.most)
        if limit is not None and limit > most:
            raise Failure(
                f"--limit {limit}: account {name!r} gives at most {most} at a time; --until-empty fetches all"
            )
    if configuration.reports.store == "memory":
        pulling.tries.err.print(
            f'smsway: reports.store is "memory": the {queue.noun} are shown here, and kept nowhere', soft_wrap=True
        )
    return pulling


def pull(
    queue: Queue[ItemT],
    config: Path,
    sandbox: str | None,
    names: Sequence[str],
    *,
    limit: int | None,
    until_empty: bool,
    json: bool,
) -> int:
    """Fetch once, or until nothing waits; return the exit status."""
    with ExitStack() as stack:
        pulling = open_pulling(stack, queue, config, sandbox, names, limit, json=json)
        pulling.run(pulling.until_empty if until_empty else pulling.once)
        stopped_by = pulling.stop.stopped_by
        if stopped_by is not None:
            # Those that were not asked any more may have some.
            pulling.tries.err.print(f"Stopped: {pulling.count} {queue.noun} were fetched.")
            return 128 + stopped_by
        if pulling.elsewhere:
            return pulling.tries.status or INCOMPLETE
        if not pulling.count and not json and not pulling.tries.failed:
            console().print(f"No {queue.noun} wait.")
        return pulling.tries.status


def watch(
    queue: Queue[ItemT], config: Path, sandbox: str | None, names: Sequence[str], *, every: float, json: bool
) -> None:
    """Fetch again and again, until Ctrl-C or SIGTERM."""
    with ExitStack() as stack:
        pulling = open_pulling(stack, queue, config, sandbox, names, None, json=json)
        err = pulling.tries.err
        err.print(f"Fetching {queue.noun} of {', '.join(pulling.names)} every {every:g} seconds. Ctrl-C ends it.")
        pulling.run(lambda: pulling.watch(every))
        err.print(f"{pulling.count} {queue.noun} were fetched.")
