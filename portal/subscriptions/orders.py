"""What a door may ask of subscriptions: values already parsed, in our own words, whatever dialect they came in."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from portal.core.keep import KEEP, NotGiven
from portal.customers.add_or_update import CustomerOrder
from portal.subscriptions.item_orders import ItemOrder, TaxOrder
from portal.subscriptions.schedules import BillingDay, Frequency


@dataclass(frozen=True, slots=True)
class SubscriptionOrder:
    """Add or update a subscription, found by `id`, else `external_id`. KEEP leaves a field as it is, None clears it.

    `amount` is for one of `quantity`, without items and taxes on top; nothing where items are all there is to pay.
    """

    id: uuid.UUID | None = None
    external_id: str | None = None
    description: str | NotGiven = KEEP
    amount: Decimal | NotGiven = KEEP
    currency: str | NotGiven = KEEP
    frequency: Frequency | NotGiven = KEEP
    frequency_units: int | NotGiven = KEEP
    quantity: int | NotGiven = KEEP
    items: tuple[ItemOrder, ...] | NotGiven = KEEP
    taxes: tuple[TaxOrder, ...] | NotGiven = KEEP
    fixed_day: BillingDay | None | NotGiven = KEEP
    months: tuple[int, ...] | NotGiven = KEEP
    send_on_hour: int | None | NotGiven = KEEP
    customer: CustomerOrder | NotGiven = KEEP
    start_on: date | None | NotGiven = KEEP
    number_of_payments: int | None | NotGiven = KEEP
    end_on: date | None | NotGiven = KEEP
    active: bool | NotGiven = KEEP
    webhook_url: str | None | NotGiven = KEEP
    attachments: list[Any] | NotGiven = KEEP
    customer_memo: str | None | NotGiven = KEEP
    internal_memo: str | None | NotGiven = KEEP
    bill_to_customer: Any | None | NotGiven = KEEP
    bill_to: Any | None | NotGiven = KEEP
    sold_to: Any | None | NotGiven = KEEP
    collection: Literal["automatic", "link"] | NotGiven = KEEP
    return_url: str | None | NotGiven = KEEP
    cancellation_terms: str | None | NotGiven = KEEP
    # Where a dialect knows no ids of the merchant's own, and lets a subscription begin years ago or have ended.
    is_keyed: bool = True
    guards_dates: bool = True
    # Another agreement: it counts anew from `start_on`, which lies on or after the next due date.
    moves_start: bool = False


REQUIRED = ("external_id", "description", "amount", "frequency", "frequency_units", "customer")


@dataclass(frozen=True, slots=True)
class Saved:
    """What came of it; `link_id` opens the request for the customer."""

    action: Literal["added", "updated"]
    subscription_id: uuid.UUID
    version: int
    link_id: uuid.UUID | None
