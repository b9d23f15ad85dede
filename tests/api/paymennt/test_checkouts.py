"""A checkout is one instalment's page: read, canceled while unpaid, refunded once paid."""

from __future__ import annotations

import pytest

from portal.billing.models import Invoice
from portal.billing.pay_models import PaySession
from tests.api.paymennt.client import Paymennt
from tests.billing.by_link_shop import Payer, links, payer
from tests.harness import Merchant, Portal


@pytest.fixture
def amina(portal: Portal, shop: Merchant, client: Paymennt) -> Payer:
    client.subscribe()
    portal.run_jobs()
    return payer(portal, links(shop)[0])


def checkout(client: Paymennt) -> str:
    """The id of the checkout of the only payment, whose link was opened."""
    (subscription,) = client.get("subscription")["content"]
    (payment,) = client.get(f"subscription/{subscription['id']}/payment")["content"]
    return str(payment["checkout"]["id"])


def test_it_is_paid_and_refunded_in_parts(portal: Portal, shop: Merchant, client: Paymennt, amina: Payer) -> None:
    amina.pays()
    path = f"checkout/{checkout(client)}"
    assert (client.get(path)["status"], client.get(path)["usedPaymentMethod"]) == ("PAID", "CARD")
    # In the address, as the reference has it.
    part = client.call("POST", f"{path}/refund?amount=40.00&currency=AED&note=Out%20of%20stock&referenceId=R-1")
    assert part.status_code == 200, part.text
    assert (part.json["result"]["status"], part.json["result"]["totalRefunded"]) == ("PARTIALLY_REFUNDED", 40.00)
    # In the body, as the PHP client does.
    whole = client.post(f"{path}/refund?note=rest", {"checkoutId": "x", "amount": "60.00", "currency": "AED"})
    assert (whole["status"], whole["totalRefunded"]) == ("REFUNDED", 100.00)
    client.error("POST", f"{path}/refund", json={"amount": 1, "currency": "AED"})
    assert [(entry["outcome"], entry["amount"]) for entry in shop.ledger()] == [
        ("captured", 100.0), ("refunded", 40.0), ("refunded", 60.0),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"currency": "AED"}, "missing amount"),
        ({"amount": 10}, "missing currency"),
        ({"amount": 10, "currency": "USD"}, "invalid currency"),
        ({"amount": 100.01, "currency": "AED"}, "invalid amount"),
        ({"amount": 0.001, "currency": "AED"}, "invalid amount"),
    ],
)
def test_a_refund_that_cannot_be_is_refused_and_nothing_goes_back(
    shop: Merchant, client: Paymennt, amina: Payer, body: dict[str, object], words: str
) -> None:
    amina.pays()
    assert client.error("POST", f"checkout/{checkout(client)}/refund", json=body).startswith(words)
    assert [entry["outcome"] for entry in shop.ledger()] == ["captured"]


def test_canceled_while_the_customer_is_on_the_gateways_page_it_takes_nothing(
    portal: Portal, shop: Merchant, client: Paymennt, amina: Payer
) -> None:
    address = amina.taps_pay()
    canceled = client.post(f"checkout/{checkout(client)}/cancel", {})
    assert canceled["status"] == "CANCELLED"
    assert portal.row(PaySession).status == "expired"
    assert portal.client.get(address).status_code == 303
    portal.run_jobs()
    page = amina.page()
    assert (page.status, page.heading) == (410, "Cookie Corner has canceled this payment request")
    assert shop.ledger() == []
    assert portal.row(Invoice).status == "void"
    (subscription,) = client.get("subscription")["content"]
    assert client.get(f"subscription/{subscription['id']}/payment")["content"][0]["cancelled"] is True
    assert client.post(f"checkout/{canceled['id']}/cancel")["status"] == "CANCELLED"
    shop.advance("2021-11-24T10:00")
    assert len(links(shop)) == 2


def test_what_was_paid_a_moment_before_the_cancel_stays_paid(
    portal: Portal, shop: Merchant, client: Paymennt, amina: Payer
) -> None:
    amina.types(amina.taps_pay())  # the portal has not heard of it yet
    path = f"checkout/{checkout(client)}"
    assert client.get(path)["status"] == "PENDING_CONFIRMATION"
    assert "has been paid" in client.error("POST", f"{path}/cancel", json={})
    assert client.get(path)["status"] == "PAID"
    assert len(shop.ledger()) == 1
    portal.run_jobs()
    assert amina.page().heading == "Paid. Thank you"


def test_a_refused_card_and_a_link_too_old_are_told(
    portal: Portal, shop: Merchant, client: Paymennt, amina: Payer
) -> None:
    amina.pays("4000 0000 0000 0341")
    path = f"checkout/{checkout(client)}"
    assert client.get(path)["status"] == "FAILED"
    client.error("POST", f"{path}/refund", json={"amount": 1, "currency": "AED"})
    shop.advance("2021-10-25T12:00")
    assert client.get(path)["status"] == "EXPIRED"


def test_an_unknown_checkout_and_another_sites_are_told_apart_by_nothing(
    portal: Portal, client: Paymennt, amina: Payer
) -> None:
    amina.taps_pay()
    mine = checkout(client)
    other = Paymennt(portal.merchant("Other", clock="2021-08-25T08:00"))
    unknown = other.error("GET", "checkout/1653241101733169556")
    assert unknown == other.error("GET", f"checkout/{mine}") == "Checkout not found for API merchant"
    other.error("POST", f"checkout/{mine}/cancel", json={})
    assert client.get(f"checkout/{mine}")["status"] == "PENDING"
