"""What the guards remember."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "smsway_guard_secrets",
        sa.Column("name", sa.String(16), primary_key=True),
        sa.Column("value", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "smsway_guard_counts",
        sa.Column("key", sa.LargeBinary, primary_key=True),
        sa.Column("tally", sa.LargeBinary, nullable=False),
        sa.Column("until", sa.Double, nullable=False),
    )
    op.create_index("smsway_guard_counts_until", "smsway_guard_counts", ["until"])
    op.create_table(
        "smsway_guard_optouts",
        sa.Column("phone", sa.LargeBinary, primary_key=True),
        sa.Column("scope", sa.String(16), primary_key=True),
        sa.Column("since", sa.Double, nullable=False),
        sa.Column("source", sa.String(16), nullable=False),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("smsway_guard_optouts")
    op.drop_table("smsway_guard_counts")
    op.drop_table("smsway_guard_secrets")
