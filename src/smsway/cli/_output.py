"""How results look: JSON for programs, tables for people."""

from __future__ import annotations

import json as json_format
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from itertools import compress
from typing import TypeVar

from rich.console import Console

from smsway.cli._listing import Listing
from smsway.model import Attempt, Delivery, Outcome, Review, Status

ItemT = TypeVar("ItemT")

STYLES: Mapping[str, str] = {
    Status.ACCEPTED: "green",
    Status.REJECTED: "red",
    Status.UNKNOWN: "yellow",
    Status.NOT_SENT: "magenta",
    Delivery.DELIVERED: "bold green",
    Delivery.UNDELIVERED: "red",
    Review.APPROVED: "green",
    Review.PENDING: "yellow",
    Review.DISABLED: "magenta",
}

_UNLIMITED = 100_000
"""Characters of a line where nothing limits it."""

# Line breaks are as they should be; the others steer a terminal, or turn the order of what is read around.
_UNSEEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def console(*, stderr: bool = False) -> Console:
    """Return where to print; names and texts of others are never read as markup."""
    made = Console(stderr=stderr, markup=False, highlight=False, emoji=False)
    if not made.is_terminal:
        # What is in a file or a pipe is not cut to the width of a terminal that nobody sees.
        made.width = _UNLIMITED
    return made


def table(title: str | None, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Listing:
    """Make a table, without the columns that are empty in every row.

    A row whose first cell is a status has its colour, and `None` is an empty cell.
    """
    given = list(rows)
    cells = [["" if cell is None else visible(str(cell)) for cell in row] for row in given]
    used = [any(column) for column in zip(*cells, strict=True)] or [True] * len(columns)
    styles = [STYLES.get(str(row[0]), "") for row in given]
    return Listing(title, [*compress(columns, used)], [[*compress(row, used)] for row in cells], styles)


def visible(text: str) -> str:
    """Return *text*, which may be of a vendor or a stranger's phone, with escapes for what a terminal would obey."""
    return _UNSEEN.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def json_line(value: object) -> str:
    """Write a value of the library as one JSON object on one line, with the fields that it has."""
    return json_format.dumps(_plain(value), default=str)


def print_all(
    items: Sequence[ItemT], tabulate: Callable[[Sequence[ItemT]], Listing], *, json: bool, nothing: str
) -> None:
    """Print results: one JSON object per line, or a table, or the word for *nothing*."""
    if json:
        for item in items:
            sys.stdout.write(json_line(item) + "\n")
        sys.stdout.flush()
    else:
        console().print(tabulate(items) if items else nothing)


def _plain(value: object) -> object:
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value


def summary(counts: Mapping[tuple[Status, str, str], int], title: str | None = None) -> Listing:
    """Tabulate recipients by status, account and reason."""
    order = list(Status)
    rows = sorted(counts.items(), key=lambda each: (order.index(each[0][0]), each[0][1], each[0][2]))
    return table(title, ("status", "account", "reason", "recipients"), [(*key, count) for key, count in rows])


def outcomes_table(outcomes: Iterable[Outcome]) -> Listing:
    """Tabulate outcomes one by one."""
    columns = ("status", "recipient", "account", "reason", "code", "detail", "message id", "segments", "reference")
    rows = [
        (
            each.status,
            str(each.recipient),
            each.account,
            each.reason,
            each.code,
            each.detail,
            each.provider_message_id,
            each.segments,
            each.reference,
        )
        for each in outcomes
    ]
    return table(None, columns, rows)


def outcome_line(outcome: Outcome) -> str:
    """Write an outcome as one JSON object on one line."""
    return json_format.dumps(
        {
            "recipient": str(outcome.recipient),
            "status": outcome.status,
            "account": outcome.account,
            "reason": outcome.reason,
            "code": outcome.code,
            "detail": outcome.detail,
            "provider_message_id": outcome.provider_message_id,
            "fee": outcome.fee,
            "segments": outcome.segments,
            "attempts": [_attempt(attempt) for attempt in outcome.attempts],
            "reference": outcome.reference,
        }
    )


def _attempt(attempt: Attempt) -> dict[str, object]:
    return {
        "account": attempt.account,
        "certainty": attempt.certainty,
        "reason": attempt.reason,
        "code": attempt.code,
        "started_at": attempt.started_at,
        "duration": attempt.duration,
    }
