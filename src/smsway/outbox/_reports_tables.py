"""The tables of the reports, beside those of the outbox. `migrations` makes and alters them."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from smsway.outbox._tables import metadata

_NUMBER = BigInteger().with_variant(Integer, "sqlite")

PREFIX = "smsway_"

submissions = Table(
    f"{PREFIX}submissions",
    metadata,
    Column("attempt", Text, primary_key=True),
    Column("phone", Text, primary_key=True),
    Column("account", Text, nullable=False),
    Column("started_at", Double, nullable=False),
    Column("reference", Text),
    Column("chain", Text),
    Column("open", Boolean, nullable=False),
    Column("message_id", Text),
    Column("answer", Text),
    Column("answer_source", SmallInteger),
    Column("answer_reason", Text),
    Column("answer_code", Text),
    Column("answer_detail", Text),
    # Null where the answer, or that there is none, is the latest.
    Column("latest", Text),
    Column("latest_source", SmallInteger),
    Column("latest_reason", Text),
    Column("latest_code", Text),
    Column("latest_detail", Text),
    Column("reported_id", Text),
    Column("reported_at", Double),
)

received = Table(
    f"{PREFIX}received",
    metadata,
    Column("number", _NUMBER, primary_key=True),
    Column("kind", SmallInteger, nullable=False),
    Column("account", Text, nullable=False),
    Column("phone", Text, nullable=False),
    Column("received_at", Double, nullable=False),
    Column("stage", SmallInteger, nullable=False),
    Column("found", Boolean, nullable=False),
    Column("changed", Boolean, nullable=False),
    Column("loose", Boolean, nullable=False),
    Column("identity", LargeBinary, nullable=False),
    Column("message_id", Text),
    Column("attempt", Text),
    Column("content", Text, nullable=False),
    UniqueConstraint("identity", name=f"{PREFIX}received_once"),
    # A number is not used again, whatever was forgotten.
    sqlite_autoincrement=True,
)

pulls = Table(
    f"{PREFIX}pulls",
    metadata,
    Column("number", _NUMBER, primary_key=True),
    Column("account", Text, nullable=False),
    Column("call", Text, nullable=False),
    Column("now", Double, nullable=False),
    Column("nonce", Text, nullable=False),
    Column("most", Integer, nullable=False),
    Column("answers", Text, nullable=False),
    sqlite_autoincrement=True,
)

counts = Table(
    f"{PREFIX}counts", metadata, Column("name", Text, primary_key=True), Column("value", BigInteger, nullable=False)
)

turns = Table(
    f"{PREFIX}turns",
    metadata,
    Column("account", Text, primary_key=True),
    Column("call", Text, primary_key=True),
    Column("owner", String(32), nullable=False),
    Column("until", Double, nullable=False),
)


def _index(table: Table, by: str, columns: str, where: str | None = None) -> None:
    part = None if where is None else text(where)
    made = (table.c[column] for column in columns.split())
    Index(f"{table.name}_{by}", *made, sqlite_where=part, postgresql_where=part)


_index(submissions, "by_name", "message_id phone", "message_id is not null")
_index(submissions, "by_report", "reported_id", "reported_id is not null")
_index(submissions, "by_phone", "phone open account")
_index(submissions, "pending", "started_at", "answer is null")
_index(submissions, "by_chain", "chain phone", "chain is not null")
_index(submissions, "by_reference", "reference", "reference is not null")
_index(submissions, "by_start", "started_at")
_index(received, "by_name", "message_id phone", "message_id is not null")
_index(received, "by_attempt", "attempt phone", "attempt is not null")
_index(received, "naming", "message_id phone", "found and attempt is not null")
_index(received, "loose", "phone account received_at", "loose")
_index(received, "untold", "received_at", "stage < 2")
_index(received, "unmatched", "received_at", "not found")
_index(received, "inbound", "received_at", "kind = 1")
_index(received, "by_time", "received_at")
