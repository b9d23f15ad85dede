"""No answer says more than the description: every field that leaves is described, in every version."""

from __future__ import annotations

import io
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.api.test_attachments import PDF
from tests.harness import Customer, Merchant, Portal

SUBSCRIPTION = "/api/{v}/site/{site_id}/subscription/{subscription_id}"


@pytest.fixture
def strict(portal: Portal) -> Any:
    """The document with every object closed, but for those that are free by description."""
    document = portal.client.get("/api/openapi.json").json
    for schema in document["components"]["schemas"].values():
        if "properties" in schema:
            schema["additionalProperties"] = False
    return document


@pytest.mark.parametrize("version", ["v3", "v3.1", "v4"])
def test_every_field_of_every_answer_is_described(
    portal: Portal, merchant: Merchant, strict: Any, version: str
) -> None:
    file = merchant.call("POST", "/attachment", version, data={"file": (io.BytesIO(PDF), "a.pdf")})
    hook = merchant.call("POST", "/webhook", version, json={"url": "https://example.invalid/hook"})
    added = merchant.post(version=version)
    Customer(portal, added.json["link"]).confirm()
    portal.run_jobs()
    own = added.json["id"]
    payment = merchant.call("GET", f"/subscription/{own}/payments", "v3").json["data"][0]["id"]
    event = merchant.call("GET", "/event", "v3").json["data"][0]["id"]
    merchant.post(webhook_url="https://example.invalid/")
    answers = [
        ("POST", "/attachment", file),
        ("POST", "/webhook", hook),
        ("POST", "/subscription/addUpdate", added),
        ("POST", "/subscription/addUpdate", merchant.post({"amount": -1}, version)),
    ]
    gets = ["/subscription", f"/subscription/{own}", f"/subscription/{own}/schedule", "/event", "/webhook", "/clock",
            "/customer/39772634", f"/payment/{payment}", "/sandbox/messages", "/sandbox/ledger"]  # fmt: skip
    gets += [f"/subscription/{own}/{n}" for n in ("payments", "invoices", "log", "requests", "notifications", "events")]
    posts = ["send", "pause", "resume", "retry", "close", "archive", "unarchive"]
    asked = [("GET", path) for path in gets] + [("POST", f"/subscription/{own}/{name}") for name in posts]
    asked += [("POST", f"/payment/{payment}/refund"), ("POST", f"/payment/{payment}/void")]
    asked += [("POST", f"/event/{event}/replay"), ("DELETE", f"/webhook/{hook.json['id']}")]
    asked += [("DELETE", f"/subscription/{own}"), ("GET", f"/subscription/{own}")]
    answers += [(method, path, merchant.call(method, path, version)) for method, path in asked]
    wrong = []
    for method, path, answer in answers:
        template, name = path, path.split("/")[1]
        for given in (own, payment, event, "39772634", hook.json["id"]):
            template = template.replace(f"/{given}", f"/{{{name}_id}}")
        operation = strict["paths"][f"/api/{version}/site/{{site_id}}{template}"][method.lower()]
        wrong += [f"{method} {path}: {e.message}" for e in _errors(strict, operation, answer)]
    assert wrong == []
    assert {answer.status_code for _, _, answer in answers} >= {200, 404, 409, 422}


def _errors(document: Any, operation: Any, answer: Any) -> list[Any]:
    response = operation["responses"][str(answer.status_code)]
    if "$ref" in response:
        response = document["components"]["responses"][response["$ref"].rpartition("/")[2]]
    schema = response["content"]["application/json"]["schema"] | {"components": document["components"]}
    return list(Draft202012Validator(schema).iter_errors(answer.json))
