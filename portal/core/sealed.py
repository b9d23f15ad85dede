"""Secrets at rest: every one sealed again under the first SECRET_KEY, so that an older one can be taken out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Column, ColumnElement, Table, select, update

from portal.core.database import Base, reading, session, transaction
from portal.core.security import keys

BATCH = 500
SUFFIX = "_sealed"  # what every column is called that keeps something sealed


@dataclass(slots=True)
class Resealed:
    """How many were read; `lost` counts by table and column those that no key in SECRET_KEY opens. They stay as they
    are: with the key that is missing back in the list they can be read again."""

    done: int = 0
    lost: Counter[str] = field(default_factory=Counter)


def reseal() -> Resealed:
    """Seal everything again, a batch a transaction; a second run does no harm, and others may go on writing."""
    found = Resealed()
    for table, column in columns():
        for rows in _batches(table, column):
            _reseal(table, column, rows, found)
    return found


def columns() -> list[tuple[Table, Column[Any]]]:
    tables = Base.metadata.sorted_tables
    return [(table, column) for table in tables for column in table.columns if column.name.endswith(SUFFIX)]


def _batches(table: Table, column: Column[Any]) -> Iterator[Sequence[tuple[Any, str]]]:
    key = _key(table)
    wanted = select(key, column).where(column.is_not(None)).order_by(key).limit(BATCH)
    with reading():
        rows = [tuple(row) for row in session().execute(wanted)]
    while rows:
        yield rows
        with reading():
            rows = [tuple(row) for row in session().execute(wanted.where(key > rows[-1][0]))]


def _reseal(table: Table, column: Column[Any], rows: Sequence[tuple[Any, str]], found: Resealed) -> None:
    key = _key(table)
    with transaction():
        for row_id, was in rows:
            try:
                again = keys().reseal(was)
            except ValueError:
                found.lost[f"{table.name}.{column.name}"] += 1
                continue
            # What was written anew since it was read is under the first key already.
            session().execute(update(table).where(key == row_id, column == was).values({column.name: again}))
            found.done += 1


def _key(table: Table) -> ColumnElement[Any]:
    (only,) = table.primary_key.columns
    return only
