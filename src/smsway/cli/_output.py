"""How results look: JSON for programs, tables for people."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

from rich.console import Console
from rich.table import Table

from smsway.model import Attempt, Outcome, Status

STYLES: Mapping[str, str] = {
    Status.ACCEPTED: "green",
    Status.REJECTED: "red",
    Status.UNKNOWN: "yellow",
    Status.NOT_SENT: "magenta",
}


def console(*, stderr: bool = False) -> Console:
    """Return where to print; names and texts of others are never read as markup."""
    made = Console(stderr=stderr, markup=False, highlight=False, emoji=False)
    if not made.is_terminal:
        # A table in a file or a pipe is not cut to the width of a terminal that nobody sees.
        made.width = 200
    return made


def table(title: str | None, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Table:
    """Make a table; a row whose first cell is a status has its colour, and `None` is an empty cell."""
    made = Table(
        *columns, title=title, title_justify="left", title_style="bold", header_style="bold", min_width=len(title or "")
    )
    for row in rows:
        made.add_row(
            *("" if cell is None else str(cell) for cell in row), style=STYLES.get(str(row[0])) if row else None
        )
    return made


def summary(counts: Mapping[tuple[Status, str, str], int], title: str | None = None) -> Table:
    """Tabulate recipients by status, account and reason."""
    order = list(Status)
    rows = sorted(counts.items(), key=lambda each: (order.index(each[0][0]), each[0][1], each[0][2]))
    return table(title, ("status", "account", "reason", "recipients"), [(*key, count) for key, count in rows])


def outcomes_table(outcomes: Iterable[Outcome]) -> Table:
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
    return json.dumps(
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
