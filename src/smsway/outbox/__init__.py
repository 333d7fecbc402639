"""An outbox: messages are kept in a database until each recipient has its result. Needs `smsway[outbox]`."""

from smsway.outbox._database import Database, open_database
from smsway.outbox._entries import (
    ANYBODY,
    Addressee,
    Claim,
    Enqueued,
    Entry,
    Mark,
    Progress,
    Row,
    Settlement,
    State,
    Tracing,
    Wanted,
    WorkerInfo,
)
from smsway.outbox._letters import message_of
from smsway.outbox._memory import MemoryOutbox
from smsway.outbox._outbox import Draft, Outbox, migrate, open_store
from smsway.outbox._reports import SqlReports, open_reports
from smsway.outbox._sql import SqlOutbox
from smsway.outbox._store import Fenced, IdempotencyConflict, OutboxError, OutboxStore, Swept
from smsway.outbox._transitions import delay_after, expired, may_follow, tried

__all__ = [
    "ANYBODY",
    "Addressee",
    "Claim",
    "Database",
    "Draft",
    "Enqueued",
    "Entry",
    "Fenced",
    "IdempotencyConflict",
    "Mark",
    "MemoryOutbox",
    "Outbox",
    "OutboxError",
    "OutboxStore",
    "Progress",
    "Row",
    "Settlement",
    "SqlOutbox",
    "SqlReports",
    "State",
    "Swept",
    "Tracing",
    "Wanted",
    "WorkerInfo",
    "delay_after",
    "expired",
    "may_follow",
    "message_of",
    "migrate",
    "open_database",
    "open_reports",
    "open_store",
    "tried",
]
