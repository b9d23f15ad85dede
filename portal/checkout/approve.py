"""The bank waits for its customer: one page with one thing to do, and the way to the bank's own page."""

from __future__ import annotations

from dataclasses import dataclass

from flask import redirect, request
from werkzeug.wrappers import Response

from portal.billing import approval
from portal.checkout import dates, forms
from portal.checkout.parts import MethodText, PostForm, RailLine, Shell
from portal.checkout.reading import Charged, Facts
from portal.checkout.shell import shell
from portal.core import formats
from portal.core.database import reading
from portal.gateways.registry import gateway


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovePage:
    """approve.html: nothing was taken; the customer's bank asks them first."""

    shell: Shell
    amount_text: str
    method: MethodText | None  # None: the card of somebody else who pays
    form: PostForm
    rail: tuple[RailLine, ...]
    change_method: PostForm | None = None


def approve(facts: Facts, charged: Charged) -> ApprovePage:
    """Another card can be given instead once the subscription is under way."""
    card = charged.method
    can_change = facts.subscription.status in {"active", "failed", "paused"} and facts.request.status == "confirmed"
    return ApprovePage(
        shell=shell(facts, refresh_seconds=15),
        amount_text=formats.amount(charged.payment.amount_minor, charged.payment.currency, facts.locale),
        method=MethodText(brand=card.brand, last4=card.last4) if card.payer_id is None else None,
        form=forms.post_form(facts.link.id, "approve"),
        rail=dates.coming(facts),
        change_method=forms.post_form(facts.link.id, "change-method") if can_change else None,
    )


def go_to_bank(facts: Facts) -> Response:
    """To the bank's page; back to ours where it has been answered already."""
    with reading():
        waiting = approval.begin(facts.link.id, facts.subscription.id)
    page = gateway(waiting.gateway).approval_page(waiting.order) if waiting is not None else None
    return redirect(page or request.path, 303)
