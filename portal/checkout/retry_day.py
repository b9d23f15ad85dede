"""The customer picks the day of the next try: the choice on the page of an overdue payment, and its form."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from flask import redirect, request
from werkzeug.wrappers import Response
from wtforms import DateField
from wtforms.validators import InputRequired

from portal.billing import retry_day
from portal.billing.collect_now import tries
from portal.checkout.forms import LinkForm
from portal.checkout.reading import Facts, read
from portal.checkout.routes import bp, page_of, wrong
from portal.checkout.state import Shown, decide
from portal.core.database import reading, session, transaction
from portal.core.errors import InvalidFields, NotAllowedNow
from portal.core.speech import catalog
from portal.links import find as find_links
from portal.sites.models import Site
from portal.subscriptions.models import Subscription


class RetryDayForm(LinkForm):
    """One of the days that the page listed; `version` is how many tries there were then."""

    day = DateField(validators=[InputRequired()])


@bp.post("/<token>/retry-day")
def choose_retry_day(token: str) -> Response:
    """Move the next try. What has changed meanwhile is not moved: the page says how it stands now."""
    with reading():
        found = find_links.by_token(token)
        facts = read(found) if found else None
    if facts is None:
        return wrong()
    form = RetryDayForm.posted(facts.link.id)
    if not form.validate() or form.action.data != "retry-day":
        return _again(facts)
    overdue = facts.overdue
    if overdue is not None and form.day.data is not None and decide(facts).template == "overdue.html":
        try:
            with suppress(NotAllowedNow), transaction():
                subscription = session().get_one(Subscription, facts.subscription.id, with_for_update=True)
                if tries(subscription.id) == form.version.data:
                    site = session().get_one(Site, subscription.site_id)
                    retry_day.choose(site, subscription, overdue.charged.payment.id, form.day.data)
        except InvalidFields:
            return _again(facts)
    return redirect(request.path.removesuffix("/retry-day"), 303)


def _again(facts: Facts) -> Response:
    """The page as it is now, with what is wrong; nothing was moved."""
    shown = decide(facts)
    problem = catalog(facts.locale).gettext("Choose one of the days that are listed.")
    page = replace(shown.page, shell=replace(shown.page.shell, problem=problem))
    return page_of(Shown(shown.template, page, 422), facts)
