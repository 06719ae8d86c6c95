"""What every table class is made of: the base with named constraints, and the kinds of columns."""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import ForeignKey, MetaData
from sqlmodel import Field, SQLModel

from wirewatch.store.types import CleanText, Instant, RowId

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Row(SQLModel):
    """Base of all tables: own metadata with names for every constraint, so that migrations can address them."""

    metadata = MetaData(naming_convention=NAMING)


def row_id() -> Any:
    return Field(default=None, primary_key=True, sa_type=cast(Any, RowId))


def points_at(column: str, **more: Any) -> Any:
    """A column that points at another table's id."""
    return Field(sa_type=cast(Any, RowId), sa_column_args=[ForeignKey(column)], **more)


def text_column(**more: Any) -> Any:
    return Field(sa_type=CleanText, **more)


def time_column(**more: Any) -> Any:
    return Field(sa_type=Instant, **more)
