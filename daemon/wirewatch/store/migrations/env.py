"""Alembic's entry: runs the due migrations on the connection that `schema.py` hands over, in its transaction."""

from __future__ import annotations

from alembic import context

from wirewatch.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
context.run_migrations()
