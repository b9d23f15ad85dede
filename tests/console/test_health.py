"""The health page counts what needs attention, and says so when nothing does."""

from __future__ import annotations

from datetime import timedelta

from portal.core.clock import real_now
from portal.core.database import session
from portal.core.jobs import Job
from portal.notifications.models import Message
from portal.webhooks import outbox
from portal.webhooks.deliver import Answer
from portal.webhooks.models import Delivery
from tests.console.browser import Person, words
from tests.harness import Customer, Merchant, Portal


def health(person: Person) -> str:
    answer = person.get("/console/health")
    assert answer.status_code == 200
    return words(answer)


def test_a_new_portal_is_well(merchant: Merchant, maya: Person) -> None:
    assert "All is well." in health(maya)


def test_a_message_that_failed_is_counted(portal: Portal, merchant: Merchant, maya: Person) -> None:
    merchant.post()
    with portal.writing():
        message = session().query(Message).one()
        message.status, message.due_at = "failed", None
    assert "Failed 1 message did not arrive" in health(maya)


def test_work_that_nobody_does_is_late_after_two_minutes(portal: Portal, merchant: Merchant, maya: Person) -> None:
    merchant.post()
    assert "All is well." in health(maya)
    with portal.writing():
        session().query(Message).one().due_at = real_now() - timedelta(minutes=3)
    assert "Late 1 message waiting too long" in health(maya)


def test_a_charge_without_an_answer_comes_first(portal: Portal, merchant: Merchant, maya: Person) -> None:
    link = merchant.post().json["link"]
    Customer(portal, link).confirm("4000 0000 0000 4954")
    portal.run_jobs(Job.COMPLETE_SETUP, Job.CHARGE)
    page = maya.get("/console/health")
    assert "One thing needs attention." in page.text
    assert "1 charge without an answer" in page.text
    assert f"/console/subscriptions/{portal.the_subscription().id}" in page.text


def test_webhooks_that_are_not_taken_are_counted(portal: Portal, merchant: Merchant, maya: Person) -> None:
    merchant.post(webhook_url="https://yourcompany.com/webhook")
    delivery = portal.rows(Delivery)[0]
    with portal.writing():
        outbox.settle(delivery.id, Answer(503, "", None, 12))
    assert "Failing Webhooks are not taken 1 is tried again." in health(maya)
    for _ in range(5):
        with portal.writing():
            outbox.settle(delivery.id, Answer(503, "", None, 12))
    assert "1 was given up in the last seven days." in health(maya)
