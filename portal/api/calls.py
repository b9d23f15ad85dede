"""Every call of an edition as its pages and collections show it: taken from the OpenAPI document alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import simplejson

from portal.api.schema_words import FieldWords, kind, resolved, sample
from portal.api.schema_words import fields as fields_of

Shape = dict[str, Any]


@dataclass(frozen=True, slots=True)
class AnswerWords:
    """One status of a call, with an example where it has a body."""

    status: str
    words: str
    example: str


@dataclass(frozen=True, slots=True)
class Call:
    """One operation, ready to be shown. `curl` can be pasted once SITE and KEY are set."""

    name: str
    method: str
    path: str
    summary: str
    words: str
    tag: str
    inputs: tuple[FieldWords, ...]  # of the path, but for the site
    query: tuple[FieldWords, ...]
    headers: tuple[FieldWords, ...]
    body_fields: tuple[FieldWords, ...]
    body: str
    uploads: bool
    needs_key: bool
    answers: tuple[AnswerWords, ...]
    refusals: tuple[AnswerWords, ...]
    curl: str


def of_edition(document: Shape, edition: str) -> Iterator[Call]:
    """The calls of this edition, in the order of the document."""
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if operation["x-edition"] == edition:
                yield _call(document, path, method.upper(), operation)


def written(value: Any) -> str:
    """JSON for people: exact decimals, two spaces."""
    return simplejson.dumps(value, use_decimal=True, indent=2, ensure_ascii=False)


def _call(document: Shape, path: str, method: str, operation: Shape) -> Call:
    parameters = [resolved(one, document) for one in operation["parameters"]]
    content = operation.get("requestBody", {}).get("content", {})
    json_body = content.get("application/json")
    body = written(json_body.get("example") or sample(json_body["schema"], document)) if json_body else ""
    answers = [_answer(document, status, response) for status, response in operation["responses"].items()]
    call = Call(
        name=operation["operationId"],
        method=method,
        path=path,
        summary=operation["summary"],
        words=operation["description"],
        tag=operation["tags"][0],
        inputs=_fields(parameters, "path", without="site_id"),
        query=_fields(parameters, "query"),
        headers=_fields(parameters, "header"),
        body_fields=tuple(fields_of(json_body["schema"], document)) if json_body else (),
        body=body,
        uploads="multipart/form-data" in content,
        needs_key=bool(operation["security"]),
        answers=tuple(one for one in answers if one.status < "400"),
        refusals=tuple(one for one in answers if one.status >= "400"),
        curl="",
    )
    return replace(call, curl=curl(call, document["servers"][0]["url"]))


def curl(call: Call, base: str) -> str:
    """The call for a shell; SITE and KEY are taken from its environment."""
    path = call.path.replace("{site_id}", "$SITE")
    path = re.sub(r"\{([a-z_]+)\}", lambda found: f"${found.group(1).removesuffix('_id').upper()}", path)
    parts = [f'curl -X {call.method} "{base}{path}"' if call.method != "GET" else f'curl "{base}{path}"']
    if call.needs_key:
        parts.append('-H "Authorization: Bearer $KEY"')
    if any(one.name == "Idempotency-Key" for one in call.headers):
        parts.append('-H "Idempotency-Key: $(date +%s)-$$"')
    if call.uploads:
        parts.append("-F file=@contract.pdf")
    elif call.body:
        quoted = call.body.replace("'", "'\\''")
        parts += ['-H "Content-Type: application/json"', f"-d '{quoted}'"]
    return " \\\n  ".join(parts)


def _fields(parameters: list[Shape], place: str, without: str = "") -> tuple[FieldWords, ...]:
    return tuple(
        FieldWords(one["name"], kind(one["schema"]), one["required"], one.get("description", ""))
        for one in parameters
        if one["in"] == place and one["name"] != without
    )


def _answer(document: Shape, status: str, response: Shape) -> AnswerWords:
    whole = resolved(response, document)
    content = whole.get("content", {}).get("application/json")
    if content is None or status >= "400":
        return AnswerWords(status, whole["description"], "")
    example = content["example"] if "example" in content else sample(content["schema"], document)
    return AnswerWords(status, whole["description"], written(example))
