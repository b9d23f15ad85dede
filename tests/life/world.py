"""What the machine does to the portal, by its doors where there is one, and what it sees there afterwards."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import func, select

from portal.billing.models import Attempt, Invoice, Payment
from portal.billing.refund_models import Refund
from portal.core.changes import Change
from portal.core.database import session
from portal.core.errors import NotAllowedNow
from portal.gateways.registry import sandbox
from portal.notifications.models import Message
from portal.sites.models import Site
from portal.subscriptions import ending
from portal.subscriptions.models import Subscription, Terms
from portal.webhooks.models import Event
from tests.harness import Customer, Merchant, Portal
from tests.life.dues import NUMBERS

COUNTED = (Terms, Invoice, Payment, Attempt, Refund, Event, Change, Message)
PLAN = "439772921"


@dataclass
class World:
    """One shop on its own clock with one subscription."""

    portal: Portal
    shop: Merchant
    customer: Customer = field(init=False)
    contacts: int = 0

    def add(self, **plan: Any) -> None:
        answer = self.shop.post(**plan)
        assert answer.status_code == 200, answer.text
        self.customer = Customer(self.portal, answer.json["link"])
        self.portal.run_jobs()

    def post(self, **changes: Any) -> bool:
        answer = self.shop.post({"external_id": PLAN} | changes)
        assert answer.status_code in {200, 409, 422}, answer.text
        if answer.status_code == 200 and answer.json["link"]:
            self.customer = Customer(self.portal, answer.json["link"])
        return answer.status_code == 200

    def call(self, verb: str, body: dict[str, Any] | None = None) -> bool:
        answer = self.shop.call("POST", f"/subscription/{PLAN}/{verb}", json=body or {})
        assert answer.status_code in {200, 409, 422}, answer.text
        return answer.status_code == 200

    def add_coupon(self, amount: int, payments: int) -> bool:
        coupon = {"name": "SPRING", "amount": amount / 100, "payments": payments}
        body = {"type": "add_coupon", "coupon": coupon}
        answer = self.shop.call("POST", f"/subscription/{PLAN}/update", json=body)
        assert answer.status_code in {201, 409, 422}, answer.text
        return answer.status_code == 201

    def by_hand(self, act: Callable[[Site, Subscription, Terms], None]) -> bool:
        """A move that no door offers yet."""
        try:
            with self.portal.writing():
                row = session().scalars(self._mine(select(Subscription)).with_for_update()).one()
                act(session().get_one(Site, row.site_id), row, session().get_one(Terms, row.terms_id))
        except NotAllowedNow:
            return False
        return True

    def cancel_on(self, day: date) -> bool:
        return self.by_hand(lambda site, row, terms: ending.cancel(site, row, self._bound(row, terms), on=day))

    def undo(self) -> bool:
        return self.by_hand(lambda site, row, terms: ending.undo_cancel(site, row, self._bound(row, terms)))

    def reinstate(self) -> bool:
        return self.by_hand(lambda site, row, terms: ending.reinstate(site, row, self._bound(row, terms)))

    def _bound(self, row: Subscription, terms: Terms) -> Terms:
        return session().get_one(Terms, row.binding_terms_id) if row.binding_terms_id else terms

    # The customer

    def give_card(self, tap: str, kind: str) -> bool:
        """Tap, type the card, pass the bank; False where the page offers no such thing or the card is not saved."""
        page = self.customer.page()
        try:
            answer = self.customer.tap(page, tap)
        except AssertionError:
            return False
        if answer.status_code != 303 or "/sandbox/" not in answer.headers["Location"]:
            return False
        card_page = answer.headers["Location"]
        typed = self.customer.enter_card(card_page, NUMBERS[kind])
        if kind == "bank":
            answer = self.portal.client.post(f"{card_page}/bank", data=typed.hidden() | {"answer": "approve"})
            assert answer.status_code == 303, answer.text
        return kind != "not saved"

    def confirm(self, kind: str) -> bool:
        if "send-new-link" in self.customer.page().text or "confirm" not in self.customer.page().text:
            self.ask_anew()
        return self.give_card("confirm", kind)

    def ask_anew(self) -> None:
        """The link has expired: the customer's new address gets another one."""
        self.contacts += 1
        contact = {"external_id": "39772634", "email": f"johndoe{self.contacts}@abc.com"}
        self.post(customer=contact)

    def pay_now(self) -> bool:
        page = self.customer.page()
        try:
            before = self.tries()
            self.customer.tap(page, "pay-now")
        except AssertionError:
            return False
        return self.tries() > before

    # Money that goes back

    def payment(self, slot: date) -> str:
        """The newest payment of a period."""
        with self.portal.reading():
            mine = (
                self._mine(select(Payment.id), Payment)
                .join(Invoice, Invoice.id == Payment.invoice_id)
                .where(Invoice.slot == slot.isoformat())
                .order_by(Payment.created_at.desc(), Payment.id.desc())
            )
            return str(session().scalars(mine).first())

    def give_back(self, slot: date, how: str, amount: int | None = None) -> bool:
        body = {"amount_minor": amount} if amount is not None else {}
        answer = self.shop.call("POST", f"/payment/{self.payment(slot)}/{how}", json=body)
        assert answer.status_code in {200, 202, 409, 422}, answer.text
        return answer.status_code in {200, 202}

    # What is seen

    def row(self) -> Subscription:
        with self.portal.reading():
            return session().scalars(self._mine(select(Subscription))).one()

    def rows(self, table: Any) -> list[Any]:
        with self.portal.reading():
            return list(session().scalars(self._mine(select(table), table).order_by(table.id)))

    def tries(self) -> int:
        return len(self.rows(Attempt))

    def ledger(self) -> list[Any]:
        with self.portal.app.app_context():
            return list(sandbox().entries(uuid.UUID(self.shop.site_id)))

    def now(self) -> datetime:
        found = self.shop.call("GET", "/clock").json
        assert found["status"] == "ready"
        return datetime.fromisoformat(found["now"]).astimezone(UTC)

    def fingerprint(self) -> tuple[Any, ...]:
        """Everything that a refused move must leave alone."""
        with self.portal.reading():
            counts = tuple(session().scalar(self._mine(select(func.count(table.id)), table)) for table in COUNTED)
            row = session().scalars(self._mine(select(Subscription))).one()
            return counts, {column.key: getattr(row, column.key) for column in Subscription.__table__.columns}

    def _mine(self, wanted: Any, table: Any = Subscription) -> Any:
        return wanted.where(table.site_id == uuid.UUID(self.shop.site_id))
