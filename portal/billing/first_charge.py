"""What a confirmed method sets off: the start date, the first invoice if something is due, or activation at once."""

from __future__ import annotations

from sqlalchemy import select, update

from portal.billing import slots, voiding
from portal.billing.models import Invoice, Payment, PaymentMethod
from portal.core import changes
from portal.core.clock import real_now
from portal.core.database import session
from portal.core.jobs import Job, enqueue
from portal.core.money import Money
from portal.core.speech import spoken
from portal.customers.models import Customer
from portal.links import requests
from portal.sites import clock
from portal.sites.models import Site
from portal.subscriptions import agenda, asking, calendar, lifecycle, words
from portal.subscriptions.models import Subscription, Terms


def open_first(site: Site, subscription: Subscription, terms: Terms, method: PaymentMethod) -> None:
    """Set the start date (blank: today) and take what is due; nothing due yet means active at once.

    Today is the site's day, or the UTC day where an hour UTC is agreed.
    """
    today = agenda.today(site, terms)
    schedule = terms.rhythm.starting(terms.start_on or today)
    agenda.begin(subscription, schedule)
    first = calendar.first_due(schedule, today)
    unpaid = _unpaid(subscription)
    if first.charge_on > today or agenda.is_later_today(site, terms, schedule.anchor):
        if unpaid is not None:
            _call_off(site, subscription, unpaid)
        become_active(site, subscription, terms, next_index=first.index)
        return
    invoice = slots.open_invoice(site, subscription, terms, first.index, invoice_on=first.charge_on, reuse=unpaid)
    subscription.next_due_on = calendar.occurrence_if_any(schedule, first.index + 1)
    subscription.next_index = first.index + 1 if subscription.next_due_on else None
    if invoice.status == "paid":
        become_active(site, subscription, terms, next_index=subscription.next_index)
        lifecycle.finish_if_over(site, subscription, terms)
        return
    enqueue(Job.CHARGE, slots.open_payment(site, invoice, method).id)


def become_active(
    site: Site, subscription: Subscription, terms: Terms, *, next_index: int | None, taken: Money | None = None
) -> None:
    """You're all set: the agenda begins and the customer is told, with what was taken."""
    lifecycle.activate(site, subscription)
    agenda.place(site, subscription, terms, next_index)
    customer = session().get_one(Customer, subscription.customer_id)
    request = requests.newest(subscription.id)
    if request is None:
        return
    facts = asking.next_payment(site, subscription, terms, customer)
    if taken is not None:
        facts["taken_amount_text"] = words.money_text(taken.minor, taken.currency, spoken(customer.locale, site.locale))
    asking.notify(site, subscription, terms, customer, request, "confirmed", str(request.id), **facts)


def take_back(site: Site, subscription: Subscription, terms: Terms) -> None:
    """The first charge was refused: pending as before, a start date that was blank is blank again."""
    subscription.accepted_at = subscription.binding_terms_id = subscription.payment_method_id = None
    subscription.anchor_on = terms.start_on
    subscription.next_index = subscription.next_due_on = None
    agenda.watch_end(site, subscription, terms)
    request = requests.newest(subscription.id)
    if request is not None and request.status == "confirmed":
        requests.move(request, "opened")
        request.confirmed_at = None
        requests.prolong(site, request)


def retry_open(site: Site, subscription: Subscription, method: PaymentMethod) -> None:
    """A new method tries each open invoice at once, oldest first, one try each (dunning.md D13, D20).

    A charge that waits for the customer's bank is called off first, and its outcome then leads to the new method.
    """
    under_way = select(Payment.id).where(Payment.invoice_id == Invoice.id, Payment.status.not_in(["failed", "voided"]))
    unpaid = (
        session()
        .scalars(
            select(Invoice)
            .where(
                Invoice.subscription_id == subscription.id,
                Invoice.status.in_(["open", "uncollectible"]),
                ~under_way.exists(),
            )
            .order_by(Invoice.period_start)
            .with_for_update()
        )
        .all()
    )
    opened = []
    for invoice in unpaid:
        session().execute(update(Payment).where(Payment.invoice_id == invoice.id).values(due_at=None, site_due_at=None))
        opened.append(slots.open_payment(site, invoice, method).id)
    waiting = select(Payment).where(Payment.subscription_id == subscription.id, Payment.status == "requires_action")
    for payment in session().scalars(waiting.with_for_update()):
        payment.due_at, payment.site_due_at = real_now(), None
        opened.append(payment.id)
    if opened:
        enqueue(Job.CHARGE, *opened)  # one job: it claims and calls them in this order


def _unpaid(subscription: Subscription) -> Invoice | None:
    """The invoice of an earlier yes whose charge was refused."""
    return session().scalar(
        select(Invoice).where(Invoice.subscription_id == subscription.id, Invoice.status == "open").with_for_update()
    )


def _call_off(site: Site, subscription: Subscription, invoice: Invoice) -> None:
    """By the new yes nothing is due yet: what an earlier one owed is owed no more and counts as no instalment.

    Its slot stays taken, so that the key of a refused try is never used again.
    """
    voiding.void(invoice)
    subscription.installments -= 1
    changes.record(
        "first instalment called off",
        site_id=site.id,
        entity="invoice",
        entity_id=invoice.id,
        subscription_id=subscription.id,
        at=clock.now(site),
        fields={"status": ("open", "void")},
    )
    session().flush()
