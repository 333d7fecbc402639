"""The tables of what comes back after a send."""

from __future__ import annotations

from collections.abc import Iterable

from smsway.cli._listing import Listing
from smsway.cli._moments import shown
from smsway.cli._output import table
from smsway.model import Inbound, Report, ReportReceived, Tracked

_REPORT = ("delivery", "recipient", "account", "at", "reason", "code", "detail", "message id")


def _cells(report: Report) -> tuple[object, ...]:
    return (
        report.delivery,
        report.recipient,
        report.account,
        shown(report.at),
        report.reason,
        report.code,
        report.detail,
        report.provider_message_id,
    )


def reports_table(reports: Iterable[Report]) -> Listing:
    """Tabulate reports."""
    return table(None, _REPORT, map(_cells, reports))


def received_table(events: Iterable[ReportReceived]) -> Listing:
    """Tabulate reports as they come in, with your reference of the text and how far that came by now."""
    rows = [
        (*_cells(each.report), *((each.tracked.reference, each.tracked.delivery) if each.tracked else (None, "?")))
        for each in events
    ]
    return table(None, (*_REPORT, "reference", "by now"), rows)


def tracked_table(texts: Iterable[Tracked]) -> Listing:
    """Tabulate what is known of texts."""
    columns = ("delivery", "recipient", "account", "sent", "reported", "reason", "code", "detail", "message id")
    rows = [
        (
            each.delivery,
            each.recipient,
            each.account,
            shown(each.started_at),
            shown(each.reported_at),
            each.reason,
            each.code,
            each.detail,
            each.provider_message_id,
            each.reference,
        )
        for each in texts
    ]
    return table(None, (*columns, "reference"), rows)


def inbound_table(messages: Iterable[Inbound]) -> Listing:
    """Tabulate messages from phones."""
    columns = ("sender", "text", "account", "at", "extension", "signature", "reference")
    rows = [
        (each.sender, each.text, each.account, shown(each.at), each.extension, each.signature, each.reference)
        for each in messages
    ]
    return table(None, columns, rows)
