"""OpenAPI 3.1, built from the addresses of the application and the models that validate for them."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any

from flask import Flask
from pydantic import BaseModel

from portal.api import schemas
from portal.api.operation import File, Operation, Route, described
from portal.api.shared import Edition, Shared
from portal.api.shared_words import API_VERSION, HEADERS, LEAD, PARAMETERS, REFUSALS, REPEATED

Shape = dict[str, Any]

LONGEST_ID = 255  # ours are shorter, but a merchant's own id is taken in their place
_VERSION = re.compile(r"<any\([^)]*\):version>")
_CONVERTER = re.compile(r"<(?:[a-z]+(?:\([^)]*\))?:)?([a-z_]+)>")


def build(app: Flask, public_url: str) -> Shape:
    """The whole document: every described operation, once for each edition of its dialect."""
    found = described(app)
    paths: dict[str, Shape] = defaultdict(dict)
    tags: dict[str, Shape] = {}
    for manual, edition, route, operation in _in_editions(found):
        path = path_of(route, edition)
        paths[path][route.method.lower()] = _Writer(manual, edition).operation(path, route, operation)
        tags.setdefault(operation.tag, {"name": operation.tag})
    return {
        "openapi": "3.1.0",
        "info": {"title": "Payment links", "version": API_VERSION, "description": LEAD},
        "servers": [{"url": public_url}],
        "tags": list(tags.values()),
        "paths": dict(paths),
        "components": {
            "schemas": _all_schemas(found),
            "responses": _all_refusals(found),
            "parameters": PARAMETERS,
            "headers": HEADERS,
            "securitySchemes": {name: one for manual in _manuals(found) for name, one in manual.schemes.items()},
        },
    }


def path_of(route: Route, edition: Edition) -> str:
    """`/api/v4/site/{site_id}/…`: the address as a template, with the edition's version in its place."""
    return _CONVERTER.sub(r"{\1}", _VERSION.sub(edition.version or "", route.rule.rule))


def _in_editions(found: list[Route]) -> list[tuple[Shared, Edition, Route, Operation]]:
    spread = []
    for route in found:
        assert route.operation is not None
        manual = route.operation.manual
        versions = [edition for edition in manual.editions if edition.version is None or "version>" in route.rule.rule]
        spread += [(manual, edition, route, route.operation) for edition in versions]
    return spread


def _all_schemas(routes: list[Route]) -> Shape:
    found: Shape = {}
    operations = [route.operation for route in routes if route.operation is not None]
    for manual in _manuals(routes):
        mine = [operation for operation in operations if operation.manual is manual]
        bodies = {operation.body for operation in mine if operation.body is not None}
        answers = {a for o in mine for a in o.answers.values() if isinstance(a, type)} | {manual.failure}
        for edition in manual.editions:
            found |= schemas.components(_by_name(bodies), _by_name(answers), edition.name, edition.spell)
    return found


def _all_refusals(routes: list[Route]) -> Shape:
    return {
        f"{edition.name}.{told}": _refusal(manual, edition, status)
        for manual in _manuals(routes)
        for edition in manual.editions
        for status in sorted(REFUSALS, reverse=True)
        for told in {manual.statuses.get(status, status), *([status] if status in REPEATED else [])}
    }


def _refusal(manual: Shared, edition: Edition, status: int) -> Shape:
    return {
        "description": REFUSALS[status].words,
        "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in REFUSALS[status].headers},
        "content": {
            "application/json": {"schema": {"$ref": f"#/components/schemas/{edition.name}.{manual.failure.__name__}"}}
        },
    }


def _manuals(routes: list[Route]) -> list[Shared]:
    return list({route.operation.manual.name: route.operation.manual for route in routes if route.operation}.values())


def _by_name(models: set[type[BaseModel]]) -> list[type[BaseModel]]:
    return sorted(models, key=lambda model: model.__name__)


class _Writer:
    """Writes operations of one edition."""

    def __init__(self, manual: Shared, edition: Edition) -> None:
        self.manual, self.edition = manual, edition

    def operation(self, path: str, route: Route, operation: Operation) -> Shape:
        shape: Shape = {
            "operationId": f"{self.edition.name.replace('.', '_')}_{route.rule.endpoint.rpartition('.')[2]}",
            "x-edition": self.edition.name,
            "summary": operation.summary,
            "description": operation.description,
            "tags": [operation.tag],
            "security": []
            if operation.public
            else [{name: [] for name in together} for together in self.manual.security],
            "parameters": self._parameters(path, route.method, operation),
            "responses": self._responses(path, route.method, operation),
        }
        if operation.body is not None or operation.uploads:
            shape["requestBody"] = self._body(operation)
        return shape

    def _parameters(self, path: str, method: str, operation: Operation) -> list[Shape]:
        found: list[Shape] = [
            {
                "name": name,
                "in": "path",
                "required": True,
                "description": self.manual.path_words.get(name, ""),
                "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_ID},
            }
            for name in re.findall(r"\{([a-z_]+)\}", path)
        ]
        if operation.query is not None:
            found += schemas.parameters(operation.query, self.edition.spell)
        if method in {"POST", "PATCH"} and not operation.public:
            found.append({"$ref": "#/components/parameters/Idempotency-Key"})
        if operation.versioned:
            found.append({"$ref": "#/components/parameters/If-Match"})
        return found

    def _body(self, operation: Operation) -> Shape:
        content: Shape = {}
        for media_type in operation.uploads:
            content[media_type] = {"schema": _upload(media_type)}
        if operation.body is not None:
            content["application/json"] = {"schema": self._ref(operation.body)}
            if operation.body_example is not None:
                content["application/json"]["example"] = self.edition.write(operation.body_example)
        return {"required": not operation.body_is_optional, "content": content}

    def _responses(self, path: str, method: str, operation: Operation) -> Shape:
        found: Shape = {}
        for status, answer in operation.answers.items():
            found[str(status)] = self._answer(status, answer, operation, method)
        for status in operation.refusals(method, has_id="{" in path):
            told = self.manual.statuses.get(status, status)
            found.setdefault(str(told), {"$ref": f"#/components/responses/{self.edition.name}.{told}"})
        if method in {"POST", "PATCH"}:
            for status in REPEATED:
                found.setdefault(str(status), {"$ref": f"#/components/responses/{self.edition.name}.{status}"})
        return found

    def _answer(self, status: int, answer: Any, operation: Operation, method: str) -> Shape:
        names = ["X-Request-Id", *([] if operation.public else ["RateLimit", "RateLimit-Policy"])]
        names += ["ETag"] if operation.tagged else []
        if method in {"POST", "PATCH"}:
            names.append("Idempotency-Replayed")
        shape: Shape = {
            "description": REFUSALS[status].words if status in REFUSALS else "Done." if status < 300 else "Unchanged.",
            "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in names},
        }
        if isinstance(answer, File):
            shape["description"] = answer.words
            shape["content"] = {kind: {"schema": {}} for kind in answer.types}
        elif answer is not None:
            content: Shape = {"schema": self._ref(answer)}
            if status in operation.answer_examples:
                content["example"] = self.edition.write(operation.answer_examples[status])
            shape["content"] = {"application/json": content}
        return shape

    def _ref(self, model: type[BaseModel]) -> Shape:
        return {"$ref": f"#/components/schemas/{self.edition.name}.{model.__name__}"}


def _upload(media_type: str) -> Shape:
    if media_type != "multipart/form-data":
        return {}
    file = {
        "type": "string",
        "contentMediaType": "application/octet-stream",
        "description": "PDF, PNG or JPEG, at most 5 MB.",
    }
    return {"type": "object", "required": ["file"], "properties": {"file": file}}
