"""A webhook that takes nothing for days, or says it is gone: switched off, told, and sent everything once it is on."""

from __future__ import annotations

import email
import email.policy
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from aiosmtpd.smtp import Envelope

from portal.core.changes import Change
from portal.core.clock import real_now
from portal.core.database import session
from portal.core.jobs import Job
from portal.notifications import registry
from portal.notifications.email import SmtpChannel
from portal.sites.models import Site
from portal.sites.policy import Policy, set_policy
from portal.webhooks import replay
from portal.webhooks.models import Delivery, Endpoint, Event, WebhookNotice
from tests.console.browser import Person, words
from tests.harness import Merchant, Portal
from tests.mail_server import serving
from tests.webhooks.receiving import Receiver, receiving

pytestmark = pytest.mark.environment(WEBHOOK_ALLOW_PRIVATE="on")
THE_TABLE = ("2026-01-31T09:05", "2026-01-31T10:00", "2026-01-31T11:00", "2026-02-01T09:00", "2026-02-02T09:00")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


@pytest.fixture
def hook(merchant_on_clock: Merchant, receiver: Receiver) -> str:
    answer = merchant_on_clock.call("POST", "/webhook", json={"url": f"{receiver.url}?password=x"})
    assert answer.status_code == 200, answer.text
    return str(answer.json["id"])


def state(merchant: Merchant, hook: str) -> Any:
    answer = merchant.call("GET", f"/webhook/{hook}", "v3")
    assert answer.status_code == 200, answer.text
    return answer.json


def happens(portal: Portal, merchant: Merchant, name: str) -> None:
    assert merchant.post(external_id=name).status_code == 200
    portal.run_jobs()


def fails_for_days(portal: Portal, merchant: Merchant, receiver: Receiver) -> None:
    """Every try of the first event, by the table."""
    receiver.status = 500
    happens(portal, merchant, "first")
    for to in THE_TABLE:
        merchant.advance(to)


def test_one_that_took_nothing_on_any_try_of_an_event_is_switched_off_and_says_so(
    portal: Portal, merchant_on_clock: Merchant, receiver: Receiver, hook: str
) -> None:
    receiver.status = 500
    happens(portal, merchant_on_clock, "first")
    for to in THE_TABLE[:-1]:
        merchant_on_clock.advance(to)
    failing = state(merchant_on_clock, hook)
    assert (failing["enabled"], failing["failing_since"]) == (True, "2026-01-31T03:00:00-06:00")
    merchant_on_clock.advance(THE_TABLE[-1])
    off = state(merchant_on_clock, hook)
    assert (off["enabled"], off["off_reason"], off["disabled_at"]) == (False, "failing", "2026-02-02T03:00:00-06:00")
    assert [change.fields[1]["new"] for change in portal.rows(Change, what="webhook switched off")] == ["failing"]


def test_one_that_took_anything_meanwhile_stays_on(
    portal: Portal, merchant_on_clock: Merchant, receiver: Receiver, hook: str
) -> None:
    receiver.status = 500
    happens(portal, merchant_on_clock, "first")
    merchant_on_clock.advance(THE_TABLE[0])
    receiver.status = 200
    happens(portal, merchant_on_clock, "second")
    assert state(merchant_on_clock, hook)["failing_since"] is None
    receiver.status = 500
    for to in THE_TABLE[1:]:
        merchant_on_clock.advance(to)
    assert {row.status for row in portal.rows(Delivery)} == {"failed", "delivered"}
    assert state(merchant_on_clock, hook)["enabled"] is True


def test_one_that_is_gone_is_switched_off_at_once_with_all_that_waits(
    portal: Portal, merchant_on_clock: Merchant, receiver: Receiver, hook: str
) -> None:
    receiver.status = 410
    happens(portal, merchant_on_clock, "first")
    assert len(receiver.got) == 1
    assert state(merchant_on_clock, hook)["off_reason"] == "gone"
    assert {row.status for row in portal.rows(Delivery)} == {"failed"}
    happens(portal, merchant_on_clock, "second")
    merchant_on_clock.advance("2026-02-10T09:00")
    assert len(receiver.got) == 1


def test_a_subscriptions_own_address_that_is_gone_is_not_tried_again(
    portal: Portal, merchant_on_clock: Merchant, receiver: Receiver
) -> None:
    receiver.status = 410
    merchant_on_clock.post(webhook_url=receiver.url)
    portal.run_jobs()
    merchant_on_clock.advance("2026-02-10T09:00")
    assert len(receiver.ids) == len(set(receiver.ids))


def test_once_it_is_on_again_a_replay_sends_everything_it_missed_under_the_ids_they_had(
    portal: Portal, merchant_on_clock: Merchant, receiver: Receiver, hook: str
) -> None:
    fails_for_days(portal, merchant_on_clock, receiver)
    happens(portal, merchant_on_clock, "while it was off")
    receiver.status, receiver.got[:] = 200, []
    missed = state(merchant_on_clock, hook)["undelivered"]
    events = {str(event.id) for event in portal.rows(Event)}
    assert missed == len(events)
    refused = merchant_on_clock.call("POST", f"/webhook/{hook}/replay")
    assert (refused.status_code, refused.json["details"][0]["code"]) == (409, "webhook_off")
    merchant_on_clock.call("POST", f"/webhook/{hook}/enable")
    again = merchant_on_clock.call("POST", f"/webhook/{hook}/replay", "v3").json
    assert (again["replayed"], again["undelivered"]) == (missed, 0)
    portal.run_jobs()
    assert sorted(receiver.ids) == sorted(events)
    assert merchant_on_clock.call("POST", f"/webhook/{hook}/replay").json["replayed"] == 0
    now = state(merchant_on_clock, hook)
    assert (now["enabled"], now["off_reason"], now["failing_since"], now["undelivered"]) == (True, None, None, 0)


def test_more_than_a_batch_is_replayed_call_by_call(
    portal: Portal, merchant_on_clock: Merchant, receiver: Receiver, hook: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay, "BATCH", 2)
    receiver.status = 410
    happens(portal, merchant_on_clock, "first")
    happens(portal, merchant_on_clock, "second")
    missed = state(merchant_on_clock, hook)["undelivered"]
    assert missed > 2
    merchant_on_clock.call("POST", f"/webhook/{hook}/enable")
    left = merchant_on_clock.call("POST", f"/webhook/{hook}/replay").json["undelivered"]
    assert left == missed - 2


def test_what_happens_long_after_it_was_switched_off_is_not_kept(
    portal: Portal, merchant_on_clock: Merchant, receiver: Receiver, hook: str
) -> None:
    receiver.status = 410
    happens(portal, merchant_on_clock, "first")
    merchant_on_clock.advance("2026-03-15T09:00")
    kept = state(merchant_on_clock, hook)["undelivered"]
    happens(portal, merchant_on_clock, "second")
    assert state(merchant_on_clock, hook)["undelivered"] == kept


def test_one_that_its_merchant_silenced_misses_nothing_by_its_own_wish(
    portal: Portal, merchant_on_clock: Merchant, hook: str
) -> None:
    merchant_on_clock.call("POST", f"/webhook/{hook}/disable")
    happens(portal, merchant_on_clock, "first")
    silenced = state(merchant_on_clock, hook)
    assert (silenced["enabled"], silenced["off_reason"], silenced["undelivered"]) == (False, None, 0)
    assert portal.rows(WebhookNotice) == []


class Mail:
    """What the merchant's mail server got."""

    def __init__(self) -> None:
        self.got: list[email.message.EmailMessage] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:
        assert isinstance(envelope.original_content, bytes)
        self.got.append(email.message_from_bytes(envelope.original_content, policy=email.policy.default))
        return "250 OK"


@pytest.fixture
def mail(portal: Portal, merchant_on_clock: Merchant, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mail]:
    """A mail server, and an address for alerts."""
    found = Mail()
    alerts_go_to(portal, merchant_on_clock, "ops@acme.example")
    with serving(found) as port:
        monkeypatch.setattr(registry, "_mail", SmtpChannel(f"smtp://127.0.0.1:{port}?tls=none", "pay@portal.example"))
        yield found


def alerts_go_to(portal: Portal, merchant: Merchant, address: str) -> None:
    with portal.writing():
        set_policy(session().get_one(Site, uuid.UUID(merchant.site_id)), Policy(alerts_email=address))


def test_the_merchant_is_told_by_mail_once_with_what_to_do(
    portal: Portal, merchant_on_clock: Merchant, receiver: Receiver, hook: str, mail: Mail
) -> None:
    fails_for_days(portal, merchant_on_clock, receiver)
    told = [one for one in mail.got if one["To"] == "ops@acme.example"]
    assert [one["Subject"] for one in told] == ["Webhooks to 127.0.0.1 are switched off"]
    text = told[0].get_content()
    assert receiver.url in text
    assert "password" not in text
    assert "It has taken nothing since Jan 31, 3:00 AM" in text
    assert "The last answer: 500" in text
    assert f"/api/v4/site/{merchant_on_clock.site_id}/webhook/{hook}/replay" in text
    assert [(row.status, row.tries) for row in portal.rows(WebhookNotice)] == [("sent", 1)]


def test_a_mail_that_cannot_be_sent_is_tried_again(
    portal: Portal, merchant_on_clock: Merchant, receiver: Receiver, hook: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    alerts_go_to(portal, merchant_on_clock, "ops@acme.example")
    monkeypatch.setattr(registry, "_mail", SmtpChannel("smtp://127.0.0.1:9?tls=none", "pay@portal.example"))
    receiver.status = 410
    happens(portal, merchant_on_clock, "first")
    notice = portal.row(WebhookNotice)
    assert (notice.status, notice.tries, notice.error) == ("queued", 1, "The mail server cannot be reached.")
    assert notice.due_at > real_now()


def test_without_an_address_for_alerts_the_console_alone_says_it(
    portal: Portal, merchant_on_clock: Merchant, receiver: Receiver, hook: str
) -> None:
    receiver.status = 410
    happens(portal, merchant_on_clock, "first")
    notice = portal.row(WebhookNotice)
    assert (notice.status, notice.due_at) == ("skipped", None)
    assert "--alerts-email" in notice.error


def test_support_switches_it_on_and_sends_what_it_missed(
    portal: Portal, merchant_on_clock: Merchant, receiver: Receiver, hook: str
) -> None:
    maya = Person(portal, "maya@acme.example", "agent").sign_in()
    receiver.status = 410
    happens(portal, merchant_on_clock, "first")
    events = len(portal.rows(Event))
    page = maya.get("/console/health")
    assert "1 webhook switched off" in words(page)
    assert "It answered 410 Gone. Off since" in words(page)
    assert f"{events} events not delivered" in words(page)
    assert "password" not in page.text
    receiver.status, receiver.got[:] = 200, []
    answer = maya.post(f"/console/webhooks/{hook}/on", page)
    assert answer.status_code == 303
    assert f"Switched on. {events} events on the way." in words(maya.get(answer.location))
    portal.run_jobs(Job.DELIVER_WEBHOOK)
    assert len(set(receiver.ids)) == events
    assert portal.row(Change, what="webhook enabled").actor_name == "maya@acme.example"


def test_a_viewer_sees_it_and_has_no_button(
    portal: Portal, merchant_on_clock: Merchant, receiver: Receiver, hook: str
) -> None:
    vic = Person(portal, "vic@acme.example", "viewer").sign_in()
    receiver.status = 410
    happens(portal, merchant_on_clock, "first")
    page = vic.get("/console/health")
    assert "1 webhook switched off" in words(page)
    assert "Switch on and send" not in page.text
    assert vic.post(f"/console/webhooks/{hook}/on", page).status_code == 403
    assert portal.row(Endpoint).disabled_at is not None
