"""What the customer's own pages add to the main one: the ways out, the calendar, and where to find the rest."""

from __future__ import annotations

from dataclasses import replace

from portal.checkout.own import effects
from portal.checkout.pages import DonePage
from portal.checkout.reading import Facts
from portal.checkout.shell import own_path


def to_done(facts: Facts, page: DonePage) -> DonePage:
    """The ways out with their effect, and the dates for a calendar where there are any."""
    path = own_path(facts)
    return replace(
        page,
        pause=effects.pause_option(facts),
        cancel=effects.cancel_option(facts),
        calendar_href=f"{path}/dates.ics" if facts.subscription.next_due_on and path else "",
    )
