"""Each state as this dialect says it, how it comes about, and which moves it refuses; a refusal changes nothing."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from portal.billing.models import PaymentMethod
from portal.core.database import session
from portal.sites.models import Site
from portal.subscriptions import lifecycle
from portal.subscriptions.models import Subscription
from tests.api.fundraising.client import Fundraising
from tests.harness import Customer, Portal

CODES = ("state", "errorCode", "cancelCode")
MOVES = ("Hold", "Restart", "Cancel", "Archive", "Unarchive", "ChangeAgreement", "UpdatePaymentMethod")


def codes(shape: Any) -> tuple[Any, ...]:
    return tuple(shape[name] for name in CODES)


def guid_of(shape: Any) -> str:
    return str(shape["subscriptionGuid"])


def revoke(portal: Portal) -> None:
    """The bank has told us that the owner of the card has taken the permission back."""
    with portal.writing():
        for method in session().scalars(select(PaymentMethod)):
            method.revoked_at = datetime(2027, 5, 2, tzinfo=UTC)


def in_state(client: Fundraising, state: str) -> str:
    """A subscription that was brought into this state as it comes about."""
    portal = client.shop.portal
    if state == "pending":
        return guid_of(client.subscribe())
    if state == "expired":
        guid = guid_of(client.active(expiresAfterDate="2027-06-15"))
        client.shop.advance("2027-06-20T08:00")
        return guid
    guid = guid_of(client.active())
    if state == "failed":
        with portal.writing():
            row = session().get_one(Subscription, uuid.UUID(guid))
            lifecycle.fail(session().get_one(Site, row.site_id), row)
    elif state == "on hold":
        client.post(f"subscription/{guid}/Hold", {"holdDescription": "Between two jobs"})
    elif state in {"cancelled", "archived"}:
        client.post(f"subscription/{guid}/{'Cancel' if state == 'cancelled' else 'Archive'}")
    return guid


def body_for(client: Fundraising, guid: str, move: str) -> Any:
    """A body with which the move is allowed wherever the state allows it."""
    if move == "ChangeAgreement":
        return {"agreementGuid": client.agreement(unitPrice=90.00, name="Reduced")}
    if move == "UpdatePaymentMethod":
        contact = client.read(guid)["contactGuid"]
        found = client.get("paymentMethods", contactGuid=contact)["list"]
        return {"paymentMethodGuid": found[0]["paymentMethodGuid"] if found else str(uuid.uuid4())}
    return {}


ALLOWED = {
    "pending": {"Cancel": "Inactive", "Archive": "Archived", "ChangeAgreement": "Pending"},
    "active": {
        "Hold": "Inactive", "Cancel": "Inactive", "Archive": "Archived", "ChangeAgreement": "Active",
        "UpdatePaymentMethod": "Active",
    },
    "on hold": {
        "Hold": "Inactive", "Restart": "Active", "Cancel": "Inactive", "Archive": "Archived",
        "ChangeAgreement": "Inactive", "UpdatePaymentMethod": "Inactive",
    },
    "failed": {
        "Hold": "Inactive", "Restart": "Active", "Cancel": "Inactive", "Archive": "Archived",
        "ChangeAgreement": "Error", "UpdatePaymentMethod": "Error",
    },
    "cancelled": {"Cancel": "Inactive", "Archive": "Archived"},
    "expired": {"Cancel": "Expired", "Archive": "Archived"},
    "archived": {"Cancel": "Archived", "Archive": "Archived", "Unarchive": "Inactive"},
}  # fmt: skip


@pytest.mark.parametrize(
    ("state", "move", "shown"),
    [(state, move, shown) for state, moves in ALLOWED.items() for move, shown in moves.items()],
)
def test_a_move_that_the_state_allows_is_done(client: Fundraising, state: str, move: str, shown: str) -> None:
    guid = in_state(client, state)
    after = client.post(f"subscription/{guid}/{move}", body_for(client, guid, move))
    assert after["state"] == shown
    assert client.read(guid) == after


@pytest.mark.parametrize("state", ALLOWED)
def test_a_move_that_the_state_does_not_allow_is_refused_without_a_trace(client: Fundraising, state: str) -> None:
    guid = in_state(client, state)
    before = client.read(guid)
    refused = [move for move in MOVES if move not in ALLOWED[state]]
    for move in refused:
        client.error("POST", f"subscription/{guid}/{move}", json=body_for(client, guid, move))
        assert client.read(guid) == before, move
    assert refused


def test_pending_until_the_contact_has_confirmed_and_active_afterwards(client: Fundraising) -> None:
    made = client.subscribe(paymentMethodGuid="", paymentMethodType="")
    assert codes(made) == ("Pending", None, None)
    assert (made["paymentMethodGuid"], made["nextDueDate"], made["startDate"]) == (None, None, None)
    Customer(client.shop.portal, client.link()).confirm()
    client.shop.portal.run_jobs()
    after = client.read(guid_of(made))
    assert codes(after) == ("Active", None, None)
    assert (after["startDate"], after["nextDueDate"]) == ("2027-05-01", "2027-06-01")
    assert (after["paymentMethodType"], after["errorDescription"]) == ("CreditCard", None)


def test_on_hold_is_inactive_with_its_description_and_when_it_began(client: Fundraising) -> None:
    guid = in_state(client, "on hold")
    held = client.read(guid)
    assert codes(held) == ("Inactive", None, None)
    assert (held["holdDescription"], held["nextDueDate"]) == ("Between two jobs", None)
    assert held["inactivatedTs"] == "2027-05-01T09:30:00+02:00"
    assert client.post(f"subscription/{guid}/Hold", {"holdDescription": "Moved"})["holdDescription"] == "Moved"
    assert client.get(f"subscription/{guid}/schedule") == []


def test_cancelled_by_the_creditor_it_keeps_the_words_of_the_first_time(client: Fundraising) -> None:
    guid = guid_of(client.active())
    first = client.post(f"subscription/{guid}/Cancel", {"cancelDescription": "Moved abroad"})
    assert codes(first) == ("Inactive", None, 100102)
    assert (first["cancelDescription"], first["cancelledTs"]) == ("Moved abroad", "2027-05-01T09:30:00+02:00")
    assert client.post(f"subscription/{guid}/Cancel", {"cancelDescription": "Twice"}) == first


def test_cancelling_leaves_the_method_and_a_pending_payment_alone(portal: Portal, client: Fundraising) -> None:
    guid = guid_of(client.active())
    method = client.read(guid)["paymentMethodGuid"]
    client.shop.advance("2027-05-31T08:00")
    client.post(f"subscription/{guid}/Cancel")
    assert client.get(f"paymentMethod/{method}")["state"] == "Active"
    assert [one["state"] for one in client.get(f"subscription/{guid}/payments")] == ["Charged"]
    client.shop.advance("2027-07-02T08:00")
    assert len(client.shop.ledger()) == 1


def test_cancelled_by_the_debtor_is_100101(portal: Portal, client: Fundraising) -> None:
    guid = guid_of(client.active())
    with portal.writing():
        row = session().get_one(Subscription, uuid.UUID(guid))
        lifecycle.close(session().get_one(Site, row.site_id), row, "canceled_customer")
    assert codes(client.read(guid)) == ("Inactive", None, 100101)
    with portal.writing():
        session().get_one(Subscription, uuid.UUID(guid)).close_reason = "canceled_system"
    assert codes(client.read(guid)) == ("Inactive", None, 100104)


def test_the_day_of_expiry_is_still_covered_and_afterwards_it_is_expired(client: Fundraising) -> None:
    guid = guid_of(client.active(expiresAfterDate="2027-06-01"))
    client.shop.advance("2027-06-01T12:00")
    assert len(client.shop.ledger()) == 2
    client.shop.advance("2027-06-02T12:00")
    after = client.read(guid)
    assert codes(after) == ("Expired", None, 100103)
    assert (after["cancelDescription"], after["cancelledTs"]) == ("Expired due to the defined expiresAfterDate.", None)


def test_without_a_method_it_stays_active_where_payments_are_required(portal: Portal, client: Fundraising) -> None:
    guid = guid_of(client.active())
    revoke(portal)
    assert codes(client.read(guid)) == ("Active", 100001, None)
    assert "no active payment method" in client.read(guid)["errorDescription"]


def test_without_a_method_it_is_inactive_where_payments_are_not_required(portal: Portal, client: Fundraising) -> None:
    guid = guid_of(client.active(agreement=client.agreement(paymentRequired=False)))
    revoke(portal)
    assert codes(client.read(guid)) == ("Inactive", 100002, None)


def test_what_has_failed_is_an_error_and_without_a_method_inactive(portal: Portal, client: Fundraising) -> None:
    guid = in_state(client, "failed")
    assert codes(client.read(guid)) == ("Error", 300002, None)
    revoke(portal)
    assert codes(client.read(guid)) == ("Inactive", 100003, None)


def test_archived_hides_it_from_the_list_but_not_from_its_guid(client: Fundraising) -> None:
    guid = guid_of(client.active())
    archived = client.post(f"subscription/{guid}/Archive")
    assert (archived["state"], archived["archivedTs"]) == ("Archived", "2027-05-01T09:30:00+02:00")
    assert client.get("subscriptions")["list"] == []
    assert client.read(guid)["state"] == "Archived"
    client.shop.advance("2027-07-02T08:00")
    assert len(client.shop.ledger()) == 1
    back = client.post(f"subscription/{guid}/Unarchive")
    assert codes(back) == ("Inactive", None, None)
    assert [guid_of(one) for one in client.get("subscriptions")["list"]] == [guid]


def test_the_list_finds_each_by_the_state_that_it_shows(portal: Portal, client: Fundraising) -> None:
    """The condition of the list and the state of the shape are one table, told twice."""
    made = {
        state: in_state(client, state) for state in ("archived", "cancelled", "on hold", "failed", "pending", "active")
    }
    without = guid_of(client.active(agreement=client.agreement(paymentRequired=False)))
    lost = guid_of(client.active())
    with portal.writing():
        for guid in (without, lost):
            method_id = session().get_one(Subscription, uuid.UUID(guid)).payment_method_id
            session().get_one(PaymentMethod, method_id).revoked_at = datetime(2027, 5, 2, tzinfo=UTC)
    shown = {guid: client.read(guid)["state"] for guid in (*made.values(), without, lost)}
    assert set(shown.values()) == {"Archived", "Inactive", "Error", "Pending", "Active"}
    for state in ("Pending", "Active", "Inactive", "Expired", "Archived", "Error"):
        found = client.get("subscriptions", state=state)
        assert {guid_of(one) for one in found["list"]} == {guid for guid, one in shown.items() if one == state}
        assert (found["state"], found["total"]) == (state, len(found["list"]))


def test_a_state_that_there_is_not_is_refused(client: Fundraising) -> None:
    assert "state" in client.error("GET", "subscriptions", query_string={"state": "Hold"})["message"]
    assert client.get("subscriptions", state="pending")["state"] == "Pending"
