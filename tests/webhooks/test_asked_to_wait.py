"""Who asks for time gets it, within bounds; an outage of ours burns no tries; what failed comes back spread."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from email.utils import format_datetime

import pytest

from portal.core.clock import real_now
from portal.core.database import session
from portal.core.jobs import Job
from portal.webhooks import deliver, outbox, turns
from portal.webhooks.deliver import Answer
from portal.webhooks.models import Delivery, DeliveryTry
from tests.harness import Merchant, Portal
from tests.webhooks.receiving import Receiver, receiving

pytestmark = pytest.mark.environment(WEBHOOK_ALLOW_PRIVATE="on")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


def tried(portal: Portal) -> list[str]:
    """At which moments of the site's time the address was called."""
    return sorted({f"{row.at:%m-%dT%H:%M}" for row in portal.rows(DeliveryTry)})


def first_of(portal: Portal) -> Delivery:
    found: Delivery = portal.rows(Delivery)[0]
    return found


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_who_asks_for_more_time_than_the_table_gives_gets_it(
    portal: Portal, merchant_on_clock: Merchant, receiver: Receiver, status: int
) -> None:
    receiver.status, receiver.headers = status, {"Retry-After": str(30 * 60)}
    merchant_on_clock.post(webhook_url=receiver.url)
    portal.run_jobs()
    merchant_on_clock.advance("2026-01-31T09:29")
    assert tried(portal) == ["01-31T09:00"]
    merchant_on_clock.advance("2026-01-31T09:30")
    assert tried(portal) == ["01-31T09:00", "01-31T09:30"]


def test_who_asks_for_less_is_tried_by_the_table_so_that_no_tries_are_burned(
    portal: Portal, merchant_on_clock: Merchant, receiver: Receiver
) -> None:
    receiver.status, receiver.headers = 503, {"Retry-After": "1"}
    merchant_on_clock.post(webhook_url=receiver.url)
    portal.run_jobs()
    tried_at_once = {row.id for row in portal.rows(Delivery) if row.tries}
    assert tried_at_once
    merchant_on_clock.advance("2026-01-31T09:04")
    assert {row.tries for row in portal.rows(Delivery) if row.id in tried_at_once} == {1}


def test_nobody_is_waited_for_longer_than_a_day(
    portal: Portal, merchant_on_clock: Merchant, receiver: Receiver
) -> None:
    receiver.status, receiver.headers = 503, {"Retry-After": "9" * 40}
    merchant_on_clock.post(webhook_url=receiver.url)
    portal.run_jobs()
    merchant_on_clock.advance("2026-02-01T09:00")
    assert tried(portal) == ["01-31T09:00", "02-01T09:00"]


def test_what_else_waits_for_that_address_is_left_alone_too_and_no_try_is_counted(
    portal: Portal, merchant_on_clock: Merchant, receiver: Receiver
) -> None:
    receiver.status, receiver.headers = 429, {"Retry-After": "3600"}
    for name in ("one", "two", "three"):
        merchant_on_clock.post(external_id=name, webhook_url=receiver.url)
    portal.run_jobs(Job.DELIVER_WEBHOOK)
    assert len(receiver.got) == 1
    receiver.status, receiver.headers = 200, {}
    merchant_on_clock.advance("2026-01-31T10:00")
    assert {(row.status, row.tries) for row in portal.rows(Delivery)} == {("delivered", 1), ("delivered", 2)}


def test_another_address_of_the_same_site_is_not_held_up_by_it(
    portal: Portal, merchant_on_clock: Merchant, receiver: Receiver
) -> None:
    receiver.status, receiver.headers = 429, {"Retry-After": "3600"}
    merchant_on_clock.post(webhook_url=receiver.url)
    with receiving() as other:
        merchant_on_clock.call("POST", "/webhook", json={"url": other.url})
        portal.run_jobs(Job.PLACE_EVENTS, Job.DELIVER_WEBHOOK)
        assert len(receiver.got) == 1
        assert len(other.got) == len({row.event_id for row in portal.rows(Delivery)})


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "120"}, 120),
        ({"Retry-After": format_datetime(real_now() - timedelta(hours=1), usegmt=True)}, 0),
        ({"Retry-After": "Wed, 21 Oct 2015 07:28:00"}, 0),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "١٢"}, None),
        ({"Retry-After": ""}, None),
        ({}, None),
    ],
)
def test_how_long_is_read_as_a_number_or_a_date_and_nothing_else(
    receiver: Receiver, headers: dict[str, str], seconds: int | None
) -> None:
    receiver.status = 503
    receiver.headers = {name: value.encode().decode("latin-1") for name, value in headers.items()}
    assert call(receiver).retry_after == seconds


def test_a_date_is_counted_from_now(receiver: Receiver) -> None:
    receiver.status = 503
    receiver.headers = {"Retry-After": format_datetime(real_now() + timedelta(hours=1), usegmt=True)}
    assert 3590 <= (call(receiver).retry_after or 0) <= 3601


@pytest.mark.parametrize("status", [200, 301, 400, 500])
def test_only_one_that_is_too_busy_is_waited_for(receiver: Receiver, status: int) -> None:
    receiver.status, receiver.headers = status, {"Retry-After": "120"}
    assert call(receiver).retry_after is None


def call(receiver: Receiver) -> Answer:
    return deliver.post(receiver.url, b"{}", {}, live=False, allow_private=True, timeout=5)


def test_in_real_time_what_failed_together_comes_back_spread_and_never_early(
    portal: Portal, merchant: Merchant
) -> None:
    for number in range(30):
        merchant.post(external_id=f"s-{number}", webhook_url="http://one.example.invalid/hook")
    failed_at = real_now()
    with portal.writing():
        for row in session().query(Delivery).all():
            outbox.settle(row.id, Answer(500, "", None, 1))
    waits = [row.due_at - failed_at for row in portal.rows(Delivery) if row.due_at]
    assert min(waits) >= timedelta(minutes=5) - timedelta(seconds=1)
    assert max(waits) <= timedelta(minutes=6)
    assert len({round(wait.total_seconds()) for wait in waits}) > 5


def test_after_an_outage_of_ours_the_tries_that_were_missed_are_not_spent_at_once(
    portal: Portal, merchant: Merchant
) -> None:
    merchant.post(webhook_url="http://one.example.invalid/hook")
    delivery = first_of(portal)
    with portal.writing():
        outbox.settle(delivery.id, Answer(500, "", None, 1))
        session().get_one(Delivery, delivery.id).first_tried_at = real_now() - timedelta(hours=30)
    with portal.writing():
        outbox.settle(delivery.id, Answer(500, "", None, 1))
    assert first_of(portal).due_at >= real_now() + timedelta(minutes=4)


def test_one_that_hangs_is_left_alone_with_what_else_waits_for_it(portal: Portal, merchant: Merchant) -> None:
    for name in ("one", "two"):
        merchant.post(external_id=name, webhook_url="http://one.example.invalid/hook")
    merchant.post(external_id="three", webhook_url="http://two.example.invalid/hook")
    mine, *_ = portal.rows(Delivery)
    with portal.writing():
        turns.rest_hanging(mine.id)
    waits = {row.id for row in portal.rows(Delivery) if row.due_at > real_now()}
    assert waits == {row.id for row in portal.rows(Delivery, url=mine.url)} - {mine.id}


def test_a_backlog_of_one_address_hides_no_other_from_the_sweep(
    portal: Portal, merchant: Merchant, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "OF_ONE_ADDRESS", 3)
    for number in range(8):
        merchant.post(external_id=f"s-{number}", webhook_url=receiver.url)
    other = portal.merchant("Beta")
    other.post(webhook_url=receiver.url)
    with portal.reading():
        found = set(turns.due_in_turn())
    late = {row.id for row in portal.rows(Delivery) if str(row.site_id) == other.site_id}
    assert late
    assert late <= found
    assert len(found - late) == 3
    portal.run_jobs(Job.DELIVER_WEBHOOK, lose_hints=True)
    assert {row.status for row in portal.rows(Delivery)} == {"delivered"}
