"""Another payment method: a new card on the gateway's page, or, after a second proof, one that was given before."""

from __future__ import annotations

from collections.abc import Sequence

from flask import redirect, request
from werkzeug.wrappers import Response as BaseResponse
from wtforms import HiddenField, StringField

from portal.billing import change_method
from portal.billing.models import PaymentMethod
from portal.checkout import build, forms
from portal.checkout.own import door
from portal.checkout.own.frame import post_form, still
from portal.checkout.own.own_form import OwnForm
from portal.checkout.own.pages import MethodPage, SavedMethodLine
from portal.checkout.parts import MethodText, PostForm
from portal.checkout.reading import Facts
from portal.checkout.routes import bp
from portal.checkout.shell import contact, own_path
from portal.core.database import reading, session, transaction
from portal.core.errors import NotAllowedNow
from portal.core.ids import read_id
from portal.core.speech import catalog
from portal.links import codes
from portal.links.codes import CodeTooSoon, EnoughCodes
from portal.links.models import Link
from portal.subscriptions.proving import send_code


class MethodForm(OwnForm):
    """The code as it was typed, then the proof that it was right with the method that was chosen."""

    code = StringField()
    proof = HiddenField()
    method = HiddenField()


@bp.get("/<token>/method")
def show_method(token: str) -> BaseResponse:
    facts = _read(token)
    if facts is None or not _may_change(facts):
        return door.main_page(facts)
    return door.page("method", _page(facts, "code" if request.args.get("code") == "sent" else "ask"))


@bp.post("/<token>/method")
def change(token: str) -> BaseResponse:
    facts = _read(token)
    if facts is None or not _may_change(facts):
        return door.main_page(facts)
    form = MethodForm(request.form, meta={"csrf_context": facts.link.id})
    if not form.validate():
        return door.page("method", _page(facts, "ask"), 422)
    if form.is_for("send-code"):
        return _send(facts)
    if form.is_for("check-code"):
        return _check(facts, form)
    return _use(facts, form)


def _send(facts: Facts) -> BaseResponse:
    say = catalog(facts.locale)
    try:
        with transaction():
            send_code(*door.locked(facts), session().get_one(Link, facts.link.id))
    except EnoughCodes:
        problem = say.gettext("Several codes were sent since yesterday. Enter a new card, or try again tomorrow.")
        return door.page("method", _page(facts, "ask", problem), 429)
    except CodeTooSoon:
        problem = say.gettext("A code was sent a moment ago. Wait a minute before you ask for another.")
        return door.page("method", _page(facts, "code", problem), 409)
    except NotAllowedNow:
        return redirect(own_path(facts), 303)
    return redirect(f"{own_path(facts)}/method?code=sent", 303)


def _check(facts: Facts, form: MethodForm) -> BaseResponse:
    with transaction():
        site, subscription, _ = door.locked(facts)
        right = codes.spend(facts.link.id, form.code.data or "")
        saved = change_method.saved(site, subscription) if right else ()
    if not right:
        words = catalog(facts.locale).gettext("This code is wrong or too old. Type the newest one, or ask for another.")
        return door.page("method", _page(facts, "code", words), 422)
    return door.page("method", _page(facts, "choose", saved=saved, proof=codes.proof(facts.link.id)))


def _use(facts: Facts, form: MethodForm) -> BaseResponse:
    method_id = read_id(form.method.data or "")
    if not form.is_for("use-saved") or method_id is None or not codes.proves(facts.link.id, form.proof.data or ""):
        words = catalog(facts.locale).gettext("That took too long. Ask for a new code.")
        return door.page("method", _page(facts, "ask", words), 422)
    try:
        with transaction():
            site, subscription, _ = door.locked(facts)
            change_method.use_saved(site, subscription, method_id)
    except NotAllowedNow:
        return door.main_page(facts, 409)
    return redirect(own_path(facts), 303)


def _may_change(facts: Facts) -> bool:
    return door.is_live(facts) and facts.subscription.status in {"active", "failed"}


def _page(
    facts: Facts, step: str, problem: str = "", saved: Sequence[PaymentMethod] = (), proof: str = ""
) -> MethodPage:
    """That there are saved ones, and which, is told after the proof alone."""
    channel, masked = contact(facts)
    new_card = forms.post_form(facts.link.id, "change-method")
    lines = tuple(
        SavedMethodLine(value=str(one.id), method=_words(one), checked=one.id == facts.subscription.payment_method_id)
        for one in saved
    )
    return MethodPage(
        shell=still(facts),
        step=step,
        present=build.method(facts),
        new_card=PostForm(action=new_card.action, csrf_token=new_card.csrf_token, path=own_path(facts)),
        back_href=own_path(facts),
        send_code=post_form(facts, "send-code", page="method") if masked else None,
        check_code=post_form(facts, "check-code", page="method") if step == "code" and masked else None,
        use_saved=post_form(facts, "use-saved", page="method") if lines else None,
        channel=channel,
        masked_contact=masked,
        saved=lines,
        proof=proof,
        problem=problem,
    )


def _words(one: PaymentMethod) -> MethodText:
    return MethodText(brand=one.brand, last4=one.last4, expires=f"{one.exp_month:02}/{one.exp_year % 100:02}")


def _read(token: str) -> Facts | None:
    with reading():
        return door.opened(token)
