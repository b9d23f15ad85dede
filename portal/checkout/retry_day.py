"""The customer picks the day of the next try: the choice on the page of an overdue payment, and its form."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from wtforms import DateField
from wtforms.validators import InputRequired

from portal.billing import retry_day
from portal.billing.collect_now import tries
from portal.checkout.forms import LinkForm
from portal.checkout.reading import Facts
from portal.checkout.state import Shown, decide
from portal.core.database import session, transaction
from portal.core.errors import InvalidFields, NotAllowedNow
from portal.core.speech import catalog
from portal.sites.models import Site
from portal.subscriptions.models import Subscription


class RetryDayForm(LinkForm):
    """One of the days that the page listed; `version` is how many tries there were then."""

    day = DateField(validators=[InputRequired()])


def choose(facts: Facts) -> Shown | None:
    """Move the next try to the day of the posted form; the page again with its problem where that is no such day.

    What has changed meanwhile is not moved: the page says how it stands now.
    """
    form = RetryDayForm.posted(facts.link.id)
    overdue = facts.overdue
    if not form.validate() or form.day.data is None:
        return _again(facts)
    if overdue is None or decide(facts).template != "overdue.html":
        return None
    try:
        with suppress(NotAllowedNow), transaction():
            subscription = session().get_one(Subscription, facts.subscription.id, with_for_update=True)
            if tries(subscription.id) == form.version.data:
                site = session().get_one(Site, subscription.site_id)
                retry_day.choose(site, subscription, overdue.charged.payment.id, form.day.data)
    except InvalidFields:
        return _again(facts)
    return None


def _again(facts: Facts) -> Shown:
    """The page as it is now, with what is wrong; nothing was moved."""
    shown = decide(facts)
    problem = catalog(facts.locale).gettext("Choose one of the days that are listed.")
    return Shown(shown.template, replace(shown.page, shell=replace(shown.page.shell, problem=problem)), 422)
