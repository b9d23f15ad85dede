"""Builds each page's view model from the facts: finished words only, nothing personal beyond a first name."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, Literal

from portal.billing import retry_day
from portal.billing.words import decline_reason
from portal.checkout import dates, forms, included, words
from portal.checkout.documents import documents
from portal.checkout.history import history
from portal.checkout.history_words import Happening, happened
from portal.checkout.overdue_words import next_try, what_next
from portal.checkout.pages import (
    CheckingPage,
    ConfirmingPage,
    DeclinedPage,
    DonePage,
    ExpiredPage,
    OfferPage,
    OverduePage,
    PausedPage,
    ReplacedPage,
    WithdrawnPage,
)
from portal.checkout.parts import Day, DayChoice, MethodText, PostForm
from portal.checkout.qr import qr_code
from portal.checkout.reading import Charged, Facts
from portal.checkout.shell import contact, own_address, shell
from portal.core import formats
from portal.core.instants import local_day
from portal.core.speech import catalog, filled
from portal.links import requests
from portal.sites import clock
from portal.subscriptions import agenda, calendar, previews
from portal.subscriptions.differences import Difference, between
from portal.subscriptions.models import Terms
from portal.subscriptions.words import rhythm_words

GATEWAY_NAME = "Northgate Pay"


def offer(
    facts: Facts, *, state: Literal["offer", "updated", "stale"] = "offer", before: Terms | None = None
) -> OfferPage:
    """The promise as it stands now; `before`: the terms to show the difference from."""
    terms, today = facts.terms, agenda.today(facts.site, facts.terms)
    first = calendar.first_due(terms.rhythm.starting(terms.start_on or today), today).charge_on
    rhythm = rhythm_words(terms.rhythm, facts.locale)
    # None where the end passed while the page was open: what is said then is kept, and the yes to it is refused.
    is_plain = all(one.bill.total_minor == terms.amount_minor for one in previews.if_confirmed(terms, today, 1))
    return OfferPage(
        shell=shell(facts),
        heading=terms.description,
        amount_text=_amount(facts, terms.amount_minor),
        # Where the first payment is another than those after it, the rail says what is taken today.
        rhythm_text=words.offer_rhythm(rhythm, facts.locale, first=first, today=today, count=terms.number_of_payments)
        if is_plain
        else rhythm,
        rail=dates.offer_rail(facts, before),
        form=forms.post_form(facts.link.id, "confirm", facts.subscription.version),
        gateway_name=GATEWAY_NAME,
        state=state,
        changes=differences(facts, before) if before else (),
        count_text=included.count_text(facts),
        first_charge_day="" if first <= today else formats.long_day(first, facts.locale, today=today),
        can_cancel=facts.site.allow_cancel,
        items=included.of_terms(terms, facts.locale),
        attachments=documents(facts),
        qr=qr_code(own_address(facts)) if own_address(facts) else None,
    )


def declined(facts: Facts, charged: Charged) -> DeclinedPage:
    """The same promise again, with what the bank said to the last try."""
    promise = offer(facts)
    same: dict[str, Any] = {name.name: getattr(promise, name.name) for name in fields(promise)}
    reason = decline_reason(charged.code or "", facts.locale)
    return DeclinedPage(**same, refused_at="charge", reason_text=reason)


def differences(facts: Facts, before: Terms) -> tuple[Difference, ...]:
    return between(before, facts.terms, facts.locale, clock.today(facts.site))


def rhythm(facts: Facts) -> str:
    return rhythm_words(facts.terms.rhythm, facts.locale)


def confirming(facts: Facts, stage: Literal["card", "payment", "again"]) -> ConfirmingPage:
    charged = facts.open_payment
    return ConfirmingPage(
        shell=shell(facts, refresh_seconds=2),
        stage=stage,
        amount_text=_amount(facts, charged.payment.amount_minor) if charged else "",
        method=method(facts),
        masked_contact=contact(facts)[1] if stage != "again" else "",  # of a further try only the page tells
    )


def checking(facts: Facts, charged: Charged) -> CheckingPage:
    return CheckingPage(
        shell=shell(facts, refresh_seconds=15),
        amount_text=_amount(facts, charged.payment.amount_minor),
        rail=dates.own_rail(facts),
    )


def done(facts: Facts) -> DonePage:
    today, say = clock.today(facts.site), catalog(facts.locale)
    summary = _last_payment(facts)
    next_on = facts.subscription.next_due_on
    return DonePage(
        shell=shell(facts),
        summary=summary or say.gettext("Nothing was taken today."),
        rail=dates.own_rail(facts),
        history=history(facts),
        next_amount_text=_amount(facts, previews.next_bill(facts.subscription, facts.terms).total_minor)
        if next_on
        else "",
        next_day_text=formats.long_day(next_on, facts.locale, today=today) if next_on else "",
        next_day_iso=next_on.isoformat() if next_on else "",
        no_next_text="" if next_on else say.gettext("Nothing more will be taken."),
        method=method(facts),
        change_method=forms.post_form(facts.link.id, "change-method"),
        attachments=documents(facts),
    )


def _last_payment(facts: Facts) -> str:
    """What happened last, in one sentence; empty where nothing was taken yet."""
    paid = next((c for c in facts.payments if c.payment.paid_at is not None), None)
    if paid is None or paid.payment.paid_at is None:
        return ""
    if paid.payment.status in {"refunded", "voided"}:
        return happened(Happening.REFUNDED, facts.locale, amount=_amount(facts, paid.payment.amount_minor))
    on = local_day(paid.payment.paid_at, facts.site.timezone)
    amount = _amount(facts, paid.payment.amount_minor)
    return words.taken(amount, facts.locale, on=on, today=clock.today(facts.site))


def overdue(facts: Facts, charged: Charged) -> OverduePage:
    say, reason = catalog(facts.locale), decline_reason(charged.code or "", facts.locale)
    told = filled(say.gettext("Your bank declined it: %(reason)s. Nothing was taken."), facts.locale, reason=reason)
    return OverduePage(
        shell=shell(facts),
        state="declined" if facts.subscription.status == "active" else "overdue",
        words=f"{told} {what_next(facts, charged)}".strip(),
        amount_text=_amount(facts, charged.payment.amount_minor),
        amount_note=say.gettext("is not paid yet"),
        rail=dates.own_rail(facts, next_try(facts, charged)),
        change_method=forms.post_form(facts.link.id, "change-method"),
        pay=pay_now(facts),
        method=method(facts),
        retry=_retry_days(facts, charged),
    )


def _retry_days(facts: Facts, charged: Charged) -> DayChoice | None:
    """The days of the next try, where there is more than one to choose from."""
    overdue, payment, today = facts.overdue, charged.payment, clock.today(facts.site)
    days = retry_day.choices(facts.site, facts.subscription, payment, overdue.last) if overdue else []
    if overdue is None or len(days) < 2:
        return None
    at = payment.site_due_at or payment.due_at
    now_on = local_day(at, facts.site.timezone) if at is not None else None
    shown = tuple(
        Day(iso=day.isoformat(), text=formats.long_day(day, facts.locale, today=today), chosen=day == now_on)
        for day in days
    )
    form = forms.post_form(facts.link.id, "retry-day", overdue.tap.tries)
    return DayChoice(form=form, days=shown)


def pay_now(facts: Facts) -> PostForm | None:
    """One tap, one try: the form names how many tries there were when the page was shown."""
    overdue = facts.overdue
    if overdue is None or not overdue.may_try:
        return None
    return forms.post_form(facts.link.id, "pay-now", overdue.tap.tries)


def paused(facts: Facts) -> PausedPage:
    since = formats.long_day(local_day(facts.subscription.updated_at, facts.site.timezone), facts.locale)
    return PausedPage(shell=shell(facts), since_text=since)


def withdrawn(facts: Facts) -> WithdrawnPage:
    return WithdrawnPage(shell=shell(facts), reference=facts.subscription.external_id or "")


def expired(facts: Facts) -> ExpiredPage:
    channel, masked = contact(facts)
    day = local_day(facts.request.expires_at, facts.site.timezone)
    return ExpiredPage(
        shell=shell(facts),
        valid_days=facts.site.link_days,
        ended_on_text=formats.long_day(day, facts.locale, today=clock.today(facts.site)),
        ended_on_iso=day.isoformat(),
        channel=channel or "sms",
        masked_contact=masked,
        form=forms.post_form(facts.link.id, "send-new-link") if masked else None,
    )


def replaced(facts: Facts) -> ReplacedPage:
    channel, masked = contact(facts)
    newest = requests.newest(facts.subscription.id) or facts.request
    day = local_day(newest.sent_at or newest.created_at, facts.site.timezone)
    return ReplacedPage(
        shell=shell(facts),
        sent_on_text=formats.long_day(day, facts.locale, today=clock.today(facts.site)),
        sent_on_iso=day.isoformat(),
        channel=channel or "sms",
        masked_contact=masked,
        form=forms.post_form(facts.link.id, "send-new-link")
        if masked and facts.subscription.status != "closed"
        else None,
    )


def method(facts: Facts) -> MethodText | None:
    """The saved card as the page shows it: brand and last four only."""
    card = facts.method
    if card is None:
        return None
    if card.payer_id is not None:
        return MethodText(brand=catalog(facts.locale).gettext("The card of the person who pays"))
    return MethodText(brand=card.brand, last4=card.last4, expires=f"{card.exp_month:02}/{card.exp_year % 100:02}")


def _amount(facts: Facts, minor: int) -> str:
    return formats.amount(minor, facts.terms.currency, facts.locale)
