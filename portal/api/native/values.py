"""How single values of the native API are read: what is lenient, what is refused, and the words that say so."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from portal.api.paging import LONGEST_CURSOR
from portal.core import json
from portal.subscriptions.calendar import MAX_UNITS, Frequency

DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
NAMES = ", ".join(Frequency)


def refuse(words: str) -> PydanticCustomError:
    """An invalid value, in plain words that say what to give."""
    return PydanticCustomError("invalid", "{words}", {"words": words})


def blank_is_null(value: Any) -> Any:
    """`""` reads as null for optional fields (contract section 2, X5)."""
    return None if value == "" else value


def _text(longest: int, *, required: bool) -> Any:
    def read(value: Any) -> str | None:
        value = blank_is_null(value)
        if value is None:
            if required:
                raise PydanticCustomError("missing", "It is required.")
            return None
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str) or not value.strip() or len(value) > longest:
            raise refuse(f"Give a text of 1 to {longest} characters.")
        return str(value.strip())

    return BeforeValidator(read)


def amount(value: Any) -> Decimal:
    """An amount above zero, as a number or as text that says one exactly."""
    if value is None or value == "":
        raise PydanticCustomError("missing", "It is required.")
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{1,15})?", value):
        value = Decimal(value)
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        raise refuse("Give the amount as a number such as 34.99.")
    if not 0 < value < 10**12:
        raise refuse("The amount must be above zero and below 1,000,000,000,000.")
    return Decimal(value)


def whole(lowest: int, highest: int, *, required: bool) -> Any:
    """A whole number in a range; text that says one is read."""

    def read(value: Any) -> int | None:
        value = blank_is_null(value)
        if value is None:
            if required:
                raise PydanticCustomError("missing", "It is required.")
            return None
        if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 12:
            value = int(value)
        if isinstance(value, Decimal) and value == value.to_integral_value():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
            raise refuse(f"Give a whole number from {lowest} to {highest}.")
        return value

    return BeforeValidator(read)


def _frequency(value: Any) -> Frequency:
    if value is None or value == "":
        raise PydanticCustomError("missing", "It is required.")
    if not isinstance(value, str) or value not in set(Frequency):
        raise refuse(f"Give one of {NAMES}, spelled exactly so.")
    return Frequency(value)


def _day(value: Any) -> date | None:
    value = blank_is_null(value)
    if value is None:
        return None
    try:
        if isinstance(value, str) and DATE.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        raise refuse("There is no such day.") from None
    raise refuse("Give a date as YYYY-MM-DD.")


def _truth(value: Any) -> bool | None:
    value = blank_is_null(value)
    if value is None or isinstance(value, bool):
        return value
    raise refuse("Give true or false.")


def _collection(value: Any) -> Literal["automatic", "link"] | None:
    value = blank_is_null(value)
    if value is None or value in ("automatic", "link"):
        return value  # type: ignore[no-any-return]
    raise refuse("Give automatic or link.")


def _asked(value: Any) -> bool:
    """A yes or no of a query, where everything is text."""
    if value in ("true", "false", "1", "0", ""):
        return value in ("true", "1")
    raise refuse("Give true or false.")


def _free_form(value: Any) -> Any:
    """Objects of the merchant's own that we keep and show as they are, within a limit."""
    value = blank_is_null(value)
    if value is not None and not isinstance(value, (dict, str)):
        raise refuse("Give an object.")
    if len(json.dumps(value)) > 10_000:
        raise refuse("Give an object of at most 10,000 characters.")
    return _storable(value)


def _attachments(value: Any) -> list[Any]:
    value = [] if value in (None, "") else value
    if not isinstance(value, list) or len(value) > 20 or not all(isinstance(item, (str, dict)) for item in value):
        raise refuse("Give a list of at most 20 references.")
    if len(json.dumps(value)) > 10_000:
        raise refuse("Give references of at most 10,000 characters in all.")
    return [_storable(item) for item in value]


def _storable(value: Any) -> Any:
    """Free-form values as JSON columns keep them: an exact decimal stays exact as text."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, dict):
        return {key: _storable(item) for key, item in value.items()}
    return [_storable(item) for item in value] if isinstance(value, list) else value


def described(kind: str, words: str = "", *, null: bool = False, **more: Any) -> WithJsonSchema:
    """What callers should send; a little more is read (`"34.99"`, `""` for null), but nothing else is promised."""
    shape: dict[str, Any] = {"type": [kind, "null"] if null else kind, **more}
    if null and "enum" in more:
        shape["enum"] = [*more["enum"], None]
    return WithJsonSchema(shape | ({"description": words} if words else {}))


def one_of(names: tuple[str, ...], *, null: bool = True) -> Any:
    """A validator for one of these names; nothing and the empty text read as null."""

    def read(value: Any) -> str | None:
        value = blank_is_null(value)
        if (value is None and null) or (isinstance(value, str) and value in names):
            return value
        raise refuse(f"Give one of {', '.join(names)}.")

    return BeforeValidator(read)


_PRINTABLE = r"\S"

Reference = Annotated[str | None, _text(255, required=False), described("string", null=True, maxLength=255)]
RequiredReference = Annotated[str, _text(255, required=True), described("string", minLength=1, maxLength=255)]
RequiredText = Annotated[
    str, _text(500, required=True), described("string", minLength=1, maxLength=500, pattern=_PRINTABLE)
]
OptionalText = Annotated[str | None, _text(200, required=False), described("string", null=True, maxLength=200)]
Cursor = Annotated[
    str | None, _text(LONGEST_CURSOR, required=False), described("string", null=True, maxLength=LONGEST_CURSOR)
]
LongText = Annotated[str | None, _text(2000, required=False), described("string", null=True, maxLength=2000)]
Amount = Annotated[Decimal, BeforeValidator(amount), described("number", exclusiveMinimum=0)]
Units = Annotated[int, whole(1, MAX_UNITS, required=True), described("integer", minimum=1, maximum=MAX_UNITS)]
Count = Annotated[
    int | None, whole(1, 10**9, required=False), described("integer", null=True, minimum=1, maximum=10**9)
]
FrequencyName = Annotated[Frequency, BeforeValidator(_frequency), described("string", enum=list(map(str, Frequency)))]
Day = Annotated[date | None, BeforeValidator(_day), described("string", null=True, format="date")]
Collection = Annotated[
    Literal["automatic", "link"] | None,
    BeforeValidator(_collection),
    described("string", null=True, enum=["automatic", "link"]),
]
Truth = Annotated[bool | None, BeforeValidator(_truth), described("boolean", null=True)]
Asked = Annotated[bool, BeforeValidator(_asked), WithJsonSchema({"type": "boolean", "default": False})]
FreeForm = Annotated[Any, BeforeValidator(_free_form), WithJsonSchema({"type": ["object", "string", "null"]})]
Attachments = Annotated[
    list[Any],
    BeforeValidator(_attachments),
    WithJsonSchema({"type": "array", "maxItems": 20, "items": {"type": ["string", "object"]}}),
]
