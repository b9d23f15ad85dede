"""The customer's history in plain words: each payment, what became of it, what came back, and the receipts."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from portal.billing.refund_models import Refund
from portal.billing.words import decline_reason
from portal.checkout import language
from portal.checkout.history_words import Happening, happened, method_words
from portal.checkout.parts import HistoryLine, PageLink
from portal.checkout.reading import Charged, Facts
from portal.checkout.shell import own_path
from portal.core import formats
from portal.core.speech import catalog, filled


def history(facts: Facts) -> tuple[HistoryLine, ...]:
    """The newest first; at most as many payments as the page reads."""
    return tuple(line for _, line in sorted(timed(facts), key=lambda one: one[0], reverse=True))


def timed(facts: Facts) -> list[tuple[datetime, HistoryLine]]:
    """Each line with its moment, in no order."""
    told = [(_at(charged), _line(facts, charged)) for charged in facts.payments]
    told += [
        (refund.settled_at, _sent_back(facts, refund))
        for charged in facts.payments
        for refund in charged.returned
        if refund.settled_at is not None
    ]
    return told


def _at(charged: Charged) -> datetime:
    payment = charged.payment
    return payment.paid_at or payment.first_failed_at or payment.created_at


def _line(facts: Facts, charged: Charged) -> HistoryLine:
    link = None
    path = own_path(facts)
    if charged.payment.paid_at is not None and path:
        href = language.kept(f"{path}/receipt/{charged.payment.id}")
        link = PageLink(label=catalog(facts.locale).gettext("Receipt"), href=href)
    return _told(facts, _at(charged), _sentence(facts, charged), link)


def _sent_back(facts: Facts, refund: Refund) -> HistoryLine:
    assert refund.settled_at is not None
    amount = formats.amount(refund.amount_minor, refund.currency, facts.locale)
    return _told(facts, refund.settled_at, happened(Happening.REFUNDED, facts.locale, amount=amount), None)


def _told(facts: Facts, at: datetime, text: str, link: PageLink | None) -> HistoryLine:
    local = at.astimezone(ZoneInfo(facts.site.timezone))
    return HistoryLine(at_text=formats.moment(local, facts.locale), at_iso=local.isoformat(), text=text, link=link)


def _sentence(facts: Facts, charged: Charged) -> str:
    payment, method = charged.payment, charged.method
    amount = formats.amount(payment.amount_minor, payment.currency, facts.locale)
    if payment.paid_at is not None:
        if method.payer_id is not None:
            words = catalog(facts.locale).gettext("%(amount)s was taken from the card of the person who pays.")
            return filled(words, facts.locale, amount=amount)
        card = method_words(method.brand, method.last4, facts.locale)
        return happened(Happening.TAKEN, facts.locale, amount=amount, method=card)
    if payment.status == "failed":
        reason = decline_reason(charged.code or "", facts.locale)
        return happened(Happening.DECLINED, facts.locale, amount=amount, reason=reason)
    if payment.status == "voided":
        return happened(Happening.CALLED_OFF, facts.locale, amount=amount)
    return happened(Happening.BEING_CHECKED, facts.locale, amount=amount)
