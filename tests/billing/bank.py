"""A gateway whose bank says what a test tells it to: the sandbox, with answers put in front of its own."""

from __future__ import annotations

import uuid
from collections import deque

import pytest

from portal.gateways import registry
from portal.gateways.base import ChargeOrder, ChargeResult
from portal.gateways.sandbox.gateway import SandboxGateway
from tests.harness import Customer, Merchant, Portal

SOFT = ChargeResult("failed", code="insufficient_funds", decline="soft", words="Insufficient funds")


class Bank(SandboxGateway):
    """Answers by `says`, in that order, then `always`, then as the sandbox does; keeps what it was asked to take."""

    def __init__(self, honest: SandboxGateway) -> None:
        super().__init__(honest.store)
        self.says: deque[ChargeResult] = deque()
        self.always: ChargeResult | None = None
        self.orders: list[ChargeOrder] = []
        self.knows: dict[str, ChargeResult | None] = {}

    async def charge(self, order: ChargeOrder) -> ChargeResult:
        self.orders.append(order)
        if self.says:
            return self.says.popleft()
        return self.always or await super().charge(order)

    async def look_up(self, site_id: uuid.UUID, key: str) -> ChargeResult | None:
        return self.knows[key] if key in self.knows else await super().look_up(site_id, key)

    @property
    def asked_at(self) -> list[str]:
        """The site's time of every order, to the minute."""
        return [order.at.isoformat()[:16] for order in self.orders]


def bank(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> Bank:
    made = Bank(registry.sandbox())
    monkeypatch.setitem(registry._gateways, "sandbox", made)
    return made


def subscriber(portal: Portal, shop: Merchant, card: str = "4242 4242 4242 4242", **changes: object) -> Customer:
    """A customer who has confirmed, and whose first payment was taken."""
    answer = shop.post(**changes)
    assert answer.status_code == 200, answer.text
    customer = Customer(portal, answer.json["link"])
    customer.confirm(card)
    portal.run_jobs()
    return customer


def change_card(portal: Portal, customer: Customer, card: str = "4242 4242 4242 4242") -> None:
    customer.enter_card(customer.tap(customer.page(), "change-method").headers["Location"], card)
    portal.run_jobs()
