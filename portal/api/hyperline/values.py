"""How single values of the dialect are read: amounts in minor units, counts, moments that name a day, one of a few."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from decimal import Decimal
from typing import Annotated, Any, TypeVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ValidationError, WithJsonSchema

from portal.api import plain_values
from portal.api.plain_values import blank, missing, refuse
from portal.core import json
from portal.core.errors import InvalidFields, Problem

LONGEST = 500
MOST_MINOR = 10**14
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})", re.ASCII)


def _text(value: Any) -> str | None:
    value = blank(value)
    if value is not None and (not isinstance(value, str) or len(value) > LONGEST or "\x00" in value):
        raise refuse(f"Give a text of at most {LONGEST} characters.")
    return value.strip() if value is not None else None


def whole(lowest: int, highest: int, words: str = "Give a whole number from {lowest} to {highest}.") -> Any:
    """A whole number in a range, or nothing; 3.0 is one, "3" and true are none."""

    def read(value: Any) -> int | None:
        value = blank(value)
        if value is None:
            return None
        if isinstance(value, Decimal) and abs(value) < MOST_MINOR * 10 and value == value.to_integral_value():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
            raise refuse(words.format(lowest=lowest, highest=highest))
        return value

    return BeforeValidator(read)


def one_of(*names: str) -> Any:
    """One of these names, or nothing; the refusal lists them."""

    def read(value: Any) -> str | None:
        value = blank(value)
        if value is not None and (not isinstance(value, str) or value not in names):
            raise refuse(f"Give one of {', '.join(names)}.")
        return value

    return BeforeValidator(read), WithJsonSchema({"type": "string", "enum": list(names)})


def needed(value: Any) -> Any:
    """For fields that must be there; runs before any other reading of the value."""
    if blank(value) is None:
        raise missing()
    return value


Needed = BeforeValidator(needed)


def _moment(value: Any) -> date | datetime | None:
    value = blank(value)
    if value is None:
        return None
    try:
        if isinstance(value, str) and _DAY.fullmatch(value):
            return date.fromisoformat(value)
        if isinstance(value, str) and _MOMENT.fullmatch(value):
            return datetime.fromisoformat(value)
    except ValueError:
        raise refuse("There is no such moment.") from None
    raise refuse("Give a moment such as 2026-12-20T16:04:11Z, or a day such as 2026-12-20.")


def day_of(moment: date | datetime | None, timezone: str) -> date | None:
    """The civil day that a moment names at the site; midnight, as written, names the day that stands before it."""
    if not isinstance(moment, datetime):
        return moment
    if moment.time() == time(0):
        return moment.date()
    try:
        return moment.astimezone(ZoneInfo(timezone)).date()
    except OverflowError:
        return moment.date()


def _properties(value: Any) -> dict[str, Any] | None:
    value = blank(value)
    if value is None:
        return None
    if not isinstance(value, dict) or len(json.dumps(value)) > 10_000:
        raise refuse("Give an object of at most 10,000 characters.")
    return {str(name): _plain(inside) for name, inside in value.items()}


def _plain(value: Any) -> Any:
    """As JSON columns keep it: an exact decimal stays exact as text."""
    if isinstance(value, str) and "\x00" in value:
        raise refuse("A text holds a character that is no character (NUL).")
    if isinstance(value, dict):
        return {_plain(name): _plain(inside) for name, inside in value.items()}
    if isinstance(value, list):
        return [_plain(inside) for inside in value]
    return str(value) if isinstance(value, Decimal) else value


def _percent(value: Any) -> Decimal | None:
    value = blank(value)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)) or not 0 < value <= 100:
        raise refuse("Give a percentage above 0, at most 100.")
    return Decimal(value)


Percent = Annotated[
    Decimal | None,
    BeforeValidator(_percent),
    WithJsonSchema({"type": ["number", "null"], "exclusiveMinimum": 0, "maximum": 100}),
]
Text = Annotated[str | None, BeforeValidator(_text)]
Truth = Annotated[bool | None, BeforeValidator(plain_values.truth)]
Email = Annotated[str | None, BeforeValidator(plain_values.email)]
Currency = Annotated[str | None, BeforeValidator(plain_values.currency)]
Minor = Annotated[
    int | None,
    whole(1, MOST_MINOR, "Give a whole number of minor units above zero (1999 is 19.99 in a currency of two digits)."),
    WithJsonSchema({"type": "integer", "minimum": 1}),
]
Count = Annotated[int | None, whole(1, 1_000_000), WithJsonSchema({"type": "integer", "minimum": 1})]
Moment = Annotated[
    date | datetime | None,
    BeforeValidator(_moment),
    WithJsonSchema({"type": ["string", "null"], "format": "date-time"}),
]
Properties = Annotated[
    dict[str, Any] | None, BeforeValidator(_properties), WithJsonSchema({"type": ["object", "null"]})
]

Model = TypeVar("Model", bound=BaseModel)
TAGS = frozenset(
    {"add_product", "remove_product", "update_count", "update_price", "update_prices", "add_coupon", "remove_coupon"}
)


def read(model: type[Model], fields: dict[str, Any]) -> Model:
    """Raises InvalidFields that names everything wrong at once, each by its place in the body."""
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        raise InvalidFields([_problem(one) for one in error.errors(include_url=False)]) from None


def _problem(error: Any) -> Problem:
    place = [str(part) for part in error["loc"] if part not in TAGS]
    kind = error["type"]
    if kind in {"union_tag_invalid", "union_tag_not_found"}:
        words = f"Give one of {', '.join(sorted(TAGS - {'update_prices'}))}."
        return Problem(".".join([*place, "type"]), "invalid", words)
    if kind in {"model_type", "model_attributes_type", "dict_type"}:
        return Problem(".".join(place), "invalid", "Give an object.")
    if kind == "list_type":
        return Problem(".".join(place), "invalid", "Give a list.")
    inside = (error.get("ctx") or {}).get("field")  # a check of a whole object names the field itself
    field = ".".join([*place, inside] if inside else place) or "body"
    if kind == "missing":
        return Problem(field, "missing", "It is required.")
    if kind == "too_short":
        return Problem(field, "invalid", "Give at least one.")
    if kind == "too_long":
        return Problem(field, "invalid", f"Give at most {error['ctx']['max_length']}.")
    return Problem(field, "invalid", error["msg"] if kind == "invalid" else "This value cannot be read here.")
