"""Many rows by one statement keep every value as it is, on both databases, and say what came in."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from portal.core.bulk import among, insert_new, insert_rows, update_rows
from portal.core.clock import real_now
from portal.core.database import session
from portal.core.ids import new_ids
from portal.customers.models import Customer
from portal.links.models import Link, PaymentRequest
from portal.notifications.models import Message
from portal.subscriptions.models import Subscription
from portal.webhooks.models import Event
from tests.harness import Merchant, Portal

MOMENT = datetime(2026, 2, 28, 23, 59, 59, 123456, UTC)
ODD = "Ærø \"quoted\" \\ 'single' {braces} 漢字 🎉 %s :name\nnext line"


def _customers(merchant: Merchant, *names: str | None, external_ids: bool = False) -> list[dict[str, Any]]:
    return [
        {"id": one, "site_id": uuid.UUID(merchant.site_id), "external_id": f"C{place}" if external_ids else None,
         "first_name": name, "notify_email": None, "created_at": MOMENT, "updated_at": MOMENT}
        for place, (one, name) in enumerate(zip(new_ids(len(names)), names, strict=True))
    ]  # fmt: skip


def test_text_instants_and_nothing_come_back_as_they_went_in(portal: Portal, merchant: Merchant) -> None:
    with portal.writing():
        insert_rows(Customer, _customers(merchant, ODD, "", None))
    stored = portal.rows(Customer)
    assert {row.first_name for row in stored} == {ODD, "", None}
    assert {(row.created_at, row.notify_email) for row in stored} == {(MOMENT, None)}


def test_no_rows_are_no_statement(portal: Portal) -> None:
    with portal.writing():
        insert_rows(Customer, [])
        update_rows(Customer, [])
        assert insert_new(Customer, [], ("site_id", "external_id")) == set()
    assert portal.rows(Customer) == []


def test_bytes_are_stored_as_bytes_and_a_column_may_have_any_name(portal: Portal, merchant: Merchant) -> None:
    merchant.post()
    request, [link_id, message_id] = portal.row(PaymentRequest), new_ids(2)
    owner = {"site_id": request.site_id, "created_at": MOMENT, "request_id": request.id}
    link = {
        "id": link_id,
        "nonce": bytes(range(240, 256)),
        "key_id": "k",
        "token_hash": b"\\x00'\"\xff",
        "purpose": "own",
    }
    message = {"id": message_id, "subscription_id": request.subscription_id, "customer_id": request.customer_id,
               "purpose": "instalment", "occasion": "one", "channel": "sms", "to": "+12125550123", "facts": {},
               "status": "queued", "tries": 0}  # fmt: skip
    with portal.writing():
        insert_rows(Link, [owner | link])
        insert_rows(Message, [owner | message])
        update_rows(Message, [{"id": message_id, "to": ODD}])
    stored = portal.row(Link, id=link_id)
    assert (stored.nonce, stored.token_hash) == (link["nonce"], link["token_hash"])
    assert portal.row(Message, id=message_id).to == ODD


def test_json_is_stored_as_json(portal: Portal, merchant: Merchant) -> None:
    merchant.post()
    subscription = portal.the_subscription()
    facts = {"text": ODD, "list": [1, None, True], "big": 2**60}
    [event_id] = new_ids(1)
    with portal.writing():
        insert_rows(
            Event,
            [{"id": event_id, "site_id": subscription.site_id, "subscription_id": subscription.id, "sequence": 99,
              "action": "payment", "facts": facts, "request_id": "req_1", "created_at": MOMENT}],
        )  # fmt: skip
    assert portal.row(Event, id=event_id).facts == facts


def test_rows_whose_place_is_taken_are_left_out_and_the_others_named(portal: Portal, merchant: Merchant) -> None:
    first = _customers(merchant, "Ann", "Bob", external_ids=True)
    with portal.writing():
        assert insert_new(Customer, first, ("site_id", "external_id")) == {row["id"] for row in first}
    second = _customers(merchant, "Cat", "Dan", "Eve", external_ids=True)
    with portal.writing():
        assert insert_new(Customer, second, ("site_id", "external_id")) == {second[2]["id"]}
    assert {row.first_name for row in portal.rows(Customer)} == {"Ann", "Bob", "Eve"}


def test_a_row_that_the_table_refuses_takes_the_others_with_it(portal: Portal, merchant: Merchant) -> None:
    rows = _customers(merchant, "Ann", "Bob")
    rows[1]["site_id"] = uuid.uuid4()
    with pytest.raises(IntegrityError), portal.writing():
        insert_rows(Customer, rows)
    assert portal.rows(Customer) == []


def test_an_update_sets_the_given_columns_of_the_given_rows_alone(portal: Portal, merchant: Merchant) -> None:
    ann, bob, cat = rows = _customers(merchant, "Ann", "Bob", "Cat")
    later = MOMENT + timedelta(days=1)
    with portal.writing():
        insert_rows(Customer, rows)
        update_rows(
            Customer,
            [
                {"id": ann["id"], "first_name": None, "updated_at": later},
                {"id": bob["id"], "first_name": ODD, "updated_at": later},
            ],
        )
    stored = {row.id: row for row in portal.rows(Customer)}
    assert [stored[row["id"]].first_name for row in rows] == [None, ODD, "Cat"]
    assert [stored[row["id"]].updated_at for row in rows] == [later, later, cat["updated_at"]]
    assert {row.created_at for row in stored.values()} == {MOMENT}


def test_among_finds_these_ids_and_no_others(portal: Portal, merchant: Merchant) -> None:
    rows = _customers(merchant, *("Ann" for _ in range(1_500)))
    wanted = {row["id"] for row in rows[:1_200]}
    with portal.writing():
        insert_rows(Customer, rows)
        assert set(session().scalars(select(Customer.id).where(among(Customer.id, list(wanted))))) == wanted
        assert session().scalars(select(Customer.id).where(among(Customer.id, []))).all() == []


def test_a_due_time_can_be_taken_away(portal: Portal, merchant: Merchant) -> None:
    merchant.post()
    subscription = portal.the_subscription()
    for due_at in (real_now(), None):
        with portal.writing():
            update_rows(Subscription, [{"id": subscription.id, "due_at": due_at, "site_due_at": None}])
        assert portal.row(Subscription).due_at == due_at


def test_a_value_that_all_rows_share_comes_back_as_it_went_in(portal: Portal, merchant: Merchant) -> None:
    rows = _customers(merchant, *[ODD] * 3)
    with portal.writing():
        insert_rows(Customer, rows)
    assert [row.first_name for row in portal.rows(Customer)] == [ODD] * 3
    later = MOMENT + timedelta(days=1)
    with portal.writing():
        update_rows(Customer, [{"id": row["id"], "first_name": None, "updated_at": later} for row in rows[:2]])
    stored = {row.id: (row.first_name, row.updated_at) for row in portal.rows(Customer)}
    assert [stored[row["id"]] for row in rows] == [(None, later), (None, later), (ODD, MOMENT)]


def test_values_that_are_equal_here_and_differ_in_json_are_kept_apart(portal: Portal, merchant: Merchant) -> None:
    merchant.post()
    subscription = portal.the_subscription()
    facts = [{"paid": 1}, {"paid": True}]
    ids = new_ids(2)
    owner = {"site_id": subscription.site_id, "subscription_id": subscription.id, "action": "payment"}
    with portal.writing():
        insert_rows(
            Event,
            [owner | {"id": ids[n], "sequence": 90 + n, "facts": facts[n], "request_id": "req_1", "created_at": MOMENT}
             for n in range(2)],
        )  # fmt: skip
    assert [repr(portal.row(Event, id=one).facts) for one in ids] == [repr(one) for one in facts]
