"""A webhook's secret changes while webhooks go out: for a day both sign, afterwards the new one alone."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from portal.core.database import session
from portal.sites.models import Site
from portal.webhooks import rotation
from portal.webhooks.rotation import RetiredSecret
from tests.api.test_events import Receiver
from tests.api.test_events import receiver as receiver
from tests.harness import Merchant, Portal

pytestmark = pytest.mark.environment(WEBHOOK_ALLOW_PRIVATE="on")


def verifies(receiver: Receiver, secret: str) -> bool:
    """The last thing received is signed by this secret."""
    headers, body = receiver.got[-1]
    try:
        Webhook(secret).verify(body, headers)
    except WebhookVerificationError:
        return False
    return True


def test_for_a_day_both_secrets_of_an_endpoint_verify(portal: Portal, merchant: Merchant, receiver: Receiver) -> None:
    other = merchant.call("POST", "/webhook", json={"url": "https://example.invalid/", "actions": ["payment"]}).json
    old = merchant.call("POST", "/webhook", json={"url": receiver.url, "actions": ["subscription"]}).json
    new = merchant.call("POST", f"/webhook/{old['id']}/rotate").json
    assert (new["id"], new["url"]) == (old["id"], old["url"])
    merchant.post()
    portal.run_jobs()
    assert verifies(receiver, old["secret"])
    assert verifies(receiver, new["secret"])
    assert not verifies(receiver, other["secret"])
    assert len(receiver.got[-1][0]["webhook-signature"].split()) == 2
    newest = merchant.call("POST", f"/webhook/{old['id']}/rotate").json
    merchant.post(amount=40)
    portal.run_jobs()
    assert [verifies(receiver, one["secret"]) for one in (old, new, newest)] == [True, True, True]
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=24, minutes=1), tick=True):
        merchant.post(amount=41)
        portal.run_jobs()
        assert [verifies(receiver, one["secret"]) for one in (old, new, newest)] == [False, False, True]


def test_the_sites_own_secret_rotates_without_its_endpoints(
    portal: Portal, merchant: Merchant, receiver: Receiver
) -> None:
    endpoint = merchant.call("POST", "/webhook", json={"url": receiver.url, "actions": ["subscription"]}).json
    with portal.writing():
        secret = rotation.rotate_own(session().get_one(Site, uuid.UUID(merchant.site_id)))
    merchant.post(webhook_url=receiver.url)
    portal.run_jobs()
    signed_by = {
        name: [number for number, (headers, body) in enumerate(receiver.got) if _verified(Webhook(one), headers, body)]
        for name, one in (("old", merchant.webhook_secret), ("new", secret), ("endpoint", endpoint["secret"]))
    }
    assert signed_by["old"] == signed_by["new"] != []
    assert not set(signed_by["old"]) & set(signed_by["endpoint"])


def _verified(webhook: Webhook, headers: dict[str, str], body: bytes) -> bool:
    try:
        webhook.verify(body, headers)
    except WebhookVerificationError:
        return False
    return True


def test_a_retired_secret_is_sealed_and_another_sites_endpoint_is_unknown(portal: Portal, merchant: Merchant) -> None:
    hook = merchant.call("POST", "/webhook", json={"url": "https://example.invalid/"}).json
    assert portal.merchant("Other").call("POST", f"/webhook/{hook['id']}/rotate").status_code == 404
    merchant.call("POST", f"/webhook/{hook['id']}/rotate")
    row: RetiredSecret = portal.row(RetiredSecret)
    assert hook["secret"] not in row.secret_sealed
    [logged] = [one for one in merchant.call("GET", "/webhook").json["data"] if one["id"] == hook["id"]]
    assert "secret" not in logged
