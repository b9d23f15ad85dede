"""How single values of this dialect are read: what is lenient, what is refused, and the words that say so."""

from __future__ import annotations

import json
import re
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

from portal.api import plain_values
from portal.api.plain_values import blank, refuse, required

LONGEST = 500
_MOMENT = re.compile(
    r"(\d{4}-\d{2}-\d{2})(?:[ T](\d{2}:\d{2}(?::\d{2})?)(?:\.\d{1,9})? ?(Z|[+-]\d{2}:?\d{2})?)?", re.ASCII
)


def _text(longest: int) -> Any:
    def read(value: Any) -> str | None:
        value = blank(value)
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if value is not None and (not isinstance(value, str) or len(value) > longest):
            raise refuse(f"Give a text of at most {longest} characters.")
        return value.strip() if value is not None else None

    return BeforeValidator(read)


def _day(value: Any) -> date | None:
    """The calendar date as it is written; a time behind it and its zone say nothing about a date."""
    found = _moment(value)
    return found.date() if found is not None else None


def _moment(value: Any) -> datetime | None:
    """An instant, without a zone where none was written."""
    value = blank(value)
    if value is None:
        return None
    found = _MOMENT.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise refuse("Give a date as yyyy-mm-dd, or a time as yyyy-mm-dd HH:MM:SS +0100.")
    day, time, zone = found.groups()
    try:
        return datetime.fromisoformat(f"{day}T{time or '00:00'}{zone or ''}")
    except ValueError:
        raise refuse("There is no such day or time.") from None


def whole(lowest: int, highest: int) -> BeforeValidator:
    """A whole number in a range; text that says one is read."""

    def read(value: Any) -> int | None:
        value = blank(value)
        if isinstance(value, str) and re.fullmatch(r"\d{1,9}", value, re.ASCII):
            value = int(value)
        if isinstance(value, Decimal) and value == value.to_integral_value():
            value = int(value)
        if value is not None and (type(value) is not int or not lowest <= value <= highest):
            raise refuse(f"Give a whole number from {lowest} to {highest}.")
        return value

    return BeforeValidator(read)


def _number(value: Any) -> Decimal | None:
    value = blank(value)
    if isinstance(value, str) and re.fullmatch(r"\d{1,15}(\.\d{1,15})?", value, re.ASCII):
        value = Decimal(value)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        raise refuse("Give a number such as 100.00.")
    return Decimal(value)


def _amount(value: Any) -> Decimal | None:
    found = _number(value)
    if found is not None and not 0 < found < 10**12:
        raise refuse("Give a number above zero, such as 100.00.")
    return found


def _percentage(value: Any) -> Decimal | None:
    found = _number(value)
    if found is not None and not (0 <= found <= 100 and -found.as_tuple().exponent <= 4):  # type: ignore[operator]
        raise refuse("Give a percentage from 0 to 100, such as 25.0.")
    return found or None


def _months(value: Any) -> tuple[int, ...]:
    """`[1, 6]`, or the text `"[1,6]"` as the dialect prints it."""
    value = list(value) if isinstance(value, tuple) else blank(value)
    if isinstance(value, str):
        try:
            value = json.loads(value) if re.fullmatch(r"\[[\d, ]{0,60}\]", value, re.ASCII) else 0
        except ValueError:
            value = 0
    if value is None:
        return ()
    if isinstance(value, list) and all(type(one) is int and 1 <= one <= 12 for one in value):
        return tuple(sorted(set(value)))
    raise refuse("Give the months as numbers from 1 to 12, such as [1,6].")


def named(*names: str) -> BeforeValidator:
    """One of these names, in any case."""
    known = {name.lower(): name for name in names}

    def read(value: Any) -> str | None:
        value = blank(value)
        if value is None or (isinstance(value, str) and value.strip().lower() in known):
            return value if value is None else known[value.strip().lower()]
        raise refuse(f"Give one of {', '.join(names)}.")

    return BeforeValidator(read)


def _flag(value: Any) -> bool | None:
    return plain_values.truth({"true": True, "false": False}.get(value, value) if isinstance(value, str) else value)


def described(kind: str, **more: Any) -> WithJsonSchema:
    return WithJsonSchema({"type": [kind, "null"], **more})


Needed = AfterValidator(required)
Text = Annotated[str | None, _text(LONGEST), described("string", maxLength=LONGEST)]
Guid = Annotated[str | None, _text(255), described("string", maxLength=255)]
Day = Annotated[date | None, BeforeValidator(_day), described("string", examples=["2027-01-01"])]
Moment = Annotated[
    datetime | None, BeforeValidator(_moment), described("string", examples=["2019-01-01 00:00:00 +0100"])
]
Quantity = Annotated[int | None, whole(1, 1_000_000), described("integer", minimum=1, maximum=1_000_000)]
Amount = Annotated[Decimal | None, BeforeValidator(_amount), described("number", exclusiveMinimum=0)]
Number = Annotated[Decimal | None, BeforeValidator(_number), described("number")]
Percentage = Annotated[Decimal | None, BeforeValidator(_percentage), described("number", minimum=0, maximum=100)]
Truth = Annotated[bool | None, BeforeValidator(plain_values.truth), described("boolean")]
Flag = Annotated[bool | None, BeforeValidator(_flag), described("boolean")]  # in a query
Currency = Annotated[str | None, BeforeValidator(plain_values.currency), described("string", examples=["DKK"])]
Email = Annotated[str | None, BeforeValidator(plain_values.email), described("string", examples=["jens@example.com"])]
Url = Annotated[
    str | None, BeforeValidator(plain_values.url), described("string", examples=["https://crm.example.com/42"])
]
Months = Annotated[tuple[int, ...], BeforeValidator(_months), WithJsonSchema({"type": ["array", "string", "null"]})]
