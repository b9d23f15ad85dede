"""The fields of a record go to rows of several tables together; one whose place is taken writes nothing anywhere."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from portal.core.bulk import insert_rows
from portal.core.ids import new_ids
from portal.core.records import Into, write_records
from portal.customers.details import ContactDetails
from portal.customers.models import Customer
from tests.harness import Merchant, Portal

MOMENT = datetime(2026, 2, 28, 23, 59, 59, 123456, UTC)
ODD = "Ærø \"quoted\" \\ 'single' {braces} 漢字 🎉 %s :name\nnext line"
NEW = Into(
    Customer,
    {"id": "id", "site_id": "site_id", "external_id": "number", "first_name": "name", "email": "email",
     "created_at": "at", "updated_at": "at"},
    {"last_name": "Doe"},
)  # fmt: skip
DETAILS = Into(
    ContactDetails,
    {"id": "details_id", "site_id": "site_id", "customer_id": "id", "city": "name", "birth_date": "born"},
    {"country_code": "DK"},
)
FRIEND = Into(Customer, {"id": "friend_id", "first_name": "name", "notes": "number"})


def records(merchant: Merchant, friends: list[uuid.UUID], *names: str | None) -> list[dict[str, Any]]:
    """One for each name; every second one has details."""
    return [
        {"id": one, "details_id": details if place % 2 == 0 else None, "friend_id": friends[place],
         "site_id": uuid.UUID(merchant.site_id), "number": f"C{place}", "name": name, "at": MOMENT,
         "born": date(1990, 1, 31)}
        for place, (one, details, name) in enumerate(
            zip(new_ids(len(names)), new_ids(len(names)), names, strict=True)
        )
    ]  # fmt: skip


@pytest.fixture
def friends(portal: Portal, merchant: Merchant) -> list[uuid.UUID]:
    found = new_ids(4)
    site_id = uuid.UUID(merchant.site_id)
    with portal.writing():
        insert_rows(
            Customer,
            [{"id": one, "site_id": site_id, "external_id": f"F{place}", "first_name": "friend", "created_at": MOMENT,
              "updated_at": MOMENT} for place, one in enumerate(found)],
        )  # fmt: skip
    return found


def write(portal: Portal, wanted: list[dict[str, Any]]) -> set[uuid.UUID]:
    with portal.writing():
        return write_records(wanted, NEW, ("site_id", "external_id"), (DETAILS,), FRIEND)


def test_each_field_comes_to_each_column_that_takes_it(
    portal: Portal, merchant: Merchant, friends: list[uuid.UUID]
) -> None:
    wanted = records(merchant, friends, ODD, None, "Cat")
    assert write(portal, wanted) == {record["id"] for record in wanted}
    for record in wanted:
        person, friend = portal.row(Customer, id=record["id"]), portal.row(Customer, id=record["friend_id"])
        assert (person.first_name, person.external_id, person.last_name) == (record["name"], record["number"], "Doe")
        assert (person.created_at, person.updated_at, person.email) == (MOMENT, MOMENT, None)
        assert (friend.first_name, friend.notes) == (record["name"], record["number"])
    stored = {
        row.customer_id: (row.id, row.city, row.birth_date, row.country_code) for row in portal.rows(ContactDetails)
    }
    assert stored == {
        record["id"]: (record["details_id"], record["name"], date(1990, 1, 31), "DK")
        for record in (wanted[0], wanted[2])
    }


@pytest.mark.parametrize("names", [("Ann",), ("Ann", "Ann")])
def test_what_is_the_same_in_all_records_comes_as_well(
    portal: Portal, merchant: Merchant, friends: list[uuid.UUID], names: tuple[str, ...]
) -> None:
    wanted = records(merchant, friends, *names)
    assert write(portal, wanted) == {record["id"] for record in wanted}
    assert [portal.row(Customer, id=record["friend_id"]).first_name for record in wanted] == list(names)
    assert [row.city for row in portal.rows(ContactDetails)] == ["Ann"]


def test_a_record_whose_place_is_taken_writes_nothing_anywhere(
    portal: Portal, merchant: Merchant, friends: list[uuid.UUID]
) -> None:
    first, again = records(merchant, friends, "Ann"), records(merchant, friends, "Bob", "Cat", "Dan")
    write(portal, first)
    assert write(portal, again) == {again[1]["id"], again[2]["id"]}
    assert portal.row(Customer, id=friends[0]).first_name == "Ann"
    assert portal.row(Customer, id=friends[2]).first_name == "Dan"
    assert {row.customer_id for row in portal.rows(ContactDetails)} == {first[0]["id"], again[2]["id"]}
    assert write(portal, records(merchant, friends, "Eve")) == set()


def test_a_row_that_one_table_refuses_takes_everything_with_it(
    portal: Portal, merchant: Merchant, friends: list[uuid.UUID]
) -> None:
    wanted = records(merchant, friends, "Ann", "Bob", "Cat")
    wanted[2]["details_id"] = wanted[0]["details_id"]
    with pytest.raises(IntegrityError):
        write(portal, wanted)
    assert {row.first_name for row in portal.rows(Customer)} == {"friend"}
    assert portal.rows(ContactDetails) == []


def test_no_records_are_no_statement(portal: Portal) -> None:
    assert write(portal, []) == set()
