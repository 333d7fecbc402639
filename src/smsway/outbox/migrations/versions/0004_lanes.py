"""Recipients wait by lanes: those whose account had no hand free are found by its name, and passed over by it."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

DUE = "kind", "due", "id"
LANES = "kind", "lane", "due", "id"
LANED = "state = 'pending' and lane is not null"


def upgrade() -> None:
    """Add the column, and find those without a lane and those with one by an index each."""
    op.add_column("smsway_recipients", sa.Column("lane", sa.Text))
    _index("due", DUE, "state = 'pending' and lane is null", anew=True)
    _index("lanes", LANES, LANED)
    _index("late", ("not_after",), LANED)


def downgrade() -> None:
    """Take it away again."""
    for name in ("lanes", "late"):
        op.drop_index(f"smsway_recipients_{name}", "smsway_recipients")
    _index("due", DUE, "state = 'pending'", anew=True)
    op.drop_column("smsway_recipients", "lane")


def _index(name: str, columns: tuple[str, ...], which: str, *, anew: bool = False) -> None:
    if anew:
        op.drop_index(f"smsway_recipients_{name}", "smsway_recipients")
    where = sa.text(which)
    op.create_index(
        f"smsway_recipients_{name}", "smsway_recipients", list(columns), sqlite_where=where, postgresql_where=where
    )
