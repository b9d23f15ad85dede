"""Receipts and invoices, and what was agreed to: everything on paper that belongs to a link."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from flask import Response, request
from werkzeug.wrappers import Response as BaseResponse

from portal.billing.models import Invoice, Payment
from portal.billing.papers import agreed, listing
from portal.billing.papers.agreed import Agreed
from portal.billing.papers.pdf import draw
from portal.checkout import build
from portal.checkout.own import door
from portal.checkout.own.frame import long, still
from portal.checkout.own.pages import AgreedPage, AgreedVersion, PaperLine, PapersPage
from portal.checkout.reading import Facts
from portal.checkout.routes import bp
from portal.checkout.shell import own_path
from portal.core import formats
from portal.core.database import reading
from portal.core.ids import read_id
from portal.core.instants import local_day
from portal.core.speech import catalog, filled
from portal.subscriptions.differences import Difference


@bp.get("/<token>/papers")
def papers(token: str) -> BaseResponse:
    """A dozen at a time; papers outlive a subscription that has ended."""
    with reading():
        facts = door.opened(token)
        found = listing.paid(facts.subscription.id, read_id(request.args.get("before", ""))) if facts else None
    if facts is None or found is None or not door.is_live(facts):
        return door.main_page(facts)
    path = own_path(facts)
    view = PapersPage(
        shell=still(facts),
        papers=tuple(_paper_line(facts, *row) for row in found.paid),
        agreed_href=f"{path}/agreed",
        back_href=path,
        older_href=f"{path}/papers?before={found.older}" if found.older else "",
    )
    return door.page("papers", view)


def _paper_line(facts: Facts, payment: Payment, invoice: Invoice) -> PaperLine:
    assert payment.paid_at is not None
    path, day = own_path(facts), local_day(payment.paid_at, facts.site.timezone)
    returned = ""
    if payment.refunded_minor or payment.status == "voided":
        back = payment.refunded_minor or payment.amount_minor
        amount = formats.amount(back, payment.currency, facts.locale)
        returned = filled(
            catalog(facts.locale).gettext("%(amount)s was sent back to you."), facts.locale, amount=amount
        )
    return PaperLine(
        day_text=long(facts, day),
        day_iso=day.isoformat(),
        amount_text=formats.amount(payment.amount_minor, payment.currency, facts.locale),
        receipt_href=f"{path}/receipt/{payment.id}",
        receipt_pdf_href=f"{path}/receipt/{payment.id}.pdf",
        invoice_href=f"{path}/invoice/{invoice.id}.pdf" if invoice.invoice_number else "",
        invoice_number=invoice.invoice_number or "",
        returned=returned,
    )


@bp.get("/<token>/agreed")
def agreed_page(token: str) -> BaseResponse:
    facts, found, since = _yeses(token)
    if facts is None or not door.is_live(facts):
        return door.main_page(facts)
    path = own_path(facts)
    view = AgreedPage(
        shell=still(facts),
        versions=_versions(facts, found, since),
        pdf_href=f"{path}/agreed.pdf" if found else "",
        back_href=path,
    )
    return door.page("agreed", view)


@bp.get("/<token>/agreed.pdf")
def agreed_pdf(token: str) -> BaseResponse:
    facts, found, since = _yeses(token)
    if facts is None or not found or not door.is_live(facts):
        return door.main_page(facts)
    newest = _version(facts, found[0], since)
    changed = tuple(_sentence(facts, change) for change in newest.changes)
    words = (newest.changed_words, *changed) if changed else ()
    response = Response(draw(agreed.paper(facts.site, found[0], words, facts.locale)), mimetype="application/pdf")
    response.headers.set("Content-Disposition", "attachment", filename="what-you-agreed-to.pdf")
    response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return response


def _yeses(token: str) -> tuple[Facts | None, Sequence[Agreed], date | None]:
    with reading():
        facts = door.opened(token)
        if facts is None:
            return None, (), None
        return facts, agreed.yeses(facts.subscription.id), agreed.first_charged_on(facts.terms)


def _versions(facts: Facts, found: Sequence[Agreed], since: date | None) -> tuple[AgreedVersion, ...]:
    """The newest yes with what is different now; the older ones as they were."""
    newest = tuple(_version(facts, one, since) for one in found[:1])
    return newest + tuple(_version(facts, one, None, is_newest=False) for one in found[1:])


def _version(facts: Facts, one: Agreed, since: date | None, *, is_newest: bool = True) -> AgreedVersion:
    say, day = catalog(facts.locale), local_day(one.consent.at, facts.site.timezone)
    who = say.gettext("You")
    if one.consent.told_by is not None:
        who = filled(say.gettext("%(merchant)s, on your behalf"), facts.locale, merchant=facts.site.name)
    elif one.payer is not None:
        who = filled(say.gettext("%(name)s, who pays for you"), facts.locale, name=one.payer.name or "–")
    changes = build.differences(facts, one.terms) if is_newest and one.terms.id != facts.terms.id else ()
    return AgreedVersion(
        day_text=long(facts, day),
        day_iso=day.isoformat(),
        version=one.terms.version,
        words=one.consent.shown,
        who=who,
        changes=changes,
        changed_words=_changed_words(facts, since) if changes else "",
    )


def _changed_words(facts: Facts, since: date | None) -> str:
    """From when the new values count: since a payment, from the next one, or not before a notice was sent."""
    say, on = catalog(facts.locale), local_day(facts.terms.created_at, facts.site.timezone)
    values = {"merchant": facts.site.name, "day": long(facts, on)}
    if since is not None:
        words = say.gettext("%(merchant)s changed this on %(day)s. It counts since the payment of %(first)s.")
        return filled(words, facts.locale, **values, first=long(facts, since))
    if facts.bound is not None:
        words = say.gettext("%(merchant)s changed this on %(day)s. It does not count before you have been told.")
        return filled(words, facts.locale, **values)
    following = facts.subscription.next_due_on
    if following is None:
        return filled(say.gettext("%(merchant)s changed this on %(day)s."), facts.locale, **values)
    words = say.gettext("%(merchant)s changed this on %(day)s. It counts from the payment of %(first)s.")
    return filled(words, facts.locale, **values, first=long(facts, following))


def _sentence(facts: Facts, change: Difference) -> str:
    words = catalog(facts.locale).gettext("%(label)s: was %(was)s, now %(now)s")
    return filled(words, facts.locale, label=change.label, was=change.was, now=change.now)
