"""Lists of the dialect: `take` and `skip`, and filters that are written `field__operator=value`."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Annotated, Any, cast

from flask import request
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError
from sqlalchemy import ColumnElement, Select, func, select

from portal.api.hyperline.values import Moment
from portal.api.plain_values import refuse
from portal.core.database import session
from portal.core.errors import InvalidFields, Problem, invalid
from portal.core.ids import read_id

TAKE, MOST, MOST_NAMED = 50, 100, 100
_WORDS = ("contains", "startsWith", "endsWith", "endWith")
_ORDER = ("lt", "lte", "gt", "gte")
_ANY = ("equals", "not", "in", "notIn", "isNull", "isNotNull")
NOBODY = uuid.UUID(int=0)


def _whole(lowest: int, highest: int) -> Any:
    def read(value: Any) -> int:
        text = str(value)
        if not (text.isascii() and text.isdecimal() and len(text) < 9 and lowest <= int(text) <= highest):
            raise refuse(f"Give a whole number from {lowest} to {highest}.")
        return int(text)

    return BeforeValidator(read)


class ListQuery(BaseModel):
    """How much of a list; filters stand beside it as `field__operator`."""

    model_config = ConfigDict(extra="ignore")

    take: Annotated[int, _whole(1, MOST)] = Field(TAKE, ge=1, le=MOST, description="How many.")
    skip: Annotated[int, _whole(0, 10**8 - 1)] = Field(0, ge=0, description="How many to leave out before them.")


@dataclass(frozen=True, slots=True)
class Filter:
    """A field that a list may be asked by: its column, and how a value of it is read."""

    column: Any
    read: Callable[[str], Any]
    operators: tuple[str, ...]


def by_text(column: Any) -> Filter:
    return Filter(column, str, (*_ANY, *_WORDS))


def by_id(column: Any) -> Filter:
    return Filter(column, lambda text: read_id(text) or NOBODY, _ANY)


def by_day(column: Any) -> Filter:
    """Of a day; a moment is taken for its own day."""

    def read(text: str) -> date | None:
        moment = _moment(text)
        return moment.date() if isinstance(moment, datetime) else moment

    return Filter(column, read, (*_ANY, *_ORDER))


def by_instant(column: Any) -> Filter:
    """Of a moment; a day is taken for its beginning in UTC."""

    def read(text: str) -> datetime | None:
        moment = _moment(text)
        whole_day = isinstance(moment, date) and not isinstance(moment, datetime)
        return datetime.combine(moment, time(0), UTC) if moment and whole_day else moment  # type: ignore[return-value]

    return Filter(column, read, (*_ANY, *_ORDER))


def asked(fields: Mapping[str, Filter], *, besides: frozenset[str] = frozenset()) -> list[ColumnElement[bool]]:
    """The conditions of this call; `besides` are fields that the caller reads itself. Raises InvalidFields."""
    found = []
    for name, value in request.args.items():
        field, _, operator = name.partition("__")
        if name in {"take", "skip"} or field in besides:
            continue
        known = fields.get(field)
        if known is None or (operator or "equals") not in known.operators:
            raise invalid(name, f"There is no such filter. There are filters by {', '.join(fields)}.")
        found.append(_condition(known, name, operator or "equals", value))
    return found


def page(
    wanted: Select[*tuple[Any, ...]], query: ListQuery, newest_first: Any, write: Callable[[list[Any]], list[Any]]
) -> Any:
    """The page that was asked for, with what the field's clients read about it."""
    total = session().scalar(select(func.count()).select_from(wanted.order_by(None).subquery())) or 0
    rows = list(session().execute(wanted.order_by(*newest_first).limit(query.take).offset(query.skip)))
    return {"meta": {"total": total, "taken": len(rows), "skipped": query.skip}, "data": write(rows)}


def named(value: str) -> list[str]:
    """The values of an `in`, with commas between them."""
    found = [one.strip() for one in value.split(",") if one.strip()]
    if len(found) > MOST_NAMED:
        raise invalid("in", f"Give at most {MOST_NAMED} values.")
    return found


def _condition(known: Filter, name: str, operator: str, value: str) -> ColumnElement[bool]:
    column = known.column
    if operator in {"isNull", "isNotNull"}:
        is_null = (operator == "isNull") == (value.lower() != "false")
        return cast("ColumnElement[bool]", column.is_(None) if is_null else column.is_not(None))
    if operator in {"in", "notIn"}:
        values = [_read(known, name, one) for one in named(value)]
        return cast("ColumnElement[bool]", column.in_(values) if operator == "in" else column.not_in(values))
    return _compared(column, operator, _read(known, name, value))


def _compared(column: Any, operator: str, value: Any) -> ColumnElement[bool]:
    made: dict[str, Callable[[], ColumnElement[bool]]] = {
        "equals": lambda: column == value,
        "not": lambda: column != value,
        "lt": lambda: column < value,
        "lte": lambda: column <= value,
        "gt": lambda: column > value,
        "gte": lambda: column >= value,
        "contains": lambda: column.icontains(value, autoescape=True),
        "startsWith": lambda: column.istartswith(value, autoescape=True),
        "endsWith": lambda: column.iendswith(value, autoescape=True),
        "endWith": lambda: column.iendswith(value, autoescape=True),
    }
    return made[operator]()


def _read(known: Filter, name: str, value: str) -> Any:
    try:
        return known.read(value)
    except ValidationError:
        words = "Give a moment such as 2026-12-20T16:04:11Z, or a day such as 2026-12-20."
        raise InvalidFields([Problem(name, "invalid", words)]) from None


_MOMENT: TypeAdapter[date | datetime | None] = TypeAdapter(Moment)


def _moment(text: str) -> date | datetime | None:
    return _MOMENT.validate_python(text)
