"""The frame around every page: the merchant, for whom, and what the live script needs to know."""

from __future__ import annotations

import phonenumbers

from portal.checkout import language
from portal.checkout.parts import LiveHint, Merchant, PageLink, Shell
from portal.checkout.reading import Facts
from portal.core.settings import Settings
from portal.core.speech import catalog
from portal.customers.emails import mask_email
from portal.customers.phones import mask_phone
from portal.links import tokens

_live_url = ""


def configure(settings: Settings) -> None:
    """Where the sockets are; empty where they share the pages' address."""
    global _live_url
    _live_url = "" if settings.live_url == settings.public_url else settings.live_url


def shell(facts: Facts, *, refresh_seconds: int | None = None) -> Shell:
    site, path = facts.site, own_path(facts)
    terms = PageLink(label=catalog(facts.locale).gettext("Terms"), href=language.kept(f"{path}/terms"))
    return Shell(
        merchant=Merchant(
            name=site.name,
            brand=site.brand,
            support_phone=_for_people(site.support_phone),
            support_phone_tel=site.support_phone or "",
            support_email=site.support_email or "",
            logo_href=f"{path}/logo" if site.logo_type and path else "",
        ),
        lang=facts.locale,
        dir=language.direction(facts.locale),
        languages=language.offered(facts.locale),
        links=(terms,) if site.terms_at and path else (),
        description=facts.terms.description,
        customer_first_name=facts.customer.first_name or "",
        live=live_hint(facts),
        refresh_seconds=refresh_seconds,
    )


def own_path(facts: Facts) -> str:
    """The address that these pages are under, for links between them; empty where its key has been retired."""
    token = tokens.make(facts.link.id, facts.link.nonce, facts.link.key_id)
    return f"/p/{token}" if token else ""


def live_hint(facts: Facts) -> LiveHint:
    return LiveHint(version=facts.subscription.version, sequence=facts.subscription.sequence, url=_live_url)


def contact(facts: Facts) -> tuple[str, str]:
    """The channel on which we would reach the customer and its masked address; empty where there is none."""
    for channel in facts.customer.channels:
        address = facts.customer.address(channel) or ""
        return channel, mask_phone(address) if channel == "sms" else mask_email(address)
    return "", ""


def _for_people(number: str | None) -> str:
    if not number:
        return ""
    return phonenumbers.format_number(phonenumbers.parse(number), phonenumbers.PhoneNumberFormat.NATIONAL)
