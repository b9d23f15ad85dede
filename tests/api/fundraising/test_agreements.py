"""An agreement says what is paid, how much, with which VAT and on which dates; subscriptions follow it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.fundraising.client import MONTHLY, Fundraising
from tests.harness import Customer, Portal


def confirmed(client: Fundraising, **agreement: Any) -> Any:
    return client.active(agreement=client.agreement(**agreement))


def dates(client: Fundraising, made: Any) -> list[str]:
    return [made["nextDueDate"], *client.get(f"subscription/{made['subscriptionGuid']}/schedule")[:2]]


@pytest.mark.parametrize(
    ("schedule", "found"),
    [
        ({"scheduleType": "Monthly"}, ["2027-06-01", "2027-07-01", "2027-08-01"]),
        ({"scheduleType": "monthly", "scheduleFixedDay": 15}, ["2027-05-15", "2027-06-15", "2027-07-15"]),
        ({"scheduleType": "Monthly", "scheduleFixedDay": 31}, ["2027-05-31", "2027-06-30", "2027-07-31"]),
        ({"scheduleType": "Monthly", "scheduleEveryOther": 2}, ["2027-07-01", "2027-09-01", "2027-11-01"]),
        ({"scheduleType": "Quarterly"}, ["2027-08-01", "2027-11-01", "2028-02-01"]),
        ({"scheduleType": "SemiAnnually"}, ["2027-11-01", "2028-05-01", "2028-11-01"]),
        ({"scheduleType": "Yearly"}, ["2028-05-01", "2029-05-01", "2030-05-01"]),
        ({"scheduleType": "Weekly", "scheduleFixedDay": 1}, ["2027-05-03", "2027-05-10", "2027-05-17"]),
        ({"scheduleType": "Daily", "scheduleEveryOther": 10}, ["2027-05-11", "2027-05-21", "2027-05-31"]),
        ({"scheduleType": "Annually"}, ["2028-05-01", "2029-05-01", "2030-05-01"]),
        ({"scheduleType": "Calendar", "scheduleCalendarUnit": "week"}, ["2027-05-08", "2027-05-15", "2027-05-22"]),
        ({"scheduleType": "", "scheduleCalendarUnit": "Year"}, ["2028-05-01", "2029-05-01", "2030-05-01"]),
        (
            {"scheduleType": "Monthly", "scheduleFixedDay": 1, "scheduleSelectedSet": "[1, 6]"},
            ["2027-06-01", "2028-01-01", "2028-06-01"],
        ),
        (
            {"scheduleType": "Monthly", "scheduleFixedDay": 10, "scheduleSelectedSet": [6, 1]},
            ["2027-06-10", "2028-01-10", "2028-06-10"],
        ),
    ],
    ids=str,
)
def test_its_schedule_makes_the_dates(client: Fundraising, schedule: dict[str, Any], found: list[str]) -> None:
    made = confirmed(client, **schedule)
    assert dates(client, made) == found


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"unitPrice": ""}, "unitPrice"),
        ({"unitPrice": 0}, "unitPrice"),
        ({"unitPrice": -1}, "unitPrice"),
        ({"unitPrice": 1e-9}, "unitPrice"),
        ({"unitPrice": 10.001}, "unitPrice"),
        ({"unitPrice": True}, "unitPrice"),
        ({"unitPrice": 10**12}, "unitPrice"),
        ({"currencyCode": "XXQ"}, "currencyCode"),
        ({"scheduleType": "Sometimes"}, "scheduleType"),
        ({"scheduleType": ""}, "scheduleType"),
        ({"scheduleCalendarUnit": "Week"}, "scheduleCalendarUnit"),
        ({"scheduleEveryOther": 0}, "scheduleEveryOther"),
        ({"scheduleFixedDay": 32}, "scheduleFixedDay"),
        ({"scheduleSelectedSet": "[13]"}, "scheduleSelectedSet"),
        ({"scheduleSelectedSet": "[1,"}, "scheduleSelectedSet"),
        ({"vatPercentage": 101}, "vatPercentage"),
        ({"amount": 99}, "amount"),
        ({"vatPercentage": 25, "amountTotal": 100}, "amountTotal"),
        ({"agreementType": "Public"}, "agreementType"),
        ({"agreementType": "Personal"}, "contactGuid"),
        ({"defaultQuantity": "many"}, "defaultQuantity"),
    ],
    ids=str,
)
def test_what_is_wrong_with_one_is_named(client: Fundraising, changes: dict[str, Any], field: str) -> None:
    said = client.error("POST", "agreement", json=MONTHLY | changes)
    assert [one["field"] for one in said["errors"]] == [field]
    assert client.get("agreements")["total"] == 0


def test_a_fixed_day_that_its_rhythm_has_not_is_refused(client: Fundraising) -> None:
    for changes in (
        {"scheduleType": "Weekly", "scheduleFixedDay": 8},
        {"scheduleType": "Daily", "scheduleFixedDay": 1},
    ):
        client.error("POST", "agreement", json=MONTHLY | changes)
    client.error("POST", "agreement", json=MONTHLY | {"scheduleType": "Weekly", "scheduleSelectedSet": [1]})
    assert client.get("agreements")["total"] == 0


def test_the_sum_alone_is_divided_where_it_can_be_divided_exactly(client: Fundraising) -> None:
    body = MONTHLY | {"unitPrice": None, "amount": 100.00, "defaultQuantity": 4}
    assert client.insert("agreement", body)["unitPrice"] == 25.00
    client.error("POST", "agreement", json=body | {"defaultQuantity": 3})


def test_vat_comes_on_top_and_is_what_is_charged(client: Fundraising) -> None:
    made = confirmed(client, vatPercentage=25.0, defaultQuantity=2)
    (payment,) = client.get(f"subscription/{made['subscriptionGuid']}/payments")
    assert (made["quantity"], payment["amount"]) == (2, 250.00)
    assert [entry["amount"] for entry in client.shop.ledger()] == [250.00]


def test_a_personal_one_is_for_its_contact_alone_and_in_no_shared_list(client: Fundraising) -> None:
    mine, other = client.contact(), client.contact(email="ida@example.com")
    own = client.agreement(agreementType="Personal", contactGuid=mine)
    assert client.subscribe(contact=mine, agreement=own)["agreementGuid"] == own
    body = {"contactGuid": other, "agreementGuid": own}
    assert "another contact" in client.error("POST", "subscription", json=body)["message"]
    guid = client.subscribe(contact=other)["subscriptionGuid"]
    client.error("POST", f"subscription/{guid}/ChangeAgreement", json={"agreementGuid": own})
    assert [one["agreementGuid"] for one in client.get("agreements", contactGuid=mine)["list"]] == [own]
    assert own not in [one["agreementGuid"] for one in client.get("agreements")["list"]]


def test_a_start_years_ago_is_charged_once_and_goes_on_with_its_own_dates(client: Fundraising) -> None:
    made = client.active(startDate="2020-01-15", originTs="2012-03-04 05:06:07 +0100", dataSetGuid="D-1")
    assert len(client.shop.ledger()) == 1
    assert (made["startDate"], made["nextDueDate"]) == ("2020-01-15", "2027-05-15")
    assert (made["originTs"], made["dataSetGuid"]) == ("2012-03-04T05:06:07+01:00", "D-1")


def test_a_start_to_come_is_waited_for_and_its_dates_are_known_before_the_yes(client: Fundraising) -> None:
    made = client.subscribe(startDate="2027-06-10", expiresAfterDate="2027-09-30")
    assert dates(client, made) == ["2027-06-10", "2027-07-10", "2027-08-10"]
    assert client.get(f"subscription/{made['subscriptionGuid']}/schedule") == ["2027-07-10", "2027-08-10", "2027-09-10"]
    Customer(client.shop.portal, client.link()).confirm()
    client.shop.portal.run_jobs()
    after = client.read(made["subscriptionGuid"])
    assert (after["state"], dates(client, after)) == ("Active", ["2027-06-10", "2027-07-10", "2027-08-10"])
    assert client.shop.ledger() == []


def test_a_cheaper_agreement_counts_at_once_and_its_first_date_is_the_new_start(client: Fundraising) -> None:
    guid = confirmed(client)["subscriptionGuid"]
    cheaper = client.agreement(name="Reduced", unitPrice=50.00, scheduleFixedDay=15)
    changed = client.post(f"subscription/{guid}/ChangeAgreement", {"agreementGuid": cheaper})
    assert (changed["agreementGuid"], changed["startDate"]) == (cheaper, "2027-06-15")
    assert dates(client, changed) == ["2027-06-15", "2027-07-15", "2027-08-15"]
    client.shop.advance("2027-07-20T08:00")
    taken = [(entry["at"][:10], entry["amount"]) for entry in client.shop.ledger()]
    assert taken == [("2027-05-01", 100.00), ("2027-06-15", 50.00), ("2027-07-15", 50.00)]


def test_a_dearer_agreement_counts_once_the_contact_was_told(client: Fundraising) -> None:
    guid = confirmed(client)["subscriptionGuid"]
    dearer = client.agreement(name="Patron", unitPrice=300.00, scheduleFixedDay=15)
    changed = client.post(f"subscription/{guid}/ChangeAgreement", {"agreementGuid": dearer})
    assert (changed["startDate"], changed["nextDueDate"]) == ("2027-06-15", "2027-06-01")
    client.shop.portal.run_jobs()  # the notice leaves
    assert "DKK" in client.shop.messages()[0]["body"]
    assert client.read(guid)["nextDueDate"] == "2027-06-15"
    client.shop.advance("2027-06-20T08:00")
    assert [entry["amount"] for entry in client.shop.ledger()] == [100.00, 300.00]


def test_the_change_is_told_to_the_webhook_as_an_update(portal: Portal, client: Fundraising) -> None:
    from portal.webhooks.models import Event

    guid = confirmed(client)["subscriptionGuid"]
    before = len(portal.rows(Event, event="updated"))
    client.post(f"subscription/{guid}/ChangeAgreement", {"agreementGuid": client.agreement(unitPrice=90.00)})
    assert len(portal.rows(Event, event="updated")) > before


def test_while_pending_the_contact_is_shown_the_newest_agreement(client: Fundraising) -> None:
    made = client.subscribe()
    other = client.agreement(name="Adults", unitPrice=200.00)
    changed = client.post(f"subscription/{made['subscriptionGuid']}/ChangeAgreement", {"agreementGuid": other})
    assert (changed["state"], changed["startDate"]) == ("Pending", None)
    page = Customer(client.shop.portal, client.link()).page()
    assert "Adults" in page.text
    assert "200" in page.text


def test_add_ons_are_billed_beside_the_agreement_with_a_vat_of_their_own(client: Fundraising) -> None:
    magazine = client.insert("addOn", {"name": "Magazine", "unitPrice": 20.00, "vatPercentage": 10})
    assert client.get(f"addOn/{magazine['addOnGuid']}") == magazine
    assert client.get("addOns")["list"] == [magazine]
    made = client.active(addOns=[{"addOnGuid": magazine["addOnGuid"], "quantity": 2}])
    guid = made["subscriptionGuid"]
    (taken,) = client.get(f"subscription/{guid}/addOns")
    assert (taken["addOnGuid"], taken["name"], taken["quantity"]) == (magazine["addOnGuid"], "Magazine", 2)
    assert (taken["amount"], taken["subscriptionGuid"]) == (40.00, guid)
    assert [entry["amount"] for entry in client.shop.ledger()] == [144.00]
    client.post(f"subscription/{guid}/ChangeAgreement", {"agreementGuid": client.agreement(unitPrice=50.00)})
    client.shop.advance("2027-06-02T08:00")
    assert [entry["amount"] for entry in client.shop.ledger()] == [144.00, 94.00]


def test_an_add_on_may_be_taken_later_from_the_next_payment_on(client: Fundraising) -> None:
    guid = confirmed(client)["subscriptionGuid"]
    client.insert("addOn", {"name": "Cup", "unitPrice": 30.00, "subscriptionGuid": guid})
    client.shop.portal.run_jobs()  # it costs more: the contact is told first
    assert [one["name"] for one in client.get(f"subscription/{guid}/addOns")] == ["Cup"]
    client.shop.advance("2027-06-02T08:00")
    assert [entry["amount"] for entry in client.shop.ledger()] == [100.00, 130.00]
    client.error("POST", "addOn", json={"name": "Pin", "unitPrice": 1, "currencyCode": "EUR", "subscriptionGuid": guid})
    assert client.get("addOns")["total"] == 1


def test_one_in_another_currency_is_for_the_time_before_the_yes(client: Fundraising) -> None:
    euros = client.agreement(currencyCode="EUR")
    waiting = client.subscribe()["subscriptionGuid"]
    assert client.post(f"subscription/{waiting}/ChangeAgreement", {"agreementGuid": euros})["agreementGuid"] == euros
    running = confirmed(client)["subscriptionGuid"]
    said = client.error("POST", f"subscription/{running}/ChangeAgreement", json={"agreementGuid": euros})
    assert said["errors"][0]["field"] == "agreementGuid"
    assert client.read(running)["agreementGuid"] != euros
