"""A method that the contact saved before: used on the merchant's word, kept as that and told to the contact."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from portal.billing.models import Consent, PaymentMethod
from portal.core.database import session
from portal.sites.models import Site
from portal.subscriptions.models import Subscription
from tests.api.fundraising.client import Fundraising
from tests.harness import Customer, Merchant, Page, Portal

OTHER_CARD = "5555 5555 5555 4444"


@pytest.fixture
def first(client: Fundraising) -> Any:
    """Jens has confirmed one subscription by the link, so that his card is known here."""
    return client.active()


def again(client: Fundraising, first: Any, **changes: Any) -> Any:
    """Another one for the same contact, by the same card."""
    return client.subscribe(contact=first["contactGuid"], paymentMethodGuid=first["paymentMethodGuid"], **changes)


def test_it_begins_without_a_link_to_confirm_and_is_charged_at_once(
    portal: Portal, shop: Merchant, client: Fundraising, first: Any
) -> None:
    asked = len(shop.messages())
    made = again(client, first)
    assert (made["state"], made["paymentMethodGuid"]) == ("Pending", first["paymentMethodGuid"])
    portal.run_jobs()
    after = client.read(made["subscriptionGuid"])
    assert (after["state"], after["startDate"], after["nextDueDate"]) == ("Active", "2027-05-01", "2027-06-01")
    assert [entry["amount"] for entry in shop.ledger()] == [100.00, 100.00]
    (told,) = shop.messages()[: len(shop.messages()) - asked]
    assert "Youth Membership" in told["body"]
    assert Customer(portal, told["link"]).page().heading == "You're all set"


def test_whose_word_it_rests_on_is_kept_and_said(portal: Portal, client: Fundraising, first: Any) -> None:
    made = again(client, first)
    portal.run_jobs()
    (word,) = [one for one in portal.rows(Consent) if str(one.subscription_id) == made["subscriptionGuid"]]
    assert (word.told_by, word.setup_id, word.address) == (client.shop.key_id, None, "")
    assert "Youth Membership" in word.shown
    assert "100" in word.shown
    (given,) = [one for one in portal.rows(Consent) if str(one.subscription_id) == first["subscriptionGuid"]]
    assert given.told_by is None
    log = client.get(f"subscription/{made['subscriptionGuid']}/log")
    confirmed = next(one for one in log if one["changeDescription"].startswith("Subscription confirmed"))
    assert {"fieldName": "toldBy", "oldValue": None, "newValue": client.shop.key_id} in confirmed["changes"]
    page = Customer(portal, client.link())
    text = portal.client.get(f"{page.path}/agreed").text
    assert "Acme Aid, on your behalf" in text
    assert "You, on" not in text


def test_the_receipt_says_on_whose_word_it_was_charged(portal: Portal, client: Fundraising, first: Any) -> None:
    made = again(client, first)
    portal.run_jobs()
    (payment,) = client.get(f"subscription/{made['subscriptionGuid']}/payments")
    path = Customer(portal, client.link()).path
    assert "Acme Aid told us on" in Page(portal.client.get(f"{path}/receipt/{payment['paymentGuid']}")).text


def test_a_first_charge_that_is_refused_leaves_it_pending_and_the_contact_can_give_another_card(
    portal: Portal, shop: Merchant, client: Fundraising
) -> None:
    contact = client.contact()
    client.subscribe(contact=contact)
    Customer(portal, client.link()).confirm("4000 0000 0000 0341")
    portal.run_jobs()
    (method,) = client.get("paymentMethods", contactGuid=contact)["list"]
    made = client.subscribe(contact=contact, paymentMethodGuid=method["paymentMethodGuid"])
    portal.run_jobs()
    assert client.read(made["subscriptionGuid"])["state"] == "Pending"
    Customer(portal, client.link()).confirm()
    portal.run_jobs()
    assert client.read(made["subscriptionGuid"])["state"] == "Active"
    assert [entry["outcome"] for entry in shop.ledger()] == ["declined", "declined", "captured"]


@pytest.mark.parametrize("change", ["revoked", "expired", "payer's", "once"])
def test_a_method_that_cannot_be_charged_or_is_not_the_contacts_is_refused(
    portal: Portal, shop: Merchant, client: Fundraising, first: Any, change: str
) -> None:
    with portal.writing():
        method = session().query(PaymentMethod).one()
        if change == "revoked":
            method.revoked_at = datetime(2027, 5, 1, tzinfo=UTC)
        elif change == "expired":
            method.exp_year, method.exp_month = 2027, 4
        elif change == "once":
            method.once = True
        else:
            method.payer_id = method.id
    body = {name: first[name] for name in ("contactGuid", "agreementGuid", "paymentMethodGuid")}
    assert client.error("POST", "subscription", json=body)["errors"][0]["field"] == "paymentMethodGuid"
    assert len(portal.rows(Subscription)) == 1
    assert len(shop.ledger()) == 1


def test_another_contacts_method_is_unknown(portal: Portal, client: Fundraising, first: Any) -> None:
    ida = client.contact(email="ida@example.com", msisdn="4520123456")
    body = {
        "contactGuid": ida,
        "agreementGuid": first["agreementGuid"],
        "paymentMethodGuid": first["paymentMethodGuid"],
    }
    assert "no payment method with this id" in client.error("POST", "subscription", json=body)["message"]
    waiting = client.subscribe(contact=ida)["subscriptionGuid"]
    change = {"paymentMethodGuid": first["paymentMethodGuid"]}
    client.error("POST", f"subscription/{waiting}/UpdatePaymentMethod", json=change)
    assert client.read(waiting)["state"] == "Pending"


def test_a_site_that_wants_each_yes_anew_takes_no_word_for_it(portal: Portal, client: Fundraising, first: Any) -> None:
    with portal.writing():
        session().query(Site).one().consent_policy = "reconfirm"
    body = {name: first[name] for name in ("contactGuid", "agreementGuid", "paymentMethodGuid")}
    assert "asks its customers for each yes" in client.error("POST", "subscription", json=body)["message"]
    assert len(portal.rows(Subscription)) == 1


def test_a_pending_one_begins_with_a_method_and_its_link_confirms_nothing_more(
    portal: Portal, shop: Merchant, client: Fundraising, first: Any
) -> None:
    waiting = client.subscribe(contact=first["contactGuid"])["subscriptionGuid"]
    link = client.link()
    page = Customer(portal, link).page()
    client.post(f"subscription/{waiting}/UpdatePaymentMethod", {"paymentMethodGuid": first["paymentMethodGuid"]})
    portal.run_jobs()
    assert client.read(waiting)["state"] == "Active"
    Customer(portal, link).tap(page)  # leads on to another card, if to anything
    portal.run_jobs()
    assert len(shop.ledger()) == 2
    assert len([one for one in portal.rows(Consent) if str(one.subscription_id) == waiting]) == 1


def test_a_yes_on_the_gateways_page_and_the_merchants_word_charge_once(
    portal: Portal, shop: Merchant, client: Fundraising, first: Any
) -> None:
    waiting = client.subscribe(contact=first["contactGuid"])["subscriptionGuid"]
    person = Customer(portal, client.link())
    address = person.tap(person.page()).headers["Location"]
    client.post(f"subscription/{waiting}/UpdatePaymentMethod", {"paymentMethodGuid": first["paymentMethodGuid"]})
    person.enter_card(address)
    portal.run_jobs()
    assert client.read(waiting)["state"] == "Active"
    assert len(shop.ledger()) == 2


def test_another_method_is_charged_from_the_next_date_on_and_the_dates_stay(
    portal: Portal, shop: Merchant, client: Fundraising, first: Any
) -> None:
    client.subscribe(contact=first["contactGuid"])
    Customer(portal, client.link()).confirm(OTHER_CARD)
    portal.run_jobs()
    newest = client.get("paymentMethods", contactGuid=first["contactGuid"])["list"][0]["paymentMethodGuid"]
    guid = first["subscriptionGuid"]
    changed = client.post(f"subscription/{guid}/UpdatePaymentMethod", {"paymentMethodGuid": newest})
    assert (changed["paymentMethodGuid"], changed["nextDueDate"]) == (newest, "2027-06-01")
    assert client.post(f"subscription/{guid}/UpdatePaymentMethod", {"paymentMethodGuid": newest}) == changed
    shop.advance("2027-06-01T12:00")
    (payment, _) = client.get(f"subscription/{guid}/payments")
    assert payment["paymentMethodGuid"] == newest


def test_what_is_overdue_is_tried_by_the_new_method_at_once(
    portal: Portal, shop: Merchant, client: Fundraising, first: Any
) -> None:
    client.subscribe(contact=first["contactGuid"])
    Customer(portal, client.link()).confirm("4000 0000 0000 0341")
    portal.run_jobs()
    methods = client.get("paymentMethods", contactGuid=first["contactGuid"])["list"]
    guid = first["subscriptionGuid"]
    poor = next(one for one in methods if one["displayName"].endswith("0341"))["paymentMethodGuid"]
    client.post(f"subscription/{guid}/UpdatePaymentMethod", {"paymentMethodGuid": poor})
    shop.advance("2027-06-01T12:00")
    newest = client.get(f"subscription/{guid}/payments")[0]
    assert (newest["state"], newest["errorCode"], newest["chargeAttempts"]) == ("Awaiting retry", 300002, 1)
    assert newest["gatewayErrorCode"]
    assert newest["gatewayErrorDescription"]
    good = first["paymentMethodGuid"]
    client.post(f"subscription/{guid}/UpdatePaymentMethod", {"paymentMethodGuid": good})
    portal.run_jobs()
    assert next(one["state"] for one in client.get(f"subscription/{guid}/payments")) == "Charged"


def test_the_list_of_methods_is_the_contacts_own(portal: Portal, client: Fundraising, first: Any) -> None:
    (one,) = client.get("paymentMethods")["list"]
    assert one == client.get(f"paymentMethod/{first['paymentMethodGuid']}")
    assert (one["contactGuid"], one["paymentMethodType"], one["state"]) == (
        first["contactGuid"],
        "CreditCard",
        "Active",
    )
    assert (one["displayName"], one["cardExpires"]) == ("Visa **** 4242", "2049-12")
    assert client.get("paymentMethods", contactGuid=client.contact(email="ida@example.com"))["total"] == 0
    client.error("GET", "paymentMethod/1", status=404)
