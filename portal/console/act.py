"""What support does to a request: send it again, copy its link, make a new one, revoke it; each is logged."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from flask import current_app, redirect, url_for
from werkzeug.exceptions import NotFound as NoSuchPage
from werkzeug.wrappers import Response

from portal.console.door import bp, signed_in
from portal.console.forms import OUT_OF_DATE, ActForm
from portal.console.request_page import Told, shown
from portal.core.database import session, transaction
from portal.core.errors import PortalError
from portal.core.ids import read_id
from portal.core.settings import Settings
from portal.links import find as find_links
from portal.links import staff_actions
from portal.links.models import PaymentRequest
from portal.links.tokens import placeholder
from portal.sites.models import Site
from portal.subscriptions.models import Subscription
from portal.subscriptions.send_again import send_again as send_again_now

Act = Callable[[Site, Subscription, PaymentRequest], str]


@bp.post("/requests/<request_id>/send-again")
def send_again(request_id: str) -> Response:
    def act(site: Site, subscription: Subscription, request: PaymentRequest) -> str:
        send_again_now(site, subscription, of=request.id)
        return ""

    return _do(request_id, act, done="sent")


@bp.post("/requests/<request_id>/copy-link")
def copy_link(request_id: str) -> Response:
    """The one page that shows an address; it is an answer to a POST and no cache keeps it."""

    def act(site: Site, subscription: Subscription, request: PaymentRequest) -> str:
        settings: Settings = current_app.extensions["portal_settings"]
        return find_links.fill(placeholder(staff_actions.copy_link(site, request)), settings.public_url)

    return _do(request_id, act)


@bp.post("/requests/<request_id>/new-link")
def new_link(request_id: str) -> Response:
    def act(site: Site, subscription: Subscription, request: PaymentRequest) -> str:
        staff_actions.new_link(site, request)
        return ""

    return _do(request_id, act, done="new")


@bp.post("/requests/<request_id>/revoke-link")
def revoke_link(request_id: str) -> Response:
    def act(site: Site, subscription: Subscription, request: PaymentRequest) -> str:
        staff_actions.revoke_link(site, request)
        return ""

    return _do(request_id, act, done="revoked")


def _do(request_id: str, act: Act, done: str = "") -> Response:
    """In one transaction; a refusal comes back with the page and its words, nothing is changed then."""
    if not ActForm().validate():
        return shown(request_id, Told(problem=OUT_OF_DATE), 400)
    try:
        with transaction():
            address = act(*_locked(request_id))
    except PortalError as refused:
        return shown(request_id, Told(problem=str(refused)), refused.status)
    if address:
        return shown(request_id, Told(address=address))
    return redirect(url_for("console.request_page", request_id=request_id, done=done), 303)


def _locked(request_id: str) -> tuple[Site, Subscription, PaymentRequest]:
    """The rows, the subscription's locked first, as everywhere. 404 for one that this person may not see."""
    our_id: uuid.UUID | None = read_id(request_id)
    request = session().get(PaymentRequest, our_id) if our_id else None
    if request is None or signed_in().only_site not in {None, request.site_id}:
        raise NoSuchPage
    subscription = session().get_one(Subscription, request.subscription_id, with_for_update=True)
    session().refresh(request)
    return session().get_one(Site, request.site_id), subscription, request
