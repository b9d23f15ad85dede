"""Webhooks in the styles of four other systems: their names, their shapes, told once, again the same, still signed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from portal.console import webhooks_told
from portal.console.story import of_subscription
from portal.subscriptions.schedules import Frequency
from portal.webhooks import styles
from portal.webhooks.models import Delivery, Event
from tests.api.paymennt.client import Paymennt
from tests.api.test_events import Receiver
from tests.api.test_events import receiver as receiver
from tests.harness import Customer, Merchant, Portal

pytestmark = pytest.mark.environment(WEBHOOK_ALLOW_PRIVATE="on")
SUBSCRIPTION = "/subscription/439772921"


def listen(merchant: Merchant, receiver: Receiver, style: str, **more: Any) -> Any:
    answer = merchant.call("POST", "/webhook", "v3", json={"url": receiver.url, "style": style} | more)
    assert answer.status_code == 200, answer.text
    assert answer.json["style"] == style
    return answer.json


def live(portal: Portal, merchant: Merchant) -> None:
    """Confirmed and paid, paused and resumed, a part refunded, another refused, closed."""
    link = merchant.post().json["link"]
    portal.run_jobs()
    Customer(portal, link).confirm()
    portal.run_jobs()
    payment = merchant.subscription()["invoices"][0]["payments"][0]["id"]
    steps = [
        (f"/payment/{payment}/refund", {"amount_minor": 999}),
        (f"{SUBSCRIPTION}/pause", None),
        (f"{SUBSCRIPTION}/resume", None),
        (f"{SUBSCRIPTION}/close", None),
    ]
    for path, body in steps:
        assert merchant.call("POST", path, json=body).status_code == 200, path
        portal.run_jobs()


def told(receiver: Receiver) -> list[Any]:
    return [json.loads(body) for _, body in receiver.got]


def test_every_style_is_offered_and_no_other(merchant: Merchant) -> None:
    offered = ("native", "hyfin-3.0", "hyfin-4.0", "fundraising", "hyperline", "paymennt")
    assert offered == styles.NAMES
    refused = merchant.call("POST", "/webhook", json={"url": "https://example.invalid/", "style": "stripe"})
    assert (refused.status_code, refused.json["errors"]) == (422, ["invalid style"])
    assert merchant.call("POST", "/webhook", json={"url": "https://example.invalid/"}).json["style"] == "native"


def test_fundraising_receivers_hear_which_entity_had_which_event(
    portal: Portal, merchant: Merchant, receiver: Receiver
) -> None:
    hook = listen(merchant, receiver, "fundraising")
    live(portal, merchant)
    assert all(len(body) == 1 for body in told(receiver))
    heard = [body[0] for body in told(receiver)]
    assert sorted(f"{one['entityType']} {one['eventType']}" for one in heard) == [
        "payment charged",
        "payment refunded",
        "subscription activated",
        "subscription cancelled",
        "subscription created",
        "subscription onHold",
        "subscription restarted",
    ]
    found = merchant.subscription()
    own = {"subscription": found["id"], "payment": found["invoices"][0]["payments"][0]["id"]}
    for one in heard:
        assert one["entityGuid"] == own[one["entityType"]]
        assert (one["merchantId"], one["webhookGuid"]) == (merchant.site_id, hook["id"])
    assert {one["webhookEventGuid"] for one in heard} <= {str(row.id) for row in portal.rows(Event)}
    assert {one["webhookAttemptGuid"] for one in heard} == {str(row.id) for row in portal.rows(Delivery)}


def test_hyperline_receivers_get_an_event_type_with_data_in_minor_units(
    portal: Portal, merchant: Merchant, receiver: Receiver
) -> None:
    listen(merchant, receiver, "hyperline")
    live(portal, merchant)
    assert all(set(body) == {"event_type", "data"} for body in told(receiver))
    by_type = {body["event_type"]: body["data"] for body in told(receiver)}
    assert set(by_type) == {
        "subscription.created", "subscription.activated", "subscription.paused", "subscription.reactivated",
        "subscription.cancelled", "invoice.settled", "credit_note.settled",
    }  # fmt: skip
    created, paused = by_type["subscription.created"], by_type["subscription.paused"]
    assert (created["status"], created["activation_strategy"]) == ("pending", "checkout")
    assert paused["status"] == "paused"
    settled, returned = by_type["invoice.settled"], by_type["credit_note.settled"]
    assert (settled["total_amount"], settled["transaction"]["amount"]) == (3499, 3499)
    assert settled["subscription_id"] == created["id"]
    assert settled["customer_id"] == created["customer_id"] == merchant.subscription()["customer"]["id"]
    assert (returned["transaction"]["type"], returned["transaction"]["amount"]) == ("refund", 999)


def test_a_link_that_is_withdrawn_before_the_yes_is_voided_there(
    portal: Portal, merchant: Merchant, receiver: Receiver
) -> None:
    listen(merchant, receiver, "hyperline")
    merchant.post()
    merchant.post({"external_id": "439772921", "active": False})
    portal.run_jobs()
    last = told(receiver)[-1]
    assert (last["event_type"], last["data"]["status"]) == ("subscription.voided", "voided")


def test_receivers_of_hyfin_4_get_minor_units_totals_and_allocations(
    portal: Portal, merchant: Merchant, receiver: Receiver
) -> None:
    listen(merchant, receiver, "hyfin-4.0", actions=["payment"])
    live(portal, merchant)
    first, second = (body["data"] for body in told(receiver))
    found = merchant.subscription()
    invoice = found["invoices"][0]
    assert first == {
        "id": invoice["payments"][0]["id"],
        "site": merchant.site_id,
        "customer": found["customer"]["id"],
        "type": "payment_card",
        "subType": "visa",
        "displayName": "Visa **** 4242",
        "amount": 3499,
        "totals": {"subtotal": 3499, "taxes": 0, "total": 3499, "extraFees": 0, "tips": 0},
        "paidOn": first["paidOn"],
        "status": "captured",
        "allocations": [{"refType": "Invoice", "ref": invoice["id"], "amount": 3499}],
        "paymentTransactionEvents": [
            {
                "type": "sale",
                "amount": 3499,
                "successful": True,
                "createdAt": first["paymentTransactionEvents"][0]["createdAt"],
                "transactionId": invoice["payments"][0]["gateway_transaction_id"],
            }
        ],
    }
    assert first["paidOn"].endswith("Z")
    assert (second["status"], second["amount"], second["paymentTransactionEvents"][0]["type"]) == (
        "refunded",
        999,
        "refund",
    )


def test_receivers_of_hyfin_3_get_decimals_and_hear_of_messages(
    portal: Portal, merchant: Merchant, receiver: Receiver
) -> None:
    listen(merchant, receiver, "hyfin-3.0")
    live(portal, merchant)
    payments = [body["data"] for body in told(receiver) if body["action"] == "payment"]
    notices = [body["data"] for body in told(receiver) if body["action"] == "notification"]
    assert len(payments) + len(notices) == len(receiver.got)
    assert [(one["status"], one["amount"], one["transaction_type"]) for one in payments] == [
        ("paid", 34.99, "capture"),
        ("refunded", 9.99, "refund"),
    ]
    assert payments[0]["customer"]["external_id"] == "39772634"
    assert payments[0]["site"]["merchant_id"] == merchant.site_id
    assert payments[0]["payment_sub_type"] == "visa"
    assert {"site", "invoice", "message", "error"} == set(notices[0])


def test_paymennt_receivers_hear_of_checkouts_that_they_can_read(portal: Portal, receiver: Receiver) -> None:
    merchant = portal.merchant(clock="2021-08-25T09:00")
    api = Paymennt(merchant)
    listen(merchant, receiver, "paymennt")
    made = api.subscribe()
    portal.run_jobs()
    assert receiver.got == []  # a checkout nobody has paid is no news
    asked = merchant.call("GET", f"/subscription/{made['id']}/requests", "v3").json["data"]
    api.post(f"checkout/{asked[0]['id']}/cancel")
    portal.run_jobs()
    [body] = told(receiver)
    assert body == {
        "id": asked[0]["id"],
        "checkoutId": asked[0]["id"],
        "subscriptionId": made["id"],
        "status": "CANCELLED",
        "currency": "AED",
        "amount": 100.00,
        "totalRefunded": 0,
        "timestamp": body["timestamp"],
    }
    assert api.get(f"checkout/{body['id']}")["status"] == body["status"]


def test_what_a_style_has_no_name_for_is_owed_to_nobody(portal: Portal, merchant: Merchant, receiver: Receiver) -> None:
    listen(merchant, receiver, "paymennt")
    merchant.post()
    portal.run_jobs()
    assert portal.rows(Delivery) == []
    event = merchant.call("GET", "/event").json["data"][0]["id"]
    assert merchant.call("POST", f"/event/{event}/replay").status_code == 409


@pytest.mark.parametrize("style", styles.NAMES)
def test_in_every_style_the_signature_holds_and_a_replay_says_the_same(
    portal: Portal, merchant: Merchant, receiver: Receiver, style: str
) -> None:
    hook = listen(merchant, receiver, style, actions=["payment"])
    Customer(portal, merchant.post().json["link"]).confirm()
    portal.run_jobs()
    [(headers, body)] = receiver.got
    merchant.call("POST", f"{SUBSCRIPTION}/close")
    assert merchant.call("POST", f"/event/{headers['webhook-id']}/replay").status_code == 200
    portal.run_jobs()
    (_, _), (again, same) = receiver.got
    for sent, text in receiver.got:
        Webhook(hook["secret"]).verify(text, sent)
    assert again["webhook-id"] == headers["webhook-id"]
    before, after = json.loads(body), json.loads(same)
    if style == "fundraising":  # where each delivery has an id of its own
        assert before[0].pop("webhookAttemptGuid") != after[0].pop("webhookAttemptGuid")
    assert before == after


@pytest.mark.parametrize("style", styles.NAMES)
def test_a_webhook_can_be_tried_and_the_answer_says_what_came_back(
    portal: Portal, merchant: Merchant, receiver: Receiver, style: str
) -> None:
    hook = listen(merchant, receiver, style)
    tried = merchant.call("POST", f"/webhook/{hook['id']}/test", "v3").json
    assert (tried["success"], tried["answer_status"], tried["error"]) == (True, 200, None)
    [(headers, body)] = receiver.got
    Webhook(hook["secret"]).verify(body, headers)
    assert portal.rows(Event) == portal.rows(Delivery) == []
    receiver.close()
    failed = merchant.call("POST", f"/webhook/{hook['id']}/test", "v3").json
    assert (failed["success"], failed["answer_status"]) == (False, None)
    assert failed["error"]


def test_a_silenced_webhook_hears_nothing_until_it_is_enabled(
    portal: Portal, merchant: Merchant, receiver: Receiver
) -> None:
    hook = listen(merchant, receiver, "native", actions=["subscription"])
    path = f"/webhook/{hook['id']}"
    assert merchant.call("POST", f"{path}/disable").json["enabled"] is False
    assert merchant.call("POST", f"{path}/disable").status_code == 200  # twice is no error
    merchant.post()
    portal.run_jobs()
    assert receiver.got == []
    assert merchant.call("GET", path).json["enabled"] is False
    assert merchant.call("POST", f"{path}/enable").json["enabled"] is True
    merchant.post(amount=40)
    portal.run_jobs()
    assert [body["event"] for body in told(receiver)] == ["updated"]
    [missed] = [one for one in merchant.call("GET", "/event").json["data"] if one["event"] == "created"]
    merchant.call("POST", f"/event/{missed['id']}/replay")
    portal.run_jobs()
    assert [body["event"] for body in told(receiver)] == ["updated", "created"]


def test_one_whose_last_payment_was_made_has_expired_for_fundraising_receivers(
    portal: Portal, merchant: Merchant, receiver: Receiver
) -> None:
    listen(merchant, receiver, "fundraising", actions=["subscription"])
    Customer(portal, merchant.post(number_of_payments=1).json["link"]).confirm()
    portal.run_jobs()
    assert merchant.subscription()["close_reason"] == "completed"
    assert [body[0]["eventType"] for body in told(receiver)][-1] == "expired"


def test_support_reads_under_which_name_and_with_which_body_it_was_sent(
    portal: Portal, merchant: Merchant, receiver: Receiver
) -> None:
    listen(merchant, receiver, "hyperline", actions=["subscription"])
    merchant.post()
    portal.run_jobs()
    subscription_id = portal.the_subscription().id
    with portal.reading():
        story = of_subscription(subscription_id, None)
        [entry] = webhooks_told.told(story, "https://pay.example")
    assert "subscription created, sent as subscription.created in the style of hyperline" in entry.says[0]
    assert receiver.got[0][1].decode() in entry.more[0].text


@pytest.mark.parametrize(
    ("frequency", "start"), [*((one, None) for one in Frequency), ("Monthly", "2026-01-31"), ("Yearly", "2026-02-10")]
)
def test_what_a_hyperline_receiver_is_told_is_what_it_reads(
    portal: Portal, receiver: Receiver, frequency: str, start: str | None
) -> None:
    merchant = portal.merchant(clock="2026-01-31T09:00")
    link = merchant.post(frequency=frequency, frequency_units=2, start_date=start).json["link"]
    Customer(portal, link).confirm()
    portal.run_jobs()
    listen(merchant, receiver, "hyperline", actions=["subscription"])
    merchant.post({"external_id": "439772921", "description": "Gold++"})
    portal.run_jobs()
    [body] = told(receiver)
    read = merchant.portal.client.get(
        f"/v1/subscriptions/{body['data']['id']}", headers={"Authorization": f"Bearer {merchant.api_key}"}
    ).json
    assert body["event_type"] == "subscription.updated"
    assert body["data"] == {name: read[name] for name in body["data"]}
