"""Every page of the customer as the application itself makes it, in each state and language, by a name for the file."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from portal import errors
from portal.billing.models import Invoice, Payment, SetupSession
from portal.core.database import session
from portal.core.jobs import Job
from portal.links.models import PaymentRequest
from portal.sites.branding import Branding, rebrand
from portal.sites.models import Site
from portal.subscriptions.models import Subscription
from tests.harness import SAMPLE, Customer, Merchant, Portal

LANGUAGES = ("en", "fr", "da", "ar")


@dataclass(frozen=True)
class Shop:
    """A merchant as one country knows it."""

    name: str
    description: str
    first_name: str
    amount: float
    dearer: float
    currency: str
    country: str
    timezone: str
    brand: str
    phone: str
    mobile: str


SHOPS = {
    "en": Shop("Acme Fitness", "Gold+ Plan", "John", 34.99, 39.99, "USD", "US", "America/Chicago", "#0d6672",
               "+13125550142", "111-222-3333"),
    "fr": Shop("Le Gymnase du Canal", "Formule Or", "Éloïse", 34.99, 39.99, "EUR", "FR", "Europe/Paris", "#f2c200",
               "+33155501420", "+33612343333"),
    "da": Shop("Havnens Fitness", "Guldmedlem", "Søren", 249, 279, "DKK", "DK", "Europe/Copenhagen", "#c8102e",
               "+4532550142", "+4520343333"),
    "ar": Shop("نادي الواحة", "العضوية الذهبية", "سارة", 100, 120.5, "AED", "AE", "Asia/Dubai", "#8a2c5d",
               "+97145550142", "+971501233333"),
}  # fmt: skip


TERMS = "You may stop at any time.\n\nSay so by phone, by e-mail or here."


class Stage:
    """One shop on its own clock, at noon of January 31, 2026, whose customers get into every state."""

    def __init__(self, portal: Portal, language: str) -> None:
        self.portal, self.language, self.shop = portal, language, SHOPS[language]
        shop = self.shop
        self.merchant: Merchant = portal.merchant(
            shop.name, "2026-01-31T10:00", currency=shop.currency, country=shop.country, timezone=shop.timezone
        )
        self.count = 0
        with portal.writing():
            site = session().query(Site).filter_by(name=shop.name).one()
            rebrand(site, Branding(color=shop.brand, support_phone=shop.phone, terms=TERMS))
            site.link_days = 7

    def asks(self, **terms: Any) -> Customer:
        self.count += 1
        answer = self.post(**terms)
        self.portal.run_jobs()
        return Customer(self.portal, answer.json["link"])

    def post(self, **terms: Any) -> Any:
        """Add or change the newest request."""
        basic = {"description": self.shop.description, "amount": self.shop.amount, "currency": self.shop.currency}
        person = SAMPLE["customer"] | {  # type: ignore[operator]
            "external_id": f"c{self.count}", "first_name": self.shop.first_name, "locale": self.language,
            "mobile_phone": self.shop.mobile,
        }  # fmt: skip
        answer = self.merchant.post(external_id=str(self.count), **(basic | {"customer": person} | terms))
        assert answer.status_code == 200, answer.text
        return answer

    def changes(self, **terms: Any) -> None:
        self.post(**terms)
        self.portal.run_jobs()

    def subscribes(self, card: str = "4242 4242 4242 4242", **terms: Any) -> Customer:
        customer = self.asks(**terms)
        customer.confirm(card)
        self.portal.run_jobs()
        return customer

    def rewrites(self, payment: str = "", invoice: str = "", **subscription: str) -> None:
        """Put the newest subscription into a state that takes a gateway's whim or weeks to get into."""
        with self.portal.writing():
            row = (
                session()
                .query(Subscription)
                .filter_by(external_id=str(self.count), site_id=uuid.UUID(self.merchant.site_id))
                .one()
            )
            for name, value in subscription.items():
                setattr(row, name, value)
            if payment:
                session().query(Payment).filter_by(subscription_id=row.id).update({"status": payment, "paid_at": None})
                session().query(Invoice).filter_by(subscription_id=row.id).update({"status": invoice, "paid_at": None})

    def pages(self) -> Iterator[tuple[str, str]]:
        yield from self._asked()
        yield from self._paid()
        yield from self._unpaid()
        yield from self._over()
        yield from self._nobody()

    def _asked(self) -> Iterator[tuple[str, str]]:
        customer = self.asks()
        first = customer.page()
        yield "offer", first.text
        self.changes(amount=self.shop.dearer, frequency="Quarterly", number_of_payments=4)
        yield "updated", _in_place(first.text, customer.page(**{"X-Shown-Version": "1"}).text)
        yield "stale", customer.tap(first).text
        yield "form-error", customer.tap(customer.page(), csrf_token="another").text
        yield "later", self.asks(start_date="2026-03-31", frequency="Yearly").page().text
        customer = self.asks()
        address = customer.tap(customer.page()).headers["Location"]
        with self.portal.reading():
            setup = session().query(SetupSession).order_by(SetupSession.id.desc()).first()
        yield "confirming-card", self.portal.client.get(f"{customer.path}?setup={setup.id}").text
        customer.enter_card(address)
        self.portal.run_jobs(Job.COMPLETE_SETUP)
        yield "confirming", customer.page().text
        yield "declined", self.subscribes("4000 0000 0000 0341").page().text

    def _paid(self) -> Iterator[tuple[str, str]]:
        done = self.subscribes()
        page = done.page().text
        yield "done", page
        path = page.partition("/receipt/")[2].partition('"')[0]
        yield "terms", self.portal.client.get(f"{done.path}/terms").text
        yield "receipt", self.portal.client.get(f"{done.path}/receipt/{path}").text
        self.merchant.call("POST", f"/subscription/{self.count}/pause")
        yield "paused", done.page().text

    def _unpaid(self) -> Iterator[tuple[str, str]]:
        customer = self.subscribes()
        for name, payment, invoice, status in (
            ("checking", "unknown", "open", "active"),
            ("bank-check", "requires_action", "open", "active"),
            ("refused", "failed", "open", "active"),
            ("overdue", "failed", "uncollectible", "failed"),
        ):
            self.rewrites(payment, invoice, status=status)
            yield name, customer.page().text

    def _over(self) -> Iterator[tuple[str, str]]:
        customer = self.subscribes()
        self.rewrites(status="closed", close_reason="canceled_customer")
        yield "closed", customer.page().text
        withdrawn = self.asks()
        self.changes(active=False)
        yield "withdrawn", withdrawn.page().text
        replaced = self.asks()
        with self.portal.writing():
            newest = session().query(PaymentRequest).order_by(PaymentRequest.id.desc()).first()
            newest.status = "replaced"
        yield "replaced", replaced.page().text
        expired = self.asks()
        self.merchant.advance("2026-02-12T00:00")
        page = expired.page()
        yield "expired", page.text
        yield "sent", expired.tap(page, "send-new-link").text

    def _nobody(self) -> Iterator[tuple[str, str]]:
        browser = {"Accept-Language": self.language}
        yield "wrong", self.portal.client.get("/p/nothing", headers=browser).text
        with self.portal.app.test_request_context("/p/nothing", headers=browser):
            yield "too-many", errors.page(429, 5).get_data(as_text=True)
            yield "broken", errors.page(500).get_data(as_text=True)


def _in_place(page: str, fragment: str) -> str:
    """What the script makes of the open page: its head, and the body that it fetched."""
    return page.partition("<body>")[0] + "<body>" + fragment.partition("<body>")[2]
