"""Makes the tables, and brings those of an earlier smsway up to date."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from smsway.outbox._store import OutboxError

VERSION_TABLE = "smsway_version"


def migrate(connection: Connection) -> None:
    """Bring the tables up to date, inside the transaction of *connection*."""
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def check(connection: Connection) -> None:
    """Raise `OutboxError` unless the tables are those that this smsway knows."""
    found, head = version(connection), ScriptDirectory.from_config(_config()).get_current_head()
    if found is None:
        raise OutboxError("the outbox's database has no tables yet; make them with `smsway outbox migrate`")
    if found != head:
        raise OutboxError(
            f"the outbox's tables have version {found}, and this smsway knows {head}; "
            "bring them up to date with `smsway outbox migrate`, or update smsway"
        )


def version(connection: Connection) -> str | None:
    """Return the version of the tables; `None` if there are none."""
    return MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE}).get_current_revision()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    # Without a separator, alembic takes a path with spaces for several.
    config.set_main_option("path_separator", "os")
    return config
