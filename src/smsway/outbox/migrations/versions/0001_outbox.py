"""Messages, their recipients, and the workers."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "smsway_messages",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("key", sa.String(255), unique=True),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("content", sa.Text),
        sa.Column("terms", sa.Text, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("not_after", sa.Double, nullable=False),
    )
    op.create_index("smsway_messages_by_time", "smsway_messages", ["created_at"])
    op.create_table(
        "smsway_recipients",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("message", sa.String(32), sa.ForeignKey("smsway_messages.id", ondelete="CASCADE"), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("phone", sa.String(16), nullable=False),
        sa.Column("params", sa.Text),
        sa.Column("reference", sa.Text),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("not_after", sa.Double, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("due", sa.Double, nullable=False),
        sa.Column("offered", sa.Boolean, nullable=False, server_default=sa.text("false")),
        sa.Column("worker", sa.String(32)),
        sa.Column("attempt", sa.String(32)),
        sa.Column("marked_at", sa.Double),
        sa.Column("again", sa.Boolean, nullable=False, server_default=sa.text("false")),
        sa.Column("doubts", sa.SmallInteger, nullable=False, server_default="0"),
        sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
        sa.Column("status", sa.String(16)),
        sa.Column("account", sa.Text),
        sa.Column("reason", sa.Text),
        sa.Column("code", sa.Text),
        sa.Column("detail", sa.Text),
        sa.Column("message_id", sa.Text),
        sa.Column("fee", sa.Integer),
        sa.Column("segments", sa.Integer),
        sa.Column("attempts", sa.Text),
        sa.UniqueConstraint("message", "position", name="smsway_recipients_by_message"),
        sqlite_autoincrement=True,
    )
    pending, claimed = sa.text("state = 'pending'"), sa.text("worker is not null")
    op.create_index(
        "smsway_recipients_due",
        "smsway_recipients",
        ["kind", "due", "id"],
        sqlite_where=pending,
        postgresql_where=pending,
    )
    offered = sa.text("state = 'pending' and offered")
    op.create_index(
        "smsway_recipients_offered",
        "smsway_recipients",
        ["due"],
        sqlite_where=offered,
        postgresql_where=offered,
    )
    op.create_index(
        "smsway_recipients_claimed",
        "smsway_recipients",
        ["worker"],
        sqlite_where=claimed,
        postgresql_where=claimed,
    )
    op.create_table(
        "smsway_rates",
        sa.Column("name", sa.String(255), primary_key=True),
        sa.Column("state", sa.Text, nullable=False),
    )
    op.create_table(
        "smsway_workers",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("since", sa.Double, nullable=False),
        sa.Column("until", sa.Double, nullable=False),
        sa.Column("health", sa.Text),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("smsway_workers")
    op.drop_table("smsway_rates")
    op.drop_table("smsway_recipients")
    op.drop_table("smsway_messages")
