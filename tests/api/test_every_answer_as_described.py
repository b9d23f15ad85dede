"""Whatever is asked, described or not, no answer is a 5xx, and each one is what the description says it is.

The fundraising and the Hyperline dialect are asked in folders of their own, with ids of their own.
"""

from __future__ import annotations

import io

import pytest
from schemathesis import GenerationMode

from tests.api.asking import EXAMPLES, Known, ask_all
from tests.api.test_attachments import PDF
from tests.harness import Customer, Merchant, Portal


@pytest.fixture
def known(portal: Portal, merchant: Merchant) -> Known:
    """Ids that exist, so that half of the questions get past the door."""
    customer = Customer(portal, merchant.post().json["link"])
    merchant.post(external_id="waiting")
    customer.confirm()
    portal.run_jobs()
    whole = merchant.subscription()
    file = merchant.call("POST", "/attachment", data={"file": (io.BytesIO(PDF), "terms.pdf")})
    hook = merchant.call("POST", "/webhook", json={"url": "https://example.invalid/hook"})
    event = merchant.call("GET", "/event").json["data"][0]
    return {
        "site_id": [merchant.site_id],
        "subscription_id": [whole["id"], "439772921", "waiting"],
        "customer_id": [whole["customer"]["id"], "39772634"],
        "payment_id": [whole["invoices"][0]["payments"][0]["id"]],
        "attachment_id": [file.json["id"]],
        "webhook_id": [hook.json["id"]],
        "event_id": [event["id"]],
        "checkout_id": [whole["invoices"][0]["id"]],
    }


@pytest.mark.slow
@pytest.mark.parametrize("prefix", ["/api/v4/", "/api/v3.1/", "/api/v3/", "/mer/"])
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=lambda mode: mode.value)
def test_every_operation_answers_as_described(
    portal: Portal, merchant: Merchant, known: Known, mode: GenerationMode, prefix: str
) -> None:
    examples = max(2, EXAMPLES // 3) if "v3" in prefix else EXAMPLES  # the same views as v4's, spelled otherwise
    at_least = 10 if prefix == "/mer/" else 30
    ask_all(
        portal, merchant, known, mode, where=lambda path: path.startswith(prefix), examples=examples, at_least=at_least
    )
