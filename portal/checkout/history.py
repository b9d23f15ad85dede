"""The customer's history in plain words: each payment, what became of it, and when."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from portal.billing.words import decline_reason
from portal.checkout.history_words import Happening, happened, method_words
from portal.checkout.parts import HistoryLine
from portal.checkout.reading import Charged, Facts
from portal.core import formats


def history(facts: Facts) -> tuple[HistoryLine, ...]:
    """The newest first; at most as many as the page reads."""
    return tuple(_line(facts, charged) for charged in facts.payments)


def _line(facts: Facts, charged: Charged) -> HistoryLine:
    payment = charged.payment
    at = (payment.paid_at or payment.first_failed_at or payment.created_at).astimezone(ZoneInfo(facts.site.timezone))
    return HistoryLine(at_text=formats.moment(at, facts.locale), at_iso=at.isoformat(), text=_sentence(facts, charged))


def _sentence(facts: Facts, charged: Charged) -> str:
    payment, method = charged.payment, charged.method
    amount = formats.amount(payment.amount_minor, payment.currency, facts.locale)
    if payment.status == "succeeded":
        card = method_words(method.brand, method.last4, facts.locale)
        return happened(Happening.TAKEN, facts.locale, amount=amount, method=card)
    if payment.status == "failed":
        reason = decline_reason(charged.code or "", facts.locale)
        return happened(Happening.DECLINED, facts.locale, amount=amount, reason=reason)
    if payment.status in {"refunded", "partially_refunded", "voided"}:
        return happened(Happening.REFUNDED, facts.locale, amount=amount)
    return happened(Happening.BEING_CHECKED, facts.locale, amount=amount)
