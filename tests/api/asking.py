"""Asks every operation what its description allows, and what it does not; each answer must be what is described.

`API_EXAMPLES=400` asks each operation more often than the suite has time for: about 110,000 requests in twenty minutes,
which `pytest -s` counts by their answers.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from typing import Any

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

from tests.harness import Merchant, Portal

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES = int(os.environ.get("API_EXAMPLES", "6"))
Known = dict[str, list[str]]


def ask_all(
    portal: Portal,
    merchant: Merchant,
    known: Known,
    mode: GenerationMode,
    *,
    where: Callable[[str], bool],
    examples: int = EXAMPLES,
    at_least: int,
) -> None:
    """Every operation whose path is chosen; `known` are ids that exist, so that most questions get past the door."""
    raw = portal.client.get("/api/openapi.json").json
    headers = _credentials(raw, merchant)
    described = _without_security(raw, portal)
    failures: list[str] = []
    answered = Counter[int]()
    chosen = [one for one in (result.ok() for result in described.get_all_operations()) if where(one.path)]
    for operation in chosen:
        strategy = operation.as_strategy(generation_mode=mode)
        failures += _ask(strategy, headers, known, examples, answered)
    print(f"\n{mode.value}: {answered.total():,} requests, {dict(sorted(answered.items()))}")
    assert len(chosen) >= at_least
    assert failures == []
    assert answered[401] + answered[429] < answered.total() / 10, "most of it never came past the door"


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


def _ask(strategy: Any, headers: dict[str, str], known: Known, examples: int, answered: Counter[int]) -> list[str]:
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


def _lead_inside(case: Case, known: Known) -> None:
    """Ids of the site's own in most addresses; the rest stay as they were made up."""
    path = case.path_parameters or {}
    for name, ids in known.items():
        made_up = str(path.get(name, ""))
        if name in path and (name == "site_id" or len(made_up) % 4 < 3):
            path[name] = ids[len(made_up) % len(ids)]
