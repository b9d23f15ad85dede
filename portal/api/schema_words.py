"""A schema in words and as an example: what the pages of the description show of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Schema = dict[str, Any]
KINDS = {"string": "text", "number": "number", "integer": "whole number", "boolean": "true or false"}
FORMATS = {"date": ("date", "2026-03-01"), "date-time": ("time", "2026-03-01T09:00:00-06:00")}
DEEPEST = 3


@dataclass(frozen=True, slots=True)
class FieldWords:
    """One line of a table of fields; a field of an object inside is `customer.email`."""

    name: str
    kind: str
    required: bool
    words: str


def fields(schema: Schema, document: Schema, under: str = "", depth: int = 0) -> Iterator[FieldWords]:
    """Every field of an object, the fields of objects inside it after their own line."""
    whole = resolved(schema, document)
    required = set(whole.get("required", ()))
    for name, field in whole.get("properties", {}).items():
        inside = resolved(field, document)
        words = field.get("description") or inside.get("description", "")
        yield FieldWords(f"{under}{name}", kind(inside), name in required, words)
        nested = resolved(inside.get("items", {}), document) if inside.get("type") == "array" else inside
        if depth < DEEPEST and "properties" in nested:
            yield from fields(nested, document, f"{under}{name}.", depth + 1)


def resolved(schema: Schema, document: Schema) -> Schema:
    """The schema behind a reference, or behind "this or null"."""
    if "$ref" in schema:
        found: Any = document
        for part in schema["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        return resolved(found, document)
    if "anyOf" in schema:
        first = next(one for one in schema["anyOf"] if one.get("type") != "null")
        return resolved(first, document) | {key: schema[key] for key in ("description",) if key in schema}
    if "oneOf" in schema:
        return resolved(schema["oneOf"][0], document)
    return schema


def kind(schema: Schema) -> str:
    """`text`, `date`, `one of pending, active`: what stands in the second column."""
    if "const" in schema:
        return f"always {str(schema['const']).lower()}"
    if "enum" in schema:
        return "one of " + ", ".join(str(one) for one in schema["enum"] if one is not None)
    if schema.get("format") in FORMATS:
        return FORMATS[schema["format"]][0]
    types = _types(schema)
    if types[:1] == ["array"]:
        return "list"
    return " or ".join(KINDS.get(one, one) for one in types) or "anything"


def sample(schema: Schema, document: Schema, depth: int = 0) -> Any:
    """A value that the schema allows, as plain as it can be."""
    whole = resolved(schema, document)
    for given in ("const", "default"):
        if given in whole:
            return whole[given]
    if "examples" in whole or "enum" in whole:
        return (whole.get("examples") or whole["enum"])[0]
    if "properties" in whole and depth < DEEPEST:
        return {name: sample(field, document, depth + 1) for name, field in whole["properties"].items()}
    if whole.get("format") in FORMATS:
        return FORMATS[whole["format"]][1]
    first = next(iter(_types(whole)), "null")
    if first == "array":
        return [sample(whole["items"], document, depth + 1)] if whole.get("items") and depth < DEEPEST else []
    return {"string": "…", "number": 34.99, "integer": 1, "boolean": True, "object": {}}.get(first)


def _types(schema: Schema) -> list[str]:
    types = schema.get("type", [])
    return [one for one in ([types] if isinstance(types, str) else types) if one != "null"]
