"""What somebody else who pays is shown through a link of their own: amount and merchant, nothing of the customer."""

from __future__ import annotations

from dataclasses import replace

from flask import make_response, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse
from wtforms import StringField
from wtforms.validators import Length, Optional

from portal.billing import confirm, payers
from portal.billing.confirm import NotOpen, StaleTerms, Visitor
from portal.billing.payer_models import Payer
from portal.checkout import build, dates
from portal.checkout.forms import token_for
from portal.checkout.own.frame import line, still
from portal.checkout.own.own_form import OwnForm
from portal.checkout.own.pages import PayerPage
from portal.checkout.parts import MethodText, PostForm, RailLine, Shell
from portal.checkout.reading import Facts, read
from portal.core import formats
from portal.core.database import reading, session, transaction
from portal.core.errors import NotAllowedNow
from portal.core.instants import local_day
from portal.core.speech import catalog
from portal.gateways.registry import gateway
from portal.links import find as find_links
from portal.links.requests import LIVE
from portal.sites.models import Site
from portal.subscriptions.models import Subscription, Terms

REFRESH = 2  # seconds


class PayerForm(OwnForm):
    """Who pays, as it shall stand on invoices, and the version of the terms that they were shown."""

    name = StringField(validators=[Optional(), Length(max=80)])


def show(token: str) -> BaseResponse | None:
    """The page behind a payer's link; None for a link that is not one."""
    found = _read(token)
    return None if found is None else _answer(*found)


def act(token: str) -> BaseResponse | None:
    """Their yes, or their stop; None for a link that is not a payer's."""
    found = _read(token)
    if found is None:
        return None
    facts, payer = found
    form = PayerForm(request.form, meta={"csrf_context": facts.link.id})
    if payer.ended_at is not None or not form.validate():
        return _answer(facts, payer, status=422 if payer.ended_at is None else None)
    if form.is_for("stop-paying"):
        return _stop(facts, payer)
    name = " ".join((form.name.data or "").split())
    if not form.is_for("pay-for") or not name:
        problem = catalog(facts.locale).gettext("Enter your name as it shall stand on the invoices.")
        return _answer(facts, payer, status=422, problem=problem)
    return _begin(token, facts, form.version.data or 0, name)


def _begin(token: str, facts: Facts, version: int, name: str) -> BaseResponse:
    visitor = Visitor(request.remote_addr or "", request.headers.get("User-Agent", ""))
    try:
        with transaction():
            begun = confirm.begin(facts.link.id, version, _shown_words(facts), visitor, payer_name=name)
    except StaleTerms:
        again = _read(token)
        assert again is not None
        return _answer(*again, status=409, is_stale=True)
    except NotOpen:
        return redirect(request.path, 303)
    page = gateway(begun.gateway).open_setup(begun.order)
    with transaction():
        confirm.attach(begun.setup_id, page.gateway_ref)
    return redirect(page.url, 303)


def _stop(facts: Facts, payer: Payer) -> BaseResponse:
    try:
        with transaction():
            subscription = session().get_one(Subscription, facts.subscription.id, with_for_update=True)
            site = session().get_one(Site, subscription.site_id)
            terms = session().get_one(Terms, subscription.binding_terms_id or subscription.terms_id)
            payers.end(site, subscription, terms, session().get_one(Payer, payer.id), "payer")
    except NotAllowedNow:
        problem = catalog(facts.locale).gettext("A payment is being taken at this moment. Try again in a minute.")
        return _answer(facts, payer, status=409, problem=problem)
    return redirect(request.path, 303)


def _read(token: str) -> tuple[Facts, Payer] | None:
    with reading():
        found = find_links.payer_by_token(token)
        payer = payers.by_link(found.link.id) if found else None
        return (read(found), payer) if found and payer else None


def _answer(
    facts: Facts, payer: Payer, *, status: int | None = None, is_stale: bool = False, problem: str = ""
) -> BaseResponse:
    state = _state(facts, payer)
    if is_stale and state == "asked":
        state = "stale"
    page = payer_page(facts, payer, state, problem)
    code = 410 if state == "over" else status or 200
    response = make_response(render_template("checkout/own/payer.html", page=page, fragment=False), code)
    if state == "taking" and code == 200:
        response.headers["Refresh"] = str(REFRESH)
    return response


def _state(facts: Facts, payer: Payer) -> str:
    subscription, setup = facts.subscription, facts.setup
    if payer.ended_at is not None or facts.link.revoked_at is not None or subscription.status == "closed":
        return "over"
    mine = facts.method is not None and facts.method.payer_id == payer.id
    saving = setup is not None and setup.link_id == facts.link.id and facts.is_at_gateway(setup.id)
    if saving or (mine and subscription.status == "pending"):
        return "taking"
    if mine:
        return "paying"
    expired = facts.request.status in LIVE and facts.now >= facts.request.expires_at
    dead = facts.request.status in {"expired", "withdrawn", "replaced"} or subscription.archived_at is not None
    waits = subscription.status == "pending" and subscription.accepted_at is not None
    return "over" if expired or dead or waits else "asked"


def payer_page(facts: Facts, payer: Payer, state: str, problem: str) -> PayerPage:
    """Neither the description nor a name: what somebody pays for may be nobody else's business."""
    offer = build.offer(facts)
    is_asked, is_mine = state in {"asked", "stale"}, state in {"paying", "taking"}
    version = facts.subscription.version
    method = facts.method if is_mine else None
    return PayerPage(
        shell=_shell(facts),
        state=state,
        amount_text=offer.amount_text if state != "over" else "",
        rhythm_text=_rhythm(facts, offer.rhythm_text),
        rail=_rail(facts, payer, is_asked),
        form=_form(facts, "pay-for", version) if is_asked else None,
        stop=_form(facts, "stop-paying") if state == "paying" else None,
        method=MethodText(brand=method.brand, last4=method.last4) if method else None,
        name=payer.name or "",
        problem=problem,
        gateway_name=build.GATEWAY_NAME,
        count_text=offer.count_text if is_asked and facts.subscription.status == "pending" else "",
    )


def _shell(facts: Facts) -> Shell:
    return replace(
        still(facts),
        description="",
        customer_first_name="",
        links=(),
        check_words=None,
        languages=(),
        language_form=None,
    )


def _rhythm(facts: Facts, offered: str) -> str:
    """Before the yes "today, then every month"; afterwards the rhythm, and the dates say when."""
    if facts.subscription.status == "pending":
        return offered
    return build.rhythm(facts)


def _rail(facts: Facts, payer: Payer, is_asked: bool) -> tuple[RailLine, ...]:
    """What is to come, and of the past only what was taken from their own card."""
    if is_asked and facts.subscription.status == "pending":
        return dates.offer_rail(facts, None)
    past = [
        line(
            facts,
            "done",
            local_day(charged.payment.paid_at, facts.site.timezone),
            amount_text=formats.amount(charged.payment.amount_minor, charged.payment.currency, facts.locale),
        )
        for charged in reversed(facts.payments)
        if charged.payment.paid_at is not None and charged.method.payer_id == payer.id
    ]
    return tuple(past) + dates.coming(facts)


def _shown_words(facts: Facts) -> str:
    """The promise as it stood on the payer's page: what they say yes to."""
    page = payer_page(facts, Payer(), "asked", "")
    told = "; ".join(f"{one.label} {one.day_text} {one.amount_text}".strip() for one in page.rail)
    return f"{facts.site.name}: {page.amount_text} {page.rhythm_text}. {told}. {page.count_text}".strip()


def _form(facts: Facts, action: str, version: int | None = None) -> PostForm:
    return PostForm(action=action, csrf_token=token_for(facts.link.id, action, version), version=version)
