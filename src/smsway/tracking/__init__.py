"""Remembers what was sent, and finds for every delivery report the text that it speaks of."""

from smsway.tracking._looking import problem_of
from smsway.tracking._memory import MemoryStore
from smsway.tracking._postgres_records import PostgresRecords, PostgresStatements
from smsway.tracking._records import Pull
from smsway.tracking._sqlite import SqliteStore
from smsway.tracking._sqlite_records import SqliteRecords
from smsway.tracking._statements import SqliteStatements
from smsway.tracking._store import Records, Store, StoreError
from smsway.tracking._tracker import Tracker

__all__ = [
    "MemoryStore",
    "PostgresRecords",
    "PostgresStatements",
    "Pull",
    "Records",
    "SqliteRecords",
    "SqliteStatements",
    "SqliteStore",
    "Store",
    "StoreError",
    "Tracker",
    "problem_of",
]
