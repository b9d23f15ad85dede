"""Why a charge was refused and how it was paid, in words that the customer may read."""

from __future__ import annotations

from portal.core.speech import catalog, filled


def decline_reason(code: str, locale: str) -> str:
    """A refusal's code as a clause: "not enough money in the account". Unknown codes: "it gave no reason".

    A lost, stolen or fraudulent card is not named: the person who holds the page may not be its owner.
    """
    say = catalog(locale)
    reasons = {
        "insufficient_funds": say.gettext("not enough money in the account"),
        "expired_card": say.gettext("the card has expired"),
        "incorrect_number": say.gettext("the card number is not right"),
        "incorrect_cvc": say.gettext("the security code is not right"),
        "authentication_required": say.gettext("your bank wants to ask you first"),
        "authentication_refused": say.gettext("you did not approve it at your bank"),
        "limit_exceeded": say.gettext("it is over the limit of the card"),
        "authentication_expired": say.gettext("you did not approve it at your bank in time"),
        "too_many_today": say.gettext("this card was tried too often today"),
        "too_many_tries": say.gettext("this card was tried too often this month"),
        "method_revoked": say.gettext("your bank no longer lets this card be charged"),
        "processing_error": say.gettext("your bank could not be reached"),
    }
    return reasons.get(code, say.gettext("it gave no reason"))


def method_words(brand: str, last4: str, locale: str) -> str:
    """ "Visa ending 4242"; without the four digits the brand alone."""
    if not last4:
        return brand
    return filled(catalog(locale).gettext("%(brand)s ending %(last4)s"), locale, brand=brand, last4=last4)
