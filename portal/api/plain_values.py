"""Values that the dialects read alike: nothing, a truth, a currency, an email address, a web address."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from pydantic_core import PydanticCustomError

from portal.core import currencies
from portal.customers.emails import InvalidEmail, parse_email

LONGEST_ADDRESS = 2000


def refuse(words: str) -> PydanticCustomError:
    """An invalid value, in plain words that say what to give."""
    return PydanticCustomError("invalid", "{words}", {"words": words})


def missing() -> PydanticCustomError:
    return PydanticCustomError("missing", "It is required.")


def blank(value: Any) -> Any:
    """`""` reads as nothing: the printed examples send it for whatever is left out."""
    return None if isinstance(value, str) and not value.strip() else value


def required(value: Any) -> Any:
    """For behind the reading of a value. Raises what pydantic reports as missing."""
    if value is None:
        raise missing()
    return value


def truth(value: Any) -> bool | None:
    value = blank(value)
    if value is None or isinstance(value, bool):
        return value
    raise refuse("Give true or false.")


def currency(value: Any) -> str | None:
    value = blank(value)
    if value is None or (isinstance(value, str) and currencies.known(value)):
        return value
    raise refuse("Give an ISO 4217 code of three capital letters, such as EUR.")


def email(value: Any) -> str | None:
    value = blank(value)
    try:
        if value is None or isinstance(value, str):
            return parse_email(value.strip()) if value else None
    except InvalidEmail as error:
        raise refuse(str(error)) from None
    raise refuse("Give one email address as text.")


def url(value: Any) -> str | None:
    """A web address without a name or password in it."""
    value = blank(value)
    if value is None:
        return None
    words = "Give a web address such as https://example.com/42."
    try:
        parts = urlsplit(value.strip()) if isinstance(value, str) and len(value) <= LONGEST_ADDRESS else None
    except ValueError:
        raise refuse(words) from None
    if parts is None or parts.scheme not in {"http", "https"} or not parts.hostname:
        raise refuse(words)
    if parts.username or parts.password:
        raise refuse(words)
    return str(value.strip())
