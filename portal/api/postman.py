"""The API as a Postman collection (format 2.1): one folder a version and subject, made from the OpenAPI document."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from portal.api.calls import Call, of_edition

FORMAT = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
Shape = dict[str, Any]


def collection(document: Shape, editions: Sequence[str]) -> Shape:
    """Import it, set `site_id` and `api_key` in its variables, and send."""
    return {
        "info": {"name": document["info"]["title"], "description": document["info"]["description"], "schema": FORMAT},
        "auth": {"type": "bearer", "bearer": [{"key": "token", "value": "{{api_key}}", "type": "string"}]},
        "variable": [
            {"key": "base_url", "value": document["servers"][0]["url"]},
            {"key": "site_id", "value": ""},
            {"key": "api_key", "value": ""},
        ],
        "item": [{"name": edition, "item": _folders(list(of_edition(document, edition)))} for edition in editions],
    }


def _folders(calls: list[Call]) -> list[Shape]:
    tags: dict[str, list[Shape]] = defaultdict(list)
    for call in calls:
        tags[call.tag].append(_item(call))
    return [{"name": tag, "item": items} for tag, items in tags.items()]


def _item(call: Call) -> Shape:
    request: Shape = {
        "method": call.method,
        "description": call.words,
        "header": [],
        "url": {
            "raw": "{{base_url}}" + _path(call.path),
            "host": ["{{base_url}}"],
            "path": _path(call.path).strip("/").split("/"),
            "variable": [{"key": one.name, "value": "", "description": one.words} for one in call.inputs],
            "query": [{"key": one.name, "value": "", "description": one.words, "disabled": True} for one in call.query],
        },
    }
    if any(one.name == "Idempotency-Key" for one in call.headers):
        request["header"].append({"key": "Idempotency-Key", "value": "{{$guid}}"})
    if not call.needs_key:
        request["auth"] = {"type": "noauth"}
    if call.uploads:
        request["body"] = {"mode": "formdata", "formdata": [{"key": "file", "type": "file", "src": []}]}
    elif call.body:
        request["header"].append({"key": "Content-Type", "value": "application/json"})
        request["body"] = {"mode": "raw", "raw": call.body, "options": {"raw": {"language": "json"}}}
    return {"name": call.summary, "request": request}


def _path(path: str) -> str:
    """`/site/{site_id}/subscription/{subscription_id}` as Postman writes it: a variable, and a path variable."""
    return re.sub(r"\{([a-z_]+)\}", lambda f: "{{site_id}}" if f.group(1) == "site_id" else f":{f.group(1)}", path)
