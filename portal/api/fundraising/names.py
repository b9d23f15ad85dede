"""The dialect's words for our states, ends and failures, and for rhythms; and states as conditions of a list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, or_

from portal.billing import payers, wishes
from portal.billing.models import PaymentMethod
from portal.catalog.agreements import Agreement
from portal.subscriptions.models import Subscription

STATES = ("Pending", "Active", "Inactive", "Expired", "Archived", "Error")
ENDED = ("expired", "completed")
# What an agreement's scheduleType stands for: a calendar unit and how many of it.
RHYTHMS = {
    "Daily": ("day", 1),
    "Weekly": ("week", 1),
    "Monthly": ("month", 1),
    "Quarterly": ("month", 3),
    "SemiAnnually": ("month", 6),
    "Yearly": ("year", 1),
}
ALSO_CALLED = {"annually": "Yearly", "halfyearly": "SemiAnnually", "halfannually": "SemiAnnually"}
UNITS = {"Day": "Daily", "Week": "Weekly", "Month": "Monthly", "Year": "Yearly"}


@dataclass(frozen=True, slots=True)
class Reason:
    """A code of the dialect with its sentence."""

    code: int
    words: str


CANCELED = {
    "canceled_customer": Reason(100101, "Cancelled by Debtor."),
    "canceled_merchant": Reason(100102, "Cancelled by Creditor in either UI or API integration."),
    "voided": Reason(100102, "Cancelled by Creditor before it was confirmed."),
    "expired": Reason(100103, "Expired due to the defined expiresAfterDate."),
    "completed": Reason(100103, "Expired: all its payments have been made."),
    "canceled_system": Reason(100104, "Cancelled by System: the payment method was cancelled at the payment gateway."),
}
# Why it rests where it was not the merchant who put it on hold.
HELD = {
    wishes.BY_CUSTOMER: "Put on hold by the contact.",
    payers.STOPPED: "Whoever paid for it has stopped. Ask for another payment method.",
}
NO_METHOD = Reason(100001, "There is no active payment method, and payments are required. Ask for a new one.")
NONE_NEEDED = Reason(100002, "There is no active payment method, and payments are not required.")
NOT_FOUND = Reason(100003, "The payment method was not found when a payment was scheduled. Ask for a new one.")
NOT_CHARGED = Reason(300002, "A payment could not be charged, however often it was tried. Ask for another method.")


@dataclass(frozen=True, slots=True)
class Standing:
    """A state with what is wrong, where something is."""

    state: str
    error: Reason | None = None


def standing(subscription: Subscription, agreement: Agreement | None, method: PaymentMethod | None) -> Standing:
    """The state as this dialect says it. Archived hides all else; an end that came by itself is Expired (100103)."""
    if subscription.archived_at is not None:
        return Standing("Archived")
    has_means = _can_charge(subscription, method)
    match subscription.status:
        case "pending":
            return Standing("Pending")
        case "active" if has_means:
            return Standing("Active")
        case "active":
            is_required = agreement is None or agreement.payment_required
            return Standing("Active", NO_METHOD) if is_required else Standing("Inactive", NONE_NEEDED)
        case "failed":
            return Standing("Error", NOT_CHARGED) if has_means else Standing("Inactive", NOT_FOUND)
        case "closed" if subscription.close_reason in ENDED:
            return Standing("Expired")
        case _:
            return Standing("Inactive")  # on hold, or cancelled


def rhythm_called(name: str) -> str | None:
    """The rhythm with this name, in any case; None where we know none."""
    known = {one.lower(): one for one in RHYTHMS} | ALSO_CALLED
    return known.get(name.strip().lower())


def cancellation(subscription: Subscription) -> Reason | None:
    """Why it ended; None while it has not."""
    return CANCELED.get(subscription.close_reason or "")


def with_state(state: str) -> ColumnElement[bool]:
    """The same as a condition, over a select that has joined Agreement and PaymentMethod where there are any."""
    shown = Subscription.archived_at.is_(None)
    means = or_(
        Subscription.collection == "link", and_(PaymentMethod.id.is_not(None), PaymentMethod.revoked_at.is_(None))
    )
    is_required = or_(Agreement.id.is_(None), Agreement.payment_required)
    active, failed = Subscription.status == "active", Subscription.status == "failed"
    closed, by_itself = Subscription.status == "closed", Subscription.close_reason.in_(ENDED)
    idle = or_(
        Subscription.status == "paused",
        and_(active, ~means, ~is_required),
        and_(failed, ~means),
        and_(closed, ~by_itself),
    )
    conditions: dict[str, Any] = {
        "Pending": and_(shown, Subscription.status == "pending"),
        "Active": and_(shown, active, or_(means, is_required)),
        "Inactive": and_(shown, idle),
        "Expired": and_(shown, closed, by_itself),
        "Archived": ~shown,
        "Error": and_(shown, failed, means),
    }
    found: ColumnElement[bool] = conditions[state]
    return found


def _can_charge(subscription: Subscription, method: PaymentMethod | None) -> bool:
    return subscription.collection == "link" or (method is not None and method.revoked_at is None)
