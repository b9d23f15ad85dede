"""The description is whole and true to form: every address of the API stands in it, and validators accept it."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from portal.api.operation import routes
from tests.harness import Portal

ROOT = Path(__file__).resolve().parents[2]
API = re.compile(r"^/(api|fundraising|v1|mer)/")


@pytest.fixture
def document(portal: Portal) -> Any:
    answer = portal.client.get("/api/openapi.json")
    assert answer.status_code == 200
    return answer.json


def test_every_address_of_the_api_is_described(portal: Portal) -> None:
    own = {"api_description"}
    forgotten = [
        f"{route.method} {route.rule.rule}"
        for route in routes(portal.app)
        if API.match(route.rule.rule) and route.operation is None and route.rule.endpoint.split(".")[0] not in own
    ]
    assert forgotten == []


def test_the_document_is_valid_openapi_3_1(document: Any) -> None:
    assert document["openapi"].startswith("3.1")
    errors = [
        f"{list(error.absolute_path)}: {error.message}" for error in OpenAPIV31SpecValidator(document).iter_errors()
    ]
    assert errors == []


def test_every_version_stands_in_it_with_its_own_spelling(document: Any) -> None:
    paths = {
        path.removeprefix(f"/api/{v}/") for v in ("v3", "v3.1", "v4") for path in document["paths"] if f"/{v}/" in path
    }
    assert len(document["paths"]) == 3 * len(paths)
    schemas = document["components"]["schemas"]
    assert "external_id" in schemas["v3.SubscriptionBody"]["properties"]
    assert "externalId" in schemas["v4.SubscriptionBody"]["properties"]
    assert {"_id", "nextDueDate"} <= set(schemas["v4.Subscription"]["required"])


def test_every_reference_leads_somewhere_and_every_operation_has_words_of_its_own(document: Any) -> None:
    for reference in re.findall(r'"\$ref": "#/([^"]+)"', json.dumps(document)):
        place = document
        for part in reference.split("/"):
            place = place[part]
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    assert [one["operationId"] for one in operations if not (one["summary"] and one["description"])] == []
    assert len({one["operationId"] for one in operations}) == len(operations)


def test_keys_limits_idempotency_and_versions_are_described(document: Any) -> None:
    operation = document["paths"]["/api/v4/site/{site_id}/subscription/addUpdate"]["post"]
    assert {"$ref": "#/components/parameters/Idempotency-Key"} in operation["parameters"]
    assert {"$ref": "#/components/parameters/If-Match"} in operation["parameters"]
    assert {"200", "400", "401", "409", "412", "413", "415", "422", "429"} <= set(operation["responses"])
    limited = document["components"]["responses"]["v4.429"]["headers"]
    assert {"Retry-After", "RateLimit", "RateLimit-Policy"} <= set(limited)
    assert document["components"]["securitySchemes"]["api_key"]["scheme"] == "bearer"


def test_the_document_has_the_version_of_the_project(document: Any) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert document["info"]["version"] == project["version"]


def test_a_reader_who_has_it_already_gets_304(portal: Portal) -> None:
    first = portal.client.get("/api/openapi.json")
    again = portal.client.get("/api/openapi.json", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert "max-age" in first.headers["Cache-Control"]
