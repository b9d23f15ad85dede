"""A shop in one country on its own clock, whose customers get into every state that a page is made for."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from typing import Any

from portal.billing.models import Invoice, Payment
from portal.core.database import session
from portal.sites.branding import Branding, rebrand
from portal.sites.models import Site
from portal.subscriptions.models import Subscription
from tests.harness import SAMPLE, Customer, Merchant, Page, Portal

LANGUAGES = ("en", "fr", "da", "ar")
REFUSED_LATER, NO_MONEY, ASKS_BANK = "4000 0000 0000 0341", "4000 0000 0000 9995", "4000 0027 6000 3184"


@dataclass(frozen=True)
class Shop:
    """A merchant as one country knows it."""

    name: str
    description: str
    first_name: str
    payer: str
    amount: float
    dearer: float
    currency: str
    country: str
    timezone: str
    brand: str
    phone: str
    mobile: str


SHOPS = {
    "en": Shop("Acme Fitness", "Gold+ Plan", "John", "Aunt Mary", 34.99, 39.99, "USD", "US", "America/Chicago",
               "#0d6672", "+13125550142", "111-222-3333"),
    "fr": Shop("Le Gymnase du Canal", "Formule Or", "Éloïse", "Tante Odile", 34.99, 39.99, "EUR", "FR", "Europe/Paris",
               "#f2c200", "+33155501420", "+33612343333"),
    "da": Shop("Havnens Fitness", "Guldmedlem", "Søren", "Moster Åse", 249, 279, "DKK", "DK", "Europe/Copenhagen",
               "#c8102e", "+4532550142", "+4520343333"),
    "ar": Shop("نادي الواحة", "العضوية الذهبية", "سارة", "الخالة مريم", 100, 120.5, "AED", "AE", "Asia/Dubai",
               "#8a2c5d", "+97145550142", "+971501233333"),
}  # fmt: skip


TERMS = "You may stop at any time.\n\nSay so by phone, by e-mail or here."


class Stage:
    """One shop, first at noon of January 31, 2026."""

    def __init__(self, portal: Portal, language: str) -> None:
        self.portal, self.language, self.shop = portal, language, SHOPS[language]
        self.count = 0
        self.opens_again()

    def opens_again(self) -> None:
        """The same shop anew, back on January 31: what was asked before stays with the old one."""
        shop = self.shop
        self.merchant: Merchant = self.portal.merchant(
            shop.name, "2026-01-31T10:00", currency=shop.currency, country=shop.country, timezone=shop.timezone
        )
        with self.portal.writing():
            site = session().get_one(Site, uuid.UUID(self.merchant.site_id))
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

    def changes_card(self, customer: Customer, card: str) -> None:
        """Another card by way of the gateway's page."""
        customer.enter_card(customer.tap(customer.page(), "change-method").headers["Location"], card)
        self.portal.run_jobs()

    def advance(self, to: str) -> None:
        self.merchant.advance(to)

    def looks(self, customer: Customer, page: str) -> Page:
        return Page(self.portal.client.get(f"{customer.path}/{page}"))

    def taps(self, customer: Customer, page: str, shown: Page, action: str = "", **more: str) -> Page:
        """Post a form of an own page; the page that comes of it, wherever it leads."""
        answer = self.portal.client.post(
            f"{customer.path}/{page}", data=shown.hidden(action or page) | more, follow_redirects=True
        )
        return Page(answer)

    def code(self) -> str:
        """The code of the newest text."""
        found = re.search(r"\d{6}", self.merchant.messages()[0]["body"])
        assert found
        return found.group()

    def rewrites(self, payment: str = "", invoice: str = "", **subscription: str) -> None:
        """Put the newest subscription into a state that takes a gateway's whim to get into."""
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
