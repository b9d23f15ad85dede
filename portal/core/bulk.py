"""Many rows by one statement: a JSON parameter on PostgreSQL, a prepared statement run over the rows on SQLite."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Table, Uuid, any_, bindparam, cast, insert, literal, text, update
from sqlalchemy.dialects import postgresql, sqlite

from portal.core.database import Row, session

Rows = Sequence[Mapping[str, Any]]
_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]


def insert_rows(model: type[Row], rows: Rows) -> None:
    """Insert every row; all of them give the same columns. Raises IntegrityError for any that the table refuses."""
    table = _table(model)
    if rows and _on_postgresql():
        session().execute(text(_insertion(table, rows)), {"rows": _json(rows)})
    elif rows:
        session().execute(insert(table), list(rows))


def insert_new(model: type[Row], rows: Rows, unique: Sequence[str]) -> set[uuid.UUID]:
    """Insert the rows whose `unique` columns are not taken; the ids of those that came in."""
    if not rows:
        return set()
    table = _table(model)
    if _on_postgresql():
        statement = f"{_insertion(table, rows)} ON CONFLICT ({', '.join(unique)}) DO NOTHING RETURNING id"
        return set(session().scalars(text(statement), {"rows": _json(rows)}))
    ids = [row["id"] for row in rows]
    session().execute(sqlite.insert(table).on_conflict_do_nothing(index_elements=list(unique)), list(rows))
    found = text(f"SELECT t.id FROM {table.name} t JOIN json_each(:ids) i ON t.id = i.value")  # noqa: S608 - our own table names
    present = session().scalars(found, {"ids": orjson.dumps([one.hex for one in ids]).decode()})
    return {uuid.UUID(one) for one in present}


def update_rows(model: type[Row], rows: Rows) -> None:
    """Set the given columns of the rows named by `id`; all of them give the same columns."""
    if not rows:
        return
    table = _table(model)
    names = [name for name in rows[0] if name != "id"]
    if _on_postgresql():
        changes = ", ".join(f"{name} = x.{name}" for name in names)
        statement = f"UPDATE {table.name} t SET {changes} FROM {_recordset(table, rows)} WHERE t.id = x.id"  # noqa: S608
        session().execute(text(statement), {"rows": _json(rows)})
        return
    statement_for_each = (
        update(table).where(table.c.id == bindparam("id_")).values({n: bindparam(f"{n}_") for n in names})
    )
    session().connection().execute(statement_for_each, [{f"{name}_": row[name] for name in row} for row in rows])


def among(column: Any, ids: Sequence[uuid.UUID]) -> ColumnElement[bool]:
    """The rows with these ids: one array parameter on PostgreSQL instead of one parameter for each id."""
    if _on_postgresql():
        listed = literal(f"{{{','.join(one.hex for one in ids)}}}")  # as text: an array is adapted id by id
        found: ColumnElement[bool] = column == any_(cast(listed, postgresql.ARRAY(Uuid())))
        return found
    chosen: ColumnElement[bool] = column.in_(ids)
    return chosen


def _table(model: type[Row]) -> Table:
    table = model.__table__
    assert isinstance(table, Table)
    return table


def _on_postgresql() -> bool:
    return session().get_bind().dialect.name == "postgresql"


def _insertion(table: Table, rows: Rows) -> str:
    names = ", ".join(rows[0])
    return f"INSERT INTO {table.name} ({names}) SELECT {names} FROM {_recordset(table, rows)}"  # noqa: S608


def _recordset(table: Table, rows: Rows) -> str:
    columns = ", ".join(f"{name} {table.c[name].type.compile(dialect=_DIALECT)}" for name in rows[0])
    return f"json_to_recordset(CAST(:rows AS json)) AS x({columns})"


def _json(rows: Rows) -> str:
    return orjson.dumps(rows, default=dict).decode()
