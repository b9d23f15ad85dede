"""The printed example and the calls around it: answers in the dialect's own shape, links on its dates."""

from __future__ import annotations

import pytest

from portal.billing.models import Invoice
from tests.api.paymennt.client import PRINTED, Paymennt
from tests.billing.by_link_shop import links, payer
from tests.harness import Merchant, Portal


def test_the_printed_request_sends_the_first_link_at_once_and_the_next_on_its_grid(
    portal: Portal, shop: Merchant, client: Paymennt
) -> None:
    made = client.subscribe()
    assert (made["status"], made["amount"], made["currency"]) == ("ACTIVE", 100.00, "AED")
    assert (made["startDate"], made["endDate"], made["sendOnHour"]) == ("2021-08-24", "2024-08-24", 10)
    assert (made["sendEvery"], made["period"], made["periodUnit"]) == ("THREE_MONTHS", 3, "months")
    assert made["customer"]["phone"] == "971501234567"
    assert made["customer"]["reference"] is None
    assert made["displayId"].isalnum()
    portal.run_jobs()
    assert len(links(shop)) == 1
    (message,) = shop.messages()
    assert "AED" in message["body"]
    assert "dozen of cookies" in message["body"]
    shop.advance("2021-11-24T09:59")
    assert len(links(shop)) == 1
    shop.advance("2021-11-24T10:00")
    assert len(links(shop)) == 2
    assert [invoice.slot for invoice in portal.rows(Invoice)] == ["2021-08-24", "2021-11-24"]


def test_to_its_end_it_sends_thirteen_links_and_then_has_expired(
    portal: Portal, shop: Merchant, client: Paymennt
) -> None:
    made = client.subscribe()
    shop.advance("2024-09-30T00:00")
    assert len(portal.rows(Invoice)) == 13
    assert client.get(f"subscription/{made['id']}")["status"] == "EXPIRED"


def test_one_that_has_ended_already_sends_nothing(portal: Portal, shop: Merchant, client: Paymennt) -> None:
    made = client.subscribe(startDate="2020-01-01", endDate="2020-12-31")
    assert made["status"] == "EXPIRED"
    portal.run_jobs()
    assert links(shop) == []


def test_a_pause_sends_no_links_and_keeps_the_end_and_what_is_open_stays_payable(
    portal: Portal, shop: Merchant, client: Paymennt
) -> None:
    made = client.subscribe(sendEvery="MONTH")
    portal.run_jobs()
    assert client.post(f"subscription/{made['id']}/pause", {"subscriptionId": made["id"]})["status"] == "INACTIVE"
    shop.advance("2021-10-30T12:00")
    assert len(links(shop)) == 1
    resumed = client.post(f"subscription/{made['id']}/resume")
    assert (resumed["status"], resumed["endDate"], resumed["nextDueDate"]) == ("ACTIVE", "2024-08-24", "2021-11-24")
    assert "not paused" in client.error("POST", f"subscription/{made['id']}/resume", json={})
    assert payer(portal, links(shop)[0]).tap(payer(portal, links(shop)[0]).page(), "send-new-link").status_code == 200


def test_its_payments_have_a_checkout_once_the_link_was_opened(
    portal: Portal, shop: Merchant, client: Paymennt
) -> None:
    made = client.subscribe()
    portal.run_jobs()
    (waiting,) = client.get(f"subscription/{made['id']}/payment")["content"]
    assert (waiting["checkout"], waiting["cancelled"]) == (None, False)
    john = payer(portal, links(shop)[0])
    john.taps_pay()
    page = client.get(f"subscription/{made['id']}/payment")
    assert (page["page"], page["size"], page["totalPages"], page["totalElements"]) == (0, 20, 1, 1)
    checkout = page["content"][0]["checkout"]
    assert (checkout["status"], checkout["amount"], checkout["currency"]) == ("PENDING", 100.00, "AED")
    assert checkout["redirectUrl"] == links(shop)[0]
    assert checkout["requestId"].startswith(checkout["orderId"])
    assert checkout["subscriptionId"] == made["id"]


def test_a_customer_is_known_again_by_phone_or_email(client: Paymennt) -> None:
    first = client.subscribe()["customer"]
    again = client.subscribe(customer={"firstName": "Amina", "phone": "+971 50 123 4567"})["customer"]
    by_mail = client.subscribe(customer={"email": "Amina@Example.com"})["customer"]
    assert first["id"] == again["id"] == by_mail["id"]
    other = client.subscribe(customer={"email": "omar@example.com", "phone": "971501234567"})["customer"]
    assert other["id"] != first["id"]
    assert client.get("customers")["totalElements"] == 2
    assert client.subscribe(customer=None, customerId=first["id"])["customer"] == first


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"description": ""}, "missing description"),
        ({"amount": 0}, "invalid amount"),
        ({"amount": 100.001}, "invalid amount"),
        ({"currency": "aed"}, "invalid currency"),
        ({"startDate": "24/08/2021"}, "invalid startDate"),
        ({"endDate": "2021-08-23"}, "invalid endDate"),
        ({"sendOnHour": 24}, "invalid sendOnHour"),
        ({"sendOnHour": None}, "missing sendOnHour"),
        ({"sendOnHour": 9.5}, "invalid sendOnHour"),
        ({"sendEvery": "QUARTER"}, "invalid sendEvery: Give one of DAY, WEEK, TWO_WEEKS"),
        ({"customer": None}, "missing customer"),
        ({"customer": {"firstName": "Amina"}}, "missing customer.email"),
        ({"customer": {"email": "[EMAIL]"}}, "invalid customer.email"),
        ({"customer": {"phone": "12"}}, "invalid customer.phone"),
        ({"customer": 5}, "invalid customer"),
        ({"customer": None, "customerId": "1653241101733169556"}, "invalid customerId"),
        ({"returnUrl": "javascript:alert(1)"}, "invalid returnUrl"),
        ({"cancellationPolicyType": "CUSTOM"}, "missing customCancellationTerms"),
    ],
)
def test_what_is_wrong_is_named_in_the_dialects_own_words(
    shop: Merchant, client: Paymennt, changes: dict[str, object], words: str
) -> None:
    assert client.error("POST", "subscription", json=PRINTED | changes).startswith(words)
    assert client.get("subscription")["totalElements"] == 0


def test_everything_that_is_missing_is_named_at_once(client: Paymennt) -> None:
    words = client.error("POST", "subscription", json={})
    for field in ("description", "currency", "amount", "startDate", "sendOnHour", "sendEvery"):
        assert f"missing {field}" in words


def test_the_list_is_filtered_and_read_by_the_page(client: Paymennt) -> None:
    made = [client.subscribe(description=f"box {n}")["id"] for n in range(3)]
    omar = client.subscribe(
        customer={"id": "C-7", "firstName": "Omar", "lastName": "Said", "email": "omar@example.com"}
    )
    client.post(f"subscription/{made[0]}/pause")
    first = client.get("subscription", page=0, size=3)
    assert (first["totalElements"], first["totalPages"], len(first["content"])) == (4, 2, 3)
    assert [one["id"] for one in client.get("subscription/", page=1, size=3)["content"]] == [made[0]]

    def found(**query: object) -> list[str]:
        return [one["id"] for one in client.get("subscription", **query)["content"]]

    assert found(status="INACTIVE") == [made[0]]
    assert len(found(status="ACTIVE,INACTIVE")) == 4
    assert found(**{"customer.reference": "C-7"}) == [omar["id"]]
    assert found(**{"customer.email": "OMAR@example.com"}) == [omar["id"]]
    assert found(**{"customer.phone": "971501234567"}) == made[::-1]
    assert found(afterId=made[1]) == [omar["id"], made[2]]
    assert len(found(afterTimestamp="2021-08-25 00:00:00")) == 4
    assert found(afterTimestamp="2021-08-26 00:00:00") == []
    for query in ({"size": 0}, {"page": -1}, {"size": "many"}, {"status": "PAUSED"}, {"afterTimestamp": "now"}):
        client.error("GET", "subscription", query_string=query)


def test_what_the_merchant_gave_for_the_customers_way_is_kept_and_shown(
    portal: Portal, shop: Merchant, client: Paymennt
) -> None:
    made = client.subscribe(
        returnUrl="https://cookies.example/thanks",
        cancellationPolicyType="Custom",
        customCancellationTerms="Cancellation allowed only 5 days before next billing date",
        billingAddress={"name": "Amina", "address1": "Street 1", "city": "Dubai", "country": "AE"},
    )
    assert (made["cancellationPolicyType"], made["billingAddress"]["city"]) == ("CUSTOM", "Dubai")
    portal.run_jobs()
    amina = payer(portal, links(shop)[0])
    assert "Cancellation allowed only 5 days before" in amina.page().text
    assert 'href="https://cookies.example/thanks"' in amina.pays().text
