"""The customer's papers: a receipt to read and print, receipt and invoice as PDF; only of the link's subscription."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace

from flask import Response, make_response, render_template

from portal.billing.papers import settled, written
from portal.billing.papers.paper import Paper
from portal.billing.papers.pdf import draw
from portal.billing.papers.settled import Settled
from portal.checkout import language
from portal.checkout.parts import Fact, ItemLine
from portal.checkout.reading import Facts, read
from portal.checkout.receipt_page import ReceiptPage
from portal.checkout.routes import bp, wrong
from portal.checkout.shell import own_path, shell
from portal.core.database import reading
from portal.core.ids import read_id
from portal.links import find as find_links
from portal.links.find import Found

Find = Callable[[uuid.UUID, uuid.UUID], Settled | None]


@bp.get("/<token>/receipt/<payment_id>")
def receipt(token: str, payment_id: str) -> Response:
    """The receipt as a page fit for print."""
    with reading():
        found = _opened(token)
        facts = read(found) if found else None
        paid = _find(settled.by_payment, facts.subscription.id, payment_id) if facts else None
    if facts is None or paid is None:
        return wrong()
    return make_response(render_template("checkout/receipt.html", page=_page(facts, paid)))


@bp.get("/<token>/receipt/<payment_id>.pdf")
def receipt_pdf(token: str, payment_id: str) -> Response:
    return _pdf(token, settled.by_payment, payment_id, written.receipt, "receipt")


@bp.get("/<token>/invoice/<invoice_id>.pdf")
def invoice_pdf(token: str, invoice_id: str) -> Response:
    return _pdf(token, settled.by_invoice, invoice_id, written.invoice, "invoice")


def _pdf(token: str, find: Find, our_id: str, write: Callable[[Settled, str], Paper], name: str) -> Response:
    with reading():
        found = _opened(token)
        facts = read(found) if found else None
        paid = _find(find, facts.subscription.id, our_id) if facts else None
    if facts is None or paid is None:
        return wrong()
    paper = write(paid, facts.locale)
    response = Response(draw(paper), mimetype="application/pdf")
    response.headers.set("Content-Disposition", "attachment", filename=f"{name}-{paper.number or paid.payment.id}.pdf")
    response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return response


def _opened(token: str) -> Found | None:
    """The link, where it still opens its subscription; papers outlive a subscription that has ended."""
    found = find_links.by_token(token)
    if found is None or found.link.revoked_at or found.link.replaced_at or found.request.status == "replaced":
        return None
    return found


def _find(find: Find, subscription_id: uuid.UUID, text: str) -> Settled | None:
    our_id = read_id(text)
    return find(subscription_id, our_id) if our_id else None


def _page(facts: Facts, paid: Settled) -> ReceiptPage:
    paper, path = written.receipt(paid, facts.locale), own_path(facts)
    numbered = paid.invoice.invoice_number is not None
    return ReceiptPage(
        shell=replace(shell(facts), live=None, menu=()),
        number=paper.number,
        amount_text=paper.amount_text,
        paid_on_text=written.day_text(paid, facts.locale),
        paid_on_iso=written.paid_on(paid).isoformat(),
        items=tuple(ItemLine(label=one.label, amount_text=one.amount_text, note=one.note) for one in paper.lines),
        facts=tuple(Fact(label=fact.label, value=fact.value, is_id=fact.is_id) for fact in paper.facts),
        agreed_words=" ".join(paper.notes),
        pdf_href=language.kept(f"{path}/receipt/{paid.payment.id}.pdf") if path else "",
        invoice_href=language.kept(f"{path}/invoice/{paid.invoice.id}.pdf") if path and numbered else "",
        back_href=language.kept(path),
    )
