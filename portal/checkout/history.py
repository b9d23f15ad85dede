"""The customer's history in plain words: each payment and what came of it, the receipts, and what the price became."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from portal.billing.refund_models import Refund
from portal.billing.words import decline_reason
from portal.checkout import language
from portal.checkout.history_words import Happening, happened, method_words
from portal.checkout.parts import HistoryLine, PageLink
from portal.checkout.price_changes import PriceChange
from portal.checkout.reading import SHOWN_PAYMENTS, Charged, Facts
from portal.checkout.shell import own_path
from portal.core import formats
from portal.core.instants import local_day
from portal.core.speech import catalog, filled
from portal.sites import clock


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
    since = min((at for at, _ in told), default=None) if len(facts.payments) >= SHOWN_PAYMENTS else None
    return told + [(one.at, _price(facts, one)) for one in facts.price_changes if since is None or one.at >= since]


def _price(facts: Facts, change: PriceChange) -> HistoryLine:
    """From what to what, from when, and since when the customer knows: "… from December 1. Acme told you on …"."""
    say, told_at = catalog(facts.locale), change.new.notified_at
    old, new = change.words(facts.locale)
    words = say.gettext("Your price changed from %(old)s to %(new)s.")
    if not change.counts:
        words = say.gettext(
            "%(merchant)s changed the price from %(old)s to %(new)s. It counts when you have been told."
        )
    elif change.first_day is not None:
        words = say.gettext("Your price changed from %(old)s to %(new)s, from %(day)s.")
    if change.agreed_at is not None:
        words += " " + say.gettext("You agreed to it on %(known)s.")
    elif told_at is not None:
        words += " " + say.gettext("%(merchant)s told you on %(known)s.")
    text = filled(
        words,
        facts.locale,
        merchant=facts.site.name,
        old=old,
        new=new,
        day=_day(facts, change.first_day),
        known=_day(facts, change.agreed_at or told_at),
    )
    return _told(facts, change.at, text, None)


def _day(facts: Facts, on: date | datetime | None) -> str:
    day = local_day(on, facts.site.timezone) if isinstance(on, datetime) else on
    return formats.long_day(day, facts.locale, today=clock.today(facts.site)) if day else ""


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
