"""PATCH: five fields, whole or not at all, and no way around."""

from __future__ import annotations

from typing import Any

import pytest

from portal.core.changes import Change
from portal.subscriptions.models import Subscription, Terms
from tests.api.fundraising.client import Fundraising
from tests.harness import Portal

FIVE = ("expiresAfterDate", "holdDescription", "quantity", "externalId", "externalLink")


@pytest.fixture
def guid(client: Fundraising) -> str:
    return str(client.subscribe(externalId="1000", quantity=2)["subscriptionGuid"])


def rows(portal: Portal) -> Any:
    return [
        sorted(repr({k: v for k, v in vars(row).items() if k[0] != "_"}) for row in portal.rows(table))
        for table in (Subscription, Terms, Change)
    ]


@pytest.mark.parametrize("op", ["add", "replace"])
def test_the_printed_operation_sets_an_external_id(client: Fundraising, guid: str, op: str) -> None:
    answer = client.patch(guid, {"op": op, "path": "/externalId", "value": "1001"})
    assert (answer.status_code, answer.json["externalId"]) == (200, "1001")
    assert client.read(guid) == answer.json


def test_the_printed_removal_takes_it_away_and_a_second_one_too(client: Fundraising, guid: str) -> None:
    for _ in range(2):
        assert client.patch(guid, {"op": "remove", "path": "/externalId"}).json["externalId"] is None


def test_all_five_are_set_at_once_and_taken_away_again(client: Fundraising, guid: str) -> None:
    wanted = {
        "expiresAfterDate": "2028-12-31", "holdDescription": "Later", "quantity": 3, "externalId": "A-1",
        "externalLink": "https://crm.example.com/1",
    }  # fmt: skip
    answer = client.patch(guid, *({"op": "replace", "path": f"/{name}", "value": wanted[name]} for name in FIVE))
    assert {name: answer.json[name] for name in FIVE} == wanted
    assert answer.json["version"] > 1
    answer = client.patch(guid, *({"op": "remove", "path": f"/{name}"} for name in FIVE))
    assert {name: answer.json[name] for name in FIVE} == dict.fromkeys(FIVE) | {"quantity": 1}


def test_values_move_between_the_five_and_are_tested(client: Fundraising, guid: str) -> None:
    answer = client.patch(
        guid,
        {"op": "test", "path": "/externalId", "value": "1000"},
        {"op": "test", "path": "/quantity", "value": 2},
        {"op": "test", "path": "/expiresAfterDate", "value": None},
        {"op": "copy", "from": "/externalId", "path": "/holdDescription"},
    )
    assert (answer.json["externalId"], answer.json["holdDescription"]) == ("1000", "1000")


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "replace", "path": "/state", "value": "Active"},
        {"op": "replace", "path": "", "value": {}},
        {"op": "add", "path": "/-", "value": 1},
        {"op": "add", "path": "/__class__", "value": 1},
        {"op": "remove", "path": "/contactGuid"},
        {"op": "test", "path": "/version", "value": 1},
        {"op": "test", "path": "", "value": {}},
        {"op": "copy", "from": "/contactGuid", "path": "/externalId"},
        {"op": "move", "from": "/agreementGuid", "path": "/externalLink"},
        {"op": "copy", "from": "", "path": "/externalId"},
        {"op": "replace", "path": "/externalId", "from": "/state", "value": "x"},
        {"op": "replace", "path": "/externalId/0", "value": "x"},
        {"op": "replace", "path": "externalId", "value": "x"},
        {"op": "replace", "path": "/ExternalId", "value": "x"},
        {"op": "replace", "path": "/externalId"},
        {"op": "copy", "path": "/externalId"},
        {"op": "spam", "path": "/externalId", "value": "x"},
        {"path": "/externalId", "value": "x"},
        {"op": "replace", "value": "x"},
        {"op": "replace", "path": ["/externalId"], "value": "x"},
        {"op": "replace", "path": "/quantity", "value": 0},
        {"op": "replace", "path": "/quantity", "value": 1.5},
        {"op": "replace", "path": "/quantity", "value": True},
        {"op": "replace", "path": "/quantity", "value": {"a": 1}},
        {"op": "replace", "path": "/expiresAfterDate", "value": "2023-02-29"},
        {"op": "replace", "path": "/expiresAfterDate", "value": 20270101},
        {"op": "replace", "path": "/externalLink", "value": "javascript:alert(1)"},
        {"op": "replace", "path": "/externalId", "value": "x" * 256},
        {"op": "replace", "path": "/holdDescription", "value": ["x"]},
        {"op": "test", "path": "/quantity", "value": 3},
        {"op": "test", "path": "/quantity", "value": True},
        "replace",
        None,
    ],
    ids=str,
)
def test_what_may_not_be_patched_changes_nothing_of_what_stands_before_it(
    portal: Portal, client: Fundraising, guid: str, operation: Any
) -> None:
    before = rows(portal)
    good = {"op": "replace", "path": "/quantity", "value": 7}
    client.error("PATCH", f"subscription/{guid}", json=[good, operation])
    client.error("PATCH", f"subscription/{guid}", json=[operation])
    assert rows(portal) == before


def test_a_body_that_is_no_list_or_far_too_long_is_refused(portal: Portal, client: Fundraising, guid: str) -> None:
    before = rows(portal)
    one = {"op": "copy", "from": "/externalId", "path": "/holdDescription"}
    for body in ({"externalId": "5"}, "x", 5, [one] * 51, [one] * 10_000):
        client.error("PATCH", f"subscription/{guid}", json=body)
    for text in ("", "null", "[", "[NaN]", '[{"op": "test", "op": "add"}]', "[" * 500 + "]" * 500):
        client.error("PATCH", f"subscription/{guid}", data=text, content_type="application/json-patch+json")
    assert client.call("PATCH", f"subscription/{guid}", data="[]", content_type="text/plain").status_code == 415
    assert rows(portal) == before


def test_an_empty_patch_and_the_same_values_again_tell_nobody(portal: Portal, client: Fundraising, guid: str) -> None:
    before = rows(portal)
    assert client.patch(guid).status_code == 200
    assert client.patch(guid, {"op": "replace", "path": "/quantity", "value": 2}).status_code == 200
    assert rows(portal) == before


def test_an_external_id_that_another_has_is_refused(client: Fundraising, guid: str) -> None:
    other = client.subscribe(externalId="2000")["subscriptionGuid"]
    said = client.error(
        "PATCH", f"subscription/{other}", json=[{"op": "replace", "path": "/externalId", "value": "1000"}]
    )
    assert said["errors"][0]["field"] == "externalId"
    assert client.read(other)["externalId"] == "2000"


def test_a_patch_of_what_was_changed_meanwhile_is_412(client: Fundraising, guid: str) -> None:
    seen = client.call("GET", f"subscription/{guid}").headers["ETag"]
    one = {"op": "replace", "path": "/externalId", "value": "A"}
    assert client.patch(guid, one, headers={"If-Match": seen}).status_code == 200
    assert client.patch(guid, one, headers={"If-Match": seen}).status_code == 412
    version = client.read(guid)["version"]
    assert client.patch(guid, {**one, "value": "B"}, headers={"If-Match": f'"{version}"'}).status_code == 200


def test_quantity_times_the_unit_price_is_charged(client: Fundraising) -> None:
    made = client.active(quantity=2)
    (payment,) = client.get(f"subscription/{made['subscriptionGuid']}/payments")
    assert payment["amount"] == 200.00
    client.patch(made["subscriptionGuid"], {"op": "replace", "path": "/quantity", "value": 1})
    client.shop.advance("2027-06-02T08:00")
    assert [one["amount"] for one in client.get(f"subscription/{made['subscriptionGuid']}/payments")] == [
        100.00,
        200.00,
    ]


def test_of_what_has_ended_only_the_merchants_own_marks_can_change(client: Fundraising, guid: str) -> None:
    client.post(f"subscription/{guid}/Cancel")
    for name, value in (("quantity", 5), ("expiresAfterDate", "2029-01-01"), ("holdDescription", "x")):
        client.error("PATCH", f"subscription/{guid}", json=[{"op": "replace", "path": f"/{name}", "value": value}])
    for name, value in (("externalId", "E"), ("externalLink", "https://crm.example.com/2")):
        assert client.patch(guid, {"op": "replace", "path": f"/{name}", "value": value}).json[name] == value
    client.post(f"subscription/{guid}/Archive")
    client.error("PATCH", f"subscription/{guid}", json=[{"op": "replace", "path": "/externalId", "value": "F"}])
