"""What the guards keep in a database."""

from __future__ import annotations

from sqlalchemy import Column, Double, Index, LargeBinary, MetaData, String, Table

metadata = MetaData()

secrets = Table(
    "smsway_guard_secrets",
    metadata,
    Column("name", String(16), primary_key=True),
    Column("value", LargeBinary, nullable=False),
)

counts = Table(
    "smsway_guard_counts",
    metadata,
    Column("key", LargeBinary, primary_key=True),
    # Pairs of a slot and a count, 12 bytes each.
    Column("tally", LargeBinary, nullable=False),
    Column("until", Double, nullable=False),
    Index("smsway_guard_counts_until", "until"),
)

optouts = Table(
    "smsway_guard_optouts",
    metadata,
    Column("phone", LargeBinary, primary_key=True),
    Column("scope", String(16), primary_key=True),
    Column("since", Double, nullable=False),
    Column("source", String(16), nullable=False),
)
