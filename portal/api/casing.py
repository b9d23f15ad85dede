"""Both casings are read, each version writes its own: snake_case inside and in v3, camelCase in v4 (X1)."""

from __future__ import annotations

import re
from typing import Any

from portal.core.errors import Problem

_HUMP = re.compile(r"(?<=[a-z0-9])([A-Z])")


def snake(name: str) -> str:
    return _HUMP.sub(lambda hump: "_" + hump.group(1).lower(), name)


def camel(name: str) -> str:
    """`start_date` → `startDate`; what frames an answer is spelled alike in every version."""
    first, *rest = name.split("_")
    return name if name.startswith("_") or name in FRAME else first + "".join(part.capitalize() for part in rest)


def read(body: dict[str, Any], known: frozenset[str]) -> tuple[dict[str, Any], dict[str, str], list[Problem]]:
    """The known fields in snake_case, how the caller spelled each, and fields given twice with different values."""
    found: dict[str, Any] = {}
    spelled: dict[str, str] = {}
    problems = []
    for name, value in body.items():
        field = snake(name)
        if field not in known:
            continue
        if field in found and found[field] != value:
            problems.append(Problem(field, "invalid", f"{spelled[field]} and {name} are both given and differ."))
            continue
        found[field], spelled[field] = value, name
    return found, spelled, problems


def written(shape: Any, version: str) -> Any:
    """A shape with its keys in the casing of the version; free-form values of merchants are written as they came."""
    if version != "v4":
        return shape
    if isinstance(shape, list):
        return [written(item, version) for item in shape]
    if isinstance(shape, dict):
        return {camel(key): value if key in AS_GIVEN else written(value, version) for key, value in shape.items()}
    return shape


AS_GIVEN = frozenset({"attachment_refs", "bill_to_customer", "bill_to", "sold_to"})
# A page is `{"data", "has_more", "next"}` in every version and dialect (contract section 12, Shapes).
FRAME = frozenset({"has_more"})
