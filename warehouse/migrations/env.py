"""Alembic's entrance: runs the migrations on the connection it was handed."""

import duckdb_sqlalchemy.alembic_impl  # noqa: F401  (registers the dialect with Alembic)
from alembic import context

from warehouse.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
