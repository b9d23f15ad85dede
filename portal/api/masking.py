"""Bodies as the log may keep them: contact data, names, card-like numbers, keys and link tokens are masked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from portal.api.casing import snake
from portal.core import json
from portal.core.json import BadJson
from portal.customers.emails import mask_email
from portal.customers.plain_text import EMAIL, HIDDEN, in_text, last_four, phone

MOST = 10_000  # bytes of a body or an answer that are kept
MOST_READ = 50_000  # one that is larger cannot be masked by its fields at little cost, so only its size is kept

_SECRET_FIELDS = frozenset(
    {
        "secret", "password", "token", "api_key", "apikey", "authorization", "client_secret", "webhook_secret",
        "signature", "cvc", "cvv", "csrf_token", "totp_secret", "national_id", "birth_date",
    }
)  # fmt: skip
_NAME_FIELDS = frozenset(
    {
        "first_name", "last_name", "name", "full_name", "account_name", "customer_name", "name_on_card", "holder",
        "card_holder", "contact_name", "address", "address1", "address2", "street", "street1", "street2", "line1",
        "line2", "city", "zip", "postal_code", "post_code", "zip_code", "notes", "company_name", "customer_memo",
        "internal_memo",
    }
)  # fmt: skip
_PHONE_FIELDS = frozenset({"msisdn", "mobile_phone", "phone", "phone_number", "mobile", "mobile_number", "telephone"})
_CARD_FIELDS = frozenset({"number", "card_number", "pan", "iban", "account_number", "routing_number"})
_WHOLE_NAMES = frozenset({"bill_to", "bill_to_customer", "sold_to", "billing_address", "shipping_address"})

_VALUE = re.compile(r'("[A-Za-z][A-Za-z0-9_]*"\s*:\s*)("(?:[^"\\]|\\.)*"?|[+-]?\d{7,})')


@dataclass(frozen=True, slots=True)
class Payload:
    """A body or an answer; `raw` is empty where it is too large to be kept, `size` is its own."""

    raw: bytes
    kind: str
    size: int

    @staticmethod
    def of(raw: bytes, kind: str | None) -> Payload:
        return Payload(raw if len(raw) <= MOST_READ else b"", kind or "", len(raw))


def masked(payload: Payload) -> tuple[str | None, bool]:
    """A body as it is kept, and whether it was cut; None for an empty one. Masked first, cut afterwards."""
    if not payload.size:
        return None, False
    if not payload.raw or not _is_text(payload.kind, payload.raw):
        return f"({payload.size:,} bytes of {in_text(payload.kind)[:60] or 'an unknown type'})", not payload.raw
    text = payload.raw.decode("utf-8", "replace").replace("\x00", "�")
    try:
        text = json.dumps(_value(json.loads(text)))
    except (BadJson, RecursionError):
        text = in_text(
            _VALUE.sub(lambda found: f'{found[1]}"{HIDDEN}"', text)
        )  # without fields only its form can be kept
    return cut(text)


def cut(text: str) -> tuple[str, bool]:
    raw = text.encode()
    return (text, False) if len(raw) <= MOST else (raw[:MOST].decode("utf-8", "ignore"), True)


def _is_text(content_type: str, raw: bytes) -> bool:
    kind = content_type.partition(";")[0].strip().lower()
    return b"\x00" not in raw[:1000] and (
        not kind or "json" in kind or kind.startswith("text/") or "urlencoded" in kind
    )


def _value(value: Any, field: str = "", *, is_person: bool = False) -> Any:
    if isinstance(value, dict):
        return {
            key: _value(one, _name(key, value), is_person=is_person or snake(key) in _WHOLE_NAMES)
            for key, one in value.items()
        }
    if isinstance(value, list):
        return [_value(one, field, is_person=is_person) for one in value]
    if value is None or isinstance(value, bool):
        return value
    return _leaf(value, field, is_person=is_person)


def _name(key: str, around: dict[str, Any]) -> str:
    """The field of a value; in a JSON Patch it stands in the path beside it."""
    path = around.get("path")
    return snake(path.rpartition("/")[2]) if key == "value" and isinstance(path, str) else snake(key)


def _leaf(value: Any, field: str, *, is_person: bool) -> Any:
    text = str(value)
    if field in _SECRET_FIELDS and text:
        return HIDDEN
    if field in _PHONE_FIELDS and text:
        return phone(text)
    if field in _CARD_FIELDS:
        return last_four(text)
    if (field in _NAME_FIELDS or is_person) and text:
        return mask_email(text) if EMAIL.fullmatch(text) else f"{text[:1]}{HIDDEN}"
    return in_text(text) if isinstance(value, str) else value
