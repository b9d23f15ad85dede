"""What customers choose for themselves: their language, and no more texts; no update by the merchant undoes it."""

from __future__ import annotations

import uuid

from portal.core import changes
from portal.core.database import session
from portal.customers.models import Customer
from portal.sites import clock
from portal.sites.models import Site


def choose_language(site: Site, customer: Customer, locale: str) -> None:
    """Pages and messages speak it from now on. The customer's row is locked by the caller."""
    before, customer.locale = customer.locale, locale
    customer.locale_chosen = True
    if before != locale:
        _note(site, customer, "language chosen", {"locale": (before, locale)})


def keep_tapped(site: Site, customer_id: uuid.UUID, locale: str) -> None:
    """Who says yes on a page in a language they tapped has chosen it; nothing where none was tapped ("")."""
    if locale:
        choose_language(site, session().get_one(Customer, customer_id, with_for_update=True), locale)


def stop_texts(site: Site, customer: Customer) -> bool:
    """Notices go by email from now on, or nowhere where there is no address. False: they were stopped already."""
    if customer.texts_stopped_at is not None:
        return False
    customer.texts_stopped_at = clock.now(site)
    _note(site, customer, "texts stopped", {"texts": ("on", "off")})
    return True


def take_texts_again(site: Site, customer: Customer) -> bool:
    """The merchant's wishes count again. False: they were not stopped."""
    if customer.texts_stopped_at is None:
        return False
    customer.texts_stopped_at = None
    _note(site, customer, "texts taken again", {"texts": ("off", "on")})
    return True


def _note(site: Site, customer: Customer, what: str, fields: dict[str, tuple[str | None, str | None]]) -> None:
    customer.updated_at = clock.now(site)
    changes.record(
        what, site_id=site.id, entity="customer", entity_id=customer.id, at=clock.now(site), fields=fields
    )  # fmt: skip
