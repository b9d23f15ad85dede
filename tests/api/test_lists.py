"""The list of subscriptions and the histories of one: filtered, in order, whole, and only what is the site's own."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event

from portal.core.database import db
from portal.core.jobs import Job
from portal.subscriptions.models import Subscription
from tests.harness import SAMPLE, Customer, Merchant, Portal


def add(merchant: Merchant, name: str, **changes: Any) -> str:
    person = {"external_id": f"c-{name}", "mobile_phone": "111-222-3333", "email": f"{name}@example.com"}
    answer = merchant.post(external_id=name, customer=person, **changes)
    assert answer.status_code == 200, answer.text
    return str(answer.json["id"])


def names(merchant: Merchant, query: str = "") -> list[str]:
    answer = merchant.call("GET", f"/subscription{query}")
    assert answer.status_code == 200, answer.text
    return [one["externalId"] for one in answer.json["data"]]


def test_the_newest_comes_first_and_pages_follow_without_gap_or_repeat(merchant: Merchant) -> None:
    for number in range(5):
        add(merchant, f"s{number}")
    first = merchant.call("GET", "/subscription?limit=2").json
    assert [one["externalId"] for one in first["data"]] == ["s4", "s3"]
    assert first["has_more"] is True
    second = merchant.call("GET", f"/subscription?limit=2&after={first['next']}").json
    third = merchant.call("GET", f"/subscription?limit=2&after={second['next']}").json
    assert [one["externalId"] for one in second["data"] + third["data"]] == ["s2", "s1", "s0"]
    assert third["next"] is None


def test_every_filter_finds_what_it_says(portal: Portal, merchant_on_clock: Merchant) -> None:
    merchant = merchant_on_clock
    add(merchant, "ann")
    merchant.advance("2026-02-05T12:00")
    other = merchant.post(
        external_id="bob",
        customer={"external_id": "c-bob", "mobile_phone": "+1 111 222 4444", "email": "Bob@Example.com"},
    )
    assert other.status_code == 200
    add(merchant, "cid")
    merchant.post(external_id="cid", active=False)
    customer_id = merchant.subscription("ann")["customer"]["id"]
    assert names(merchant, "?status=closed") == ["cid"]
    assert names(merchant, "?externalId=bob") == names(merchant, "?external_id=bob") == ["bob"]
    assert names(merchant, "?customer=c-ann") == names(merchant, f"?customer={customer_id}") == ["ann"]
    assert names(merchant, "?phone=111-222-4444") == ["bob"]
    assert names(merchant, "?email=ann@example.com") == ["ann"]
    assert names(merchant, "?createdTo=2026-01-31") == ["ann"]
    assert names(merchant, "?createdFrom=2026-02-05") == ["cid", "bob"]
    assert names(merchant, "?createdFrom=2026-02-06&createdTo=9999-12-31") == []
    assert names(merchant, "?phone=nonsense") == []


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=101", "limit=x", "after=x", "status=open", "createdFrom=5", "archived=x"]
)
def test_a_filter_that_cannot_be_read_is_refused_by_name(merchant: Merchant, query: str) -> None:
    answer = merchant.call("GET", f"/subscription?{query}")
    assert answer.status_code == 422
    assert answer.json["success"] is False
    assert query.split("=")[0].replace("createdFrom", "created_from") in answer.json["errors"][0]


def test_archived_and_deleted_ones_are_hidden_unless_asked_for(merchant: Merchant) -> None:
    for name in ("kept", "put-away", "gone"):
        add(merchant, name)
    assert merchant.call("POST", "/subscription/put-away/archive").status_code == 200
    assert merchant.call("DELETE", "/subscription/gone").status_code == 200
    assert names(merchant) == ["kept"]
    assert names(merchant, "?archived=true") == ["put-away", "kept"]
    assert names(merchant, "?deleted=true") == ["gone", "kept"]


def test_what_is_deleted_is_no_longer_there_for_anybody(portal: Portal, merchant: Merchant) -> None:
    add(merchant, "gone")
    link = merchant.post(external_id="gone").json["link"]
    answer = merchant.call("DELETE", "/subscription/gone")
    assert answer.json == {"success": True, "_id": answer.json["id"], "id": answer.json["id"], "deleted": True}
    assert merchant.call("GET", "/subscription/gone").status_code == 404
    assert merchant.call("DELETE", "/subscription/gone").status_code == 404
    assert merchant.post(external_id="gone").status_code == 409
    assert Customer(portal, link).page().status == 410


def test_one_that_goes_on_is_not_deleted(portal: Portal, merchant: Merchant, customer: Customer) -> None:
    customer.confirm()
    portal.run_jobs()
    assert merchant.call("DELETE", "/subscription/439772921").status_code == 409
    merchant.call("POST", "/subscription/439772921/close")
    assert merchant.call("DELETE", "/subscription/439772921").status_code == 200
    assert portal.row(Subscription).deleted_at is not None


def test_the_histories_of_a_subscription_tell_its_story(portal: Portal, merchant: Merchant, customer: Customer) -> None:
    customer.confirm()
    portal.run_jobs()

    def history(name: str) -> list[Any]:
        answer = merchant.call("GET", f"/subscription/439772921/{name}", "v3")
        assert answer.status_code == 200, answer.text
        assert answer.json["has_more"] is False
        return list(answer.json["data"])

    [payment] = history("payments")
    assert (payment["status"], payment["amount"], payment["subscription_external_id"]) == (
        "succeeded",
        34.99,
        "439772921",
    )
    [invoice] = history("invoices")
    assert invoice["payments"][0]["_id"] == payment["_id"]
    assert [one["status"] for one in history("requests")] == ["confirmed"]
    messages = history("notifications")
    assert [one["purpose"] for one in messages] == ["confirmed", "link"]
    assert {one["to"] for one in messages} == {"••• ••• 3333"}
    assert "/p/" not in str(messages)
    log = history("log")
    assert log[-1]["what"] == "subscription added"
    assert log[-1]["actor_name"] == merchant.key_id
    events = history("events")
    assert [one["sequence"] for one in events] == list(range(len(events), 0, -1))
    assert events[-1]["event"] == "created"


@pytest.mark.parametrize(
    "name", ["", "/payments", "/invoices", "/log", "/requests", "/notifications", "/events", "/schedule"]
)
def test_another_sites_subscription_is_as_unknown_as_none(portal: Portal, merchant: Merchant, name: str) -> None:
    own_id = merchant.post().json["id"]
    stranger = portal.merchant("Stranger")
    foreign = stranger.call("GET", f"/subscription/{own_id}{name}")
    unknown = stranger.call("GET", f"/subscription/00000000-0000-7000-8000-000000000000{name}")
    assert foreign.status_code == unknown.status_code == 404
    assert foreign.json == unknown.json


@pytest.mark.parametrize("path", ["/subscription", "/subscription/s0/payments", "/event", "/subscription/s0/events"])
def test_a_page_costs_as_many_statements_for_many_rows_as_for_one(
    portal: Portal, merchant: Merchant, path: str
) -> None:
    add(merchant, "s0")
    portal.run_jobs()
    few = _statements(portal, merchant, path)
    for number in range(1, 8):
        add(merchant, f"s{number}")
        merchant.post(external_id="s0", amount=50 + number)
    portal.run_jobs(Job.PLACE_EVENTS)
    assert _statements(portal, merchant, path) == few


def _statements(portal: Portal, merchant: Merchant, path: str) -> int:
    seen: list[str] = []
    with portal.app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note := lambda *args: seen.append(args[2]))
    try:
        assert merchant.call("GET", path).status_code == 200
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return len(seen)


def test_a_customer_is_added_read_updated_and_needs_the_contact_it_is_told_by(merchant: Merchant) -> None:
    body = SAMPLE["customer"] | {"notes": "VIP", "notification_options": {"notify_phone": True, "notify_email": False}}  # type: ignore[operator]
    added = merchant.call("POST", "/customer/addUpdate", "v3", json=body).json
    assert (added["success"], added["action"]) == (True, "added")
    found = merchant.call("GET", "/customer/39772634", "v3").json
    assert found["_id"] == added["_id"]
    assert (found["mobile_phone"], found["notes"]) == ("111-222-3333", "VIP")
    assert found["notification_options"] == {"notify_phone": True, "notify_email": False}
    again = merchant.call("POST", "/customer/addUpdate", "v3", json={"external_id": "39772634", "first_name": "Jon"})
    assert again.json["action"] == "updated"
    assert merchant.call("GET", f"/customer/{added['id']}").json["firstName"] == "Jon"
    for body, error in (
        ({"external_id": "x", "notification_options": {"notify_phone": True}}, "missing mobile_phone"),
        ({"external_id": "x", "notification_options": {"notify_email": True}}, "missing email"),
        ({"first_name": "Nobody"}, "missing external_id"),
        ({"external_id": "x", "email": "not one"}, "invalid email"),
    ):
        answer = merchant.call("POST", "/customer/addUpdate", "v3", json=body)
        assert (answer.status_code, answer.json["errors"]) == (422, [error])
        assert answer.json["details"][0]["field"] == error.split()[1]
    assert merchant.call("GET", "/customer/x").status_code == 404


def test_a_customer_who_moves_before_the_yes_gets_the_link_there(
    portal: Portal, merchant: Merchant, customer: Customer
) -> None:
    person = SAMPLE["customer"] | {"mobile_phone": "111-222-4444"}  # type: ignore[operator]
    assert merchant.call("POST", "/customer/addUpdate", json=person).status_code == 200
    portal.run_jobs()
    assert merchant.messages()[0]["to"] == "+11112224444"
    assert customer.page().status == 410
    merchant.call("POST", "/customer/addUpdate", json=person)
    portal.run_jobs()
    assert len(merchant.messages()) == 2


def test_another_sites_customer_is_unknown(portal: Portal, merchant: Merchant) -> None:
    own = merchant.call("POST", "/customer/addUpdate", json={"externalId": "a"}).json["id"]
    stranger = portal.merchant("Stranger")
    assert stranger.call("GET", f"/customer/{own}").status_code == 404
    assert stranger.call("POST", "/customer/addUpdate", json={"id": own, "firstName": "x"}).status_code == 404
