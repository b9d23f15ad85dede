"""The customer's addresses: /p/{token}. A GET changes nothing; a POST says yes to the version that was on the page."""

from __future__ import annotations

import uuid
from contextlib import suppress
from dataclasses import replace

from flask import Blueprint, Response, make_response, redirect, render_template, request
from werkzeug.exceptions import Forbidden
from werkzeug.wrappers import Response as BaseResponse

from portal.billing import confirm
from portal.billing.collect_now import Tap, collect_now
from portal.billing.confirm import NotOpen, StaleTerms, Visitor
from portal.checkout import build, forms, language, retry_day
from portal.checkout.approve import go_to_bank
from portal.checkout.due import door as due
from portal.checkout.own import payer
from portal.checkout.own.pages import Framed
from portal.checkout.pages import SentPage, WrongPage
from portal.checkout.reading import Facts, read, terms_of_version
from portal.checkout.shell import contact, shell
from portal.checkout.state import Shown, decide
from portal.core.context import name_actor
from portal.core.database import reading, session, transaction
from portal.core.errors import NotAllowedNow
from portal.core.formats import is_rtl
from portal.core.ids import read_id
from portal.core.speech import catalog
from portal.gateways.registry import gateway
from portal.links import find as find_links
from portal.links.find import Found
from portal.links.requests import TooSoon
from portal.sites import clock
from portal.sites.models import Site
from portal.subscriptions.models import Subscription
from portal.subscriptions.send_again import EnoughToday, send_again_by_customer

bp = Blueprint("checkout", __name__, url_prefix="/p")


@bp.before_request
def knock() -> None:
    """The link is the key. Browsers tell where a POST comes from: another site's is refused."""
    name_actor("customer", "link")
    if request.method == "POST" and not forms.from_here(request.host_url.rstrip("/")):
        raise Forbidden


@bp.get("/<token>")
def show(token: str) -> BaseResponse:
    """Whatever asks, a person, a preview or a scanner: it reads and nothing else."""
    returned_from = read_id(request.args.get("setup", ""))
    with reading():
        found = find_links.by_token(token)
        facts = read(found) if found else None
        shown = _decide(facts, returned_from) if facts else None
    if facts is None or shown is None:
        return payer.show(token) or wrong()
    if returned_from is not None and not facts.is_at_gateway(returned_from):
        return redirect(language.kept(f"/p/{token}"), 303)
    return _page(shown, facts)


def _decide(facts: Facts, returned_from: uuid.UUID | None) -> Shown:
    version = request.headers.get("X-Shown-Version", "")
    before = None
    if version.isdecimal() and len(version) < 10 and int(version) < facts.subscription.version:
        before = terms_of_version(facts.subscription.id, int(version))
    return decide(facts, returned_from=returned_from, shown_before=before)


@bp.post("/<token>")
def act(token: str) -> BaseResponse:
    """A tap on the page: confirm, change the card, pay what is overdue, or send a new link."""
    with reading():
        found = find_links.by_token(token)
        facts = read(found) if found else None
    if found is None or facts is None:
        return payer.act(token) or wrong()
    form = forms.LinkForm.posted(found.link.id)
    if not form.validate():
        return _form_error(facts)
    if facts.instalment is not None:
        return _of_instalment(found, facts, form.action.data or "")
    if form.action.data == "send-new-link":
        return _send_new_link(found, facts)
    if form.action.data == "approve":
        return go_to_bank(facts)
    if form.action.data == "retry-day":
        again = retry_day.choose(facts)
        return redirect(request.path, 303) if again is None else _page(again, facts)
    if form.action.data == "pay-now":
        return _pay_now(facts, form.version.data or 0)
    return _begin(found, facts, form.version.data or 0)


def _begin(found: Found, facts: Facts, version: int) -> BaseResponse:
    """Note the yes, open the gateway's page, go there. A yes to older terms comes back with the difference."""
    agent = request.headers.get("User-Agent", "")
    visitor = Visitor(request.remote_addr or "", agent, facts.locale, language.tapped())
    try:
        with transaction():
            begun = confirm.begin(found.link.id, version, _shown_words(facts), visitor)
    except StaleTerms:
        return _stale(found, version)
    except NotOpen:
        return redirect(language.kept(request.path), 303)
    page = gateway(begun.gateway).open_setup(begun.order)
    with transaction():
        confirm.attach(begun.setup_id, page.gateway_ref)
    return redirect(page.url, 303)


def _of_instalment(found: Found, facts: Facts, action: str) -> BaseResponse:
    """A tap on the page of one due payment."""
    if action == "send-new-link":
        return _send_new_link(found, facts)
    return redirect(due.pay(found, facts) if action == "pay" else request.path, 303)


def _pay_now(facts: Facts, tries: int) -> BaseResponse:
    """Charge the saved method, once however often this button is tapped; the page says what becomes of it."""
    overdue = facts.overdue
    if overdue is not None and overdue.may_try and decide(facts).template in {"overdue.html", "closed.html"}:
        # Refused where it was tapped before or the state has changed: the page says which.
        with suppress(NotAllowedNow), transaction():
            subscription = session().get_one(Subscription, facts.subscription.id, with_for_update=True)
            site = session().get_one(Site, subscription.site_id)
            collect_now(site, subscription, Tap(overdue.tap.invoice_id, tries), by_customer=True)
    return redirect(language.kept(request.path), 303)


def _shown_words(facts: Facts) -> str:
    """The text of the promise as it stood on the page: what the customer says yes to."""
    offer = build.offer(facts)
    lines = [f"{line.label} {line.day_text} {line.amount_text}".strip() for line in offer.rail]
    dates = ("؛ " if is_rtl(facts.locale) else "; ").join(lines)
    return f"{offer.heading}: {offer.amount_text} {offer.rhythm_text}. {dates}. {offer.count_text}".strip()


def _stale(found: Found, version: int) -> BaseResponse:
    with reading():
        facts = read(found)
        before = terms_of_version(facts.subscription.id, version)
    shown = Shown("offer.html", build.offer(facts, state="stale", before=before or facts.terms), 409)
    return _page(shown, facts)


def _send_new_link(found: Found, facts: Facts) -> BaseResponse:
    try:
        with transaction():
            subscription = session().get_one(Subscription, found.request.subscription_id, with_for_update=True)
            site = session().get_one(Site, subscription.site_id)
            send_again_by_customer(site, subscription, of=found.request.id)
        status = 200
    except EnoughToday:
        return _page(Shown("own/enough.html", Framed(shell=shell(facts)), 429), facts)
    except TooSoon:
        status = 409  # one was sent less than five minutes ago: the page says so either way
    except NotAllowedNow:
        return redirect(language.kept(request.path), 303)
    sent = SentPage(shell=shell(facts), masked_contact=contact(facts)[1], valid_days=facts.site.link_days)
    return _page(Shown("sent.html", sent, status), facts)


def _form_error(facts: Facts) -> BaseResponse:
    """A form that is not ours or out of date: the page again as it is now, nothing changed."""
    shown = decide(facts)
    words = catalog(facts.locale).gettext("This page was out of date, so nothing was done. Look again, then repeat.")
    page = replace(shown.page, shell=replace(shown.page.shell, problem=words))
    return _page(Shown(shown.template, page, 422), facts)


def wrong() -> Response:
    lang = language.current()
    page = WrongPage(lang=lang, dir=language.direction(lang))
    return make_response(render_template("checkout/wrong.html", page=page), 404)


def _page(shown: Shown, facts: Facts) -> Response:
    response = make_response(
        render_template(f"checkout/{shown.template}", page=shown.page, fragment="X-Shown-Version" in request.headers),
        shown.status,
    )
    seconds = shown.page.shell.refresh_seconds
    if seconds is not None:
        response.headers["Refresh"] = str(seconds)
    response.headers["ETag"] = f'"{facts.subscription.sequence}-{clock.today(facts.site).isoformat()}"'
    response.headers["Vary"] = "X-Shown-Version, If-None-Match, Accept-Language"
    if (
        request.method == "GET"
        and shown.status == 200
        and request.headers.get("If-None-Match") == response.headers["ETag"]
    ):
        return make_response("", 304)
    return response
