"""The pretend bank's page for one charge: the customer approves or refuses it, and goes back to the merchant's page."""

from __future__ import annotations

from flask import Blueprint, current_app, make_response, redirect, render_template, request
from werkzeug.exceptions import Forbidden, NotFound
from werkzeug.wrappers import Response

from portal.billing.approval import hint_answered
from portal.core.context import name_actor
from portal.core.database import reading, transaction
from portal.core.security import keys
from portal.core.settings import Settings
from portal.gateways.registry import sandbox
from portal.gateways.sandbox import approvals
from portal.gateways.sandbox.approvals import Asked
from portal.links import find as find_links
from portal.sandbox.pages import BankPage

bp = Blueprint("sandbox_approve", __name__, url_prefix="/sandbox/approve")
PURPOSE = "bank page"


@bp.before_request
def knock() -> None:
    """A page of the bank: known by the charge in the address, its form by a token made from it."""
    name_actor("customer", "bank page")
    if request.method == "POST":
        token = request.form.get("csrf_token", "")
        if not keys().signed(PURPOSE, str((request.view_args or {}).get("ref")), token):
            raise Forbidden


@bp.get("/<ref>")
def ask(ref: str) -> Response:
    asked = _open(ref)
    if asked.status != "open":
        return redirect(_back(asked), 303)
    page = BankPage(
        merchant_name=asked.merchant_name,
        description=asked.description,
        terms_text=asked.amount_text,
        card_text=asked.card_text,
        csrf_token=keys().sign(PURPOSE, asked.ref),
    )
    return make_response(render_template("sandbox/bank.html", page=page))


@bp.post("/<ref>")
def answer(ref: str) -> Response:
    """The bank's word reaches the gateway, its callback the portal (a hint: a worker then asks)."""
    asked = _open(ref)
    approvals.answered(sandbox().store, asked, approved=request.form.get("answer") == "approve")
    with transaction():
        hint_answered(asked.key)
    return redirect(_back(asked), 303)


def _open(ref: str) -> Asked:
    asked = approvals.find(sandbox().store, ref)
    if asked is None:
        raise NotFound
    return asked


def _back(asked: Asked) -> str:
    settings: Settings = current_app.extensions["portal_settings"]
    with reading():
        address = find_links.fill(asked.return_path.removeprefix("/p/"), "")
    return f"{settings.public_url}{address}"
