"""Every state and every call of the native API that could move it: what states.md says, and a refusal changes nothing.

The other dialects have such a table of their own (fundraising/test_states.py, hyperline/test_lifecycle.py,
paymennt/test_states.py).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.test import TestResponse

from portal.subscriptions.models import Subscription
from tests.harness import Customer, Merchant, Portal

REFUSED_LATER = "4000 0000 0000 0341"
NOW, TODAY, TOMORROW, YESTERDAY = "2026-03-10T18:00", "2026-03-10", "2026-03-11", "2026-03-09"
Call = Callable[[Merchant, str], TestResponse]


def changing(**fields: Any) -> Call:
    return lambda shop, name: shop.post({"external_id": name} | fields)


def asking(verb: str, **body: Any) -> Call:
    return lambda shop, name: shop.call("POST", f"/subscription/{name}/{verb}", json=body)


def adding_a_line(shop: Merchant, name: str) -> TestResponse:
    product = {"id": "towel", "description": "Towels", "amount": 5}
    return shop.call("POST", f"/subscription/{name}/update", json={"type": "add_product", "product": product})


STATES = ("pending", "withdrawn", "active", "paused", "failed", "canceled", "closed", "archived")
OPEN = {"pending": "pending", "active": "active", "paused": "paused", "failed": "failed"}
# The call, and what it makes of each state: where one is not named the call is refused.
TABLE: dict[str, tuple[Call, dict[str, str]]] = {
    "another amount": (changing(amount=39.99), OPEN),
    "another rhythm": (changing(frequency="Yearly"), OPEN),
    "a later end": (changing(end_date="2027-12-31"), OPEN),
    "an end that has passed": (changing(end_date=YESTERDAY), dict.fromkeys(OPEN, "closed")),
    "active": (changing(active=True), OPEN | {"withdrawn": "pending"}),
    "not active": (changing(active=False), dict.fromkeys(STATES, "closed")),
    "pause": (asking("pause"), {"active": "paused", "paused": "paused", "failed": "paused"}),
    "pause until": (asking("pause", until="2026-05-01"), {"active": "paused", "paused": "paused", "failed": "paused"}),
    "resume": (asking("resume"), {"paused": "active", "failed": "active"}),
    "restart": (asking("resume", start_date=TOMORROW), {"paused": "active", "failed": "active"}),
    "restart in the past": (asking("resume", start_date=YESTERDAY), {}),
    "restart after its end": (asking("resume", start_date=TOMORROW, end_date=TODAY), {}),
    "close": (asking("close"), dict.fromkeys(OPEN, "closed")),
    "close on a day": (asking("close", at="2026-06-01"), {n: n for n in ("active", "paused", "failed")}),
    "archive": (asking("archive"), dict.fromkeys(STATES, "archived")),
    "unarchive": (asking("unarchive"), {"archived": "paused"}),
    "retry": (asking("retry"), {"failed": "failed"}),
    "add a line": (adding_a_line, {"pending": "pending", "active": "active"}),
}  # fmt: skip
NO_DATES = ("restart in the past", "restart after its end")  # refused for what they say, whatever the state
# Dates after the next one (states.md, get schedule), and how the customer's page answers (contract section 6).
SEEN = {
    "pending": (5, 200), "withdrawn": (0, 410), "active": (5, 200), "paused": (0, 200),
    "failed": (5, 200), "canceled": (0, 410), "closed": (0, 410), "archived": (0, 410),
}  # fmt: skip


@pytest.fixture
def shop(portal: Portal) -> Merchant:
    return portal.merchant(clock="2026-02-12T15:00")


def bring_to(portal: Portal, shop: Merchant, state: str, names: list[str]) -> dict[str, str]:
    """A subscription in this state for each name, all on the same day; the links of their customers."""
    links = {}
    for name in names:
        customer = {"external_id": name, "email": "customer@example.com"}
        answer = shop.post(external_id=name, start_date="2026-01-31", customer=customer)
        assert answer.status_code == 200, answer.text
        links[name] = answer.json["link"]
        page = Customer(portal, links[name])
        if state in {"pending", "withdrawn"}:
            continue
        page.confirm()
        portal.run_jobs()
        if state == "failed":
            page.enter_card(page.tap(page.page(), "change-method").headers["Location"], REFUSED_LATER)
    portal.run_jobs()
    shop.advance(NOW)
    into = {"withdrawn": changing(active=False), "closed": changing(active=False), "paused": asking("pause")}
    into |= {"canceled": asking("close"), "archived": asking("archive")}
    for name in names if state in into else []:
        assert into[state](shop, name).status_code == 200
    return links


def state_of(portal: Portal, name: str) -> str:
    row = portal.row(Subscription, external_id=name)
    return "archived" if row.archived_at else str(row.status)


@pytest.mark.parametrize("state", STATES)
def test_each_call_does_in_each_state_what_the_table_says(portal: Portal, shop: Merchant, state: str) -> None:
    """All of a state in one go: getting there takes longer than the call."""
    names = {call: f"S{number}" for number, call in enumerate(TABLE)}
    bring_to(portal, shop, state, list(names.values()))
    found, wanted = {}, {}
    for call, name in names.items():
        ask, becomes = TABLE[call]
        before = shop.subscription(name)
        answer = ask(shop, name)
        found[call] = state_of(portal, name) if answer.status_code in {200, 201} else f"refused {answer.status_code}"
        code = 422 if call in NO_DATES else 409
        wanted[call] = becomes.get(state, f"refused {code}")
        if call == "not active" and state == "archived":
            wanted[call] = "archived"
        if answer.status_code >= 400:
            assert shop.subscription(name) == before, (state, call)
    assert found == wanted


@pytest.mark.parametrize("state", STATES)
def test_what_is_to_come_and_what_the_customer_sees(portal: Portal, shop: Merchant, state: str) -> None:
    link = bring_to(portal, shop, state, ["S"])["S"]
    dates = shop.call("GET", "/subscription/S/schedule").json["data"]
    assert (len(dates), Customer(portal, link).page().status) == SEEN[state]
    if dates:
        # Active it has 31 March before it; before the yes, and failed, it goes on from today.
        assert dates[0]["date"] == ("2026-03-31" if state == "pending" else "2026-04-30")


def test_what_was_ended_for_good_in_the_archive_does_not_come_back_to_go_on(portal: Portal, shop: Merchant) -> None:
    bring_to(portal, shop, "archived", ["S"])
    assert changing(active=False)(shop, "S").status_code == 200
    assert shop.call("POST", "/subscription/S/unarchive").json["status"] == "closed"
    assert changing(active=True)(shop, "S").status_code == 409
