"""What was sent and what was reported, pulls under way, and whose turn it is to pull."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")

# Table, the end of the name, columns, and which rows.
INDEXES = (
    ("smsway_submissions", "by_name", "message_id phone", "message_id is not null"),
    ("smsway_submissions", "by_report", "reported_id", "reported_id is not null"),
    ("smsway_submissions", "by_phone", "phone open account", None),
    ("smsway_submissions", "pending", "started_at", "answer is null"),
    ("smsway_submissions", "by_chain", "chain phone", "chain is not null"),
    ("smsway_submissions", "by_reference", "reference", "reference is not null"),
    ("smsway_submissions", "by_start", "started_at", None),
    ("smsway_received", "by_name", "message_id phone", "message_id is not null"),
    ("smsway_received", "by_attempt", "attempt phone", "attempt is not null"),
    ("smsway_received", "naming", "message_id phone", "found and attempt is not null"),
    ("smsway_received", "loose", "phone account received_at", "loose"),
    ("smsway_received", "untold", "received_at", "stage < 2"),
    ("smsway_received", "unmatched", "received_at", "not found"),
    ("smsway_received", "inbound", "received_at", "kind = 1"),
    ("smsway_received", "by_time", "received_at", None),
)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "smsway_submissions",
        sa.Column("attempt", sa.Text, primary_key=True),
        sa.Column("phone", sa.Text, primary_key=True),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("started_at", sa.Double, nullable=False),
        sa.Column("reference", sa.Text),
        sa.Column("chain", sa.Text),
        sa.Column("open", sa.Boolean, nullable=False),
        sa.Column("message_id", sa.Text),
        sa.Column("answer", sa.Text),
        sa.Column("answer_source", sa.SmallInteger),
        sa.Column("answer_reason", sa.Text),
        sa.Column("answer_code", sa.Text),
        sa.Column("answer_detail", sa.Text),
        sa.Column("latest", sa.Text),
        sa.Column("latest_source", sa.SmallInteger),
        sa.Column("latest_reason", sa.Text),
        sa.Column("latest_code", sa.Text),
        sa.Column("latest_detail", sa.Text),
        sa.Column("reported_id", sa.Text),
        sa.Column("reported_at", sa.Double),
    )
    op.create_table(
        "smsway_received",
        sa.Column("number", NUMBER, primary_key=True),
        sa.Column("kind", sa.SmallInteger, nullable=False),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("phone", sa.Text, nullable=False),
        sa.Column("received_at", sa.Double, nullable=False),
        sa.Column("stage", sa.SmallInteger, nullable=False),
        sa.Column("found", sa.Boolean, nullable=False),
        sa.Column("changed", sa.Boolean, nullable=False),
        sa.Column("loose", sa.Boolean, nullable=False),
        sa.Column("identity", sa.LargeBinary, nullable=False),
        sa.Column("message_id", sa.Text),
        sa.Column("attempt", sa.Text),
        sa.Column("content", sa.Text, nullable=False),
        sa.UniqueConstraint("identity", name="smsway_received_once"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "smsway_pulls",
        sa.Column("number", NUMBER, primary_key=True),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("call", sa.Text, nullable=False),
        sa.Column("now", sa.Double, nullable=False),
        sa.Column("nonce", sa.Text, nullable=False),
        sa.Column("most", sa.Integer, nullable=False),
        sa.Column("answers", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "smsway_counts",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "smsway_turns",
        sa.Column("account", sa.Text, primary_key=True),
        sa.Column("call", sa.Text, primary_key=True),
        sa.Column("owner", sa.String(32), nullable=False),
        sa.Column("until", sa.Double, nullable=False),
    )
    for table, by, columns, where in INDEXES:
        part = None if where is None else sa.text(where)
        op.create_index(f"{table}_{by}", table, columns.split(), sqlite_where=part, postgresql_where=part)


def downgrade() -> None:
    """Drop them."""
    for table in ("turns", "counts", "pulls", "received", "submissions"):
        op.drop_table(f"smsway_{table}")
