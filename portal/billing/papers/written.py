"""The words of a receipt and of an invoice, in the language asked for."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Literal

from portal.billing import line_shapes
from portal.billing.papers.paper import Paper, PaperFact, PaperLine
from portal.billing.papers.settled import Settled
from portal.billing.words import method_words
from portal.core import formats
from portal.core.instants import local_day
from portal.core.speech import catalog, filled
from portal.customers.phones import national
from portal.subscriptions.lines import LineKind, Period
from portal.subscriptions.words import line_text

# Where paper is Letter, not A4.
LETTER = frozenset({"CA", "CL", "CO", "CR", "DO", "GT", "MX", "PA", "PH", "PR", "SV", "US", "VE"})


def receipt(settled: Settled, locale: str) -> Paper:
    """What was paid, when, with which card, and what was sent back since."""
    say = catalog(locale)
    facts = [
        _fact(say.gettext("Paid with"), _method(settled, locale)),
        _fact(say.gettext("Paid to"), settled.site.name),
        *_reference(settled, locale),
    ]
    return _paper(settled, locale, say.gettext("Receipt"), tuple(facts) + _sent_back(settled, locale))


def invoice(settled: Settled, locale: str) -> Paper:
    """What was owed for the period, by whom, and that it is paid."""
    say, one = catalog(locale), settled.invoice
    facts = [
        _fact(say.gettext("Billed to"), _customer(settled)),
        _fact(say.gettext("Invoice date"), _day(one.invoice_on, locale)),
        _fact(say.gettext("Paid with"), _method(settled, locale)),
        *_reference(settled, locale),
    ]
    return _paper(settled, locale, say.gettext("Invoice"), tuple(facts) + _sent_back(settled, locale))


def paid_on(settled: Settled) -> date:
    """The civil day of the payment at the site."""
    assert settled.payment.paid_at is not None
    return local_day(settled.payment.paid_at, settled.site.timezone)


def day_text(settled: Settled, locale: str) -> str:
    return _day(paid_on(settled), locale)


def _paper(settled: Settled, locale: str, title: str, facts: tuple[PaperFact, ...]) -> Paper:
    say, site, number = catalog(locale), settled.site, settled.invoice.invoice_number or ""
    amount = _amount(settled, settled.payment.amount_minor, locale)
    return Paper(
        title=title,
        merchant=site.name,
        amount_text=amount,
        amount_note=filled(say.gettext("paid on %(day)s"), locale, day=day_text(settled, locale)),
        lines=_lines(settled, locale),
        total_label=say.gettext("Total paid"),
        facts=facts,
        written_at=_newest(settled),
        number=number,
        number_words=filled(say.gettext("Number %(number)s"), locale, number=number) if number else "",
        contacts=_contacts(settled),
        notes=(*_memo(settled), *_agreed(settled, locale)),
        locale=locale,
        brand=site.brand,
        size=_size(site.country),
    )


def _lines(settled: Settled, locale: str) -> tuple[PaperLine, ...]:
    """What it was for, each with its period, adding up to the total; included tax is said below them."""
    one = settled.invoice
    lines = line_shapes.lines_of(one, settled.terms)
    found = [
        PaperLine(
            label=f"{line.quantity} × {line.description}" if line.quantity > 1 else line_text(line, locale),
            amount_text=_amount(settled, line.amount.minor, locale),
            note=_period(line.period, locale) if line.period and not line.hides_dates else "",
        )
        for line in lines
    ]
    included = one.tax_minor - sum(line.amount.minor for line in lines if line.kind is LineKind.TAX)
    if included:
        words = catalog(locale).gettext("Tax, included above")
        found.append(PaperLine(label=words, amount_text=_amount(settled, included, locale)))
    return tuple(found)


def _period(period: Period, locale: str) -> str:
    last = period.end - timedelta(days=1)
    if last == period.start:
        return _short(last, locale)
    words = catalog(locale).gettext("%(first)s to %(last)s")
    return filled(words, locale, first=_short(period.start, locale), last=_short(last, locale))


def _sent_back(settled: Settled, locale: str) -> tuple[PaperFact, ...]:
    say, zone = catalog(locale), settled.site.timezone
    return tuple(
        _fact(
            say.gettext("Sent back"),
            filled(
                say.gettext("%(amount)s on %(day)s"),
                locale,
                amount=_amount(settled, refund.amount_minor, locale),
                day=_day(local_day(refund.settled_at, zone), locale),
            ),
        )
        for refund in settled.refunds
        if refund.settled_at is not None
    )


def _memo(settled: Settled) -> tuple[str, ...]:
    """In the merchant's own words, line by line."""
    return tuple(line.strip() for line in settled.memo.splitlines() if line.strip())


def _agreed(settled: Settled, locale: str) -> tuple[str, ...]:
    """The yes that this charge rests on."""
    if settled.consent is None or settled.agreed is None:
        return ()
    on = _day(local_day(settled.consent.at, settled.site.timezone), locale)
    version = settled.agreed.version
    if settled.consent.told_by is not None:
        words = catalog(locale).gettext("%(merchant)s told us on %(day)s that you agreed to this. Version %(version)s.")
        return (filled(words, locale, merchant=settled.site.name, day=on, version=version),)
    words = catalog(locale).gettext("You agreed to this on %(day)s. Version %(version)s.")
    return (filled(words, locale, day=on, version=version),)


def _reference(settled: Settled, locale: str) -> tuple[PaperFact, ...]:
    ref = settled.payment.gateway_ref
    return (PaperFact(label=catalog(locale).gettext("Bank's reference"), value=ref, is_id=True),) if ref else ()


def _contacts(settled: Settled) -> tuple[str, ...]:
    site = settled.site
    phone = national(site.support_phone, site.country) if site.support_phone else ""
    return tuple(contact for contact in (phone, site.support_email or "") if contact)


def _customer(settled: Settled) -> str:
    """Whoever paid: the bill is theirs (bill-to), whoever uses what was paid for (sold-to)."""
    if settled.payer is not None and settled.payer.name:
        return settled.payer.name
    return settled.customer.account_name or settled.customer.name


def _method(settled: Settled, locale: str) -> str:
    if settled.payer is not None:
        return catalog(locale).gettext("the card of the person who pays")  # not the customer's to see
    return method_words(settled.method.brand, settled.method.last4, locale)


def _newest(settled: Settled) -> datetime:
    """When what the paper says last changed."""
    assert settled.payment.paid_at is not None
    return max([settled.payment.paid_at, *(refund.settled_at for refund in settled.refunds if refund.settled_at)])


def _amount(settled: Settled, minor: int, locale: str) -> str:
    return formats.amount(minor, settled.payment.currency, locale)


def _day(on: date, locale: str) -> str:
    """With its year: a paper is read years later."""
    return formats.long_day(on, locale, today=date.min)


def _short(on: date, locale: str) -> str:
    return formats.short_day(on, locale, today=date.min)


def _size(country: str) -> Literal["a4", "letter"]:
    return "letter" if country in LETTER else "a4"


def _fact(label: str, value: str) -> PaperFact:
    return PaperFact(label=label, value=value)
