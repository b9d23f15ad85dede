"""Builds an instalment's pages from the facts: the amount, the day, what the bank said, and the receipt."""

from __future__ import annotations

from portal.billing.models import PaymentMethod
from portal.billing.words import decline_reason
from portal.checkout import build, forms, included
from portal.checkout.due.pages import CanceledPage, PaidPage
from portal.checkout.due.reading import Instalment
from portal.checkout.history_words import Happening, happened
from portal.checkout.pages import CheckingPage, DuePage
from portal.checkout.parts import MethodText, PageLink
from portal.checkout.reading import Facts
from portal.checkout.shell import own_path, shell
from portal.core import formats
from portal.core.instants import local_day
from portal.core.speech import catalog, filled
from portal.sites import clock


def to_pay(facts: Facts, instalment: Instalment) -> DuePage:
    """One button that says what it takes."""
    day = formats.long_day(instalment.invoice.invoice_on, facts.locale, today=clock.today(facts.site))
    refused = instalment.payment is not None and instalment.payment.status == "failed"
    return DuePage(
        shell=shell(facts),
        heading=instalment.invoice.description,
        amount_text=_amount(facts, instalment),
        due_text=filled(catalog(facts.locale).gettext("due on %(day)s"), facts.locale, day=day),
        form=forms.post_form(facts.link.id, "pay"),
        items=included.of_invoice(instalment.invoice, facts.terms, facts.locale),
        gateway_name=build.GATEWAY_NAME,
        refused=refused,
        cancellation_terms=facts.subscription.cancellation_terms or "",
        reason_text=decline_reason(instalment.code or "", facts.locale) if refused else "",
    )


def shown_words(facts: Facts, instalment: Instalment) -> str:
    """What the customer says yes to by paying, as it stands on the page."""
    page = to_pay(facts, instalment)
    return f"{facts.site.name}: {page.heading}: {page.amount_text}, {page.due_text}."


def checking(facts: Facts, instalment: Instalment) -> CheckingPage:
    return CheckingPage(shell=shell(facts, refresh_seconds=2), amount_text=_amount(facts, instalment))


def canceled(facts: Facts) -> CanceledPage:
    return CanceledPage(shell=shell(facts), reference=facts.subscription.external_id or "")


def paid(facts: Facts, instalment: Instalment) -> PaidPage:
    """The receipt in short, with the way to the whole one, and when the next link comes."""
    today = clock.today(facts.site)
    day = local_day(instalment.invoice.paid_at or facts.now, facts.site.timezone)
    coming = facts.subscription.next_due_on if facts.subscription.status == "active" else None
    return PaidPage(
        shell=shell(facts),
        amount_text=_amount(facts, instalment),
        paid_on_text=formats.long_day(day, facts.locale, today=today),
        paid_on_iso=day.isoformat(),
        number=instalment.invoice.invoice_number or "",
        method=_method(instalment.method),
        returned_text=_returned(facts, instalment),
        next_day_text=formats.long_day(coming, facts.locale, today=today) if coming else "",
        next_day_iso=coming.isoformat() if coming else "",
        receipt=_receipt(facts, instalment),
        go_on=_go_on(facts),
    )


def _go_on(facts: Facts) -> PageLink | None:
    """Back to the merchant's own pages, where they gave an address."""
    url = facts.subscription.return_url
    words = filled(catalog(facts.locale).gettext("Continue at %(merchant)s"), facts.locale, merchant=facts.site.name)
    return PageLink(label=words, href=url) if url else None


def _method(card: PaymentMethod | None) -> MethodText | None:
    return MethodText(brand=card.brand, last4=card.last4) if card is not None and card.last4 else None


def _returned(facts: Facts, instalment: Instalment) -> str:
    payment = instalment.payment
    if payment is None or payment.status not in {"refunded", "partially_refunded", "voided"}:
        return ""
    minor = payment.refunded_minor or payment.amount_minor
    amount = formats.amount(minor, payment.currency, facts.locale)
    return happened(Happening.REFUNDED, facts.locale, amount=amount)


def _receipt(facts: Facts, instalment: Instalment) -> PageLink | None:
    path = own_path(facts)
    if not path or instalment.payment is None or instalment.payment.paid_at is None:
        return None
    return PageLink(label=catalog(facts.locale).gettext("Receipt"), href=f"{path}/receipt/{instalment.payment.id}")


def _amount(facts: Facts, instalment: Instalment) -> str:
    return formats.amount(instalment.invoice.amount_minor, instalment.invoice.currency, facts.locale)
