"""kill -9 of the web process in the middle of a request: the one who asked asks again, and it has happened once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from portal.billing.models import Payment
from tests.faults.conftest import Referee
from tests.faults.crew import Crew
from tests.faults.stage import BY_TEXT, JANUARY, NO_FUNDS_TWICE, PLAN, Stage
from tests.faults.web_process import Answered, Asked, Death
from tests.harness import SAMPLE

pytestmark = pytest.mark.faults


def around(*commits: int) -> list[Death]:
    return [Death(when, commit) for commit in commits for when in ("before", "after")]  # type: ignore[arg-type]


def at(*points: str) -> list[Death]:
    return [Death("at", point=point) for point in points]


def cases(deaths: list[Death]) -> list[Any]:
    return [pytest.param(death, id=str(death)) for death in deaths]


GIVING_BACK = around(1, 2) + at("refund.before_call", "gateway.refunded", "refund.answered")


@dataclass
class Merchant:
    """His program: it asks, and when nobody answers it asks again."""

    stage: Stage
    crew: Crew

    def request(self, path: str, body: Any, version: str = "v3") -> Asked:
        shop = self.stage.shop
        headers = {"Authorization": f"Bearer {shop.api_key}"}
        return Asked("POST", f"/api/{version}/site/{shop.site_id}{path}", {"headers": headers, "json": body})

    def insists(self, asked: Asked, death: Death) -> Answered:
        assert self.crew.answers(asked, death) is None
        answered = self.crew.answers(asked)
        assert answered is not None
        return answered


@pytest.fixture
def merchant(stage: Stage, crew: Crew) -> Merchant:
    return Merchant(stage, crew)


@pytest.mark.parametrize("death", cases(around(1) + at("enqueue.send_message")))
def test_adding_adds_one(merchant: Merchant, crew: Crew, referee: Referee, death: Death) -> None:
    body = {name: value for name, value in SAMPLE.items() if name != "webhook_url"} | {"customer": BY_TEXT}
    answered = merchant.insists(merchant.request("/subscription/addUpdate", body), death)
    assert answered.status == 200
    assert f'"action":"{"added" if death.when == "before" else "updated"}"' in answered.text
    crew.start()
    secrets = (merchant.stage.shop.api_key, answered.text.partition("/p/")[2].partition('"')[0])
    assert all(secrets)
    assert referee.finds(acknowledged=(("439772921", 3499),), secrets=secrets) == {}


@pytest.mark.parametrize("death", cases(around(1)))
def test_updating_updates_once(stage: Stage, merchant: Merchant, crew: Crew, referee: Referee, death: Death) -> None:
    stage.charged()
    body = {"external_id": "439772921", "amount": 39.99}
    assert merchant.insists(merchant.request("/subscription/addUpdate", body), death).status == 200
    crew.start()
    assert referee.finds(due={PLAN: {JANUARY}}, acknowledged=(("439772921", 3999),)) == {}
    assert stage.shop.subscription()["version"] == 2


@pytest.mark.parametrize("death", cases(around(1, 2)))
def test_a_yes_that_was_cut_off_is_given_again_and_counts_once(
    stage: Stage, crew: Crew, referee: Referee, death: Death
) -> None:
    customer = stage.asked()
    tapped = Asked("POST", customer.path, {"data": customer.page().hidden("confirm")})
    assert crew.answers(tapped, death) is None
    again = crew.answers(tapped)
    assert again is not None
    assert again.status == 303
    customer.enter_card(again.location)
    stage.asks_at_once()
    crew.start()
    assert referee.finds(due={PLAN: {JANUARY}}) == {}


@pytest.mark.parametrize("how", ["refund", "void"])
@pytest.mark.parametrize("death", cases(GIVING_BACK))
def test_money_goes_back_once(
    stage: Stage, merchant: Merchant, crew: Crew, referee: Referee, death: Death, how: str
) -> None:
    stage.charged()
    payment = stage.portal.row(Payment).id
    answered = merchant.insists(merchant.request(f"/payment/{payment}/{how}", {}, "v4"), death)
    assert answered.status == (200 if (death.when, death.commit) == ("before", 1) else 409), answered.text
    crew.start()
    assert referee.finds(due={PLAN: {JANUARY}}) == {}
    assert [entry["amount"] for entry in stage.shop.ledger() if "refund_of" in entry] == [34.99]


@pytest.mark.parametrize("death", cases(around(1) + at("enqueue.charge")))
def test_what_is_overdue_is_tried_once_more(
    stage: Stage, merchant: Merchant, crew: Crew, referee: Referee, death: Death
) -> None:
    customer = stage.charged()
    customer.enter_card(customer.tap(customer.page(), "change-method").headers["Location"], NO_FUNDS_TWICE)
    stage.portal.run_jobs()
    stage.moved_on("2026-02-28T15:00")
    stage.portal.run_jobs()
    answered = merchant.insists(merchant.request("/subscription/439772921/retry", {}), death)
    assert answered.status == (200 if death.when == "before" else 409), answered.text
    crew.start()
    assert referee.finds(due={PLAN: {JANUARY}}) == {}
    assert [entry["outcome"] for entry in stage.shop.ledger()] == ["captured", "declined", "declined"]


@pytest.mark.parametrize("verb", ["close", "pause", "archive"])
@pytest.mark.parametrize("death", cases(around(1)))
def test_a_move_is_made_once_and_nothing_is_charged_after_it(
    stage: Stage, merchant: Merchant, crew: Crew, referee: Referee, death: Death, verb: str
) -> None:
    stage.charged()
    answered = merchant.insists(merchant.request(f"/subscription/439772921/{verb}", {}), death)
    assert answered.status == (409 if verb == "close" and death.when == "after" else 200), answered.text
    crew.start()
    stage.moved_on("2026-04-30T16:00")
    assert referee.finds(due={PLAN: {JANUARY}}) == {}


@pytest.mark.parametrize("death", cases(around(1)))
def test_resuming_goes_on_once(stage: Stage, merchant: Merchant, crew: Crew, referee: Referee, death: Death) -> None:
    stage.charged()
    assert stage.shop.call("POST", "/subscription/439772921/pause", json={}).status_code == 200
    stage.portal.run_jobs()  # which tells the customer of the pause: undone sooner, it would be told to nobody
    answered = merchant.insists(merchant.request("/subscription/439772921/resume", {}), death)
    assert answered.status == (200 if death.when == "before" else 409)
    crew.start()
    stage.moved_on("2026-02-28T15:00")
    assert referee.finds(due={PLAN: {JANUARY, date(2026, 2, 28)}}) == {}
