"""Whatever is asked, described or not, no answer is a 5xx, and each one is what the description says it is.

`API_EXAMPLES=100` asks each operation more often than the suite has time for.
"""

from __future__ import annotations

import io
import os
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.api.test_attachments import PDF
from tests.harness import Customer, Merchant, Portal

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES = int(os.environ.get("API_EXAMPLES", "6"))


@pytest.fixture
def known(portal: Portal, merchant: Merchant) -> dict[str, list[str]]:
    """Ids that exist, so that half of the questions get past the door."""
    customer = Customer(portal, merchant.post().json["link"])
    merchant.post(external_id="waiting")
    customer.confirm()
    portal.run_jobs()
    whole = merchant.subscription()
    file = merchant.call("POST", "/attachment", data={"file": (io.BytesIO(PDF), "terms.pdf")})
    hook = merchant.call("POST", "/webhook", json={"url": "https://example.invalid/hook"})
    event = merchant.call("GET", "/event").json["data"][0]
    return {
        "site_id": [merchant.site_id],
        "subscription_id": [whole["id"], "439772921", "waiting"],
        "customer_id": [whole["customer"]["id"], "39772634"],
        "payment_id": [whole["invoices"][0]["payments"][0]["id"]],
        "attachment_id": [file.json["id"]],
        "webhook_id": [hook.json["id"]],
        "event_id": [event["id"]],
    }


@pytest.mark.slow
@pytest.mark.parametrize("version", ["v4", "v3.1", "v3"])
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=lambda mode: mode.value)
def test_every_operation_answers_as_described(
    portal: Portal, merchant: Merchant, known: dict[str, list[str]], mode: GenerationMode, version: str
) -> None:
    described = schemathesis.openapi.from_wsgi("/api/openapi.json", portal.app)
    examples = EXAMPLES if version == "v4" else max(2, EXAMPLES // 3)
    failures: list[str] = []
    asked = 0
    for result in described.get_all_operations():
        operation = result.ok()
        if f"/{version}/" not in operation.path:
            continue
        asked += 1
        failures += _ask(operation.as_strategy(generation_mode=mode), merchant, known, examples)
    assert asked > 30
    assert failures == []


def _ask(strategy: Any, merchant: Merchant, known: dict[str, list[str]], examples: int) -> list[str]:
    @settings(
        max_examples=examples,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy)
    def ask(case: Case) -> None:
        _lead_inside(case, known)
        case.call_and_validate(headers={"Authorization": f"Bearer {merchant.api_key}"}, checks=CHECKS)

    try:
        ask()
    except (FailureGroup, AssertionError) as failure:
        return [str(failure)[:2000]]
    return []


def _lead_inside(case: Case, known: dict[str, list[str]]) -> None:
    """Ids of the site's own in most addresses; the rest stay as they were made up."""
    path = case.path_parameters or {}
    for name, ids in known.items():
        made_up = str(path.get(name, ""))
        if name in path and (name == "site_id" or len(made_up) % 4 < 3):
            path[name] = ids[len(made_up) % len(ids)]
