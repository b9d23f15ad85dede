"""Lists by page number from 0 or by cursor, filters by day at the site, contacts, and a constant number of reads."""

from __future__ import annotations

from typing import Any

import pytest

from portal.sites.api_requests import ApiRequest
from tests.api.fundraising.client import Fundraising
from tests.checkout.test_query_counts import counted
from tests.harness import Portal


def guids(found: Any) -> list[str]:
    return [one["subscriptionGuid"] for one in found["list"]]


def test_pages_count_from_0_and_the_cursor_leads_on_without_a_gap(client: Fundraising) -> None:
    contact, agreement = client.contact(), client.agreement()
    made = [client.subscribe(contact, agreement)["subscriptionGuid"] for _ in range(5)][::-1]
    first = client.get("subscriptions", pageSize=2)
    assert (first["pageNumber"], first["pageSize"], first["total"]) == (0, 2, 5)
    assert guids(first) == made[:2]
    assert guids(client.get("subscriptions", pageNumber=1, pageSize=2)) == made[2:4]
    last = client.get("subscriptions", pageNumber=2, pageSize=2)
    assert (guids(last), last["next"]) == (made[4:], None)
    client.subscribe(contact, agreement)  # the numbers have moved on, the cursor has not
    assert guids(client.get("subscriptions", pageSize=2, after=first["next"])) == made[2:4]
    assert guids(client.get("subscriptions", pageNumber=9)) == []


def test_days_are_those_of_the_site_and_both_ends_count(client: Fundraising) -> None:
    old = client.subscribe()["subscriptionGuid"]
    client.shop.advance("2027-05-03T22:30")  # the fourth in Copenhagen
    new = client.subscribe()["subscriptionGuid"]
    assert guids(client.get("subscriptions", startDate="2027-05-04", endDate="2027-05-04")) == [new]
    assert guids(client.get("subscriptions", endDate="2027-05-03")) == [old]
    assert guids(client.get("subscriptions", startDate="2027-05-01")) == [new, old]
    assert guids(client.get("subscriptions", startDate="2027-05-05")) == []


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("subscriptions", {"pageNumber": -1}), ("subscriptions", {"pageNumber": "one"}),
        ("subscriptions", {"pageSize": 0}), ("subscriptions", {"pageSize": 101}),
        ("subscriptions", {"startDate": "2027-02-30"}), ("subscriptions", {"endDate": "9999-12-31"}),
        ("subscriptions", {"after": "x"}), ("contacts", {"pageSize": "all"}), ("agreements", {"after": "x"}),
        ("subscriptions", {"state": "a\x00"}),
    ],
    ids=str,
)  # fmt: skip
def test_a_question_that_cannot_be_read_is_a_400(client: Fundraising, path: str, query: dict[str, Any]) -> None:
    client.error("GET", path, query_string=query)


def test_contacts_are_found_by_email_and_msisdn(client: Fundraising) -> None:
    jens, ida = client.contact(externalId="C-1"), client.contact(email="Ida@example.com", msisdn="4520123456")

    def found(search: str) -> list[str]:
        return [one["contactGuid"] for one in client.get("contacts", search=search)["list"]]

    assert (found("ida@EXAMPLE.com"), found("4535294855"), found("nobody@example.com")) == ([ida], [jens], [])
    assert client.get("contacts")["total"] == 2
    shape = client.get(f"contact/{jens}")
    assert (shape["name"], shape["msisdn"], shape["externalId"]) == ("Jens Jensen", "4535294855", "C-1")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"), ({"email": "[EMAIL]"}, "email"), ({"msisdn": "12"}, "msisdn"),
        ({"name": "Jens", "externalId": "C-1"}, "externalId"), ({"firstName": ["x"]}, "firstName"),
        ({"email": "a@example.com\r\nBcc: b@example.com"}, "email"),
    ],
    ids=str,
)  # fmt: skip
def test_a_contact_that_cannot_be_is_refused(client: Fundraising, body: dict[str, Any], field: str) -> None:
    client.contact(externalId="C-1")
    assert [one["field"] for one in client.error("POST", "contact", json=body)["errors"]] == [field]
    assert client.get("contacts")["total"] == 1


def test_a_national_id_is_not_in_the_answer_nor_in_the_log(portal: Portal, client: Fundraising) -> None:
    body = {"name": "Jens Jensen", "nationalId": "1007059995", "birthDate": "2005-07-10", "companyName": ""}
    made = client.insert("contact", body)
    assert (made["name"], made["firstName"], made["nationalId"]) == ("Jens Jensen", None, "••••••••••")
    portal.log_calls()
    assert not any("1007059995" in (row.body or "") for row in portal.rows(ApiRequest))


LISTS = ("subscriptions", "contacts", "agreements", "addOns", "paymentMethods")


def test_a_list_asks_the_database_as_often_for_one_as_for_many(portal: Portal, client: Fundraising) -> None:
    counts: dict[str, list[int]] = {path: [] for path in LISTS}
    for many in (1, 4):
        for _ in range(many):
            client.insert("addOn", {"name": "Cup", "unitPrice": 5})
            held = client.active()["subscriptionGuid"]
            client.post(f"subscription/{held}/Hold")
        for path in LISTS:
            with counted(portal) as statements:
                assert client.get(path)["total"] > 0
            counts[path].append(len(statements))
    assert {path: len(set(both)) for path, both in counts.items()} == dict.fromkeys(LISTS, 1)
    assert max(max(both) for both in counts.values()) <= 6


def test_payments_and_log_do_too(portal: Portal, client: Fundraising) -> None:
    guid = client.active()["subscriptionGuid"]
    counts = []
    for until in ("2027-05-02T08:00", "2027-12-02T08:00"):
        client.shop.advance(until)
        for part in ("payments", "log", "addOns", "schedule"):
            with counted(portal) as statements:
                client.get(f"subscription/{guid}/{part}")
            counts.append(len(statements))
    assert counts[:4] == counts[4:]
    assert len(client.get(f"subscription/{guid}/payments")) == 8
