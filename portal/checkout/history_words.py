"""What happened, in plain words: the lines of the customer's history and the reasons of a refusal."""

from __future__ import annotations

from enum import StrEnum

from portal.billing.words import method_words as method_words
from portal.core.speech import catalog, filled


class Happening(StrEnum):
    """What a history line can tell. The values in brackets are those that its sentence uses."""

    SENT_TEXT = "sent_text"  # merchant
    SENT_EMAIL = "sent_email"  # merchant
    TERMS_CHANGED = "terms_changed"  # merchant
    AGREED = "agreed"  # amount, rhythm, description
    METHOD_CHANGED = "method_changed"  # method
    TAKEN = "taken"  # amount, method
    DECLINED = "declined"  # amount, reason
    BEING_CHECKED = "being_checked"  # amount
    REFUNDED = "refunded"  # amount
    CALLED_OFF = "called_off"  # amount
    PAUSED = "paused"
    RESUMED = "resumed"
    CANCELED = "canceled"
    ENDED = "ended"  # description


def happened(what: Happening, locale: str, **values: str) -> str:
    """One sentence of the history. Raises KeyError when a value that the sentence names is not given."""
    say = catalog(locale)
    sentences = {
        Happening.SENT_TEXT: say.gettext("%(merchant)s sent you this request by text message."),
        Happening.SENT_EMAIL: say.gettext("%(merchant)s sent you this request by e-mail."),
        Happening.TERMS_CHANGED: say.gettext("%(merchant)s changed the terms."),
        Happening.AGREED: say.gettext("You agreed to %(amount)s %(rhythm)s for %(description)s."),
        Happening.METHOD_CHANGED: say.gettext("You changed your payment method to %(method)s."),
        Happening.TAKEN: say.gettext("%(amount)s was taken from your %(method)s."),
        Happening.DECLINED: say.gettext("%(amount)s was declined: %(reason)s. Nothing was taken."),
        Happening.BEING_CHECKED: say.gettext("Your bank has not told us yet whether it took the %(amount)s."),
        Happening.REFUNDED: say.gettext("%(amount)s was sent back to you."),
        Happening.CALLED_OFF: say.gettext("The payment of %(amount)s was called off. Nothing was taken."),
        Happening.PAUSED: say.gettext("Your payments were paused."),
        Happening.RESUMED: say.gettext("Your payments started again."),
        Happening.CANCELED: say.gettext("You canceled. Nothing more is taken."),
        Happening.ENDED: say.gettext("Your %(description)s ended."),
    }
    return filled(sentences[what], locale, **values)


def message_subject(purpose: str, locale: str) -> str:
    """What a message was about, to stand behind a colon. Raises KeyError for no purpose of messages to customers."""
    say = catalog(locale)
    return {
        "link": say.gettext("your payment link"),
        "instalment": say.gettext("a payment is due"),
        "confirmed": say.gettext("what you agreed to"),
        "terms_changed": say.gettext("the terms changed"),
        "payment_failed": say.gettext("a payment was declined"),
        "approve": say.gettext("your bank asks for your approval"),
        "card_expires": say.gettext("your card expires soon"),
        "canceled": say.gettext("you canceled"),
        "code": say.gettext("the code you asked for"),
        "ended": say.gettext("your payments ended"),
        "paused": say.gettext("your payments are paused"),
        "goes_on": say.gettext("your payments start again"),
        "refunded": say.gettext("money was sent back to you"),
    }[purpose]
