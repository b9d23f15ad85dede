"""The door of the customer's own pages: the link opens its subscription, or says why not; forms prove their page."""

from __future__ import annotations

from typing import Any

from flask import Response, make_response, redirect, render_template
from werkzeug.wrappers import Response as BaseResponse

from portal.checkout.reading import Facts, read
from portal.checkout.routes import wrong
from portal.checkout.shell import own_path
from portal.checkout.state import decide
from portal.core.database import session
from portal.links import find as find_links
from portal.sites.models import Site
from portal.subscriptions.models import Subscription, Terms


def opened(token: str) -> Facts | None:
    """Call inside reading(). The facts behind a link of the customer's own; None for an unknown one."""
    found = find_links.by_token(token)
    return read(found) if found else None


def is_open(facts: Facts) -> bool:
    """The link was neither shut nor replaced; what it is about may be expired or over."""
    shut = facts.link.revoked_at or facts.link.replaced_at or facts.request.status == "replaced"
    return not shut and not facts.subscription.archived_at and not facts.subscription.deleted_at


def is_live(facts: Facts) -> bool:
    """It opens the customer's own page: the yes was given."""
    return is_open(facts) and facts.subscription.accepted_at is not None


def main_page(facts: Facts | None, status: int | None = None) -> BaseResponse:
    """Where a page has nothing to say now: the page of the link as it is, or 404 for an unknown link."""
    if facts is None:
        return wrong()
    shown = decide(facts)
    if shown.status == 200 and status is None:
        return redirect(own_path(facts), 303)
    return _rendered(f"checkout/{shown.template}", shown.page, status or shown.status)


def page(name: str, view: Any, status: int = 200) -> Response:
    return _rendered(f"checkout/own/{name}.html", view, status)


def locked(facts: Facts) -> tuple[Site, Subscription, Terms]:
    """Call inside transaction(): the rows as they are now, the subscription held until the end."""
    subscription = session().get_one(Subscription, facts.subscription.id, with_for_update=True)
    terms = session().get_one(Terms, subscription.binding_terms_id or subscription.terms_id)
    return session().get_one(Site, subscription.site_id), subscription, terms


def _rendered(template: str, view: Any, status: int) -> Response:
    return make_response(render_template(template, page=view, fragment=False), status)
