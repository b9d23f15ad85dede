"""Invoices beside the instalments: of an item whose date lies between two of them, and of a change that is due now."""

from __future__ import annotations

from datetime import date, timedelta

from portal.billing import by_link, slots
from portal.billing.models import Invoice, PaymentMethod
from portal.core.database import session
from portal.core.jobs import Job, enqueue
from portal.sites import clock
from portal.sites.models import Site
from portal.subscriptions import agenda, bills
from portal.subscriptions.bills import Bill
from portal.subscriptions.models import Subscription, Terms


def open_extra(site: Site, subscription: Subscription, terms: Terms) -> None:
    """The invoice of what falls due on `extra_on`, collected like any other; the agenda goes on to the next day."""
    day = subscription.extra_on
    assert day is not None
    schedule = agenda.schedule_of(subscription, terms)
    found = bills.on_own_day(terms.price, schedule, day, subscription.installments)
    if found.lines:
        open_beside(site, subscription, terms, found, slot=f"{day.isoformat()}+items", on=day)
    agenda.set_extra(site, subscription, terms, after=day)
    agenda.schedule_run(site, subscription)


def open_beside(site: Site, subscription: Subscription, terms: Terms, found: Bill, *, slot: str, on: date) -> Invoice:
    """An invoice that is no instalment: it counts for nothing, and its slot keeps it from coming twice.

    What a credit leaves over is carried to the next one. Payment is due at once where there is something to pay.
    """
    periods = [line.period for line in found.lines if line.period is not None]
    start = min((period.start for period in periods), default=on)
    invoice = Invoice(
        site_id=site.id,
        subscription_id=subscription.id,
        terms_id=terms.id,
        slot=slot,
        installment=subscription.installments,
        period_start=start,
        period_end=max((period.end for period in periods), default=start + timedelta(days=1)),
        invoice_on=on,
        description=", ".join(dict.fromkeys(line.description for line in found.lines))[:500],
        currency=terms.currency,
        created_at=clock.now(site),
    )
    slots.fill(site, invoice, found)
    session().add(invoice)
    session().flush()
    subscription.carried = [*(subscription.carried or []), *(found.carried_held() or [])] or None
    if invoice.status == "open" and subscription.collection == "link":
        by_link.ask(site, subscription, invoice)
    method = session().get(PaymentMethod, subscription.payment_method_id) if subscription.payment_method_id else None
    if invoice.status == "open" and method is not None:
        enqueue(Job.CHARGE, slots.open_payment(site, invoice, method).id)
    return invoice
