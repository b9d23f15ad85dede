"""Records whose fields go to rows of several tables: written by one statement on PostgreSQL, by one a table on SQLite.

What several tables hold alike is sent once, and not read back to be sent again.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import text

from portal.core.bulk import Parts, apart, insert_new, insert_rows, on_postgresql, table_of, update_rows
from portal.core.database import Row, session

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Into:
    """The row that a record has in a table: the field that each column takes, and columns that are the same in all.

    Columns whose field the records do not have are left out. A record whose field of the column `id` is None has no
    such row.
    """

    model: type[Row]
    fields: Mapping[str, str]
    fixed: Mapping[str, Any] = field(default_factory=dict)

    def row(self, record: Record) -> dict[str, Any]:
        """For one table alone."""
        return {column: record[name] for column, name in self.fields.items() if name in record} | dict(self.fixed)


def write_records(
    records: Sequence[Record], first: Into, unique: Sequence[str], more: Sequence[Into], moved: Into
) -> set[uuid.UUID]:
    """Insert each record's row of `first` where its `unique` columns are not taken, and the ids of those that came in.

    Those records alone get their rows of `more`, and change the row of `moved` that they name. All records have the
    same fields; `id` is that of the row of `first`. Raises IntegrityError for what a table refuses.
    """
    if not records:
        return set()
    if on_postgresql():
        return _at_once(records, first, unique, more, moved)
    new = insert_new(first.model, [first.row(record) for record in records], unique)
    came = [record for record in records if record["id"] in new]
    for into in more:
        insert_rows(into.model, [into.row(record) for record in came if record[into.fields["id"]] is not None])
    update_rows(moved.model, [moved.row(record) for record in came])
    return new


def _at_once(
    records: Sequence[Record], first: Into, unique: Sequence[str], more: Sequence[Into], moved: Into
) -> set[uuid.UUID]:
    columns = {
        name: table_of(into.model).c[column]
        for into in (moved, *more, first)
        for column, name in into.fields.items()
        if name in records[0]
    }
    parts = apart(columns, records)
    steps = [
        f"x AS MATERIALIZED (SELECT * FROM {parts.rows})",  # noqa: S608 - our own names of tables and columns
        f"first AS ({_insertion(first, parts)} FROM x ON CONFLICT ({', '.join(unique)}) DO NOTHING RETURNING id)",
        "came AS MATERIALIZED (SELECT x.* FROM x JOIN first ON first.id = x.id)",
    ]
    for into in more:
        present = f"{parts.sources[into.fields['id']]} IS NOT NULL"
        steps.append(f"{table_of(into.model).name}_ AS ({_insertion(into, parts)} FROM came x WHERE {present})")
    steps.append(f"moved AS ({_change(moved, parts)} FROM came x WHERE t.id = {parts.sources[moved.fields['id']]})")
    statement = f"WITH {', '.join(steps)} SELECT id FROM first"  # noqa: S608
    return set(session().scalars(text(statement), parts.values))


def _insertion(into: Into, parts: Parts) -> str:
    sources = _sources(into, parts)
    names = ", ".join(f'"{name}"' for name in sources)
    return f"INSERT INTO {table_of(into.model).name} ({names}) SELECT {', '.join(sources.values())}"


def _change(into: Into, parts: Parts) -> str:
    changes = ", ".join(f'"{name}" = {source}' for name, source in _sources(into, parts).items() if name != "id")
    return f"UPDATE {table_of(into.model).name} t SET {changes}"  # noqa: S608


def _sources(into: Into, parts: Parts) -> dict[str, str]:
    """Where each column comes from; what is the same in all is a literal of ours."""
    taken = {column: parts.sources[name] for column, name in into.fields.items() if name in parts.sources}
    return taken | {column: f"'{value}'" for column, value in into.fixed.items()}
