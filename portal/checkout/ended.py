"""The page of what has ended: who ended it and when, what is still to pay, and the receipt once it is paid."""

from __future__ import annotations

from portal.billing.words import decline_reason
from portal.checkout import build, dates
from portal.checkout.overdue_words import what_next
from portal.checkout.pages import ClosedPage
from portal.checkout.parts import PageLink
from portal.checkout.reading import Charged, Facts
from portal.checkout.shell import own_path, shell
from portal.core import formats
from portal.core.instants import local_day
from portal.core.speech import catalog, filled
from portal.sites import clock


def closed(facts: Facts) -> ClosedPage:
    """Ended for good. What is owed stays payable here; an archived one says nothing of money."""
    overdue = None if facts.subscription.archived_at or facts.subscription.deleted_at else facts.overdue
    if overdue is None:
        return ClosedPage(shell=shell(facts), words=_ended(facts), rail=dates.own_rail(facts), receipt=_receipt(facts))
    return ClosedPage(
        shell=shell(facts),
        words=_ended_owing(facts, overdue.charged),
        rail=dates.own_rail(facts),
        owed_text=formats.amount(facts.money.owed_minor, facts.terms.currency, facts.locale),
        amount_text=formats.amount(overdue.charged.payment.amount_minor, facts.terms.currency, facts.locale),
        pay=build.pay_now(facts),
        method=build.method(facts),
    )


def _ended(facts: Facts) -> str:
    say = catalog(facts.locale)
    by = {
        "completed": say.gettext("All payments were made. The last was on %(day)s. Nothing more will be taken."),
        "expired": say.gettext("It reached its end date on %(day)s. Nothing more will be taken."),
        "canceled_customer": say.gettext("You canceled it on %(day)s. Nothing more will be taken."),
    }
    by_merchant = say.gettext("%(merchant)s ended it on %(day)s. Nothing more will be taken.")
    sentence = by.get(facts.subscription.close_reason or "", by_merchant)
    return filled(sentence, facts.locale, merchant=facts.site.name, day=_closed_on(facts))


def _ended_owing(facts: Facts, charged: Charged) -> str:
    """The end, why the payment was refused, and whether it is tried again by itself."""
    say = catalog(facts.locale)
    ended = filled(say.gettext("It ended on %(day)s. One payment is still open."), facts.locale, day=_closed_on(facts))
    reason = decline_reason(charged.code or "", facts.locale)
    told = filled(say.gettext("Your bank declined it: %(reason)s. Nothing was taken."), facts.locale, reason=reason)
    return f"{ended} {told} {what_next(facts, charged)}".strip()


def _closed_on(facts: Facts) -> str:
    at = facts.subscription.closed_at or facts.now
    day = local_day(at, facts.site.timezone)
    return formats.long_day(day, facts.locale, today=clock.today(facts.site))


def _receipt(facts: Facts) -> PageLink | None:
    """Of what was paid after the end: the customer has just done it, or comes back for it."""
    ended, path = facts.subscription.closed_at, own_path(facts)
    if ended is None or not path or facts.subscription.archived_at or facts.subscription.deleted_at:
        return None
    for charged in facts.payments:
        if charged.payment.paid_at is not None and charged.payment.paid_at >= ended:
            label = catalog(facts.locale).gettext("Receipt")
            return PageLink(label=label, href=f"{path}/receipt/{charged.payment.id}")
    return None
