"""Lets alembic work on the connection that it is given."""

from alembic import context

from smsway.outbox._migrate import VERSION_TABLE
from smsway.outbox._tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, version_table=VERSION_TABLE)
with context.begin_transaction():
    context.run_migrations()
