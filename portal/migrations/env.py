"""How Alembic reaches our tables; run by `portal db upgrade`, never by hand."""

from __future__ import annotations

from alembic import context

from portal.core.database import Base
from portal.migrations.tables import all_tables_are_known

assert all_tables_are_known

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=False)
with context.begin_transaction():
    context.run_migrations()
