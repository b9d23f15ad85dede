"""What support does to a request, each with a line in the log that names who did it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine

from portal.core.changes import Change
from portal.core.clock import real_now
from portal.core.database import session
from portal.core.jobs import Job
from portal.links.models import Link, PaymentRequest
from portal.notifications.models import Message
from tests.console.browser import REQUESTS, Person, words
from tests.harness import Customer, Merchant, Portal

ADDRESS = re.compile(r'value="(http[^"]+/p/[A-Za-z0-9_-]{22})"')


@pytest.fixture
def request_row(portal: Portal, merchant: Merchant) -> PaymentRequest:
    merchant.post()
    portal.run_jobs(Job.SEND_MESSAGE)
    found: PaymentRequest = portal.row(PaymentRequest)
    return found


def logged(portal: Portal, what: str) -> Change:
    found: Change = portal.row(Change, what=what)
    return found


def assert_done_by_maya(portal: Portal, what: str, answer_id: str) -> None:
    line = logged(portal, what)
    assert (line.actor, line.actor_name, line.request_id) == ("staff", "maya@acme.example", answer_id)


def test_send_again_sends_a_new_link_and_says_so(portal: Portal, maya: Person, request_row: PaymentRequest) -> None:
    answer = maya.act(request_row, "send-again")
    assert answer.location == f"{REQUESTS}/{request_row.id}?done=sent"
    page = words(maya.get(answer.location))
    assert "Sent again. Earlier links still work." in page
    assert "Sent again maya@acme.example" in page
    portal.run_jobs(Job.SEND_MESSAGE)
    assert len([message for message in portal.rows(Message) if message.status == "delivered"]) == 2
    assert_done_by_maya(portal, "link sent again", answer.headers["X-Request-Id"])


def test_send_again_within_five_minutes_is_refused_in_words(
    portal: Portal, maya: Person, request_row: PaymentRequest
) -> None:
    maya.act(request_row, "send-again")
    answer = maya.act(request_row, "send-again")
    assert answer.status_code == 409
    assert "Nothing was done. This was sent less than 5 minutes ago. Wait, then send it again." in words(answer)
    with time_machine.travel(real_now() + timedelta(minutes=6)):
        assert maya.act(request_row, "send-again").status_code == 303
    assert len(portal.rows(Link)) == 3


def test_copy_link_shows_the_address_once_and_logs_it(
    portal: Portal, maya: Person, request_row: PaymentRequest
) -> None:
    answer = maya.act(request_row, "copy-link")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    [address] = ADDRESS.findall(answer.text)
    assert Customer(portal, address).page().status == 200
    assert_done_by_maya(portal, "link copied", answer.headers["X-Request-Id"])
    assert ADDRESS.findall(maya.page_of(request_row).text) == []
    assert portal.row(PaymentRequest).opened_at is None


def test_a_new_link_replaces_the_older_ones(portal: Portal, maya: Person, request_row: PaymentRequest) -> None:
    old = ADDRESS.findall(maya.act(request_row, "copy-link").text)[0]
    answer = maya.act(request_row, "new-link")
    assert answer.status_code == 303
    page = maya.get(answer.location)
    assert ADDRESS.findall(page.text) == []
    first, second = portal.rows(Link)
    assert first.replaced_at is not None
    assert second.replaced_at is None
    [new] = ADDRESS.findall(maya.act(request_row, "copy-link").text)
    assert new != old
    assert Customer(portal, new).page().status == 200
    assert Customer(portal, old).page().status == 410
    assert_done_by_maya(portal, "new link made", answer.headers["X-Request-Id"])


def test_a_revoked_link_opens_nothing_until_there_is_a_new_one(
    portal: Portal, maya: Person, request_row: PaymentRequest
) -> None:
    old = ADDRESS.findall(maya.act(request_row, "copy-link").text)[0]
    answer = maya.act(request_row, "revoke-link")
    assert "Link Revoked, never opened" in words(maya.get(answer.location))
    assert all(link.revoked_at is not None for link in portal.rows(Link))
    assert Customer(portal, old).page().status == 410
    refused = maya.act(request_row, "copy-link")
    assert refused.status_code == 409
    assert "No link opens this request. Make a new link first." in refused.text
    assert maya.act(request_row, "revoke-link").status_code == 409
    assert maya.act(request_row, "new-link").status_code == 303
    [new] = ADDRESS.findall(maya.act(request_row, "copy-link").text)
    assert Customer(portal, new).page().status == 200
    assert_done_by_maya(portal, "link revoked", answer.headers["X-Request-Id"])


def test_a_new_link_opens_an_expired_request_again(portal: Portal, maya: Person) -> None:
    merchant = portal.merchant(clock="2026-01-31T09:00")
    merchant.post()
    merchant.advance("2026-03-05T09:00")
    row = portal.row(PaymentRequest)
    assert row.status == "expired"
    assert maya.act(row, "new-link").status_code == 303
    row = portal.row(PaymentRequest)
    assert row.status == "issued"
    assert row.site_due_at == row.expires_at
    [address] = ADDRESS.findall(maya.act(row, "copy-link").text)
    assert Customer(portal, address).page().status == 200


@pytest.mark.parametrize("action", ["send-again", "copy-link", "new-link"])
def test_nothing_can_be_sent_for_a_withdrawn_request(
    portal: Portal, merchant: Merchant, maya: Person, request_row: PaymentRequest, action: str
) -> None:
    merchant.post(body={"external_id": "439772921", "active": False})
    links = len(portal.rows(Link))
    answer = maya.act(request_row, action)
    assert answer.status_code == 409
    assert "Nothing was done." in answer.text
    assert len(portal.rows(Link)) == links


def test_who_cannot_be_reached_gets_words_and_no_message(portal: Portal, merchant: Merchant, maya: Person) -> None:
    merchant.post(customer={"external_id": "1", "first_name": "Nobody"})
    answer = maya.act(portal.row(PaymentRequest), "send-again")
    assert answer.status_code == 409
    assert "no phone or email" in answer.text
    assert maya.act(portal.row(PaymentRequest), "copy-link").status_code == 200


def test_an_action_on_what_does_not_exist_is_no_page(maya: Person, portal: Portal) -> None:
    for request_id in ("0190f2d0-0000-7000-8000-000000000000", "nonsense"):
        for action in ("send-again", "copy-link", "new-link", "revoke-link"):
            assert maya.post(f"{REQUESTS}/{request_id}/{action}").status_code == 404
    assert portal.rows(Change) == []


def test_an_address_made_under_a_retired_key_is_not_shown(
    portal: Portal, maya: Person, request_row: PaymentRequest
) -> None:
    with portal.writing():
        session().query(Link).one().key_id = "gone"
    answer = maya.act(request_row, "copy-link")
    assert answer.status_code == 409
    assert "The key of this link has been retired. Make a new link." in answer.text
    assert maya.act(request_row, "new-link").status_code == 303
    assert maya.act(request_row, "copy-link").status_code == 200
