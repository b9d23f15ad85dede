"""API calls in the console: a list with filters in the address bar, a page for each, found by its request id."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta
from typing import Any

import pytest

from portal.console import calls
from portal.core.clock import real_now
from portal.links.models import PaymentRequest
from portal.sites.api_requests import ApiRequest
from tests.console.browser import REQUESTS, Person, counted_queries, words
from tests.harness import Merchant, Portal

CALLS = "/console/api-calls"


@pytest.fixture
def called(portal: Portal, merchant: Merchant) -> str:
    """An added subscription, a refused call and a read one; the request id of the first."""
    answer = merchant.post()
    merchant.post({"external_id": "x"})
    merchant.call("GET", "/subscription/439772921")
    portal.log_calls()
    return str(answer.headers["X-Request-Id"])


def shown(page: Any) -> list[str]:
    """Method and status of each line."""
    rows = re.findall(r"<tr><th scope=\"row\">.*?</tr>", page.text, re.S)
    return [f"{re.search('mono.>([A-Z]+)<', row)[1]} {re.search('badge [a-z]+.>([^<]+)<', row)[1]}" for row in rows]  # type: ignore[index]


def test_the_newest_call_stands_first(called: str, maya: Person) -> None:
    page = maya.get(CALLS)
    assert shown(page) == ["GET 200", "POST 422", "POST 200"]
    assert called in page.text
    assert 'aria-current="page">API calls' in page.text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("outcome=refused", ["POST 422"]),
        ("outcome=answered", ["GET 200", "POST 200"]),
        ("outcome=failed", []),
        ("method=GET", ["GET 200"]),
        ("path=addUpdate", ["POST 422", "POST 200"]),
        ("path=addupdate_", []),
        ("key=ak_none", []),
        ("from=2020-01-01&to=2020-12-31", []),
        ("from=2020-01-01", ["GET 200", "POST 422", "POST 200"]),
        ("outcome=nonsense&method=nonsense", ["GET 200", "POST 422", "POST 200"]),
        ("q=req_unknown", []),
    ],
)
def test_the_filters_stand_in_the_address_bar(called: str, maya: Person, query: str, found: list[str]) -> None:
    page = maya.get(f"{CALLS}?{query}")
    assert page.status_code == 200
    assert shown(page) == found
    assert ("No call matches" in page.text) is (not found)


def test_today_is_todays(called: str, maya: Person) -> None:
    day = (real_now() - timedelta(hours=6)).date()  # Chicago's, or the day before
    assert len(shown(maya.get(f"{CALLS}?from={day - timedelta(days=1)}&to={day + timedelta(days=1)}"))) == 3


def test_a_day_that_is_none_is_said_beside_its_field(called: str, maya: Person) -> None:
    page = maya.get(f"{CALLS}?from=yesterday")
    assert page.status_code == 422
    assert "Give a day such as 2026-03-05." in page.text


def test_pages_follow_each_other_without_gap_or_repeat(
    portal: Portal, merchant: Merchant, maya: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "PAGE", 3)
    for _ in range(7):
        merchant.call("GET", "/clock")
    portal.log_calls()
    seen, path = [], CALLS
    while path:
        page = maya.get(path)
        seen += re.findall(r"<bdi>(req_[0-9a-f]+)</bdi>", page.text)
        last, path = path, _link(page, "Older")
    assert seen == [row.request_id for row in portal.rows(ApiRequest)][::-1]
    assert re.findall(r"<bdi>(req_[0-9a-f]+)</bdi>", maya.get(_link(maya.get(last), "Newer")).text) == seen[3:6]


def test_before_the_first_call_it_says_what_will_come(merchant: Merchant, maya: Person) -> None:
    assert "No call has come in yet" in words(maya.get(CALLS))


def test_a_calls_page_shows_what_was_sent_answered_and_changed(called: str, portal: Portal, maya: Person) -> None:
    page = maya.get(f"{CALLS}?q={called}", follow_redirects=True)
    text = words(page)
    assert "POST /api/v3/site/" in text
    assert "Subscription added" in text
    assert "John Doe, 439772921" in text
    for sentence in ("J…", "••• ••• 3333", "Gold+ Plan", called):
        assert sentence in page.text
    for secret in ("johndoe@", "1112223333", "111-222-3333"):
        assert secret not in page.text
    assert re.search(r"/p/[A-Za-z0-9_-]{22}", page.text) is None


def test_the_search_box_finds_a_call_that_changed_nothing(portal: Portal, merchant: Merchant, maya: Person) -> None:
    refused = merchant.post({"external_id": "x"}).headers["X-Request-Id"]
    portal.log_calls()
    page = maya.get(REQUESTS, query_string={"q": refused}, follow_redirects=True)
    assert page.request.path == f"{CALLS}/{portal.row(ApiRequest).id}"
    assert "Nothing." in page.text


def test_a_call_that_changed_a_subscription_stands_on_its_timeline_before_what_it_did(
    called: str, portal: Portal, maya: Person
) -> None:
    [call] = [row for row in portal.rows(ApiRequest) if row.request_id == called]
    page = maya.page_of(portal.row(PaymentRequest))
    text = words(page)
    assert f"POST /api/v3/…/subscription/addUpdate answered 200 in {call.duration_ms:,} ms." in text
    assert text.index("API call ") < text.index("Subscription added by API")
    assert f'href="{CALLS}/{call.id}"' in page.text


def test_a_viewer_may_look_and_another_sites_agent_sees_nothing(
    called: str, portal: Portal, vic: Person, merchant: Merchant
) -> None:
    assert vic.get(CALLS).status_code == 200
    with portal.reading():
        own = calls.page(calls.Wanted((uuid.UUID(merchant.site_id),), "UTC"))
        other = calls.page(calls.Wanted((uuid.uuid4(),), "UTC"))
        assert (len(own.rows), len(other.rows)) == (3, 0)
        with pytest.raises(calls.NotFound):
            calls.one(own.rows[0].id, uuid.uuid4())
    assert vic.get(f"{CALLS}/{uuid.uuid4()}").status_code == 404
    assert vic.get(f"{CALLS}/nonsense").status_code == 404


def test_as_many_queries_for_one_call_as_for_many(portal: Portal, merchant: Merchant, maya: Person) -> None:
    merchant.post()
    portal.log_calls()
    with counted_queries(portal) as one:
        maya.get(CALLS)
    with counted_queries(portal) as one_page:
        maya.page_of(portal.row(PaymentRequest))
    for amount in range(30):
        merchant.post(amount=amount + 1)
    portal.log_calls()
    with counted_queries(portal) as many:
        maya.get(CALLS)
    with counted_queries(portal) as many_page:
        maya.page_of(portal.row(PaymentRequest))
    assert (len(many), len(many_page)) == (len(one), len(one_page))


def test_keys_are_named_by_their_last_four_letters(portal: Portal, merchant: Merchant, maya: Person) -> None:
    merchant.call("GET", "/clock")
    portal.log_calls()
    page = maya.get(CALLS)
    assert f"…{merchant.api_key[-4:]}" in page.text
    assert merchant.api_key[8:-4] not in page.text


def _link(page: Any, label: str) -> str:
    found = re.search(rf'href="([^"]+)">{label}</a>', page.text)
    return found[1].replace("&amp;", "&") if found else ""
