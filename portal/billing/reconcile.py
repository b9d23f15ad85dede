"""Reconciliation: the gateway's list beside ours, both ways; what is safe is repaired, the rest is reported.

Safe is what the gateway alone knows: an outcome we lost, a charge that a restored backup has forgotten. Nothing here
ever asks for money.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from sqlalchemy import select

from portal.billing import outcome, pay_session, slots
from portal.billing.models import Attempt, Invoice, Payment, PaymentMethod
from portal.core.database import session
from portal.core.ids import read_id
from portal.core.money import Money
from portal.gateways.base import ChargeResult, GatewayCharge
from portal.gateways.registry import for_mode
from portal.sites.models import Site
from portal.subscriptions import agenda, calendar
from portal.subscriptions.lines import Line, LineKind
from portal.subscriptions.models import Subscription, Terms

Kind = Literal[
    "outcome_lost", "charge_forgotten", "outcome_differs", "amount_differs", "unknown_charge", "not_at_gateway"
]


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing on which the two lists did not agree, and whether it has been put right."""

    kind: Kind
    words: str
    repaired: bool = False


def compare(site_id: uuid.UUID, charges: Iterable[GatewayCharge]) -> list[Difference]:
    """Walk the gateway's charges of a site, repair what is safe in the open transaction, and say what was found."""
    site = session().get_one(Site, site_id)
    differences, seen = [], set()
    for charge in charges:
        seen.add(charge.key)
        found = _compare_one(site, charge)
        if found is not None:
            differences.append(found)
    return differences + list(_phantoms(site_id, seen))


def _compare_one(site: Site, charge: GatewayCharge) -> Difference | None:
    attempt = session().scalar(select(Attempt).where(Attempt.key == charge.key))
    if attempt is None:
        return _restore(site, charge) if charge.outcome == "captured" else None
    payment = session().get_one(Payment, attempt.payment_id)
    if (payment.amount_minor, payment.currency) != (charge.amount_minor, charge.currency):
        words = f"{charge.gateway_ref}: {_money(charge)} there, {payment.amount.decimal} {payment.currency} here."
        return Difference("amount_differs", words)
    if attempt.status in {"succeeded", "failed"} or attempt.sent_at is None:
        return _contradiction(attempt, charge)
    # Whoever has the subscription is writing this outcome now; to wait for it with others in hand would be a deadlock.
    subscription = session().get(Subscription, payment.subscription_id, with_for_update={"skip_locked": True})
    if subscription is None:
        return None
    session().refresh(payment, with_for_update=True)
    session().refresh(attempt, with_for_update=True)
    if attempt.status in {"succeeded", "failed"}:
        return _contradiction(attempt, charge)
    outcome.apply(site, subscription, payment, attempt, _result(charge))
    words = f"{charge.gateway_ref}: the gateway's word ({charge.outcome}) was missing here."
    return Difference("outcome_lost", words, repaired=True)


def _contradiction(attempt: Attempt, charge: GatewayCharge) -> Difference | None:
    """We say failed and the gateway took the money: a person has to look."""
    if attempt.status != "failed" or charge.outcome != "captured":
        return None
    return Difference("outcome_differs", f"{charge.gateway_ref}: taken there ({_money(charge)}), failed here.")


def _restore(site: Site, charge: GatewayCharge) -> Difference | None:
    """A charge whose rows are gone, as after the restore of an older backup: put back in the slot it was for.

    None where somebody is at work on its subscription: the next comparison looks again.
    """
    owner = read_id(charge.reference.partition("/")[0])
    if owner is not None and session().get(Subscription, owner) is not None and not _lock(owner):
        return None
    where = _place(site, charge)
    if where is None:
        words = f"{charge.gateway_ref}: {_money(charge)} was taken for {charge.reference or 'nothing we know'}."
        return Difference("unknown_charge", words)
    subscription, terms, method, slot, number = where
    invoice = session().scalar(
        select(Invoice).where(Invoice.subscription_id == subscription.id, Invoice.slot == slot.isoformat())
    )
    if invoice is not None and invoice.status == "paid":
        words = f"{charge.gateway_ref}: {slot} of {subscription.id} is paid here by another charge."
        return Difference("unknown_charge", words)
    invoice = invoice or _forgotten_invoice(site, subscription, terms, slot, charge)
    _take_over(site, subscription, invoice, method, charge, number)
    _move_past(site, subscription, terms, slot)
    words = f"{charge.gateway_ref}: {slot} of {subscription.id} was put back."
    return Difference("charge_forgotten", words, repaired=True)


def _lock(subscription_id: uuid.UUID) -> bool:
    """Others are held from the charges before this one: to wait here could be a deadlock."""
    mine = select(Subscription).where(Subscription.id == subscription_id).with_for_update(skip_locked=True)
    return session().scalar(mine.execution_options(populate_existing=True)) is not None


def _place(site: Site, charge: GatewayCharge) -> tuple[Subscription, Terms, PaymentMethod, date, int] | None:
    """What the charge's reference says it was for, as far as we still know all of it."""
    owner, _, rest = charge.reference.partition("/")
    slot, _, number = rest.partition("/")
    our_id = read_id(owner)
    subscription = session().get(Subscription, our_id) if our_id else None  # locked by the caller
    if subscription is None or subscription.site_id != site.id or not number.isdecimal():
        return None
    terms = session().get(Terms, subscription.binding_terms_id) if subscription.binding_terms_id else None
    try:
        day = date.fromisoformat(slot)
    except ValueError:
        return None
    if terms is None or subscription.anchor_on is None:
        return None
    method = _method(site, subscription)
    return None if method is None else (subscription, terms, method, day, int(number))


def _method(site: Site, subscription: Subscription) -> PaymentMethod | None:
    """By what it was paid; a card typed on the gateway's page is not known here any more, nor in the list."""
    taking = for_mode(site.mode)
    if subscription.collection == "link" and taking is not None:
        return pay_session.forgotten_card(site, subscription, taking.name)
    return session().get(PaymentMethod, subscription.payment_method_id) if subscription.payment_method_id else None


def _forgotten_invoice(
    site: Site, subscription: Subscription, terms: Terms, slot: date, charge: GatewayCharge
) -> Invoice:
    """The gateway's amount is what was taken; where it is not what we would reckon, the lines say no more than it."""
    index = calendar.index_on_or_before(agenda.schedule_of(subscription, terms), slot) or 0
    invoice = slots.open_invoice(site, subscription, terms, index, invoice_on=slot)
    if invoice.amount != Money(charge.amount_minor, charge.currency):
        taken = Line.full(LineKind.BASE, terms.description, Money(charge.amount_minor, charge.currency))
        invoice.amount_minor, invoice.currency, invoice.tax_minor = charge.amount_minor, charge.currency, 0
        invoice.lines, invoice.status, invoice.paid_at = [taken.as_dict()], "open", None
    return invoice


def _take_over(
    site: Site, subscription: Subscription, invoice: Invoice, method: PaymentMethod, charge: GatewayCharge, number: int
) -> None:
    """Payment and attempt as they were, then the outcome with all that follows from it."""
    payment = session().scalar(
        select(Payment)
        .where(Payment.invoice_id == invoice.id, Payment.status.not_in(["failed", "voided"]))
        .with_for_update()
    ) or slots.open_payment(site, invoice, method)
    payment.due_at = payment.site_due_at = None
    payment.attempts = max(payment.attempts, number)
    taken = session().scalars(select(Attempt.number).where(Attempt.invoice_id == invoice.id)).all()
    attempt = Attempt(
        site_id=site.id,
        payment_id=payment.id,
        invoice_id=invoice.id,
        payment_method_id=method.id,
        number=number if number not in taken else max(taken) + 1,
        key=charge.key,
        status="pending",
        asked=0,
        started_at=charge.at,
        sent_at=charge.at,
    )
    session().add(attempt)
    session().flush()
    outcome.apply(site, subscription, payment, attempt, _result(charge))
    payment.paid_at = invoice.paid_at = charge.at


def _move_past(site: Site, subscription: Subscription, terms: Terms, slot: date) -> None:
    """The next due date lies behind the slot that is paid, or the run would find it taken and do nothing."""
    if subscription.next_due_on is None or subscription.next_due_on > slot or subscription.anchor_on is None:
        return
    agenda.place(site, subscription, terms, calendar.index_after(agenda.schedule_of(subscription, terms), slot))


def _phantoms(site_id: uuid.UUID, keys_there: set[str]) -> Sequence[Difference]:
    """What we call paid and the gateway does not know."""
    rows = session().execute(
        select(Attempt.key, Attempt.gateway_ref, Attempt.payment_id)
        .where(Attempt.site_id == site_id, Attempt.status == "succeeded")
        .order_by(Attempt.started_at)
    )
    return [
        Difference("not_at_gateway", f"{row.gateway_ref}: paid here (payment {row.payment_id}), unknown there.")
        for row in rows
        if row.key not in keys_there
    ]


def _result(charge: GatewayCharge) -> ChargeResult:
    if charge.outcome == "captured":
        return ChargeResult("succeeded", charge.gateway_ref, code=charge.code)
    decline: Literal["soft", "hard"] = "soft" if charge.code == "insufficient_funds" else "hard"
    return ChargeResult("failed", charge.gateway_ref, code=charge.code, decline=decline)


def _money(charge: GatewayCharge) -> str:
    return f"{Money(charge.amount_minor, charge.currency).decimal} {charge.currency}"
