"""The description of this dialect is true: real answers fit it to the last field, and nothing asked is a 5xx."""

from __future__ import annotations

import re
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from schemathesis import GenerationMode

from tests.api.asking import ask_all
from tests.api.fundraising.client import MONTHLY, Fundraising
from tests.harness import Portal

NOUNS = {
    "subscription": "subscription_id", "contact": "customer_id", "agreement": "agreement_id", "addOn": "add_on_id",
    "paymentMethod": "method_id",
}  # fmt: skip


@pytest.fixture
def known(client: Fundraising) -> dict[str, str]:
    """A guid of each kind."""
    made = client.active()
    return {
        "subscription_id": made["subscriptionGuid"],
        "customer_id": made["contactGuid"],
        "agreement_id": made["agreementGuid"],
        "method_id": made["paymentMethodGuid"],
        "add_on_id": client.insert("addOn", {"name": "Cup", "unitPrice": 5})["addOnGuid"],
    }


def template(path: str) -> str:
    return re.sub(r"^/fundraising/(\w+)/[^/]+", lambda found: f"/fundraising/{found[1]}/{{{NOUNS[found[1]]}}}", path)


def errors(document: Any, method: str, path: str, answer: Any) -> list[str]:
    response = document["paths"][template(path)][method.lower()]["responses"][str(answer.status_code)]
    if "$ref" in response:
        response = document["components"]["responses"][response["$ref"].rpartition("/")[2]]
    schema = response["content"]["application/json"]["schema"] | {"components": document["components"]}
    return [f"{method} {path}: {error.message}" for error in Draft202012Validator(schema).iter_errors(answer.json)]


def test_every_field_of_every_answer_is_described(portal: Portal, client: Fundraising, known: dict[str, str]) -> None:
    document = portal.client.get("/api/openapi.json").json
    for name, schema in document["components"]["schemas"].items():
        if name.startswith("fundraising.") and "properties" in schema:
            schema["additionalProperties"] = False
    guid = known["subscription_id"]
    own = f"subscription/{guid}"
    calls: list[tuple[str, str, Any]] = [
        ("GET", path, None) for path in ("subscriptions", "contacts", "agreements", "addOns", "paymentMethods", own)
    ]
    calls += [("GET", f"{noun}/{known[kind]}", None) for noun, kind in NOUNS.items()]
    calls += [
        ("PATCH", own, [{"op": "replace", "path": "/externalId", "value": "1"}]),
        ("PATCH", own, [{"op": "replace", "path": "/state", "value": "1"}]),
        ("POST", "addOn", {"name": "Pin", "unitPrice": 1, "subscriptionGuid": guid}),
        ("POST", "contact", {"name": "Ida"}),
        ("POST", "contact", {}),
        ("POST", "agreement", MONTHLY | {"vatPercentage": 25, "scheduleSelectedSet": [1]}),
        ("POST", "subscription", {"contactGuid": known["customer_id"], "agreementGuid": known["agreement_id"]}),
        ("POST", "subscription", {}),
        ("POST", f"{own}/UpdatePaymentMethod", {"paymentMethodGuid": known["method_id"]}),
        ("POST", f"{own}/ChangeAgreement", {"agreementGuid": known["agreement_id"]}),
    ]
    calls += [
        ("POST", f"{own}/{move}", {}) for move in ("Hold", "Restart", "Restart", "Cancel", "Archive", "Unarchive")
    ]
    calls += [("GET", f"{own}/{part}", None) for part in ("schedule", "payments", "addOns", "log")]
    calls += [
        ("GET", "subscription/1", None),
        ("POST", "subscription/1/Hold", {}),
        ("GET", "subscriptions?state=x", None),
    ]
    wrong, statuses = [], set()
    for method, path, body in calls:
        answer = client.call(method, path, **({} if body is None else {"json": body}))
        statuses.add(answer.status_code)
        wrong += errors(document, method, f"/fundraising/{path.partition('?')[0]}", answer)
    assert wrong == []
    assert statuses == {200, 201, 400, 404}


@pytest.mark.slow
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=lambda mode: mode.value)
def test_whatever_is_asked_is_answered_as_described(
    portal: Portal, client: Fundraising, known: dict[str, str], mode: GenerationMode
) -> None:
    ids = {name: [guid] for name, guid in known.items()}
    ask_all(portal, client.shop, ids, mode, where=lambda path: path.startswith("/fundraising/"), at_least=20)
