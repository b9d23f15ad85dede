"""Chat previews and mail scanners look at the link before the customer does: nothing may come of it."""

from __future__ import annotations

import httpx
import pytest
from playwright.sync_api import Browser, Page

from tests.journeys import agent
from tests.journeys.conftest import NewCustomer
from tests.journeys.customer import SCREENS, Customer
from tests.journeys.merchant import Merchant

pytestmark = pytest.mark.browser

CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
MACHINES = (
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "WhatsApp/2.23.20.0 A",
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "TelegramBot (like TwitterBot)",
    "Twitterbot/1.0",
    "LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)",
    "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)",
    f"{CHROME} SkypeUriPreview Preview/0.5 skype-url-preview@microsoft.com",
    f"{CHROME} Chrome/103.0.5060.134 Safari/537.36 BingPreview/1.0b",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (Macintosh) AppleWebKit/601.2.4 (KHTML, like Gecko) facebookexternalhit/1.1 Facebot Twitterbot/1.0",
    f"{CHROME} Chrome/119.0.6045.214 Safari/537.36 (Applebot/0.1; +http://www.apple.com/go/applebot)",
)


def state_at_console(desk: Page, merchant: Merchant) -> str:
    """The state of the site's only request, as support reads it."""
    desk.goto(f"{merchant.product.url}/console/requests?site={merchant.site_id}")
    row = desk.locator("tbody tr").filter(has_text="Gold+ Plan")
    return row.locator(".badge").first.inner_text()


def test_machines_with_and_without_scripts_change_nothing_and_a_person_is_noted(
    merchant: Merchant, customer: Customer, new_customer: NewCustomer, browser: Browser
) -> None:
    link = merchant.asks_for_payment()
    with browser.new_context() as context:
        desk = context.new_page()
        agent.signs_in(desk, merchant.product, "previews@acme.example")
        while state_at_console(desk, merchant) != "Delivered":
            desk.reload()
        before = merchant.subscription()

        with httpx.Client(trust_env=False) as client:
            for machine in MACHINES:
                for method in ("GET", "HEAD", "OPTIONS"):
                    answer = client.request(method, link, headers={"User-Agent": machine})
                    assert answer.status_code == 200
                    assert "set-cookie" not in answer.headers
        for machine in MACHINES:
            scanner = new_customer(user_agent=machine)
            scanner.opens(link)
            scanner.listens()
            scanner.leaves()
        assert state_at_console(desk, merchant) == "Delivered"
        assert merchant.subscription() == before

        customer.opens(link)
        customer.listens()
        while state_at_console(desk, merchant) != "Opened":
            desk.reload()
        desk.screenshot(path=SCREENS / f"{customer.journey}-1-opened-by-a-person.png")
    assert merchant.outcomes() == []


OWN = ("", "/genuine", "/choices", "/papers", "/agreed", "/method", "/pause", "/cancel", "/someone-else", "/dates.ics")


def test_machines_on_the_own_pages_change_nothing(
    merchant_on_clock: Merchant, customer: Customer, new_customer: NewCustomer
) -> None:
    link = merchant_on_clock.asks_for_payment()
    customer.opens(link)
    customer.confirms()
    customer.sees("You're all set")
    customer.is_at_rest()
    before, told = merchant_on_clock.subscription(), len(merchant_on_clock.messages())

    with httpx.Client(trust_env=False) as client:
        for machine in MACHINES:
            for page in OWN:
                for method in ("GET", "HEAD", "OPTIONS"):
                    answer = client.request(method, f"{link}{page}", headers={"User-Agent": machine})
                    assert answer.status_code == 200, f"{method} {page}"
                    assert "set-cookie" not in answer.headers
    scanner = new_customer(user_agent=MACHINES[0], accept_downloads=False)
    for page in OWN[:-1]:
        scanner.opens(f"{link}{page}")
    assert merchant_on_clock.subscription() == before
    assert len(merchant_on_clock.messages()) == told
    assert merchant_on_clock.outcomes() == ["captured"]
