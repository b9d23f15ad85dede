"""Contacts with all that a client keeps of them: inserted, changed, archived; a national id seen by nobody else."""

from __future__ import annotations

from typing import Any

import pytest

from portal.core.changes import Change
from portal.customers.details import ContactDetails
from portal.sites.api_requests import ApiRequest
from portal.sites.kept_answers import KeptAnswer
from portal.webhooks.models import Event
from tests.api.fundraising.client import Fundraising
from tests.console.browser import Person
from tests.harness import Customer, Portal

CPR = "1007059995"
WHOLE: dict[str, Any] = {
    "birthDate": "2005-07-10",
    "nationalId": CPR,
    "address": "Store Kongensgade 59B",
    "address2": "3.",
    "postCode": "1264",
    "city": "København K",
    "countryCode": "dk",
    "contactType": "individual",
    "businessCode": "37273457",
    "externalLink": "https://crm.example.com/1001",
    "originTs": "2019-12-31T15:59:59+01:00",
}


def test_all_that_was_given_is_read_back(client: Fundraising) -> None:
    guid = client.contact(**WHOLE)
    found = client.get(f"contact/{guid}")
    assert {name: found[name] for name in WHOLE} == WHOLE | {"countryCode": "DK"}
    bare = client.get(f"contact/{client.contact(msisdn='4535294856')}")
    assert {bare[name] for name in WHOLE} == {None}


@pytest.mark.parametrize(
    ("field", "value"),
    [("birthDate", "10-07-2005"), ("countryCode", "Denmark"), ("externalLink", "crm"), ("nationalId", "••••••••••")],
)
def test_what_cannot_be_read_is_named_and_nothing_is_written(
    portal: Portal, client: Fundraising, field: str, value: str
) -> None:
    said = client.error("POST", "contact", json={"name": "Jens", field: value})
    assert [one["field"] for one in said["errors"]] == [field]
    assert portal.rows(ContactDetails) == []


def test_a_put_sets_what_is_given_clears_what_is_empty_and_keeps_the_rest(client: Fundraising) -> None:
    guid = client.contact(**WHOLE)
    answer = client.call("PUT", f"contact/{guid}", json={"city": "Aarhus", "address2": "", "lastName": "Jørgensen"})
    assert answer.status_code == 200, answer.text
    assert (answer.json["city"], answer.json["address2"], answer.json["name"]) == ("Aarhus", None, "Jens Jørgensen")
    found = client.get(f"contact/{guid}")
    assert (found["address"], found["nationalId"], found["msisdn"]) == (WHOLE["address"], CPR, "4535294855")


def test_a_patch_is_applied_whole_or_not_at_all(client: Fundraising) -> None:
    guid = client.contact(**WHOLE)
    patched = client.call(
        "PATCH",
        f"contact/{guid}",
        json=[
            {"op": "test", "path": "/city", "value": "København K"},
            {"op": "replace", "path": "/postCode", "value": "8000"},
            {"op": "remove", "path": "/nationalId"},
            {"op": "replace", "path": "/email", "value": "new@example.com"},
        ],
    )
    assert patched.status_code == 200, patched.text
    found = client.get(f"contact/{guid}")
    assert (found["postCode"], found["nationalId"], found["email"]) == ("8000", None, "new@example.com")
    for wrong in (
        [{"op": "replace", "path": "/city", "value": "Odense"}, {"op": "test", "path": "/postCode", "value": "1"}],
        [{"op": "replace", "path": "/city", "value": "Odense"}, {"op": "replace", "path": "/email", "value": "no"}],
        [{"op": "replace", "path": "/contactGuid", "value": "x"}],
    ):
        client.error("PATCH", f"contact/{guid}", json=wrong)
    assert client.get(f"contact/{guid}") == found


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "test", "path": "/nationalId", "value": CPR},
        {"op": "copy", "from": "/nationalId", "path": "/city"},
        {"op": "move", "from": "/nationalId", "path": "/city"},
    ],
)
def test_a_national_id_cannot_be_asked_about_or_moved(client: Fundraising, operation: dict[str, Any]) -> None:
    guid = client.contact(**WHOLE)
    assert "nationalId" in client.error("PATCH", f"contact/{guid}", json=[operation])["message"]


def test_a_national_id_stands_where_one_contact_is_read_and_nowhere_else(portal: Portal, client: Fundraising) -> None:
    agreement = client.agreement()
    made = client.call(
        "POST", "contact", json={"name": "Jens", "email": "j@x.example"} | WHOLE, headers={"Idempotency-Key": "one"}
    )
    guid = made.json["contactGuid"]
    client.call("PUT", f"contact/{guid}", json={"nationalId": CPR[::-1]})
    patch = [{"op": "replace", "path": "/nationalId", "value": CPR}]
    patched = client.call("PATCH", f"contact/{guid}", json=patch, headers={"Idempotency-Key": "two"})
    subscription = client.subscribe(guid, agreement)
    person = Customer(portal, client.link())
    person.confirm()
    portal.run_jobs()
    assert client.get(f"contact/{guid}")["nationalId"] == CPR
    portal.log_calls()
    maya = Person(portal, "maya@acme.example", "agent").sign_in()
    calls = [maya.get("/console/api-calls", query_string={"path": "contact"}).text]
    assert "/fundraising/contact" in calls[0]
    calls += [maya.get(f"/console/api-calls/{row.id}").text for row in portal.rows(ApiRequest)]
    seen = {
        "answers to changes": made.text + patched.text,
        "list": client.call("GET", "contacts").text,
        "subscription": client.call("GET", f"subscription/{subscription['subscriptionGuid']}").text,
        "table": repr([vars(row) for row in portal.rows(ContactDetails)]),
        "kept answers": repr([row.body for row in portal.rows(KeptAnswer)]),
        "change log": repr([row.fields for row in portal.rows(Change)]),
        "request log": repr([vars(row) for row in portal.rows(ApiRequest)]),
        "webhooks": repr([row.body for row in portal.rows(Event)]) + client.shop.call("GET", "/event").text,
        "messages": repr(client.shop.messages()),
        "the contact's page": person.page().text,
        "console": maya.get(f"/console/subscriptions/{subscription['subscriptionGuid']}").text + "".join(calls),
    }
    assert [where for where, text in seen.items() if CPR in text or CPR[::-1] in text] == []
    assert "•" * len(CPR) in seen["list"]


def test_a_link_that_waits_follows_a_new_email(client: Fundraising) -> None:
    guid = client.contact(msisdn="", email="old@example.com")
    client.subscribe(guid)
    client.link()
    client.call("PUT", f"contact/{guid}", json={"email": "new@example.com"})
    client.shop.portal.run_jobs()
    assert next(one["to"] for one in client.shop.messages()) == "new@example.com"


def test_an_external_id_moves_to_one_that_is_free(client: Fundraising) -> None:
    first, second = client.contact(externalId="A"), client.contact(externalId="B", msisdn="4535294856")
    said = client.error("PUT", f"contact/{second}", json={"externalId": "A"})
    assert said["errors"][0]["field"] == "externalId"
    assert client.call("PUT", f"contact/{first}", json={"externalId": "C"}).json["externalId"] == "C"
    assert client.call("PUT", f"contact/{second}", json={"externalId": "A"}).json["externalId"] == "A"


def test_a_contact_keeps_something_to_be_known_by(client: Fundraising) -> None:
    guid = client.contact()
    empty = dict.fromkeys(("firstName", "lastName", "companyName", "email", "msisdn"), "")
    client.error("PUT", f"contact/{guid}", json=empty)
    assert client.get(f"contact/{guid}")["name"] == "Jens Jensen"


def test_an_archived_contact_is_hidden_and_takes_nothing_new(client: Fundraising) -> None:
    guid = client.contact()
    archived = client.post(f"contact/{guid}/Archive")
    assert archived["archivedTs"] == "2027-05-01T09:30:00+02:00"
    assert client.post(f"contact/{guid}/archive")["archivedTs"] == archived["archivedTs"]
    assert client.get("contacts")["list"] == []
    assert [one["contactGuid"] for one in client.get("contacts", archived="true")["list"]] == [guid]
    refused = client.error("POST", "subscription", json={"contactGuid": guid, "agreementGuid": client.agreement()})
    assert refused["errors"][0]["field"] == "contactGuid"
    assert client.post(f"contact/{guid}/Unarchive")["archivedTs"] is None
    assert client.subscribe(guid)["state"] == "Pending"
    client.error("POST", f"contact/{guid}/Unarchive")


def test_nobody_is_archived_while_they_are_charged(client: Fundraising) -> None:
    guid = client.contact()
    made = client.active(contact=guid)
    assert "Cancel it first" in client.error("POST", f"contact/{guid}/Archive")["message"]
    client.post(f"subscription/{made['subscriptionGuid']}/Cancel")
    assert client.post(f"contact/{guid}/Archive")["archivedTs"]


def test_an_archived_agreement_is_not_offered_and_who_has_it_keeps_it(client: Fundraising) -> None:
    agreement, other = client.agreement(), client.agreement(name="Senior")
    made = client.active(agreement=agreement)
    archived = client.post(f"agreement/{agreement}/Archive")
    assert (archived["state"], archived["archivedTs"]) == ("Archived", "2027-05-01T09:30:00+02:00")
    assert [one["agreementGuid"] for one in client.get("agreements")["list"]] == [other]
    assert [one["agreementGuid"] for one in client.get("agreements", archived="true")["list"]] == [agreement]
    wanted = {"contactGuid": client.contact(msisdn="4535294856"), "agreementGuid": agreement}
    assert client.error("POST", "subscription", json=wanted)["errors"][0]["field"] == "agreementGuid"
    guid = made["subscriptionGuid"]
    client.post(f"subscription/{guid}/ChangeAgreement", {"agreementGuid": other})
    client.error("POST", f"subscription/{guid}/ChangeAgreement", json={"agreementGuid": agreement})
    client.shop.advance("2027-06-02T09:00")
    assert len(client.get(f"subscription/{guid}/payments")) == 2
    assert client.post(f"agreement/{agreement}/Unarchive")["state"] == "Available"


def test_an_archived_add_on_is_not_offered_and_who_has_it_keeps_it(client: Fundraising) -> None:
    body = {"name": "Magazine", "unitPrice": 20, "currencyCode": "DKK"}
    add_on = client.insert("addOn", body)["addOnGuid"]
    taken = [{"addOnGuid": add_on}]
    made = client.active(addOns=taken)
    assert client.post(f"addOn/{add_on}/Archive")["archivedTs"]
    assert client.get("addOns")["list"] == []
    assert len(client.get("addOns", archived="true")["list"]) == 1
    wanted = {"contactGuid": client.contact(msisdn="4535294856"), "agreementGuid": client.agreement(), "addOns": taken}
    client.error("POST", "subscription", json=wanted)
    assert len(client.get(f"subscription/{made['subscriptionGuid']}/addOns")) == 1
    assert client.post(f"addOn/{add_on}/Unarchive")["archivedTs"] is None
