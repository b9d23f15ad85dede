"""Bare keys and bearer keys, one shape for every refusal, addresses in any spelling, digests, nobody else's data."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pytest

from portal.api.fundraising.spelling import canonical
from portal.customers.models import Customer as CustomerRow
from portal.subscriptions.models import Subscription
from tests.api.fundraising.client import MONTHLY, Fundraising
from tests.harness import Merchant, Portal


def test_the_key_opens_the_door_bare_and_as_a_bearer(portal: Portal, shop: Merchant) -> None:
    for key in (shop.api_key, f"Bearer {shop.api_key}", f"bearer {shop.api_key}"):
        assert portal.client.get("/fundraising/subscriptions", headers={"Authorization": key}).status_code == 200


@pytest.mark.parametrize("key", [None, "", "sk_test_wrong", "Basic eDp5", "Bearer "])
def test_no_key_or_a_wrong_one_is_401_in_the_dialects_shape(portal: Portal, shop: Merchant, key: str | None) -> None:
    answer = portal.client.get("/fundraising/subscriptions", headers={} if key is None else {"Authorization": key})
    assert (answer.status_code, set(answer.json)) == (401, {"status", "code", "message"})
    assert answer.headers["X-Request-Id"]


def test_a_key_in_the_address_is_refused(portal: Portal, shop: Merchant) -> None:
    assert portal.client.get(f"/fundraising/subscriptions?apiKey={shop.api_key}").status_code == 401


@pytest.mark.parametrize(
    ("path", "method", "found"),
    [
        ("/fundraising/Subscriptions", "GET", "/fundraising/subscriptions"),
        ("/FUNDRAISING/subscription", "GET", "/fundraising/subscriptions"),
        ("/fundraising/subscriptions", "POST", "/fundraising/subscription"),
        ("/fundraising/subscriptions/AbC/HOLD", "POST", "/fundraising/subscription/AbC/Hold"),
        ("/fundraising/subscription/AbC/addons/", "GET", "/fundraising/subscription/AbC/addOns"),
        ("/fundraising/subscription/hold/log", "GET", "/fundraising/subscription/hold/log"),
        ("/fundraising/PAYMENTMETHOD/1", "GET", "/fundraising/paymentMethod/1"),
        ("/fundraising/paymentMethod", "PUT", "/fundraising/paymentMethods"),
        ("/fundraising/addon", "POST", "/fundraising/addOn"),
        ("/fundraising/nothing/Here", "GET", "/fundraising/nothing/Here"),
    ],
)
def test_a_path_has_one_spelling_and_its_ids_stay_as_they_are(path: str, method: str, found: str) -> None:
    assert canonical(path, method) == found


@pytest.mark.parametrize("move", ["Hold", "hold", "HOLD"])
def test_moves_are_read_without_regard_to_case(client: Fundraising, move: str) -> None:
    guid = client.active()["subscriptionGuid"]
    assert client.post(f"Subscription/{guid}/{move}")["state"] == "Inactive"
    assert client.get(f"SUBSCRIPTION/{guid.upper()}/LOG")


def test_what_is_not_there_is_a_404_and_another_method_a_405_in_the_same_shape(client: Fundraising) -> None:
    client.error("GET", "nothing/here", status=404)
    client.error("GET", "subscription/1/nothing", status=404)
    client.error("DELETE", "subscriptions", status=405)
    client.error("PUT", f"subscription/{client.subscribe()['subscriptionGuid']}", status=405)


def test_an_unknown_guid_and_another_sites_are_told_apart_by_nothing(portal: Portal, client: Fundraising) -> None:
    mine = client.subscribe(externalId="1001")
    other = Fundraising(portal.merchant("Other", clock="2027-05-01T07:30"))
    for guid in (mine["subscriptionGuid"], "a863d62e-d53b-4651-9b7b-xxxxxxxxxxxx", "1001", "%00"):
        said = other.error("GET", f"subscription/{guid}", status=404)
        assert (
            said == other.error("GET", "subscription/00000000-0000-0000-0000-000000000000", status=404) or guid == "%00"
        )
    body = {"contactGuid": mine["contactGuid"], "agreementGuid": mine["agreementGuid"]}
    fields = [one["field"] for one in other.error("POST", "subscription", json=body)["errors"]]
    assert fields == ["contactGuid", "agreementGuid"]
    assert other.subscribe(externalId="1001")["externalId"] == "1001"  # looked up inside the site alone
    assert other.get("subscriptions", contactGuid=mine["contactGuid"])["list"] == []


def test_another_sites_agreement_method_or_add_on_in_a_body_is_unknown(portal: Portal, client: Fundraising) -> None:
    theirs = client.active()
    add_on = client.insert("addOn", {"name": "Magazine", "unitPrice": 20})["addOnGuid"]
    other = Fundraising(portal.merchant("Other", clock="2027-05-01T07:30", currency="DKK"))
    mine = other.active()
    guid, contact = mine["subscriptionGuid"], mine["contactGuid"]
    change = {"agreementGuid": theirs["agreementGuid"]}
    assert "no agreement" in other.error("POST", f"subscription/{guid}/ChangeAgreement", json=change)["message"]
    method = {"paymentMethodGuid": theirs["paymentMethodGuid"]}
    assert (
        "no payment method" in other.error("POST", f"subscription/{guid}/UpdatePaymentMethod", json=method)["message"]
    )
    body = {"contactGuid": contact, "agreementGuid": mine["agreementGuid"]}
    other.error("POST", "subscription", json=body | method)
    other.error("POST", "subscription", json=body | {"addOns": [{"addOnGuid": add_on}]})
    other.error("POST", "addOn", json={"name": "x", "unitPrice": 1, "subscriptionGuid": theirs["subscriptionGuid"]})
    other.error("POST", "agreement", json=MONTHLY | {"agreementType": "Personal", "contactGuid": theirs["contactGuid"]})
    assert other.read(guid) == mine


def digests(body: bytes) -> list[str]:
    found = hashlib.md5(body)
    return [base64.b64encode(found.digest()).decode(), found.hexdigest(), found.hexdigest().upper()]


@pytest.mark.parametrize("name", ["Content-MD5", "RequestMD5"])
def test_the_md5_of_a_body_may_be_base64_or_hex_and_must_be_right(
    portal: Portal, client: Fundraising, name: str
) -> None:
    body = b'{"name": "Jens Jensen", "email": "jens@example.com"}'
    options: Any = {"data": body, "content_type": "application/json"}
    for digest in digests(body):
        assert client.call("POST", "contact", headers={name: digest}, **options).status_code == 201
    count = len(portal.rows(CustomerRow))
    for wrong in ("", "x", digests(b"other")[0], digests(b"other")[1], digests(body)[0].swapcase()):
        assert client.error("POST", "contact", headers={name: wrong}, **options)["code"] == "md5_mismatch"
    assert len(portal.rows(CustomerRow)) == count


def test_a_body_that_was_damaged_on_its_way_can_be_sent_again_under_its_key(client: Fundraising) -> None:
    body = b'{"name": "Jens Jensen"}'
    headers = {"Content-MD5": digests(body)[0], "Idempotency-Key": "contact-1"}
    options: Any = {"headers": headers, "content_type": "application/json"}
    assert client.call("POST", "contact", data=b'{"name": "Jens Jansen"}', **options).status_code == 400
    first = client.call("POST", "contact", data=body, **options)
    again = client.call("POST", "contact", data=body, **options)
    assert (first.status_code, again.data) == (201, first.data)
    assert again.headers["Idempotency-Replayed"] == "true"


def test_bodies_that_are_none_are_refused_without_a_trace(portal: Portal, client: Fundraising) -> None:
    for text in ("{", "[]", '{"quantity": NaN}', '{"quantity": 1, "quantity": 2}', "\ufeff{}", "[" * 500 + "]" * 500):
        client.error("POST", "subscription", data=text.encode(), content_type="application/json")
    assert client.call("POST", "subscription", data="a=1").status_code == 415
    assert (
        client.call("POST", "subscription", data=b" " * 1_000_001, content_type="application/json").status_code == 413
    )
    assert portal.rows(Subscription) == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"contactGuid": ""}, "contactGuid"),
        ({"agreementGuid": None}, "agreementGuid"),
        ({"paymentMethodGuid": "71209531-xxxx-xxxx-xxxx-49c0f59f1bfc"}, "paymentMethodGuid"),
        ({"startDate": "2023-02-29"}, "startDate"),
        ({"startDate": "2021-8-5"}, "startDate"),
        ({"startDate": "0000-00-00"}, "startDate"),
        ({"startDate": "2027-05-01 25:00:00 +0100"}, "startDate"),
        ({"startDate": 20270501}, "startDate"),
        ({"expiresAfterDate": "2027-04-30"}, "expiresAfterDate"),
        ({"startDate": "2027-06-02", "expiresAfterDate": "2027-06-01"}, "expiresAfterDate"),
        ({"quantity": 0}, "quantity"),
        ({"quantity": -1}, "quantity"),
        ({"quantity": 1.5}, "quantity"),
        ({"quantity": True}, "quantity"),
        ({"quantity": []}, "quantity"),
        ({"quantity": 10**9}, "quantity"),
        ({"externalLink": "//evil"}, "externalLink"),
        ({"externalId": "x" * 256}, "externalId"),
        ({"originTs": "yesterday"}, "originTs"),
        ({"addOns": [{"quantity": 1}]}, "addOns.0.addOnGuid"),
        ({"addOns": {"addOnGuid": "x"}}, "addOns"),
    ],
    ids=str,
)
def test_a_field_that_is_wrong_is_named_and_nothing_is_inserted(
    portal: Portal, client: Fundraising, changes: dict[str, Any], field: str
) -> None:
    body = {"contactGuid": client.contact(), "agreementGuid": client.agreement()} | changes
    said = client.error("POST", "subscription", json=body)
    assert [one["field"] for one in said["errors"]] == [field]
    assert portal.rows(Subscription) == []


def test_what_the_server_sets_is_never_set_by_a_body(client: Fundraising) -> None:
    made = client.subscribe(
        state="Active", version=99, cancelCode=1, errorCode=2, archivedTs="2019-01-01", merchantId="x", siteId="x",
        subscriptionGuid="00000000-0000-0000-0000-000000000000", nextDueDate="2019-01-01",
    )  # fmt: skip
    assert (made["state"], made["version"], made["cancelCode"], made["errorCode"]) == ("Pending", 1, None, None)
    assert (made["archivedTs"], made["nextDueDate"], made["merchantId"]) == (None, None, "Acme Aid")


def test_an_external_id_belongs_to_one(client: Fundraising) -> None:
    client.subscribe(externalId="1001")
    body = {"contactGuid": client.contact(), "agreementGuid": client.agreement(), "externalId": "1001"}
    assert client.error("POST", "subscription", json=body)["errors"][0]["field"] == "externalId"
    assert client.get("subscriptions", externalId="1001")["total"] == 1


def test_a_move_on_what_was_changed_meanwhile_is_412(client: Fundraising) -> None:
    made = client.active()
    guid, seen = made["subscriptionGuid"], made["version"]
    for wrong in ({"headers": {"If-Match": f'"{seen - 1}"'}}, {"json": {"version": seen - 1}}):
        client.error("POST", f"subscription/{guid}/Hold", status=412, **wrong)
    assert client.read(guid) == made
    held = client.post(f"subscription/{guid}/Hold", {"version": seen}, headers={"If-Match": f'"{seen}"'})
    assert held["version"] > seen
    client.error("POST", f"subscription/{guid}/Restart", status=412, json={"version": seen})
    client.error("POST", f"subscription/{guid}/Restart", json={"version": "new"})
