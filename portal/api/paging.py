"""Lists by cursor: a page begins after the last row of the one before, so nothing is skipped or shown twice."""

from __future__ import annotations

import base64
import binascii
import json
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import request
from sqlalchemy import Select, literal, tuple_

from portal.core.columns import Instant
from portal.core.database import session
from portal.core.errors import InvalidFields, Problem

LIMIT = 20
MOST = 100
LONGEST_CURSOR = 500


@dataclass(frozen=True, slots=True)
class Asked:
    """How many rows the caller wants, and after which place; `after` is a cursor that an earlier page gave."""

    limit: int = LIMIT
    after: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Rows in order: entities where the select has one, else tuples. `next` is None on the last page."""

    rows: Sequence[Any]
    next: str | None

    def shape(self, written: Callable[[Any], Any]) -> dict[str, Any]:
        """The list as every dialect with cursors answers it, each row written by this function."""
        return {"data": [written(row) for row in self.rows], "has_more": self.next is not None, "next": self.next}


def asked() -> Asked:
    """`limit` and `after` of the query string. Raises InvalidFields where one cannot be read."""
    problems = []
    text = request.args.get("limit") or str(LIMIT)
    is_whole = text.isascii() and text.isdecimal() and len(text) <= 6
    if not is_whole or not 1 <= int(text) <= MOST:
        problems.append(Problem("limit", "invalid", f"Give a whole number from 1 to {MOST}."))
    after = request.args.get("after") or None
    if problems:
        raise InvalidFields(problems)
    return Asked(int(text), after)


def page(query: Select[Any], by: Sequence[Any], asked: Asked, *, newest_first: bool = True) -> Page:
    """One page of `query`, which names what the caller may see; the cursor only says where in it to go on.

    `by`: the columns of the order, such as (created_at, id); together they must be unique and never null. All run the
    same way. One row more than the page is read, to know whether there is another. Raises InvalidFields for a cursor
    that is not one of ours.
    """
    rows_query = query.add_columns(*by).order_by(*(column.desc() if newest_first else column.asc() for column in by))
    if asked.after is not None:
        last = [literal(value, column.type) for value, column in zip(_read(asked.after, by), by, strict=True)]
        place = tuple_(*by)
        rows_query = rows_query.where(place < tuple_(*last) if newest_first else place > tuple_(*last))
    found = session().execute(rows_query.limit(asked.limit + 1)).all()
    shown, has_more = found[: asked.limit], len(found) > asked.limit
    wide = len(query.column_descriptions) > 1
    rows = [tuple(row[: -len(by)]) if wide else row[0] for row in shown]
    return Page(rows, _written(shown[-1][-len(by) :]) if has_more else None)


def _written(values: Sequence[Any]) -> str:
    """Opaque to callers; it holds a place in their own list and opens nothing."""
    plain = [value.isoformat() if isinstance(value, datetime) else _plain(value) for value in values]
    return base64.urlsafe_b64encode(json.dumps(plain, separators=(",", ":")).encode()).rstrip(b"=").decode()


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, uuid.UUID) else value


def _read(cursor: str, by: Sequence[Any]) -> list[Any]:
    try:
        if len(cursor) > LONGEST_CURSOR or not cursor.isascii():
            raise ValueError(cursor)
        padded = cursor + "=" * (-len(cursor) % 4)
        plain = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        if not isinstance(plain, list) or len(plain) != len(by):
            raise ValueError(cursor)
        return [_value(one, _kind(column)) for one, column in zip(plain, by, strict=True)]
    except (ValueError, RecursionError, binascii.Error):
        problem = Problem("after", "invalid", "Give the value of next from the page before, unchanged.")
        raise InvalidFields([problem]) from None


def _kind(column: Any) -> type:
    kind: type = datetime if isinstance(column.type, Instant) else column.type.python_type
    return kind


def _value(plain: Any, kind: type) -> Any:
    if kind is datetime and isinstance(plain, str):
        moment = datetime.fromisoformat(plain)
        if moment.tzinfo is None:
            raise ValueError(plain)
        return moment
    if kind is uuid.UUID and isinstance(plain, str):
        return uuid.UUID(plain)
    if kind is int and type(plain) is int and abs(plain) < 2**63:
        return plain
    if kind is str and isinstance(plain, str) and "\x00" not in plain:
        return plain
    raise ValueError(plain)
