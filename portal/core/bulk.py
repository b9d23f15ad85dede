"""Many rows by one statement: a JSON parameter on PostgreSQL, a prepared statement run over the rows on SQLite.

On PostgreSQL a column that holds one value in all of the rows goes as that one value: reading JSON is what costs there.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Column, ColumnElement, Table, Uuid, any_, bindparam, cast, insert, literal, text, update
from sqlalchemy.dialects import postgresql, sqlite

from portal.core.database import Row, session

Rows = Sequence[Mapping[str, Any]]
_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]


def insert_rows(model: type[Row], rows: Rows) -> None:
    """Insert every row; all of them give the same columns. Raises IntegrityError for any that the table refuses."""
    table = table_of(model)
    if rows and on_postgresql():
        parts = apart(dict(table.c), rows)
        session().execute(text(_insertion(table, parts)), parts.values)
    elif rows:
        session().execute(insert(table), list(rows))


def insert_new(model: type[Row], rows: Rows, unique: Sequence[str]) -> set[uuid.UUID]:
    """Insert the rows whose `unique` columns are not taken; the ids of those that came in."""
    if not rows:
        return set()
    table = table_of(model)
    if on_postgresql():
        parts = apart(dict(table.c), rows)
        statement = f"{_insertion(table, parts)} ON CONFLICT ({', '.join(unique)}) DO NOTHING RETURNING id"
        return set(session().scalars(text(statement), parts.values))
    ids = [row["id"] for row in rows]
    session().execute(sqlite.insert(table).on_conflict_do_nothing(index_elements=list(unique)), list(rows))
    found = text(f"SELECT t.id FROM {table.name} t JOIN json_each(:ids) i ON t.id = i.value")  # noqa: S608 - our own table names
    present = session().scalars(found, {"ids": orjson.dumps([one.hex for one in ids]).decode()})
    return {uuid.UUID(one) for one in present}


def update_rows(model: type[Row], rows: Rows) -> None:
    """Set the given columns of the rows named by `id`; all of them give the same columns."""
    if not rows:
        return
    table = table_of(model)
    names = [name for name in rows[0] if name != "id"]
    if on_postgresql():
        parts = apart(dict(table.c), rows)
        changes = ", ".join(f'"{name}" = {parts.sources[name]}' for name in names)
        statement = f"UPDATE {table.name} t SET {changes} FROM {parts.rows} WHERE t.id = x.id"  # noqa: S608
        session().execute(text(statement), parts.values)
        return
    statement_for_each = (
        update(table).where(table.c.id == bindparam("id_")).values({n: bindparam(f"{n}_") for n in names})
    )
    session().connection().execute(statement_for_each, [{f"{name}_": row[name] for name in row} for row in rows])


def among(column: Any, ids: Sequence[uuid.UUID]) -> ColumnElement[bool]:
    """The rows with these ids: one array parameter on PostgreSQL instead of one parameter for each id."""
    if on_postgresql():
        listed = literal(f"{{{','.join(one.hex for one in ids)}}}")  # as text: an array is adapted id by id
        found: ColumnElement[bool] = column == any_(cast(listed, postgresql.ARRAY(Uuid())))
        return found
    chosen: ColumnElement[bool] = column.in_(ids)
    return chosen


def table_of(model: type[Row]) -> Table:
    """Its table, by the type that says so."""
    table = model.__table__
    assert isinstance(table, Table)
    return table


def on_postgresql() -> bool:
    """Whether the session's database can take such statements; else it is SQLite."""
    return session().get_bind().dialect.name == "postgresql"


@dataclass(frozen=True, slots=True)
class Parts:
    """Rows as a statement reads them: `rows` AS x, where each column comes from, and the values of the parameters."""

    rows: str
    sources: dict[str, str]
    values: dict[str, Any]


def apart(columns: Mapping[str, Column[Any]], rows: Rows) -> Parts:
    """The rows for a statement on PostgreSQL; `columns` tell the type of each of their fields."""
    types = {name: columns[name].type.compile(dialect=_DIALECT) for name in rows[0]}
    same = _same(rows)
    differing = [name for name in rows[0] if name not in same]
    sources = {name: f"CAST(:{name} AS {types[name]})" if name in same else f'x."{name}"' for name in types}
    read = ", ".join(f'"{name}" {types[name]}' for name in differing)
    sent = [{name: row[name] for name in differing} for row in rows] if same else rows
    return Parts(f"json_to_recordset(CAST(:rows AS json)) AS x({read})", sources, same | {"rows": _json(sent)})


def _same(rows: Rows) -> dict[str, Any]:
    """The columns with one value for all rows. Not lists and objects: 1 and true are equal here and differ in JSON."""
    last = rows[-1]
    return {
        name: value
        for name, value in rows[0].items()
        if name != "id"
        and last[name] == value  # what differs mostly does so here
        and not isinstance(value, (dict, list))
        and [row[name] for row in rows].count(value) == len(rows)
    }


def _insertion(table: Table, parts: Parts) -> str:
    names = ", ".join(f'"{name}"' for name in parts.sources)  # one of them is called "to"
    sources = ", ".join(parts.sources.values())
    return f"INSERT INTO {table.name} ({names}) SELECT {sources} FROM {parts.rows}"  # noqa: S608


def _json(rows: Rows) -> str:
    return orjson.dumps(rows, default=_plain).decode()


def _plain(value: Any) -> Any:
    """What JSON has no form for: bytes as PostgreSQL reads them, any other mapping as an object."""
    return f"\\x{value.hex()}" if isinstance(value, bytes) else dict(value)
