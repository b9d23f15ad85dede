"""JSON without surprises: exact decimals both ways; duplicates, non-finite numbers and deep nesting refused."""

from __future__ import annotations

import json
import re
import uuid
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import simplejson

MAX_DEPTH = 32
MAX_DIGITS = 40
# A string, whole or cut off, or one bracket outside of strings.
_STRUCTURE = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[\]{}]', re.DOTALL)
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class BadJson(ValueError):
    """The text is not JSON that we accept; the message says why in plain words."""


def loads(text: str) -> Any:
    """Read JSON; numbers with a point come back as Decimal. Raises BadJson."""
    if _depth(text) > MAX_DEPTH:
        raise BadJson(f"The body is nested more than {MAX_DEPTH} levels deep.")
    try:
        value = json.loads(
            text, parse_float=_decimal, parse_int=_integer, parse_constant=_refuse, object_pairs_hook=_object
        )
    except BadJson:
        raise
    except ValueError as error:
        raise BadJson(f"The body is not JSON: {error}.") from None
    _refuse_unstorable(value)
    return value


def dumps(value: Any) -> str:
    """Write JSON; Decimal as an exact number, dates and times in RFC 3339, ids as text."""
    return simplejson.dumps(value, use_decimal=True, default=_plain, ensure_ascii=False, separators=(",", ":"))


def _depth(text: str) -> int:
    """How deep brackets nest outside of strings, without recursion, so that no body can exhaust the stack."""
    deepest = level = 0
    for sign in _STRUCTURE.findall(text):
        if sign == "{" or sign == "[":
            level += 1
            if level > deepest:
                deepest = level
                if deepest > MAX_DEPTH:
                    break
        elif sign == "}" or sign == "]":
            level -= 1
    return deepest


def _decimal(text: str) -> Decimal:
    number = Decimal(text)
    if not number.is_finite() or len(text) > MAX_DIGITS or abs(number.adjusted()) > MAX_DIGITS:
        raise BadJson(f"The number {text[:20]} is out of range.")
    return number


def _integer(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise BadJson(f"The number {text[:20]}… is out of range.")
    return int(text)


def _refuse(name: str) -> Any:
    raise BadJson(f"{name} is not a JSON number.")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BadJson(f"The field {_twice(pairs)[:50]!r} is given twice.")
    return found


def _twice(pairs: list[tuple[str, Any]]) -> str:
    """The first name that comes again; in one pass, for a body may hold a hundred thousand of them."""
    seen: set[str] = set()
    return next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]


def _refuse_unstorable(value: Any) -> None:
    """Refuse what PostgreSQL cannot keep as text: NUL and lone surrogates."""
    pending = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, str):
            if _UNSTORABLE.search(item):
                raise BadJson("A text holds a character that is no character (NUL or half of a surrogate pair).")
        elif isinstance(item, dict):
            pending.extend(item.keys())
            pending.extend(item.values())
        elif isinstance(item, list):
            pending.extend(item)


def _plain(value: Any) -> str:
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, uuid.UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no place in JSON")
