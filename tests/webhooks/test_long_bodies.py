"""A body of more than 20 kB goes thin, signed and alike on every try, with a link to the whole."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from standardwebhooks.webhooks import Webhook

from portal.billing.webhook import MOST_BYTES
from portal.console import webhooks_told
from portal.console.story import of_subscription
from portal.core import json as exact
from portal.core.database import session
from portal.webhooks.models import Event
from tests.harness import Customer, Merchant, Portal
from tests.webhooks.receiving import Receiver, receiving

pytestmark = pytest.mark.environment(WEBHOOK_ALLOW_PRIVATE="on")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


@pytest.fixture
def long_lived(portal: Portal, merchant_on_clock: Merchant, receiver: Receiver) -> Merchant:
    """A daily subscription of a month, which then gets a webhook."""
    link = merchant_on_clock.post(frequency="Daily").json["link"]
    portal.run_jobs()
    Customer(portal, link).confirm()
    portal.run_jobs()
    merchant_on_clock.advance("2026-03-02T18:00")
    merchant_on_clock.post(webhook_url=receiver.url)
    portal.run_jobs()
    return merchant_on_clock


def paused(portal: Portal, merchant: Merchant) -> None:
    assert merchant.call("POST", "/subscription/439772921/pause").status_code == 200
    portal.run_jobs()


def test_a_long_history_is_left_out_and_linked(portal: Portal, long_lived: Merchant, receiver: Receiver) -> None:
    paused(portal, long_lived)
    [got] = [one for one in receiver.got if one.said.get("event") == "paused"]
    Webhook(long_lived.webhook_secret).verify(got.body, got.headers)
    said = got.said
    assert len(got.body) <= MOST_BYTES
    assert (said["thin"], said["action"], said["event"], said["id"]) == (True, "subscription", "paused", got.id)
    assert (said["data"]["status"], said["data"]["external_id"]) == ("paused", "439772921")
    assert "invoices" not in said["data"]
    path = said["links"]["subscription"].removeprefix(portal.settings.public_url)
    whole = portal.client.get(path, headers={"Authorization": f"Bearer {long_lived.api_key}"})
    assert len(whole.json["invoices"]) > 20
    assert whole.json["id"] == said["data"]["id"]


def test_every_try_says_the_same(portal: Portal, long_lived: Merchant, receiver: Receiver) -> None:
    receiver.status, receiver.got[:] = 500, []
    paused(portal, long_lived)
    long_lived.advance("2026-03-02T18:06")
    bodies = {got.body for got in receiver.got if got.said.get("event") == "paused"}
    assert len(bodies) == 1
    assert len([got for got in receiver.got if got.said.get("event") == "paused"]) == 2


def test_support_sees_what_was_sent(portal: Portal, long_lived: Merchant) -> None:
    paused(portal, long_lived)
    mine = portal.the_subscription().id
    with portal.reading():
        story = of_subscription(mine, None)
        entries = webhooks_told.told(story, portal.settings.public_url)
    [entry] = [one for one in entries if "subscription paused" in one.says[0]]
    assert '"thin":true' in entry.more[0].text.replace(" ", "")


def test_texts_that_are_too_long_by_themselves_leave_only_the_ids(
    portal: Portal, long_lived: Merchant, receiver: Receiver
) -> None:
    receiver.status = 500
    paused(portal, long_lived)
    with portal.writing():
        event = session().query(Event).filter_by(event="paused").one()
        body = exact.loads(event.body)
        body["data"]["description"] = "x" * (MOST_BYTES + 1)
        event.body = exact.dumps(body)
    long_lived.advance("2026-03-02T18:06")
    said = [got.said for got in receiver.got if got.said.get("event") == "paused"][-1]
    assert set(said["data"]) <= {"_id", "id", "external_id", "version", "status"}
    assert said["data"]["status"] == "paused"


def test_a_short_one_is_whole(portal: Portal, merchant: Merchant, receiver: Receiver) -> None:
    merchant.post(webhook_url=receiver.url)
    portal.run_jobs()
    said = receiver.got[0].said
    assert "thin" not in said
    assert said["data"]["invoices"] == []
