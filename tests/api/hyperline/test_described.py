"""No answer of the dialect says more or else than its description, and nothing that is asked gives a 5xx."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator
from schemathesis import GenerationMode

from tests.api.asking import ask_all
from tests.api.hyperline.client import GOLD, NOW, TOWELS, Hyperline
from tests.harness import Merchant, Portal


def test_every_field_of_every_answer_is_described(portal: Portal, shop: Merchant, client: Hyperline) -> None:
    document = portal.client.get("/api/openapi.json").json
    for schema in document["components"]["schemas"].values():
        if "properties" in schema:
            schema["additionalProperties"] = False
    product = client.post("products", {"name": "P", "prices": [{"type": "fee", "amount": 1}]}, 201)
    made = client.confirmed(products=[GOLD, TOWELS], custom_properties={"a": {"b": [1]}})
    coupon = {"coupon_id": "c", "discount_percent": 12.5, "product_id": "towels"}
    update = client.update(made, "add_coupon", coupon)
    planned = {"application_schedule": "scheduled", "apply_at": "2026-03-01"}
    later = client.update(made, "update_count", {"product_id": "towels", "count": 2}, **planned)
    body = NOW | {"type": "update_count", "payload": {"product_id": "towels", "count": 3}}
    own, ids = "subscriptions/{subscription_id}", {"subscription_id": made["id"], "phase_id": made["id"]}
    ids |= {"update_id": later["id"], "product_id": product["id"], "customer_id": made["customer_id"]}
    asked: list[tuple[str, str, Any]] = [
        *(("GET", path, None) for path in ("subscriptions", "products", "customers", own, f"{own}/phases")),
        *(("GET", path, None) for path in (f"{own}/phases/{{phase_id}}", f"{own}/updates")),
        *(("GET", path, None) for path in ("products/{product_id}", "customers/{customer_id}")),
        ("GET", f"{own}/updates/{{update_id}}", None),
        ("POST", "products", {}),
        ("POST", "products", {"name": "Q", "prices": [{"amount": 5}]}),
        ("POST", "customers", {"name": "Jane"}),
        ("PUT", "customers/{customer_id}", {"name": "Jane"}),
        ("POST", "subscriptions", {"customer_id": made["customer_id"], "products": [TOWELS]}),
        ("POST", f"{own}/update", body),
        ("POST", f"{own}/update-many", {"updates": [body | {"payload": {"product_id": "towels", "count": 4}}]}),
        ("POST", f"{own}/simulate-updates", {"updates": [body]}),
        ("POST", f"{own}/updates/{{update_id}}/cancel", None),
        ("POST", f"{own}/update", {"type": "remove_product", "payload": {"product_id": "x"}} | NOW),
        ("PUT", own, {"phases": [{"products": [GOLD]}], "name": "N"}),
        *(
            ("POST", f"{own}/{name}", {})
            for name in ("activate", "transition-phase", "pause", "reactivate", "next-phase")
        ),
        ("POST", f"{own}/cancel", {"cancellation_strategy": "refund_prorata"}),
        ("POST", f"{own}/reinstate", {}),
    ]
    assert update["status"] == "applied"
    seen, wrong = set(), []
    for method, template, sent in asked:
        answer = client.call(method, template.format(**ids), json=sent)
        operation = document["paths"][f"/v1/{template}"][method.lower()]
        response = operation["responses"][str(answer.status_code)]
        response = document["components"]["responses"].get(response.get("$ref", "").rpartition("/")[2], response)
        schema = response["content"]["application/json"]["schema"] | {"components": document["components"]}
        wrong += [f"{method} {template}: {e.message}" for e in Draft202012Validator(schema).iter_errors(answer.json)]
        seen.add(answer.status_code)
        portal.run_jobs()
    assert wrong == []
    assert seen == {200, 201, 400, 404}


@pytest.mark.slow
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=lambda mode: mode.value)
def test_whatever_is_asked_is_answered_as_described(
    portal: Portal, shop: Merchant, client: Hyperline, mode: GenerationMode
) -> None:
    made = client.confirmed(products=[GOLD, TOWELS])
    waiting = client.subscribe()
    product = client.post("products", {"name": "P", "prices": [{"type": "fee", "amount": 1}]}, 201)
    known = {
        "subscription_id": [made["id"], waiting["id"]],
        "phase_id": [made["id"]],
        "customer_id": [made["customer_id"]],
        "product_id": [product["id"]],
    }
    ask_all(portal, shop, known, mode, where=lambda path: path.startswith("/v1/"), at_least=20)
