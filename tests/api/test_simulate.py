"""A change tried out: the version, the differences and the dates it would make, and not a trace of it afterwards."""

from __future__ import annotations

from typing import Any

import pytest

from portal.core.database import Base, session
from tests.harness import Customer, Merchant, Portal


def everything(portal: Portal) -> dict[str, list[Any]]:
    with portal.reading():
        return {t.name: sorted(map(repr, session().execute(t.select()).all())) for t in Base.metadata.sorted_tables}


@pytest.fixture
def active(portal: Portal, merchant_on_clock: Merchant) -> Merchant:
    """The sample, confirmed and first charged on January 31, 2026."""
    Customer(portal, merchant_on_clock.post().json["link"]).confirm()
    portal.run_jobs()
    return merchant_on_clock


def simulate(merchant: Merchant, body: Any, query: str = "") -> Any:
    return merchant.call("POST", f"/subscription/439772921/simulate{query}", "v3", json=body)


def test_a_change_shows_its_dates_and_leaves_no_trace(portal: Portal, active: Merchant) -> None:
    before = everything(portal)
    answer = simulate(active, {"amount": 29.99, "description": "Silver"}, "?count=3")
    assert answer.status_code == 200
    assert answer.json["version"] == 2
    assert {one["field"]: one["new"] for one in answer.json["changes"]} == {
        "amount_minor": 2999,
        "description": "Silver",
    }
    assert [(one["date"], one["amount"]) for one in answer.json["data"]] == [
        ("2026-02-28", 29.99),
        ("2026-03-31", 29.99),
        ("2026-04-30", 29.99),
    ]
    assert answer.json["data"][0]["reason"] == "February has no 31st, so on its last day"
    assert portal.waiting == []
    assert everything(portal) == before


def test_what_is_simulated_is_what_then_happens(portal: Portal, active: Merchant) -> None:
    body = {"frequency": "Weekly", "frequency_units": 2}
    promised = simulate(active, body).json["data"]
    active.post({"external_id": "439772921"} | body)
    portal.run_jobs()  # an earlier date binds once the notice of it was handed on
    coming = active.call("GET", "/subscription/439772921/schedule?count=4").json["data"]
    assert [one["date"] for one in coming] == [one["date"] for one in promised[1:]]


def test_before_the_yes_the_dates_are_those_of_a_yes_today(merchant_on_clock: Merchant) -> None:
    merchant_on_clock.post()
    dates = simulate(merchant_on_clock, {"number_of_payments": 2}).json["data"]
    assert [one["date"] for one in dates] == ["2026-01-31", "2026-02-28"]


def test_what_the_change_would_be_refused_for_is_refused(active: Merchant) -> None:
    assert simulate(active, {"amount": -1}).json["errors"] == ["invalid amount"]
    assert simulate(active, {"currency": "EUR"}).json["errors"] == ["invalid currency"]
    active.call("POST", "/subscription/439772921/close")
    assert simulate(active, {"amount": 5}).status_code == 409
    assert active.call("POST", "/subscription/unknown/simulate", json={}).status_code == 404


def test_the_calendar_ends_and_the_answer_with_it(portal: Portal, merchant_on_clock: Merchant) -> None:
    link = merchant_on_clock.post(frequency="Yearly", frequency_units=1000).json["link"]
    assert len(simulate(merchant_on_clock, {}, "?count=120").json["data"]) == 8
    Customer(portal, link).confirm()
    portal.run_jobs()
    coming = merchant_on_clock.call("GET", "/subscription/439772921/schedule?count=120")
    assert (coming.status_code, len(coming.json["data"])) == (200, 6)
