"""Whatever is asked, described or not, no answer is a 5xx, and each one is what the description says it is.

`API_EXAMPLES=400` asks each operation more often than the suite has time for: about 100,000 requests in an hour, which
`pytest -s` counts by their answers.
"""

from __future__ import annotations

import io
import os
from collections import Counter
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
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
        "checkout_id": [whole["invoices"][0]["id"]],
    }


@pytest.mark.slow
@pytest.mark.parametrize("version", ["v4", "v3.1", "v3", "dialects"])
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=lambda mode: mode.value)
def test_every_operation_answers_as_described(
    portal: Portal, merchant: Merchant, known: dict[str, list[str]], mode: GenerationMode, version: str
) -> None:
    raw = portal.client.get("/api/openapi.json").json
    headers = _credentials(raw, merchant)
    described = _without_security(raw, portal)
    examples = max(2, EXAMPLES // 3) if version in {"v3.1", "v3"} else EXAMPLES
    failures: list[str] = []
    answered = Counter[int]()
    operations = [result.ok() for result in described.get_all_operations()]
    chosen = [operation for operation in operations if _version(operation.path) == version]
    for operation in chosen:
        strategy = operation.as_strategy(generation_mode=mode)
        failures += _ask(strategy, headers, known, examples, answered)
    print(f"\n{version}, {mode.value}: {answered.total():,} requests, {dict(sorted(answered.items()))}")
    assert len(chosen) > (10 if version == "dialects" else 30)
    assert failures == []
    assert answered[401] + answered[429] < answered.total() / 10, "most of it never came past the door"


def _version(path: str) -> str:
    """Of the native API; the others have one each, and are asked together."""
    first, second = path.split("/")[1:3]
    return second if first == "api" else "dialects"


def _credentials(schema: Any, merchant: Merchant) -> dict[str, str]:
    """Every dialect's own headers at once: each reads what it knows."""
    schemes = schema["components"]["securitySchemes"].values()
    named = [scheme["name"] for scheme in schemes if scheme.get("in") == "header"]
    pairs = {name: merchant.api_key if "secret" in name.lower() else merchant.key_id for name in named}
    return pairs | {"Authorization": f"Bearer {merchant.api_key}"}


def _without_security(raw: Any, portal: Portal) -> Any:
    """Else most of what is made wrong on purpose is the key: it was left out of two calls in three."""
    del raw["components"]["securitySchemes"]
    for path in raw["paths"].values():
        for operation in path.values():
            if isinstance(operation, dict):
                operation.pop("security", None)
    described = schemathesis.openapi.from_dict(raw)
    described.app = portal.app
    return described


def _ask(
    strategy: Any, headers: dict[str, str], known: dict[str, list[str]], examples: int, answered: Counter[int]
) -> list[str]:
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
        answer = case.call(headers=headers)
        answered[answer.status_code] += 1
        case.validate_response(answer, checks=CHECKS)

    try:
        ask()
    except Unsatisfiable:
        return []  # nothing is sent but ids, which cannot be wrong
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
