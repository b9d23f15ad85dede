"""The merchant's upsert: the sample written field for field, every refusal named, one subscription for one id."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from portal.billing.models import Consent
from portal.core.changes import Change
from portal.links.models import Link, PaymentRequest
from portal.notifications.models import Message
from portal.subscriptions.models import Subscription, Terms
from portal.subscriptions.orders import REQUIRED
from tests.harness import SAMPLE, Customer, Merchant, Portal


def test_the_sample_of_seed_000_adds_a_subscription_and_sends_one_text(portal: Portal, merchant: Merchant) -> None:
    answer = merchant.post(SAMPLE)
    assert answer.status_code == 200
    assert answer.json["success"] is True
    assert answer.json["action"] == "added"
    assert answer.json["_id"] == answer.json["id"]
    assert answer.json["version"] == 1
    assert "errors" not in answer.json
    assert answer.headers["X-Request-Id"].startswith("req_")
    portal.run_jobs()
    [text] = merchant.messages()
    assert text["channel"] == "sms"
    assert text["to"] == "+11112223333"
    assert "$34.99 every month for Gold+ Plan" in text["body"]
    assert text["link"] in text["body"]


def test_the_same_body_again_is_an_update_that_changes_nothing(portal: Portal, merchant: Merchant) -> None:
    first = merchant.post().json
    again = merchant.post().json
    assert again["action"] == "updated"
    assert again["_id"] == first["_id"]
    assert again["version"] == 1
    assert len(portal.rows(Message)) == 1
    assert portal.the_subscription().sequence == 1


def test_an_update_before_the_yes_adds_a_version_to_the_same_request_and_sends_nothing(
    portal: Portal, merchant: Merchant
) -> None:
    merchant.post()
    answer = merchant.post(amount=39.99)
    assert answer.json["version"] == 2
    assert len(portal.rows(PaymentRequest)) == 1
    assert len(portal.rows(Message)) == 1
    assert [terms.amount_minor for terms in portal.rows(Terms)] == [3499, 3999]


def test_a_changed_phone_before_the_yes_replaces_the_request_and_asks_there(portal: Portal, merchant: Merchant) -> None:
    old = Customer(portal, merchant.post().json["link"])
    new_phone = SAMPLE["customer"] | {"mobile_phone": "111-222-4444"}  # type: ignore[operator]
    merchant.post(customer=new_phone)
    portal.run_jobs()
    assert [request.status for request in portal.rows(PaymentRequest)] == ["replaced", "delivered"]
    assert merchant.messages()[0]["to"] == "+11112224444"
    assert old.page().status == 410


def test_both_spellings_are_read_and_a_contradiction_is_refused(merchant: Merchant) -> None:
    body = {
        "externalId": "a-1",
        "description": "Gold+ Plan",
        "amount": "34.99",
        "frequency": "Semi-Annually",
        "frequencyUnits": "2",
        "customer": {"externalId": "c-1", "firstName": "Ann", "mobilePhone": "111-222-3333"},
        "startDate": "",
        "numberOfPayments": "",
    }
    assert merchant.post(body, version="v4").json["action"] == "added"
    shape = merchant.subscription("a-1")
    assert (shape["amount"], shape["frequency_units"], shape["customer"]["first_name"]) == (34.99, 2, "Ann")
    refused = merchant.post(body | {"frequency_units": 3}, version="v4")
    assert refused.status_code == 422
    assert refused.json["errors"] == ["invalid frequency_units"]


def test_everything_wrong_is_named_at_once(merchant: Merchant) -> None:
    answer = merchant.post({"external_id": "x", "amount": -1, "frequency": "monthly"})
    assert answer.status_code == 422
    assert answer.json["success"] is False
    assert set(answer.json["errors"]) == {
        "invalid amount",
        "invalid frequency",
        "missing description",
        "missing frequency_units",
        "missing customer",
    }
    assert {detail["code"] for detail in answer.json["details"]} == {"invalid", "missing"}


@pytest.mark.parametrize("field", REQUIRED)
def test_one_field_that_is_missing_is_named(portal: Portal, merchant: Merchant, field: str) -> None:
    answer = merchant.post({name: value for name, value in SAMPLE.items() if name not in {field, "webhook_url"}})
    assert (answer.status_code, answer.json["errors"]) == (422, [f"missing {field}"])
    assert portal.rows(Subscription) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("amount", 0), ("amount", -1), ("amount", 34.999), ("amount", True), ("amount", []), ("amount", 10**12),
        ("amount", "1e3"), ("amount", "12,5"), ("frequency", "monthly"), ("frequency", "Fortnightly"),
        ("frequency_units", 0), ("frequency_units", -1), ("frequency_units", 1.5), ("frequency_units", 1001),
        ("number_of_payments", 0), ("number_of_payments", -1), ("number_of_payments", 2.5),
        ("start_date", "2023-02-29"), ("start_date", "0000-00-00"), ("start_date", "2021-8-5"),
        ("start_date", "2026-01-01T00:00:00Z"), ("start_date", "1999-01-01"), ("currency", "XXX"),
        ("end_date", "2020-01-01"), ("active", "yes"), ("active", False), ("description", "x" * 501),
        ("webhook_url", "ftp://example.com/"), ("webhook_url", "http://127.0.0.1/"), ("webhook_url", "http://2130706433/"),
        ("webhook_url", "https://example.com:6379/"), ("attachment_refs", "one"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_refused_by_its_name_and_nothing_is_written(
    portal: Portal, merchant: Merchant, field: str, value: Any
) -> None:
    answer = merchant.post(**{field: value})
    assert answer.status_code == 422
    assert answer.json["errors"] == [f"invalid {field}"]
    assert portal.rows(Subscription) == []


@pytest.mark.parametrize(
    ("customer", "error"),
    [
        ({"external_id": "c", "mobile_phone": "12"}, "invalid mobile_phone"),
        ({"external_id": "c", "email": "a@b.example, c@d.example"}, "invalid email"),
        ({"external_id": "c", "email": "x@y.example\nBcc: z@y.example"}, "invalid email"),
        ({"external_id": "c", "notification_options": {"notify_phone": True}}, "missing mobile_phone"),
        ({"external_id": "c", "notification_options": {"notify_email": True}}, "missing email"),
    ],
)
def test_a_wrong_contact_is_refused_by_its_name(merchant: Merchant, customer: Any, error: str) -> None:
    answer = merchant.post(customer=customer)
    assert answer.status_code == 422
    assert answer.json["errors"] == [error]


@pytest.mark.parametrize(
    ("data", "content_type", "status"),
    [
        ('{"a": NaN}', "application/json", 400), ('{"a": 1e309}', "application/json", 400),
        ("[" * 100_000, "application/json", 400), ('{"a": 1, "a": 2}', "application/json", 400),
        ("{", "application/json", 400), ("[]", "application/json", 400), ("{} x", "application/json", 400),
        (b"\xff\xfe{}", "application/json", 400), ('{"a": "\\u0000"}', "application/json", 400),
        ('{"a": "\\ud800"}', "application/json", 400), ("{}", "text/plain", 415), ("{}", None, 415),
        ('{"a": "' + "x" * 1_000_001 + '"}', "application/json", 413),
        ('{"a": ' + "1" * 5000 + "}", "application/json", 400),
    ],
)  # fmt: skip
def test_a_body_that_is_not_honest_json_never_reaches_the_domain(
    merchant: Merchant, data: Any, content_type: str | None, status: int
) -> None:
    answer = merchant.call("POST", "/subscription/addUpdate", data=data, content_type=content_type)
    assert answer.status_code == status
    assert answer.json["success"] is False


def test_fields_that_are_not_the_merchants_to_set_are_ignored(portal: Portal, merchant: Merchant) -> None:
    merchant.post(SAMPLE | {"status": "active", "deleted": True, "site_id": "x", "version": 9, "is_admin": True})
    subscription = portal.the_subscription()
    assert (subscription.status, subscription.version, subscription.deleted_at) == ("pending", 1, None)


def test_without_options_the_text_goes_out_when_there_is_a_phone_else_the_email(
    portal: Portal, merchant: Merchant
) -> None:
    merchant.post(customer={"external_id": "mail-only", "email": "ann@example.com"})
    portal.run_jobs()
    assert [message["channel"] for message in merchant.messages()] == ["email"]


def test_the_options_of_the_customer_record_decide_on_both_channels(portal: Portal, merchant: Merchant) -> None:
    both = SAMPLE["customer"] | {"notification_options": {"notify_phone": True, "notify_email": True}}  # type: ignore[operator]
    merchant.post(customer=both)
    portal.run_jobs()
    messages = merchant.messages()
    assert {message["channel"] for message in messages} == {"sms", "email"}
    assert len({message["link"] for message in messages}) == 2


def test_a_customer_nobody_can_reach_is_accepted_and_the_link_is_in_the_answer(
    portal: Portal, merchant: Merchant
) -> None:
    answer = merchant.post(customer={"external_id": "kiosk"})
    assert answer.status_code == 200
    portal.run_jobs()
    assert Customer(portal, answer.json["link"]).page().status == 200


def test_200_concurrent_posts_of_one_external_id_make_one_subscription(portal: Portal, merchant: Merchant) -> None:
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: merchant.post(), range(200)))
    assert [answer.status_code for answer in answers] == [200] * 200
    assert sorted(answer.json["action"] for answer in answers) == ["added"] + ["updated"] * 199
    assert len(portal.rows(Subscription)) == 1
    assert len(portal.rows(Message)) == 1


def test_concurrent_posts_with_different_amounts_leave_one_of_them_whole_and_every_version(
    portal: Portal, merchant: Merchant
) -> None:
    amounts = [10 + number for number in range(40)]
    with ThreadPoolExecutor(10) as pool:
        list(pool.map(lambda amount: merchant.post(amount=amount, description=f"Plan {amount}"), amounts))
    shape = merchant.subscription()
    assert shape["description"] == f"Plan {shape['amount']:.0f}"
    assert [terms.version for terms in portal.rows(Terms)] == list(range(1, 41))


def test_withdrawn_before_the_yes_it_can_be_opened_again_by_the_same_link(
    portal: Portal, merchant: Merchant, customer: Customer
) -> None:
    merchant.post(active=False)
    assert merchant.subscription()["status"] == "closed"
    assert customer.page().status == 410
    assert merchant.post(amount=50).status_code == 409
    assert merchant.post(active=True).status_code == 200
    assert merchant.subscription()["status"] == "pending"
    assert customer.page().status == 200


def test_closed_after_the_yes_it_stays_closed(portal: Portal, merchant: Merchant, customer: Customer) -> None:
    customer.confirm()
    portal.run_jobs()
    assert merchant.post(active=False).status_code == 200
    assert merchant.subscription()["status"] == "closed"
    assert merchant.post(active=False).status_code == 200
    assert merchant.post(active=True).status_code == 409
    assert customer.page().status == 410


def test_an_external_id_belongs_to_its_site(portal: Portal, merchant: Merchant) -> None:
    other = portal.merchant("Other")
    assert merchant.post().json["action"] == "added"
    assert other.post().json["action"] == "added"
    assert len(portal.rows(Subscription)) == 2


def test_every_change_is_on_the_log_with_its_key_and_request(portal: Portal, merchant: Merchant) -> None:
    merchant.post()
    answer = merchant.post(amount=40)
    change = portal.rows(Change, what="terms changed")[0]
    assert (change.actor, change.actor_name) == ("merchant", merchant.key_id)
    assert change.request_id == answer.headers["X-Request-Id"]
    assert change.fields == [{"field": "amount_minor", "old": 3499, "new": 4000}]


def test_no_raw_token_is_written_anywhere(portal: Portal, merchant: Merchant, customer: Customer) -> None:
    token = customer.path.removeprefix("/p/")
    customer.confirm()
    portal.run_jobs()
    for table in (Message, Change, Consent, Link):
        for row in portal.rows(table):
            assert token not in repr(vars(row))


@pytest.mark.parametrize(
    ("today", "oldest", "too_old"),
    [("2027-03-01", "2026-03-01", "2026-02-28"), ("2028-02-29", "2027-02-28", "2027-02-27")],
)
def test_a_start_may_lie_one_year_in_the_past_to_the_day(portal: Portal, today: str, oldest: str, too_old: str) -> None:
    shop = portal.merchant(clock=f"{today}T18:00")
    answer = shop.post(start_date=too_old)
    assert (answer.status_code, answer.json["errors"]) == (422, ["invalid start_date"])
    assert shop.post(start_date=oldest).status_code == 200


def test_an_end_is_past_by_the_utc_day_where_an_hour_utc_is_agreed(portal: Portal) -> None:
    """On Kiritimati it is the 11th already; by UTC the last day still goes on, and its charge is to come."""
    shop = portal.merchant(clock="2026-03-10T12:00", timezone="Pacific/Kiritimati")
    assert shop.post(end_date="2026-03-10").status_code == 422
    assert shop.post(end_date="2026-03-10", send_on_hour=22).status_code == 200
