"""From the models that validate to the JSON Schemas that describe them, in the spelling of an edition."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, JsonSchemaValue, models_json_schema
from pydantic_core import core_schema

Schema = dict[str, Any]
Spell = Callable[[str], str]


class _Plain(GenerateJsonSchema):
    """Without the titles and without defaults: an absent field keeps its value, so a default would be a lie."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])


class _WithDefaults(GenerateJsonSchema):
    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def components(
    bodies: Iterable[type[BaseModel]], answers: Iterable[type[BaseModel]], place: str, spell: Spell
) -> Schema:
    """Schemas of all models by name; `place` is put before each name in references (`v4.Subscription`)."""
    asked: list[tuple[type[BaseModel], JsonSchemaMode]] = [(model, "validation") for model in bodies]
    asked += [(model, "serialization") for model in answers]
    template = f"#/components/schemas/{place}.{{model}}"
    _, whole = models_json_schema(asked, ref_template=template, schema_generator=_Plain)
    found: Schema = whole.get("$defs", {})
    return {f"{place}.{name}": _respelled(_untitled(schema), spell) for name, schema in sorted(found.items())}


def parameters(model: type[BaseModel], spell: Spell) -> list[Schema]:
    """The fields of a flat model as query parameters."""
    schema = model.model_json_schema(schema_generator=_WithDefaults)
    required = set(schema.get("required", ()))
    return [
        {
            "name": spell(name),
            "in": "query",
            "required": name in required,
            "description": field.get("description", ""),
            "schema": _never_null({key: value for key, value in field.items() if key != "description"}),
        }
        for name, field in schema.get("properties", {}).items()
    ]


def _never_null(field: Schema) -> Schema:
    """A query has no null: what may be left out is just not there."""
    kind = field.get("type")
    if isinstance(kind, list):
        field["type"] = next(one for one in kind if one != "null")
    if field.get("default", ...) is None:
        del field["default"]
    return field


def _untitled(schema: Schema) -> Schema:
    return {key: value for key, value in schema.items() if key != "title"}


def _respelled(schema: Any, spell: Spell) -> Any:
    if isinstance(schema, list):
        return [_respelled(item, spell) for item in schema]
    if not isinstance(schema, dict) or "x-spelling" in schema:
        return schema
    changed = {key: _respelled(value, spell) for key, value in schema.items() if key not in {"properties", "required"}}
    if "properties" in schema:
        changed["properties"] = {spell(key): _respelled(value, spell) for key, value in schema["properties"].items()}
    if "required" in schema:
        changed["required"] = [spell(name) for name in schema["required"]]
    return changed
