"""The console's blueprint and its guard: every page needs a role that is written down here, or nobody gets in."""

from __future__ import annotations

from flask import Blueprint, g, make_response, redirect, render_template, request, url_for
from flask import session as cookie
from werkzeug.wrappers import Response

from portal.console import access
from portal.console.access import SignedIn
from portal.console.frame import frame
from portal.core.context import name_actor
from portal.core.database import reading, transaction

bp = Blueprint("console", __name__, url_prefix="/console")

PUBLIC = frozenset({"console.sign_in", "console.check_password", "console.code", "console.check_code", "console.demo"})
NEEDS = {
    "console.home": "viewer",
    "console.sign_out": "viewer",
    "console.requests": "viewer",
    "console.request_page": "viewer",
    "console.subscription_page": "viewer",
    "console.health": "viewer",
    "console.api_calls": "viewer",
    "console.api_call": "viewer",
    "console.send_again": "agent",
    "console.copy_link": "agent",
    "console.new_link": "agent",
    "console.revoke_link": "agent",
    "console.payment_page": "agent",
    "console.refund_payment": "agent",
    "console.void_payment": "agent",
    "console.retry_payment": "agent",
    "console.webhook_on": "agent",
}
WANTED = "wanted"  # where the person was going when asked to sign in
LONGEST_WANTED = 500  # a cookie holds 4 KB


@bp.before_request
def guard() -> Response | None:
    name_actor("staff", "not signed in")
    if request.endpoint in PUBLIC:
        return None
    with reading():
        person = access.current()
    if person is None:
        return _ask_to_sign_in()
    name_actor("staff", person.name)
    g.signed_in = person
    if person.is_due_to_be_noted:
        with transaction():
            access.note_seen(person.session_id)
    needed = NEEDS.get(request.endpoint or "")
    return None if needed is not None and person.may(needed) else _refuse(person)


def signed_in() -> SignedIn:
    """Who the guard let in."""
    person: SignedIn = g.signed_in
    return person


def _ask_to_sign_in() -> Response:
    cookie.pop(access.COOKIE, None)
    if request.method == "GET" and len(request.full_path) <= LONGEST_WANTED:
        cookie[WANTED] = request.full_path.rstrip("?")
    return redirect(url_for("console.sign_in"), 303)


def _refuse(person: SignedIn) -> Response:
    page = render_template("console/refused.html", frame=frame(person), role=person.role)
    return make_response(page, 403)
