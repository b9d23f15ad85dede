"""The frame around every page: the merchant, for whom, and what the live script needs to know."""

from __future__ import annotations

import phonenumbers

from portal.billing import wishes
from portal.checkout import language
from portal.checkout.forms import token_for
from portal.checkout.parts import LiveHint, Merchant, PageLink, PostForm, Shell
from portal.checkout.reading import Facts
from portal.core.settings import Settings
from portal.core.speech import catalog
from portal.customers.emails import mask_email
from portal.customers.phones import mask_phone
from portal.links import requests, tokens
from portal.links.check_words import check_words
from portal.sites import clock

_live_url = _public_url = ""


def configure(settings: Settings) -> None:
    """Where the pages are, and the sockets; the latter empty where they share the pages' address."""
    global _live_url, _public_url
    _public_url = settings.public_url
    _live_url = "" if settings.live_url == settings.public_url else settings.live_url


def shell(facts: Facts, *, refresh_seconds: int | None = None) -> Shell:
    site, path = facts.site, own_path(facts)
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
        language_form=_language_form(facts),
        back=language.page_of_request(path),
        description=facts.terms.description,
        customer_first_name=facts.customer.first_name or "",
        links=_foot(facts),
        menu=_menu(facts),
        live=live_hint(facts),
        check_words=check_words(facts.link, facts.subscription.id) or None,
        refresh_seconds=refresh_seconds,
    )


def _language_form(facts: Facts) -> PostForm | None:
    """On the customer's own pages a language that is tapped at the foot is saved on their record at once.

    A page that asks for one thing has one button. There the languages are links, and the yes, or the payment, that is
    given in a tapped language saves it; where the link opens nothing any more, nothing does.
    """
    asks = facts.request.kind == requests.INSTALMENT or facts.subscription.accepted_at is None
    if asks or not _opens(facts):
        return None
    token = token_for(facts.link.id, "language", None)
    return PostForm(action="language", csrf_token=token, path=f"{own_path(facts)}/choices")


def _foot(facts: Facts) -> tuple[PageLink, ...]:
    """What helps on every page; a link that is shut leads nowhere but to the terms."""
    path, say = own_path(facts), catalog(facts.locale)
    pages = []
    if _opens(facts):
        pages = [("genuine", say.gettext("Is this genuine?")), ("choices", say.gettext("Language and text messages"))]
    if facts.site.terms_at and path:
        pages.append(("terms", say.gettext("Terms")))
    return tuple(PageLink(label=label, href=language.kept(f"{path}/{page}")) for page, label in pages)


def _menu(facts: Facts) -> tuple[PageLink, ...]:
    """Where the rest of the customer's own pages is."""
    path, say, subscription = own_path(facts), catalog(facts.locale), facts.subscription
    if not _opens(facts):
        return ()
    pages = []
    if subscription.accepted_at is not None:
        pages = [
            ("papers", say.gettext("Receipts and invoices")),
            ("agreed", say.gettext("What you agreed to")),
            ("history", say.gettext("Everything that happened")),
        ]
    if subscription.status in {"active", "failed"} and facts.instalment is None:
        pages.append(("method", say.gettext("Use a card you gave before")))
    if subscription.status != "closed" and facts.instalment is None:
        pages.append(("someone-else", say.gettext("Someone else pays")))
    if (facts.money.owed_minor or facts.instalment) and wishes.may_cancel(facts.site, subscription):
        pages.append(("cancel", say.gettext("Cancel subscription")))
    return tuple(PageLink(label=label, href=language.kept(f"{path}/{page}")) for page, label in pages)


def _opens(facts: Facts) -> bool:
    shut = facts.link.revoked_at or facts.link.replaced_at or facts.request.status == "replaced"
    gone = facts.subscription.archived_at or facts.subscription.deleted_at
    return bool(own_path(facts)) and not shut and not gone


def own_path(facts: Facts) -> str:
    """The address that these pages are under, for links between them; empty where its key has been retired."""
    token = tokens.make(facts.link.id, facts.link.nonce, facts.link.key_id)
    return f"/p/{token}" if token else ""


def live_hint(facts: Facts) -> LiveHint:
    """A page that says "today" is old on the next day, though nothing has changed."""
    subscription, today = facts.subscription, clock.today(facts.site).isoformat()
    return LiveHint(version=subscription.version, sequence=subscription.sequence, day=today, url=_live_url)


def own_address(facts: Facts) -> str:
    """The whole address of the page, for a QR code or a calendar; empty where its key has been retired."""
    path = own_path(facts)
    return f"{_public_url}{path}" if path else ""


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
