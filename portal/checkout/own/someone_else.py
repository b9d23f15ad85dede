"""The customer asks somebody else to pay: a link to forward that shows nothing of them, and can be taken back."""

from __future__ import annotations

from flask import current_app, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from portal.billing import payers
from portal.billing.payer_models import Payer
from portal.checkout import build
from portal.checkout.own import door
from portal.checkout.own.frame import amount, long, post_form, still
from portal.checkout.own.own_form import OwnForm
from portal.checkout.own.pages import InvitePage
from portal.checkout.reading import Facts
from portal.checkout.routes import bp
from portal.checkout.shell import own_path
from portal.core.database import reading, session, transaction
from portal.core.errors import NotAllowedNow
from portal.core.instants import local_day
from portal.core.settings import Settings
from portal.core.speech import catalog, filled
from portal.links import find as find_links

PAGE = "someone-else"


@bp.get(f"/<token>/{PAGE}")
def show_invitation(token: str) -> BaseResponse:
    facts, payer, address = _read(token)
    if facts is None or not _may_ask(facts):
        return door.main_page(facts)
    return door.page("someone_else", _page(facts, payer, address))


@bp.post(f"/<token>/{PAGE}")
def change_invitation(token: str) -> BaseResponse:
    facts, payer, address = _read(token)
    if facts is None or not _may_ask(facts):
        return door.main_page(facts)
    form = OwnForm.posted(facts.link.id, request.form)
    if not form.validate() or form.action.data not in {"invite-payer", "end-payer"}:
        return door.page("someone_else", _page(facts, payer, address), 422)
    try:
        with transaction():
            site, subscription, terms = door.locked(facts)
            if form.is_for("invite-payer"):
                payers.invite(site, subscription)
            elif payer is not None:
                payers.end(site, subscription, terms, session().get_one(Payer, payer.id), "customer")
    except NotAllowedNow:
        problem = catalog(facts.locale).gettext("A payment is being taken at this moment. Try again in a minute.")
        return door.page("someone_else", _page(facts, payer, address, problem), 409)
    return redirect(f"{own_path(facts)}/{PAGE}", 303)


def _may_ask(facts: Facts) -> bool:
    alive = facts.subscription.status != "closed" and facts.request.status not in {"expired", "withdrawn"}
    waits = facts.subscription.status == "pending" and facts.now >= facts.request.expires_at
    return door.is_open(facts) and alive and not waits and facts.instalment is None


def _read(token: str) -> tuple[Facts | None, Payer | None, str]:
    settings: Settings = current_app.extensions["portal_settings"]
    with reading():
        facts = door.opened(token)
        payer = payers.of(facts.subscription.id) if facts else None
        link = find_links.token_of(payer.link_id) if payer else None
    return facts, payer, f"{settings.public_url}/p/{link}" if link else ""


def _message(facts: Facts, address: str) -> str:
    """What they send along: whom it pays and how much, as the link's own page says it."""
    words = catalog(facts.locale).gettext("Will you pay %(amount)s %(rhythm)s to %(merchant)s for me?")
    values = {"amount": amount(facts), "rhythm": build.rhythm(facts), "merchant": facts.site.name}
    return f"{filled(words, facts.locale, **values)} {address}"


def _page(facts: Facts, payer: Payer | None, address: str, problem: str = "") -> InvitePage:
    pays = payer is not None and facts.method is not None and facts.method.payer_id == payer.id
    accepted = payer.accepted_at if payer is not None else None
    return InvitePage(
        shell=still(facts),
        state="paying" if pays else "invited" if payer is not None else "none",
        back_href=own_path(facts),
        name=(payer.name or "") if payer is not None and pays else "",
        address=address,
        message=_message(facts, address),
        since_text=long(facts, local_day(accepted, facts.site.timezone)) if accepted else "",
        invite=post_form(facts, "invite-payer", page=PAGE) if payer is None else None,
        end=post_form(facts, "end-payer", page=PAGE) if payer is not None else None,
        amount_text=amount(facts),
        rhythm_text=build.rhythm(facts),
        problem=problem,
    )
