"""The public PHP client of Paymennt as it calls: its addresses, headers and bodies, over a socket, nothing of ours.

What it sends was read from its source: every field of a request object goes out, the empty ones as null; creating posts
to the list's address with a slash at its end; an answer's `success` is looked at, never its HTTP status.
"""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.serving import make_server

from tests.api.test_events import Receiver
from tests.api.test_events import receiver as receiver
from tests.billing.by_link_shop import links, payer
from tests.harness import Merchant, Portal

# The fields of its request objects; each is null until it is set.
SUBSCRIPTION = ("description", "currency", "amount", "customer", "customerId", "startDate", "endDate", "sendOnHour",
                "sendEvery", "returnUrl")  # fmt: skip
CHECKOUT = ("requestId", "orderId", "currency", "amount", "totals", "branchId", "allowedPaymentMethods",
            "defaultPaymentMethod", "customer", "billingAddress", "deliveryAddress", "items")  # fmt: skip
CUSTOMER = ("id", "reference", "firstName", "lastName", "email", "phone")
# What it reads of an answer without asking whether it is there.
READ_OF_CHECKOUT = ("id", "displayId", "checkoutKey", "requestId", "orderId", "currency", "amount", "cashAmount",
                    "totalRefunded", "status", "redirectUrl", "branchId", "branchName", "usedPaymentMethod",
                    "timestamp")  # fmt: skip


class Refused(Exception):
    """What its own exception says."""


class PhpClient:
    """One call as cURL makes it: POST where there is a body, GET where there is none."""

    def __init__(self, base: str, shop: Merchant) -> None:
        self._base = base
        self._headers = {
            "Content-Type": "application/json",
            "X-PointCheckout-Api-Key": shop.key_id,
            "X-PointCheckout-Api-Secret": shop.api_key,
        }

    def call(self, url: str, request: dict[str, Any] | None = None) -> Any:
        body = None if request is None else json.dumps(request).encode()
        asked = urllib.request.Request(f"{self._base}/mer/v2.0/{url}", data=body, headers=self._headers)
        try:
            with urllib.request.urlopen(asked, timeout=30) as answer:
                said = json.load(answer)
        except urllib.error.HTTPError as error:  # its cURL looks at no status either
            said = json.load(error)
        if not said["success"]:
            raise Refused(said["error"])
        return said["result"] if said.get("result") is not None else True


def blank(names: tuple[str, ...], **given: Any) -> dict[str, Any]:
    return dict.fromkeys(names) | given


@pytest.fixture
def php(portal: Portal, shop: Merchant) -> Iterator[PhpClient]:
    server = make_server("127.0.0.1", 0, portal.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield PhpClient(f"http://127.0.0.1:{server.server_port}", shop)
    server.shutdown()
    thread.join()
    server.server_close()


def create(php: PhpClient, **changes: Any) -> Any:
    amina = blank(CUSTOMER, firstName="Amina", lastName="Haddad", email="amina@example.com", phone="971501234567")
    given = {
        "description": "dozen of cookies",
        "currency": "AED",
        "amount": "100.00",
        "customer": amina,
        "startDate": "2021-08-24",
        "sendOnHour": "10",
        "sendEvery": "MONTH",
    }
    return php.call("subscription/", blank(SUBSCRIPTION, **(given | changes)))


def test_a_subscription_is_made_read_searched_paused_and_resumed(portal: Portal, php: PhpClient) -> None:
    made = create(php)
    assert (made["status"], made["amount"], made["sendOnHour"]) == ("ACTIVE", 100.00, 10)
    assert set(CUSTOMER) <= set(made["customer"])
    assert php.call(f"subscription/{made['id']}") == made
    query = "status=ACTIVE&customer.email=amina@example.com&customer.phone=971501234567&page=0&size=10"
    page = php.call(f"subscription?{query}")
    assert (page["page"], page["size"], page["totalPages"], page["totalElements"]) == (0, 10, 1, 1)
    assert page["content"] == [made]
    only_its_id = blank(SUBSCRIPTION, subscriptionId=made["id"])
    assert php.call(f"subscription/{made['id']}/pause", only_its_id)["status"] == "INACTIVE"
    assert php.call(f"subscription/{made['id']}/resume", only_its_id)["status"] == "ACTIVE"


def test_an_instalment_is_read_once_opened_and_paid_refunded_in_part_and_canceled(
    portal: Portal, shop: Merchant, php: PhpClient
) -> None:
    made = create(php)
    portal.run_jobs()
    unopened = php.call(f"subscription/{made['id']}/payment?subscriptionId={made['id']}&page=0&size=20")
    assert [one["checkout"] for one in unopened["content"]] == [None]
    payer(portal, links(shop)[0]).pays()
    [paid] = php.call(f"subscription/{made['id']}/payment?subscriptionId={made['id']}")["content"]
    checkout = paid["checkout"]
    assert set(READ_OF_CHECKOUT) <= set(checkout)
    assert php.call(f"checkout/{checkout['id']}") == checkout
    asked = blank(CHECKOUT, language="en", checkoutId=checkout["id"], amount="40.00", currency="AED", note="two broke")
    refunded = php.call(f"checkout/{checkout['id']}/refund?note=two%20broke", asked)
    assert (refunded["status"], refunded["totalRefunded"]) == ("PARTIALLY_REFUNDED", 40.00)
    with pytest.raises(Refused, match="has been paid"):
        php.call(
            f"checkout/{checkout['id']}/cancel", blank(CHECKOUT, language="en", checkoutId=checkout["id"], note=None)
        )
    assert [one["outcome"] for one in shop.ledger()].count("refunded") == 1


def test_what_is_wrong_is_told_in_the_words_of_its_exception(php: PhpClient) -> None:
    with pytest.raises(Refused, match="invalid sendEvery"):
        create(php, sendEvery="FORTNIGHT")
    with pytest.raises(Refused, match=r"missing description; .*missing startDate"):
        create(php, description=None, startDate=None)
    with pytest.raises(Refused, match="not found"):
        php.call("subscription/1653241101733169556")


@pytest.mark.environment(WEBHOOK_ALLOW_PRIVATE="on")
def test_webhooks_are_made_tested_silenced_and_deleted(
    portal: Portal, shop: Merchant, php: PhpClient, receiver: Receiver
) -> None:
    made = php.call("webhooks/", {"webhookId": None, "adress": None, "address": receiver.url})
    assert made["hmacKey"].startswith("whsec_")
    assert (made["address"], made["failed"], made["enabled"]) == (receiver.url, False, True)
    same = {"webhookId": made["id"], "adress": None}
    assert php.call(f"webhooks/{made['id']}/test", same) is True
    assert len(receiver.got) == 1
    assert php.call(f"webhooks/{made['id']}") == made | {"hmacKey": None}
    assert php.call("webhooks?page=0&size=20") == [made | {"hmacKey": None}]
    assert php.call(f"webhooks/{made['id']}/disable", same)["enabled"] is False
    create(php)
    portal.run_jobs()
    payer(portal, links(shop)[0]).pays()
    assert len(receiver.got) == 1
    assert php.call(f"webhooks/{made['id']}/enable", same)["enabled"] is True
    create(php)
    portal.run_jobs()
    payer(portal, links(shop)[-1]).pays()
    told = json.loads(receiver.got[-1][1])
    assert php.call(f"checkout/{told['checkoutId']}")["status"] == told["status"] == "PAID"
    assert php.call(f"webhooks/{made['id']}/delete", same) is True
    with pytest.raises(Refused, match="Webhook not found"):
        php.call(f"webhooks/{made['id']}")


@pytest.mark.environment(WEBHOOK_ALLOW_PRIVATE="on")
def test_a_test_that_nobody_takes_is_refused_and_a_native_webhook_is_none_of_this_dialects(
    shop: Merchant, php: PhpClient, receiver: Receiver
) -> None:
    made = php.call("webhooks/", {"address": receiver.url})
    native = shop.call("POST", "/webhook", json={"url": receiver.url}).json["id"]
    receiver.close()
    with pytest.raises(Refused, match="did not take it"):
        php.call(f"webhooks/{made['id']}/test", {"webhookId": made["id"]})
    with pytest.raises(Refused, match="Webhook not found"):
        php.call(f"webhooks/{native}")
    assert [one["id"] for one in php.call("webhooks")] == [made["id"]]


def test_an_address_that_is_inside_is_refused(php: PhpClient) -> None:
    for address in ("http://127.0.0.1/", "http://169.254.169.254/latest", "ftp://example.com/", "", None):
        with pytest.raises(Refused, match=r"(invalid|missing) address"):
            php.call("webhooks/", {"address": address})
