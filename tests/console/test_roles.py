"""Who may do what: every page has a rule, viewers only read, and nobody gets in without signing in."""

from __future__ import annotations

import uuid

import pytest
from werkzeug.routing import Rule

from portal.console.door import NEEDS, PUBLIC
from portal.core.changes import Change
from portal.links.models import Link, PaymentRequest
from tests.console.browser import Browser, Person, words
from tests.harness import Merchant, Portal

ACTIONS = ("send-again", "copy-link", "new-link", "revoke-link")


def rules(portal: Portal) -> list[Rule]:
    return [rule for rule in portal.app.url_map.iter_rules() if rule.endpoint.startswith("console.")]


def test_every_page_of_the_console_has_a_rule_and_every_rule_a_page(portal: Portal) -> None:
    assert {rule.endpoint for rule in rules(portal)} == PUBLIC | set(NEEDS)
    assert PUBLIC.isdisjoint(NEEDS)


def test_whoever_is_not_signed_in_is_sent_to_sign_in(portal: Portal) -> None:
    browser = Browser(portal)
    for rule in rules(portal):
        if rule.endpoint in PUBLIC:
            continue
        path = rule.rule.replace("<request_id>", str(uuid.uuid4())).replace("<subscription_id>", str(uuid.uuid4()))
        for method in (rule.methods or set()) & {"GET", "POST"}:
            answer = browser.client.open(path, method=method)
            assert (answer.status_code, answer.location) == (303, "/console/sign-in"), rule


@pytest.fixture
def request_row(portal: Portal, merchant: Merchant) -> PaymentRequest:
    merchant.post()
    found: PaymentRequest = portal.row(PaymentRequest)
    return found


@pytest.mark.parametrize("action", ACTIONS)
def test_a_viewer_cannot_act(portal: Portal, vic: Person, request_row: PaymentRequest, action: str) -> None:
    changes, links = len(portal.rows(Change)), portal.rows(Link)
    answer = vic.act(request_row, action)
    assert answer.status_code == 403
    assert "Nothing was done." in answer.text
    assert len(portal.rows(Change)) == changes
    assert len(portal.rows(Link)) == len(links)


def test_a_viewer_sees_contacts_masked_and_no_buttons(vic: Person, request_row: PaymentRequest) -> None:
    for page in (vic.page_of(request_row), vic.get("/console/requests")):
        seen = words(page)
        assert "••• ••• 3333" in seen
        assert "jo•••••@abc.com" in seen
        for secret in ("222-3333", "johndoe@abc.com", "+1111222"):
            assert secret not in page.text
        for button in ("Send again", "Copy link", "New link", "Revoke link"):
            assert button not in page.text


@pytest.mark.parametrize("role", ["agent", "admin"])
def test_agents_and_admins_see_contacts_in_full_and_may_act(
    portal: Portal, request_row: PaymentRequest, role: str
) -> None:
    person = Person(portal, f"{role}@acme.example", role).sign_in()
    page = person.page_of(request_row)
    assert "(111) 222-3333" in page.text
    assert "johndoe@abc.com" in page.text
    assert person.act(request_row, "copy-link").status_code == 200


def test_a_forged_action_is_refused(portal: Portal, maya: Person, request_row: PaymentRequest) -> None:
    for action in ACTIONS:
        answer = maya.client.post(f"/console/requests/{request_row.id}/{action}")
        assert answer.status_code == 400
        assert "/p/" not in answer.text.replace("/p/••••", "")
    assert all(link.revoked_at is None and link.replaced_at is None for link in portal.rows(Link))


def test_no_cookie_is_set_outside_of_the_console(portal: Portal, merchant: Merchant) -> None:
    path = merchant.post().json["link"].removeprefix(portal.settings.public_url)
    for address in (path, "/healthz", "/sandbox/phone"):
        assert "Set-Cookie" not in portal.client.get(address).headers
