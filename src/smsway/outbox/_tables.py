"""The tables of an outbox, in any database that SQLAlchemy Core speaks to. `migrations` makes and alters them."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

metadata = MetaData()

_NUMBER = BigInteger().with_variant(Integer, "sqlite")

messages = Table(
    "smsway_messages",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("key", String(255), unique=True),
    Column("digest", LargeBinary, nullable=False),
    Column("kind", String(16), nullable=False),
    # Null once no recipient needs it, if it may hold a code.
    Column("content", Text),
    Column("terms", Text, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("not_after", Double, nullable=False),
    Index("smsway_messages_by_time", "created_at"),
)

recipients = Table(
    "smsway_recipients",
    metadata,
    Column("id", _NUMBER, primary_key=True),
    Column("message", String(32), ForeignKey("smsway_messages.id", ondelete="CASCADE"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("phone", String(16), nullable=False),
    Column("params", Text),
    Column("reference", Text),
    Column("kind", String(16), nullable=False),
    Column("not_after", Double, nullable=False),
    Column("state", String(16), nullable=False),
    Column("due", Double, nullable=False),
    # Somebody was told of it, who may claim it before it is due again.
    Column("offered", Boolean, nullable=False, server_default=text("false")),
    # The account that had no hand free for it when it was claimed last, and was given back.
    Column("lane", Text),
    Column("worker", String(32)),
    # The last attempt that was written down, and what follows if nobody hears how it ended.
    Column("attempt", String(32)),
    Column("marked_at", Double),
    Column("again", Boolean, nullable=False, server_default=text("false")),
    Column("doubts", SmallInteger, nullable=False, server_default="0"),
    Column("tries", Integer, nullable=False, server_default="0"),
    # What is known so far: the last outcome, which is the result if the state is final.
    Column("status", String(16)),
    Column("account", Text),
    Column("reason", Text),
    Column("code", Text),
    Column("detail", Text),
    Column("message_id", Text),
    Column("fee", Integer),
    Column("segments", Integer),
    Column("attempts", Text),
    UniqueConstraint("message", "position", name="smsway_recipients_by_message"),
    sqlite_autoincrement=True,
)

_FREE = text("state = 'pending' and lane is null")
Index(
    "smsway_recipients_due",
    recipients.c.kind,
    recipients.c.due,
    recipients.c.id,
    sqlite_where=_FREE,
    postgresql_where=_FREE,
)
_LANED = text("state = 'pending' and lane is not null")
Index(
    "smsway_recipients_lanes",
    recipients.c.kind,
    recipients.c.lane,
    recipients.c.due,
    recipients.c.id,
    sqlite_where=_LANED,
    postgresql_where=_LANED,
)
Index("smsway_recipients_late", recipients.c.not_after, sqlite_where=_LANED, postgresql_where=_LANED)
_OFFERED = text("state = 'pending' and offered")
Index("smsway_recipients_offered", recipients.c.due, sqlite_where=_OFFERED, postgresql_where=_OFFERED)
_CLAIMED = text("worker is not null")
Index("smsway_recipients_claimed", recipients.c.worker, sqlite_where=_CLAIMED, postgresql_where=_CLAIMED)

rates = Table(
    "smsway_rates",
    metadata,
    Column("name", String(255), primary_key=True),
    Column("state", Text, nullable=False),
)

workers = Table(
    "smsway_workers",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", Text, nullable=False),
    Column("since", Double, nullable=False),
    Column("until", Double, nullable=False),
    # How its accounts are, as JSON.
    Column("health", Text),
)
