"""The customer's language, and whether texts are sent; saved on their record by a tap."""

from __future__ import annotations

from dataclasses import replace

from flask import redirect, request
from werkzeug.wrappers import Response as BaseResponse

from portal.checkout.language import is_page
from portal.checkout.own import door
from portal.checkout.own.frame import long, post_form, still
from portal.checkout.own.own_form import OwnForm
from portal.checkout.own.pages import ChoicesPage, LanguageChoice
from portal.checkout.reading import Facts
from portal.checkout.routes import bp
from portal.checkout.shell import own_path
from portal.core.database import reading, session, transaction
from portal.core.formats import is_rtl
from portal.core.instants import local_day
from portal.core.speech import catalog, filled
from portal.customers import choices
from portal.customers.emails import mask_email
from portal.customers.models import Customer
from portal.customers.phones import mask_phone
from portal.links.machines import is_machine
from portal.sites.models import Site
from portal.subscriptions.announce import announce
from portal.subscriptions.models import Subscription

# Each is named in itself, so that who cannot read the page finds it.
LANGUAGES = {"en": "English", "fr": "Français", "da": "Dansk", "ar": "العربية"}


@bp.get("/<token>/choices")
def show_choices(token: str) -> BaseResponse:
    facts = _read(token)
    if facts is None or not door.is_open(facts):
        return door.main_page(facts)
    return door.page("choices", choices_page(facts, saved=request.args.get("saved", "")))


@bp.post("/<token>/choices")
def save_choices(token: str) -> BaseResponse:
    facts = _read(token)
    if facts is None or not door.is_open(facts):
        return door.main_page(facts)
    form, language = OwnForm.posted(facts.link.id, request.form), request.form.get("language", "")
    known = form.action.data in {"stop-texts", "take-texts"} or (form.is_for("language") and language in LANGUAGES)
    if not form.validate() or not known:
        return door.page("choices", choices_page(facts), 422)
    action, back = str(form.action.data), request.form.get("back")
    # A scanner that submits every form it finds changes nothing.
    if not is_machine(request.headers.get("User-Agent", "")):
        with transaction():
            _save(facts, action, language)
    if back is not None and is_page(back):  # tapped at the foot of that page
        return redirect(f"{own_path(facts)}/{back}".rstrip("/"), 303)
    return redirect(f"{own_path(facts)}/choices?saved={action}", 303)


def _save(facts: Facts, action: str, language: str) -> None:
    """The subscription is locked before its customer, as everywhere."""
    subscription = session().get_one(Subscription, facts.subscription.id, with_for_update=True)
    customer = session().get_one(Customer, subscription.customer_id, with_for_update=True)
    site = session().get_one(Site, subscription.site_id)
    if action == "language":
        choices.choose_language(site, customer, language)
    elif action == "stop-texts":
        if choices.stop_texts(site, customer):
            announce(site, subscription, "notification", message="Customer stopped text messages", error=False)
    elif choices.take_texts_again(site, customer):
        announce(site, subscription, "notification", message="Customer takes text messages again", error=False)


def choices_page(facts: Facts, saved: str = "") -> ChoicesPage:
    customer, say = facts.customer, catalog(facts.locale)
    present = (customer.locale or facts.site.locale).partition("-")[0].partition("_")[0]
    stopped = customer.texts_stopped_at is not None
    texts = "off" if stopped else "on" if customer.mobile_phone and "sms" in customer.channels else "none"
    words = {
        "language": say.gettext("Saved. We speak this language from now on."),
        "stop-texts": say.gettext("Saved. We send you no more text messages."),
        "take-texts": say.gettext("Saved. We send you text messages again."),
    }
    return ChoicesPage(
        shell=replace(still(facts), description=facts.terms.description),
        languages=tuple(
            LanguageChoice(code=code, name=name, dir="rtl" if is_rtl(code) else "ltr", checked=code == present)
            for code, name in LANGUAGES.items()
        ),
        language_form=post_form(facts, "language", page="choices"),
        texts=texts,
        texts_words=_texts_words(facts, texts),
        texts_form=post_form(facts, "take-texts" if stopped else "stop-texts", page="choices"),
        back_href=own_path(facts),
        saved=words.get(saved, ""),
    )


def _texts_words(facts: Facts, texts: str) -> str:
    """What the tap would change, said before it: where notices of payments go then."""
    customer, say = facts.customer, catalog(facts.locale)
    email = mask_email(customer.email) if customer.email else ""
    phone = mask_phone(customer.mobile_phone) if customer.mobile_phone else ""
    merchant = facts.site.name
    if texts == "on" and email:
        words = say.gettext(
            "Texts go to %(phone)s. If you stop them, notices of your payments go by e-mail to %(email)s instead."
        )
    elif texts == "on":
        words = say.gettext(
            "Texts go to %(phone)s. We have no e-mail address of you: if you stop them, you get no notices of your "
            "payments at all. They still stand on your page. %(merchant)s can add your e-mail address."
        )
    elif texts == "off" and email:
        words = say.gettext("You stopped them on %(day)s. Notices of your payments go by e-mail to %(email)s.")
    elif texts == "off":
        words = say.gettext(
            "You stopped them on %(day)s. We have no e-mail address of you, so you get no notices of your payments. "
            "They stand on your page. %(merchant)s can add your e-mail address."
        )
    else:
        words = say.gettext("%(merchant)s sends you no text messages.")
    at = customer.texts_stopped_at
    day = long(facts, local_day(at, facts.site.timezone)) if at else ""
    return filled(words, facts.locale, phone=phone, email=email, merchant=merchant, day=day)


def _read(token: str) -> Facts | None:
    with reading():
        return door.opened(token)
