"""The pretend gateway's page for one payment: one button Pay, a bank that may ask, and the way back."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, current_app, make_response, redirect, render_template, request
from werkzeug.exceptions import Forbidden, NotFound
from werkzeug.wrappers import Response

from portal.billing import pay_session
from portal.core.context import name_actor
from portal.core.database import reading, session, transaction
from portal.core.security import keys
from portal.core.settings import Settings
from portal.gateways.registry import sandbox
from portal.gateways.sandbox import paying
from portal.gateways.sandbox.paying import OpenPay, Step
from portal.gateways.sandbox.saving import CardRefused
from portal.links import find as find_links
from portal.sandbox.card import TEST_CARDS, CardForm
from portal.sandbox.pages import BankPage, PayPage
from portal.sites import clock
from portal.sites.models import Site

bp = Blueprint("sandbox_pay", __name__, url_prefix="/sandbox/pay")

# Filled in for whoever tries the sandbox: a card that works; every field may be typed over.
FILLED_IN = {"number": "4242 4242 4242 4242", "expiry": "12/49", "code": "123", "name": "Test Customer"}


@bp.before_request
def knock() -> None:
    """A page of the gateway: known by its session in the address, its forms by a token made from it."""
    name_actor("customer", "gateway page")
    if request.method == "POST":
        token = request.form.get("csrf_token", "")
        if not keys().signed("gateway page", str((request.view_args or {}).get("ref")), token):
            raise Forbidden


@bp.get("/<ref>")
def show(ref: str) -> Response:
    visit = _open(ref)
    if visit.status in {"over", "expired"}:
        return redirect(_back(visit), 303)
    form = CardForm(data=FILLED_IN)
    if request.args.get("bank") == "refused":
        form.number.errors = ["You did not approve it at your bank. Try again, or use another card."]
    return _page(visit, form)


@bp.post("/<ref>")
def pay(ref: str) -> Response:
    visit = _open(ref)
    form = CardForm(request.form)
    if not form.validate():
        return _page(visit, form, 422)
    try:
        step = paying.pay(sandbox().store, ref, form.entry(), _now(visit))
    except CardRefused as refused:
        form.number.errors = [str(refused)]
        return _page(visit, form, 422)
    if step == "bank_check":
        return redirect(f"{request.path}/bank", 303)
    return _done(visit, step)


@bp.get("/<ref>/bank")
def bank(ref: str) -> Response:
    visit = _open(ref)
    if visit.status != "bank_check":
        return redirect(request.path.removesuffix("/bank"), 303)
    page = BankPage(**_about(visit), card_text="Visa ending 3155")
    return make_response(render_template("sandbox/bank.html", page=page))


@bp.post("/<ref>/bank")
def bank_answer(ref: str) -> Response:
    visit = _open(ref)
    approved = request.form.get("answer") == "approve"
    step = paying.bank_answered(sandbox().store, ref, _now(visit), approved=approved)
    if step == "bank_check":
        return redirect(f"{request.path.removesuffix('/bank')}?bank=refused", 303)
    return _done(visit, step)


def _open(ref: str) -> OpenPay:
    visit = paying.find(sandbox().store, ref)
    if visit is None:
        raise NotFound
    return visit


def _now(visit: OpenPay) -> datetime:
    with reading():
        return clock.now(session().get_one(Site, visit.site_id))


def _done(visit: OpenPay, step: Step) -> Response:
    """The gateway's callback to the portal (a hint; a worker then asks), and the customer's way back."""
    if step != "lost":
        with transaction():
            pay_session.hint(visit.visit_id)
    return redirect(_back(visit), 303)


def _back(visit: OpenPay) -> str:
    settings: Settings = current_app.extensions["portal_settings"]
    with reading():
        address = find_links.fill(visit.return_path.removeprefix("/p/"), "")
    return f"{settings.public_url}{address}"


def _page(visit: OpenPay, form: CardForm, status: int = 200) -> Response:
    page = PayPage(
        **_about(visit),
        amount_text=visit.amount_text,
        back_href=_back(visit).partition("?")[0],
        cards=TEST_CARDS,
    )
    return make_response(render_template("sandbox/pay.html", page=page, form=form), status)


def _about(visit: OpenPay) -> dict[str, str]:
    return {
        "merchant_name": visit.merchant_name,
        "description": visit.description,
        "terms_text": visit.amount_text,
        "csrf_token": keys().sign("gateway page", visit.ref),
    }
