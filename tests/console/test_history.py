"""The request history: newest first, filtered, page by page, with as many queries for one row as for a hundred."""

from __future__ import annotations

import re
from typing import Any

import pytest

from portal.console import listing
from portal.core.database import session
from portal.core.jobs import Job
from portal.links.models import PaymentRequest
from portal.notifications.models import Message
from tests.console.browser import REQUESTS, Person, counted_queries, names, words
from tests.harness import Merchant, Portal


def ask(merchant: Merchant, name: str, **changes: Any) -> Any:
    customer = {"external_id": f"c-{name}", "first_name": name, "mobile_phone": "312-555-0142"}
    answer = merchant.post(external_id=f"s-{name}", customer=customer, **changes)
    assert answer.status_code == 200, answer.text
    return answer.json


def test_it_tells_of_each_request_who_what_how_much_and_how_far(
    portal: Portal, merchant: Merchant, maya: Person
) -> None:
    merchant.post()
    portal.run_jobs(Job.SEND_MESSAGE)
    line = words(maya.get(REQUESTS))
    assert "John Doe 439772921 Gold+ Plan $34.99 every month Delivered (111) 222-3333 johndoe@abc.com" in line
    assert "Pending" in line


def test_a_request_that_waits_is_called_queued(merchant: Merchant, maya: Person) -> None:
    merchant.post()
    assert '<span class="badge queued">Queued</span>' in maya.get(REQUESTS).text


def test_a_message_that_failed_is_seen_first(portal: Portal, merchant: Merchant, maya: Person) -> None:
    merchant.post()
    with portal.writing():
        message = session().query(Message).one()
        message.status, message.error, message.due_at = "failed", "Number switched off", None
    page = maya.get(REQUESTS)
    assert '<span class="badge failed">Not delivered</span>' in page.text
    assert "Number switched off" in page.text


def test_the_newest_stands_first(merchant: Merchant, maya: Person) -> None:
    for name in ("Ada", "Bo", "Cy"):
        ask(merchant, name)
    assert names(maya.get(REQUESTS)) == ["Cy", "Bo", "Ada"]


def test_before_the_first_request_it_says_what_will_come(merchant: Merchant, maya: Person) -> None:
    page = words(maya.get(REQUESTS))
    assert "No request has been sent yet One appears here as soon as your system adds a subscription by API." in page


@pytest.mark.parametrize("sites", [1, 2], ids=["one site", "two sites"])
def test_pages_follow_each_other_without_gap_or_repeat(
    portal: Portal, merchant: Merchant, maya: Person, monkeypatch: pytest.MonkeyPatch, sites: int
) -> None:
    monkeypatch.setattr(listing, "PAGE", 3)
    merchants = [merchant, portal.merchant("Beta")][:sites]
    for number in range(7):
        ask(merchants[number % sites], f"N{number}")
    seen, path, pages = [], REQUESTS, []
    while path:
        page = maya.get(path)
        seen += names(page)
        pages.append((path, names(page)))
        path = link(page, "Older")
    assert seen == [f"N{number}" for number in reversed(range(7))]
    back = maya.get(link(maya.get(pages[-1][0]), "Newer"))
    assert names(back) == pages[-2][1]
    assert names(maya.get(link(back, "Newer"))) == pages[0][1]
    assert link(maya.get(link(back, "Newer")), "Newer") == ""


def link(page: Any, label: str) -> str:
    found = re.search(rf'<a class="btn btn-2 btn-s" href="([^"]+)">{label}</a>', page.text)
    return found.group(1).replace("&amp;", "&") if found else ""


def test_filters_stand_in_the_address(portal: Portal, merchant: Merchant, maya: Person) -> None:
    ask(merchant, "Ada")
    portal.run_jobs(Job.SEND_MESSAGE)
    ask(merchant, "Bo")
    merchant.post(body={"external_id": "s-Bo", "active": False})
    assert names(maya.get(f"{REQUESTS}?state=delivered")) == ["Ada"]
    assert names(maya.get(f"{REQUESTS}?state=withdrawn")) == ["Bo"]
    assert names(maya.get(f"{REQUESTS}?state=nonsense")) == ["Bo", "Ada"]
    tabs = words(maya.get(f"{REQUESTS}?state=withdrawn"))
    assert "2 All" in tabs
    assert "1 Delivered" in tabs
    assert "1 Withdrawn" in tabs


def test_days_are_those_of_the_site(portal: Portal, maya: Person) -> None:
    merchant = portal.merchant(clock="2026-02-01T05:30")  # half past eleven in the evening of January 31 in Chicago
    ask(merchant, "Ada")
    for since, until, found in (
        ("2026-01-31", "2026-01-31", ["Ada"]),
        ("2026-02-01", "", []),
        ("", "2026-01-30", []),
        ("2026-01-01", "2026-02-28", ["Ada"]),
    ):
        assert names(maya.get(f"{REQUESTS}?from={since}&to={until}")) == found, (since, until)
    assert "Chicago time" in maya.get(REQUESTS).text


def test_filters_that_leave_nothing_say_so_and_can_be_cleared(merchant: Merchant, maya: Person) -> None:
    ask(merchant, "Ada")
    page = words(maya.get(f"{REQUESTS}?state=expired&from=2026-03-01&to=2026-03-05"))
    assert "Nothing matches these filters Expired, from Sunday, March 1, 2026, to Thursday, March 5, 2026." in page
    assert "Clear the filters" in page


def test_a_day_that_is_none_is_named_and_filters_nothing(merchant: Merchant, maya: Person) -> None:
    ask(merchant, "Ada")
    page = maya.get(f"{REQUESTS}?from=yesterday")
    assert page.status_code == 422
    assert "Give a day such as 2026-03-05." in page.text
    assert names(page) == ["Ada"]


def test_the_last_day_of_all_is_a_day(merchant: Merchant, maya: Person) -> None:
    ask(merchant, "Ada")
    assert names(maya.get(f"{REQUESTS}?from=0001-01-02&to=9999-12-31")) == ["Ada"]


def test_several_sites_can_be_told_apart(portal: Portal, merchant: Merchant, maya: Person) -> None:
    other = portal.merchant("Beta")
    ask(merchant, "Ada")
    ask(other, "Bo")
    page = maya.get(REQUESTS)
    assert names(page) == ["Bo", "Ada"]
    assert '<label for="site">Site</label>' in page.text
    assert names(maya.get(f"{REQUESTS}?site={other.site_id}")) == ["Bo"]
    assert names(maya.get(f"{REQUESTS}?site=00000000-0000-0000-0000-000000000000")) == ["Bo", "Ada"]


def test_a_test_site_says_so_with_its_own_time(portal: Portal, maya: Person) -> None:
    portal.merchant(clock="2026-03-05T16:00")
    assert "Sandbox at Mar 5, 2026, 10:00 AM" in words(maya.get(REQUESTS))


def test_as_many_queries_for_thirty_rows_as_for_one(portal: Portal, merchant: Merchant, maya: Person) -> None:
    counts = []
    ask(merchant, "Ada")
    for _ in range(2):
        with counted_queries(portal) as sent:
            assert maya.get(REQUESTS).status_code == 200
        counts.append(len(sent))
        for number in range(29):
            ask(merchant, f"N{number}")
    assert counts[0] == counts[1] <= 6


def test_beyond_what_is_counted_no_number_is_claimed(
    portal: Portal, merchant: Merchant, maya: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "COUNTED_TO", 2)
    for name in ("Ada", "Bo", "Cy"):
        ask(merchant, name)
    page = words(maya.get(REQUESTS))
    assert "2+ All Queued Sent Delivered" in page
    assert "3 requests here, 2+ in all" in page


def test_what_customers_are_called_is_never_markup(portal: Portal, merchant: Merchant, maya: Person) -> None:
    ask(merchant, "<script>alert(1)</script>", description="{{ config }} <img src=x onerror=alert(1)>")
    row = portal.row(PaymentRequest)
    for page in (maya.get(REQUESTS), maya.page_of(row), maya.get(f"/console/subscriptions/{row.subscription_id}")):
        assert "<script>alert" not in page.text
        assert "<img" not in page.text
        assert "{{ config }}" in page.text


def test_an_id_that_is_none_leads_nowhere(merchant: Merchant, maya: Person) -> None:
    assert maya.get(f"{REQUESTS}/not-an-id").status_code == 404
    assert maya.get(f"{REQUESTS}/0190f2d0-0000-7000-8000-000000000000").status_code == 404
