"""What a merchant's server answers is read by support: as text, cut, and without what belongs to somebody."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from portal.links.models import PaymentRequest
from portal.webhooks import deliver
from portal.webhooks.models import DeliveryTry
from tests.console.browser import Person
from tests.harness import Merchant, Portal
from tests.webhooks.receiving import Receiver, receiving

pytestmark = pytest.mark.environment(WEBHOOK_ALLOW_PRIVATE="on")
ATTACK = "<script>fetch('//evil')</script><img src=x onerror=alert(1)>\"'>{{7*7}}"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        found.status = 500
        yield found


@pytest.fixture
def page(portal: Portal, merchant: Merchant, receiver: Receiver, maya: Person, request: pytest.FixtureRequest) -> str:
    """The timeline of a request whose webhook was answered like this."""
    receiver.text = request.param.format(key=merchant.api_key, secret=merchant.webhook_secret)
    merchant.post(webhook_url=receiver.url)
    portal.run_jobs()
    return maya.page_of(portal.row(PaymentRequest)).text


@pytest.mark.parametrize("page", [ATTACK.replace("{", "{{").replace("}", "}}")], indirect=True)
def test_markup_in_an_answer_is_text(page: str) -> None:
    assert "&lt;script&gt;fetch(" in page
    assert "<img src=x" not in page
    assert "fetch('//evil')</script>" not in page
    assert "{{7*7}}" in page


@pytest.mark.parametrize("page", ["a" * 50_000 + "THE END"], indirect=True)
def test_a_long_answer_is_cut(page: str) -> None:
    assert "THE END" not in page
    assert len(max(re.findall("a+", page), key=len)) == deliver.KEPT_OF_BODY


@pytest.mark.parametrize(
    "page",
    ["key {key}, secret {secret}, card 4242 4242 4242 4242, mail ann@shop.example, at /p/abcdefghijklmnopqrstuv"],
    indirect=True,
)
def test_secrets_in_an_answer_are_masked_where_it_is_kept(portal: Portal, merchant: Merchant, page: str) -> None:
    kept = {row.answer for row in portal.rows(DeliveryTry)}
    for text in (page, *kept):
        for secret in (merchant.api_key, merchant.webhook_secret, "4242 4242 4242", "ann@", "abcdefghijklmnop"):
            assert secret not in text
    assert all(text.startswith("key sk_test_…, secret whsec_…, card …4242") for text in kept)
