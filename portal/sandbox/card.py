"""The pretend gateway's pages: save a card, be asked by the bank, go back to the merchant's page."""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, current_app, make_response, redirect, render_template, request
from werkzeug.exceptions import Forbidden, NotFound
from werkzeug.wrappers import Response
from wtforms import Form, StringField
from wtforms.validators import ValidationError

from portal.billing.confirm import hint_saved
from portal.core.clock import real_now
from portal.core.context import name_actor
from portal.core.database import reading
from portal.core.security import keys
from portal.core.settings import Settings
from portal.gateways.registry import sandbox
from portal.gateways.sandbox import saving
from portal.gateways.sandbox.saving import CardEntry, CardRefused, OpenSetup
from portal.links import find as find_links
from portal.sandbox.pages import BankPage, CardPage, TestCard

bp = Blueprint("sandbox_card", __name__, url_prefix="/sandbox/setup")

TEST_CARDS = (
    TestCard(number="4242 4242 4242 4242", effect="Works"),
    TestCard(number="4000 0025 0000 3155", effect="Asks for a bank check"),
    TestCard(number="4000 0000 0000 9995", effect="Not enough money, until the third try"),
    TestCard(number="4000 0000 0000 0341", effect="Saves, then every charge is declined"),
    TestCard(number="4000 0000 0000 0002", effect="Refused when saved"),
    TestCard(number="4000 0027 6000 3184", effect="Saves, then the bank asks at every charge"),
    TestCard(number="4000 0000 0000 4954", effect="Takes the money, but the answer is lost"),
)


def _digits(form: Any, field: Any) -> None:
    number = re.sub(r"[ -]", "", field.data or "")
    if not number:
        raise ValidationError("Enter the card number.")
    if not re.fullmatch(r"\d+", number):
        raise ValidationError("The card number has digits only.")
    if len(number) < 16:
        raise ValidationError("The card number is too short. It should have 16 digits.")
    if len(number) > 19:
        raise ValidationError("The card number is too long. It should have 16 digits.")


def _expiry(form: Any, field: Any) -> None:
    found = re.fullmatch(r"\s*(\d{1,2})\s*/?\s*(\d{2}|20\d{2})\s*", field.data or "")
    if not found or not 1 <= int(found.group(1)) <= 12:
        raise ValidationError("Enter the expiry date as month and year, such as 12/29.")
    month, year = int(found.group(1)), 2000 + int(found.group(2)) % 100
    if (year, month) < (real_now().year, real_now().month):
        raise ValidationError("This card has expired. Use another card.")
    form.exp_month, form.exp_year = month, year


def _code(form: Any, field: Any) -> None:
    if not re.fullmatch(r"\d{3,4}", (field.data or "").strip()):
        raise ValidationError("Enter the security code: 3 digits on the back of the card.")


def _name(form: Any, field: Any) -> None:
    if not (field.data or "").strip():
        raise ValidationError("Enter the name that stands on the card.")


class CardForm(Form):
    """The four fields of a card."""

    exp_month = exp_year = 0

    number = StringField(validators=[_digits])
    expiry = StringField(validators=[_expiry])
    code = StringField(validators=[_code])
    name = StringField(validators=[_name])

    def entry(self) -> CardEntry:
        return CardEntry(re.sub(r"[ -]", "", self.number.data or ""), self.exp_month, self.exp_year)


@bp.before_request
def knock() -> None:
    """A page of the gateway: known by its session in the address, its forms by a token made from it."""
    name_actor("customer", "gateway page")
    if request.method == "POST":
        token = request.form.get("csrf_token", "")
        if not keys().signed("gateway page", str((request.view_args or {}).get("ref")), token):
            raise Forbidden


@bp.get("/<ref>")
def card(ref: str) -> Response:
    setup = _open(ref)
    if setup.status == "saved":
        return redirect(_back(setup), 303)
    form = CardForm()
    if request.args.get("bank") == "refused":
        form.number.errors = ["You did not approve it at your bank. Try again, or use another card."]
    return _card_page(setup, form)


@bp.post("/<ref>")
def save(ref: str) -> Response:
    setup = _open(ref)
    if setup.status == "saved":
        return redirect(_back(setup), 303)
    form = CardForm(request.form)
    if not form.validate():
        return _card_page(setup, form, 422)
    try:
        status = saving.save(sandbox().store, setup, form.entry())
    except CardRefused as refused:
        form.number.errors = [str(refused)]
        return _card_page(setup, form, 422)
    if status == "bank_check":
        return redirect(f"{request.path}/bank", 303)
    return _saved(setup)


@bp.get("/<ref>/bank")
def bank(ref: str) -> Response:
    setup = _open(ref)
    if setup.status != "bank_check":
        return redirect(request.path.removesuffix("/bank"), 303)
    page = BankPage(**_about(setup), card_text="Visa ending 3155")
    return make_response(render_template("sandbox/bank.html", page=page))


@bp.post("/<ref>/bank")
def bank_answer(ref: str) -> Response:
    setup = _open(ref)
    approved = request.form.get("answer") == "approve"
    saving.bank_answered(sandbox().store, setup, approved=approved)
    if approved:
        return _saved(setup)
    return redirect(f"{request.path.removesuffix('/bank')}?bank=refused", 303)


def _open(ref: str) -> OpenSetup:
    setup = saving.find(sandbox().store, ref)
    if setup is None:
        raise NotFound
    return setup


def _saved(setup: OpenSetup) -> Response:
    """The gateway's callback to the portal (a hint; a worker then asks), and the customer's way back."""
    hint_saved(setup.setup_id)
    return redirect(_back(setup), 303)


def _back(setup: OpenSetup) -> str:
    settings: Settings = current_app.extensions["portal_settings"]
    with reading():
        address = find_links.fill(setup.return_path.removeprefix("/p/"), "")
    return f"{settings.public_url}{address}"


def _card_page(setup: OpenSetup, form: CardForm, status: int = 200) -> Response:
    back = _back(setup).partition("?")[0]
    page = CardPage(**_about(setup), back_href=back, cards=TEST_CARDS)
    return make_response(render_template("sandbox/card.html", page=page, form=form), status)


def _about(setup: OpenSetup) -> dict[str, str]:
    return {
        "merchant_name": setup.merchant_name,
        "description": setup.description,
        "terms_text": setup.amount_text,
        "csrf_token": keys().sign("gateway page", setup.ref),
    }
