"""`smsway send`."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from smsway.cli import _draft as option
from smsway.cli._campaign import Campaign, open_campaign
from smsway.cli._configuration import configuration_of
from smsway.cli._draft import check_duplicates, check_recipients, content_of, options_of
from smsway.cli._failure import INCOMPLETE, Failure, Interruption
from smsway.cli._ledger import Ledger
from smsway.cli._listing import Listing
from smsway.cli._output import console, outcome_line, outcomes_table, summary
from smsway.cli._stop import stoppable
from smsway.cli._watch import Watch
from smsway.client import Client
from smsway.model import Kind, Message, Outcome, Status

_FEW = 25
"""As many outcomes are shown one by one; of more, only the summary."""

ResultsFile = Annotated[
    Path | None,
    typer.Option("--results", metavar="FILE", help="Where the results of --csv go; the same file resumes a run."),
]


def send(
    to: option.To = None,
    *,
    config: option.Config = Path("smsway.toml"),
    template: option.TemplateName = None,
    param: option.Param = None,
    text: option.PlainText = None,
    kind: option.KindOf = Kind.NOTIFICATION,
    reference: option.Reference = None,
    region: option.Region = None,
    signature: option.SignatureName = None,
    sender: option.SenderName = None,
    tag: option.Tag = None,
    account: option.AccountName = None,
    within: option.Within = None,
    extra: option.Extra = None,
    caller: option.CallerKey = None,
    sandbox: option.SandboxUrl = None,
    csv: option.Csv = None,
    results: ResultsFile = None,
    allow_duplicates: option.Duplicates = False,
    json: option.Json = False,
) -> None:
    """Send a text to phones, or to the rows of a CSV file.

    Exit status: 0 if everybody was accepted, 1 if some were not, 2 if nothing was sent because of an error, 130 after
    Ctrl-C, 143 after SIGTERM.
    """
    message = Message(
        to=to or (),
        content=content_of(template, param or (), text),
        kind=kind,
        reference=reference,
        region=region,
        signature=signature,
        sender=sender,
        tags=tag or (),
        accounts=account or (),
        within=within,
        options=options_of(extra or ()),
        caller=caller,
    )
    check_recipients(to, csv)
    _check_results(csv, results, json=json)
    screen = _Screen(json=json)
    with screen.told, ExitStack() as stack:
        configuration = configuration_of(config, sandbox)
        ledger = stack.enter_context(Ledger(results)) if results else None
        watch = Watch(screen.show, ledger)
        client = stack.enter_context(Client(configuration, journal=watch))
        if csv is None:
            raise typer.Exit(_send_to(message, client, watch, screen, duplicates=allow_duplicates))
        campaign = stack.enter_context(open_campaign(csv, message, client, ledger, duplicates=allow_duplicates))
        raise typer.Exit(_send_campaign(campaign, watch, screen))


def _check_results(csv: Path | None, results: Path | None, *, json: bool) -> None:
    if csv is None:
        if results is not None:
            raise Failure("--results belongs to --csv; the results of a few phones come with --json")
    elif results is None:
        if not json:
            raise Failure(
                "say where the results of --csv go: --results FILE, which can be resumed, or --json for stdout only"
            )
    elif results.exists() and results.samefile(csv):
        raise Failure("--results names the file of --csv, which would be written over")


@dataclass(slots=True)
class _Screen:
    """What the user sees of the outcomes; it is told of one at a time."""

    json: bool
    few: list[Outcome] = field(default_factory=list)
    count: int = 0
    progress: Progress | None = None
    error: OSError | None = None
    told: Interruption = field(default_factory=lambda: Interruption("nothing was sent"))

    def show(self, outcome: Outcome) -> None:
        self.count += 1
        if self.json:
            sys.stdout.write(outcome_line(outcome) + "\n")
            sys.stdout.flush()
        elif self.count <= _FEW:
            self.few.append(outcome)
        if self.progress is not None:
            self.progress.advance(self.progress.task_ids[0])

    def tell(self, words: str) -> None:
        """Say something to the user beside the results."""
        out = console(stderr=True) if self.progress is None else self.progress.console
        out.print(words)

    def outcomes(self) -> None:
        if self.few and self.count <= _FEW:
            self.print(outcomes_table(self.few))

    def print(self, what: Listing) -> None:
        """Print a table for people; that it cannot be printed does not undo what was sent."""
        if self.json:
            return
        try:
            console().print(what)
        except OSError as error:
            self.error = error


def _send_to(message: Message, client: Client, watch: Watch, screen: _Screen, *, duplicates: bool) -> int:
    # `send_many` does not raise for what is wrong with a message.
    client.check(message)
    if not duplicates:
        check_duplicates(message, client.configuration.region)
    watch.expect(0, [(0, "")] * len(message.to))
    _deliver(client, iter([message]), watch, screen)
    screen.outcomes()
    if len(message.to) > 1:
        screen.print(summary(watch.counts))
    return _status(watch, screen, everybody={status for status, *_ in watch.counts} == {Status.ACCEPTED})


def _send_campaign(campaign: Campaign, watch: Watch, screen: _Screen) -> int:
    campaign.check()
    interrupted = len(campaign.ledger.pending) if campaign.ledger else 0
    campaign.begin()
    done = campaign.done
    if done:
        left = f", {interrupted} of them as unknown: they were interrupted in flight" if interrupted else ""
        screen.tell(f"Resuming: {done} of {campaign.total} rows have a final result already{left}.")
    progress = Progress(
        TextColumn("sending"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console(stderr=True),
        disable=not sys.stderr.isatty(),
        redirect_stdout=False,
    )
    with progress:
        progress.add_task("sending", total=campaign.total - done)
        screen.progress = progress
        _deliver(campaign.client, campaign.messages(watch), watch, screen)
    if campaign.ledger is not None and not watch.unsettled and watch.recorded:
        campaign.ledger.finish()
    counts = campaign.ledger.counts() if campaign.ledger else watch.counts
    screen.print(summary(counts, _title(campaign, sum(counts.values()))))
    everybody = sum(counts.values()) == campaign.total and all(status is Status.ACCEPTED for status, *_ in counts)
    return _status(watch, screen, everybody=everybody)


def _title(campaign: Campaign, settled: int) -> str:
    over = " over all runs" if campaign.ledger else ""
    return f"{settled} of {campaign.total} rows{over}"


def _deliver(client: Client, messages: Iterator[Message], watch: Watch, screen: _Screen) -> None:
    """Send *messages*; their outcomes go where *watch* puts them."""

    def first() -> None:
        screen.tell("Stopping: waiting for what is under way. Press Ctrl-C again to leave at once.")

    def again(number: int) -> None:
        screen.outcomes()
        screen.tell(f"Left at once: {screen.count} settled, {watch.unsettled} not; some of these may have been sent.")
        sys.stdout.flush()
        # The threads that wait for answers would keep the process.
        os._exit(128 + number)

    with stoppable(watch, first, again):
        screen.told.words = "the sending was over, but its results may not all be shown"
        for _ in client.send_many(messages):
            pass


def _status(watch: Watch, screen: _Screen, *, everybody: bool) -> int:
    error = watch.error or screen.error
    if error is not None:
        screen.tell(f"smsway: a result could not be written: {error.strerror or type(error).__name__}")
        return INCOMPLETE
    if watch.stopped_by is not None:
        unsent = sum(count for (status, *_), count in watch.counts.items() if status is Status.NOT_SENT)
        screen.tell(f"Stopped: {screen.count - unsent} have a final result; nothing was sent to the others.")
        return 128 + watch.stopped_by
    if watch.unsettled:
        screen.tell(f"smsway: {watch.unsettled} recipients have no result; they may have been sent")
        return INCOMPLETE
    return 0 if everybody else INCOMPLETE
