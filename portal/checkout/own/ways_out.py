"""Pause, cancel, start again, undo: a page that says the effect first, a tap that does exactly that or nothing."""

from __future__ import annotations

from collections.abc import Callable

from flask import redirect, request
from werkzeug.wrappers import Response as BaseResponse

from portal.billing import wishes
from portal.billing.wishes import StalePage
from portal.checkout.own import door
from portal.checkout.own.effects import cancel_page, pause_page
from portal.checkout.own.own_form import OwnForm
from portal.checkout.reading import Facts
from portal.checkout.routes import bp
from portal.checkout.shell import own_path
from portal.core.database import reading, transaction
from portal.core.errors import NotAllowedNow
from portal.sites.models import Site
from portal.subscriptions.models import Subscription, Terms

Wish = Callable[[Site, Subscription, Terms, int], None]


@bp.get("/<token>/pause")
def ask_pause(token: str) -> BaseResponse:
    facts = _read(token)
    if facts is None or not _may(facts, "pause"):
        return door.main_page(facts)
    return door.page("pause", pause_page(facts))


@bp.post("/<token>/pause")
def do_pause(token: str) -> BaseResponse:
    choice = request.form.get("payments", "")
    payments = int(choice) if choice.isdecimal() and len(choice) < 3 else None
    if choice not in {"", "open"} and payments is None:
        return ask_pause(token)

    def pause(site: Site, subscription: Subscription, terms: Terms, as_shown: int) -> None:
        wishes.pause(site, subscription, terms, payments, as_shown)

    return _do(token, "pause", pause)


@bp.get("/<token>/cancel")
def ask_cancel(token: str) -> BaseResponse:
    facts = _read(token)
    if facts is None or not _may(facts, "cancel"):
        return door.main_page(facts)
    return door.page("cancel", cancel_page(facts))


@bp.post("/<token>/cancel")
def do_cancel(token: str) -> BaseResponse:
    return _do(token, "cancel", wishes.cancel)


@bp.post("/<token>/resume")
def do_resume(token: str) -> BaseResponse:
    return _do(token, "resume", wishes.resume)


@bp.post("/<token>/undo")
def do_undo(token: str) -> BaseResponse:
    return _do(token, "undo", wishes.undo_cancel)


def _read(token: str) -> Facts | None:
    with reading():
        return door.opened(token)


def _may(facts: Facts, action: str) -> bool:
    if not door.is_live(facts):
        return False
    if action == "pause":
        return wishes.may_pause(facts.site, facts.subscription, facts.money)
    return wishes.may_cancel(facts.site, facts.subscription)


def _do(token: str, action: str, wish: Wish) -> BaseResponse:
    """Exactly what the page said, or nothing: a page that is out of date comes back as it is now (409)."""
    facts = _read(token)
    if facts is None or not door.is_live(facts):
        return door.main_page(facts)
    form = OwnForm.posted(facts.link.id, request.form)
    if not form.validate() or not form.is_for(action) or form.version.data is None:
        return door.main_page(facts, 422)
    try:
        with transaction():
            wish(*door.locked(facts), form.version.data)
    except StalePage:
        return _again(token, action)
    except NotAllowedNow:
        return redirect(own_path(facts), 303)
    return redirect(own_path(facts), 303)


def _again(token: str, action: str) -> BaseResponse:
    facts = _read(token)
    if facts is not None and action == "pause" and _may(facts, "pause"):
        return door.page("pause", pause_page(facts, stale=True), 409)
    if facts is not None and action == "cancel" and _may(facts, "cancel"):
        return door.page("cancel", cancel_page(facts, stale=True), 409)
    return door.main_page(facts, 409)
