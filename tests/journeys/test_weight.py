"""What a phone has to fetch: each page's first view in one flight, and little more for all that moves on it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.journeys.customer import Customer
from tests.journeys.merchant import Merchant

pytestmark = pytest.mark.browser

FIRST_VIEW, WHOLE, MOST_REQUESTS = 14 * 1024, 30 * 1024, 6  # bytes as they go over the network, headers included
OWN = ("genuine", "choices", "papers", "agreed", "method", "someone-else", "pause", "cancel")
BEFORE_THE_PAINT = """() => {
    const painted = performance.getEntriesByName("first-contentful-paint")[0].startTime;
    return performance.getEntriesByType("resource").filter((one) => one.startTime < painted).map((one) => one.name);
}"""


@dataclass
class Fetched:
    """Every request of one visit, a socket too, and how many bytes came back."""

    page: str = ""
    asked: list[str] = field(default_factory=list)
    bytes: dict[str, int] = field(default_factory=dict)

    def first(self) -> int:
        """The page itself: its style stands in it."""
        return self.bytes[self.page]


@contextmanager
def counting(customer: Customer) -> Iterator[Fetched]:
    found, urls = Fetched(), {}
    tools = customer.context.new_cdp_session(customer.page)
    tools.send("Network.enable")
    tools.send("Network.setCacheDisabled", {"cacheDisabled": True})

    def sent(event: dict[str, Any]) -> None:
        url = event.get("url") or event["request"]["url"]
        if event.get("type") == "Document":  # what the page before it asked for does not count
            found.page = url
            found.asked.clear()
            found.bytes.clear()
        if not url.startswith("data:"):
            urls[event["requestId"]] = url
            found.asked.append(url)

    def finished(event: dict[str, Any]) -> None:
        if event["requestId"] in urls:
            found.bytes[urls[event["requestId"]]] = int(event["encodedDataLength"])

    tools.on("Network.requestWillBeSent", sent)
    tools.on("Network.webSocketCreated", sent)
    tools.on("Network.loadingFinished", finished)
    yield found
    tools.detach()


def weighs(customer: Customer, address: str, *, listens: bool) -> None:
    """One visit to a page that has no news to fetch."""
    customer.page.goto("about:blank")  # the page before it, and its socket, ask for nothing any more
    with counting(customer) as found:
        customer.opens(address)
        if listens:
            customer.listens()
            assert customer.page.evaluate(BEFORE_THE_PAINT) == [], "something competes with the first view"
        while found.page not in found.bytes:
            customer.page.wait_for_timeout(20)  # lets the browser's events through
        assert len(found.asked) <= MOST_REQUESTS, found.asked
        assert 1000 < found.first() <= FIRST_VIEW, (address, found.first())
        assert sum(found.bytes.values()) <= WHOLE, (address, found.bytes)
        assert len(found.asked) > 1 or not listens, "the page does not listen"


def has_all_news(customer: Customer) -> None:
    """What was just done is news, which the open page fetches: that is not part of what a visit weighs."""
    customer.listens()
    customer.is_at_rest()


def test_every_page_is_light_from_the_first_text_to_the_last_receipt(
    merchant_on_clock: Merchant, customer: Customer
) -> None:
    link = merchant_on_clock.asks_for_payment(number_of_payments=12)
    customer.opens(link)
    has_all_news(customer)
    weighs(customer, link, listens=True)
    customer.confirms()
    customer.sees("You're all set")
    has_all_news(customer)
    weighs(customer, link, listens=True)
    receipt = customer.page.get_by_role("link", name="Receipt", exact=True).get_attribute("href")
    for page in OWN:
        weighs(customer, f"{link}/{page}", listens=False)
    assert receipt
    weighs(customer, link.partition("/p/")[0] + receipt, listens=False)

    customer.opens(f"{link}/cancel")
    customer.taps("Cancel subscription")
    customer.sees("Your Gold+ Plan is canceled")
    has_all_news(customer)
    weighs(customer, link, listens=True)
