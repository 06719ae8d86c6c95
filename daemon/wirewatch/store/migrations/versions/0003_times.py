"""Outbox rows that wait for their own time: a digest, the end of a night, a budget."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    with op.batch_alter_table("outbox") as table:
        table.add_column(sa.Column("early", sa.Boolean(), nullable=False, server_default=sa.true()))
    with op.batch_alter_table("outbox") as table:
        table.alter_column("early", server_default=None)
