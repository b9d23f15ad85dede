"""Signatures of webhooks, verified by the library that receivers use."""

from __future__ import annotations

from base64 import b64decode
from datetime import UTC, datetime, timedelta, timezone

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from portal.webhooks.sign import headers, new_secret

BODY = '{"action":"payment","data":{"name":"Zoë"}}'.encode()


def test_the_official_library_verifies_a_signed_webhook():
    secret = new_secret()
    signed = headers([secret], "msg_1", datetime.now(UTC), BODY)
    assert Webhook(secret).verify(BODY, signed) == {"action": "payment", "data": {"name": "Zoë"}}
    assert signed["webhook-id"] == "msg_1"


def test_both_secrets_verify_during_a_rotation():
    old, new = new_secret(), new_secret()
    signed = headers([new, old], "msg_1", datetime.now(UTC), BODY)
    assert len(signed["webhook-signature"].split(" ")) == 2
    Webhook(old).verify(BODY, signed)
    Webhook(new).verify(BODY, signed)


def test_another_secret_or_another_body_does_not_verify():
    secret = new_secret()
    signed = headers([secret], "msg_1", datetime.now(UTC), BODY)
    with pytest.raises(WebhookVerificationError):
        Webhook(new_secret()).verify(BODY, signed)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(BODY + b" ", signed)


def test_the_zone_of_the_timestamp_does_not_change_the_signature():
    secret, now = new_secret(), datetime.now(UTC)
    elsewhere = now.astimezone(timezone(timedelta(hours=-6)))
    assert headers([secret], "msg_1", elsewhere, BODY) == headers([secret], "msg_1", now, BODY)


def test_each_try_has_its_own_timestamp_and_the_same_id():
    secret, now = new_secret(), datetime.now(UTC)
    first, second = (headers([secret], "msg_1", at, BODY) for at in (now, now + timedelta(seconds=1)))
    assert first["webhook-id"] == second["webhook-id"]
    assert int(second["webhook-timestamp"]) == int(first["webhook-timestamp"]) + 1
    assert first["webhook-signature"] != second["webhook-signature"]


def test_signing_needs_a_secret_and_a_time_zone():
    with pytest.raises(ValueError, match="secret"):
        headers([], "msg_1", datetime.now(UTC), BODY)
    with pytest.raises(ValueError, match="time zone"):
        headers([new_secret()], "msg_1", datetime(2026, 1, 31), BODY)


def test_a_new_secret_has_32_random_bytes():
    first, second = new_secret(), new_secret()
    assert first != second
    assert first.startswith("whsec_")
    assert len(b64decode(first.removeprefix("whsec_"))) == 32
