"""What the customer said yes to: each version with the words as they stood on the page, and as a paper."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from portal.billing.models import Consent, Invoice
from portal.billing.papers.paper import Paper, PaperFact, PaperLine
from portal.billing.papers.written import LETTER
from portal.billing.payer_models import Payer
from portal.core import formats
from portal.core.database import session
from portal.core.instants import local_day
from portal.core.speech import catalog, filled
from portal.customers.phones import national
from portal.sites.models import Site
from portal.subscriptions.models import Terms
from portal.subscriptions.words import rhythm_text


@dataclass(frozen=True, slots=True)
class Agreed:
    """One yes; `payer` where it was somebody else's who pays."""

    consent: Consent
    terms: Terms
    payer: Payer | None


def yeses(subscription_id: uuid.UUID) -> Sequence[Agreed]:
    """The newest first, at most a dozen; one read."""
    found = (
        select(Consent, Terms, Payer)
        .join(Terms, Terms.id == Consent.terms_id)
        .outerjoin(Payer, Payer.id == Consent.payer_id)
        .where(Consent.subscription_id == subscription_id)
        .order_by(Consent.at.desc(), Consent.id.desc())
        .limit(12)
    )
    return [Agreed(*row) for row in session().execute(found)]


def first_charged_on(terms: Terms) -> date | None:
    """The first day that was billed by these terms; None: none yet."""
    billed = select(func.min(Invoice.period_start)).where(Invoice.terms_id == terms.id)
    return session().scalar(billed.where(Invoice.subscription_id == terms.subscription_id))


def paper(site: Site, agreed: Agreed, changed: tuple[str, ...], locale: str) -> Paper:
    """The yes as a sheet to keep; `changed`: what is different now, in sentences."""
    say, terms = catalog(locale), agreed.terms
    price = formats.amount(terms.amount_minor, terms.currency, locale)
    rhythm = rhythm_text(terms.frequency, terms.frequency_units, locale)
    on = formats.long_day(local_day(agreed.consent.at, site.timezone), locale, today=date.min)
    phone = national(site.support_phone, site.country) if site.support_phone else ""
    return Paper(
        title=say.gettext("What you agreed to"),
        merchant=site.name,
        amount_text=price,
        amount_note=rhythm,
        lines=(PaperLine(label=terms.description, amount_text=price, note=rhythm),),
        total_label=say.gettext("Each payment"),
        facts=(
            PaperFact(label=say.gettext("Agreed on"), value=on),
            PaperFact(label=say.gettext("Version"), value=str(terms.version)),
            PaperFact(label=say.gettext("Check sum"), value=agreed.consent.shown_hash[:16], is_id=True),
        ),
        notes=(
            _said(site, agreed.consent, locale),
            *changed,
        ),
        written_at=agreed.consent.at,
        contacts=tuple(contact for contact in (phone, site.support_email or "") if contact),
        locale=locale,
        brand=site.brand,
        size="letter" if site.country in LETTER else "a4",
    )


def _said(site: Site, consent: Consent, locale: str) -> str:
    """What stood on the page, or what the merchant told us of a yes that was given elsewhere."""
    say = catalog(locale)
    if consent.told_by is not None:
        words = say.gettext("%(merchant)s told us that you agreed to: %(words)s")
        return filled(words, locale, merchant=site.name, words=consent.shown)
    return filled(say.gettext("The page said: %(words)s"), locale, words=consent.shown)
