"""Lists by cursor: every row once and in order, also where times are equal and rows come in while somebody pages."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from portal.api import paging
from portal.api.paging import Asked, Page
from portal.core.database import session
from portal.core.errors import InvalidFields
from portal.customers.models import Customer
from tests.harness import Merchant, Portal, at

NOON = at("2026-03-01T12:00")
BY = (Customer.created_at, Customer.id)
Make = Callable[..., None]


@pytest.fixture
def make(portal: Portal, merchant: Merchant) -> Make:
    """Customers of the merchant, or of another site, born so many minutes after noon."""

    def make(*minutes: float, site_id: str = merchant.site_id) -> None:
        with portal.writing():
            for minute in minutes:
                born = NOON + timedelta(minutes=minute)
                session().add(
                    Customer(
                        site_id=uuid.UUID(site_id), created_at=born, updated_at=born, external_id=str(uuid.uuid4())
                    )
                )

    return make


def read(portal: Portal, merchant: Merchant, asked: Asked, **options: Any) -> Page:
    mine = select(Customer).where(Customer.site_id == uuid.UUID(merchant.site_id))
    with portal.reading():
        return paging.page(mine, BY, asked, **options)


def walk(portal: Portal, merchant: Merchant, limit: int, between: Callable[[], None] = lambda: None, **options: Any):
    found, after = [], None
    while True:
        page = read(portal, merchant, Asked(limit, after), **options)
        assert len(page.rows) <= limit
        found += [row.id for row in page.rows]
        if page.next is None:
            return found
        after = page.next
        between()


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
@pytest.mark.parametrize("newest_first", [True, False])
def test_every_row_comes_once_and_in_order_where_all_have_the_same_time(
    portal: Portal, merchant: Merchant, make: Make, limit: int, newest_first: bool
) -> None:
    make(0, 0, 0, 1, 0, 0, 0.000001)
    rows = sorted(portal.rows(Customer), key=lambda row: (row.created_at, row.id), reverse=newest_first)
    assert walk(portal, merchant, limit, newest_first=newest_first) == [row.id for row in rows]


def test_rows_that_come_in_while_paging_shift_nothing(portal: Portal, merchant: Merchant, make: Make) -> None:
    make(0, 0, 1, 2, 3)
    before = {row.id for row in portal.rows(Customer)}
    found = walk(portal, merchant, 2, between=lambda: make(9, 9))
    assert len(found) == len(set(found)) == len(before)
    assert set(found) == before


def test_the_last_page_says_so_also_when_it_is_full(portal: Portal, merchant: Merchant, make: Make) -> None:
    make(0, 1, 2, 3)
    first = read(portal, merchant, Asked(2))
    last = read(portal, merchant, Asked(2, first.next))
    assert [len(page.rows) for page in (first, last)] == [2, 2]
    assert (first.next is None, last.next) == (False, None)
    assert last.shape(lambda row: str(row.id)) == {
        "data": [str(row.id) for row in last.rows],
        "has_more": False,
        "next": None,
    }
    assert read(portal, merchant, Asked(2)).shape(lambda _: 1)["has_more"] is True
    assert read(portal, merchant, Asked(4)).next is None


def test_a_cursor_of_another_site_only_says_a_place_and_shows_nothing_of_that_site(
    portal: Portal, merchant: Merchant, make: Make
) -> None:
    other = portal.merchant("Other")
    make(0, 1)
    make(5, 6, 7, site_id=other.site_id)
    foreign = read(portal, other, Asked(1)).next
    found = read(portal, merchant, Asked(20, foreign)).rows
    assert {row.site_id for row in found} == {uuid.UUID(merchant.site_id)}
    assert len(found) == 2


def test_a_select_of_several_things_comes_back_as_tuples(portal: Portal, merchant: Merchant, make: Make) -> None:
    make(0)
    with portal.reading():
        page = paging.page(select(Customer, Customer.external_id), BY, Asked())
    [(customer, external_id)] = page.rows
    assert customer.external_id == external_id


@pytest.mark.parametrize(
    "cursor",
    [
        "x", "é", "e30", "W10", "WzEsMl0", "W251bGwsbnVsbF0", "WyIyMDI2LTAzLTAxIiwieCJd",
        "WyIyMDI2LTAzLTAxVDEyOjAwOjAwIiwiMSJd", "A" * 600, "[" * 400,
    ],
)  # fmt: skip
def test_what_is_no_cursor_is_refused_by_name(portal: Portal, merchant: Merchant, cursor: str) -> None:
    with pytest.raises(InvalidFields) as refused:
        read(portal, merchant, Asked(20, cursor))
    assert [problem.field for problem in refused.value.problems] == ["after"]


@pytest.mark.parametrize(("text", "limit"), [("", 20), ("limit=1", 1), ("limit=100", 100), ("limit=&after=", 20)])
def test_the_limit_is_20_or_what_was_asked(portal: Portal, text: str, limit: int) -> None:
    with portal.app.test_request_context(f"/api/v4/site/x/subscription?{text}"):
        assert paging.asked() == Asked(limit, None)


@pytest.mark.parametrize("text", ["0", "101", "-1", "1.5", "ten", "١", "9" * 400])
def test_another_limit_is_refused(portal: Portal, text: str) -> None:
    with portal.app.test_request_context(f"/?limit={text}"), pytest.raises(InvalidFields):
        paging.asked()
