"""Rows in the words of the console: amounts, rhythms, contacts, states."""

from __future__ import annotations

from portal.console.times import LOCALE
from portal.core import formats
from portal.customers.emails import mask_email
from portal.customers.models import Customer
from portal.customers.phones import mask_phone, national
from portal.links.models import REQUEST
from portal.subscriptions.models import Terms
from portal.subscriptions.words import rhythm_words

STATES = {state: "Queued" if state == "issued" else state.capitalize() for state in REQUEST.names}
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def money(minor: int, currency: str) -> str:
    return formats.amount(minor, currency, LOCALE)


def rhythm(terms: Terms) -> str:
    """ "every month", or "once"."""
    if terms.number_of_payments == 1:
        return "once"
    return rhythm_words(terms.rhythm, LOCALE)


def number(count: int) -> str:
    """Small numbers are written out."""
    return _NUMBERS[count] if count < len(_NUMBERS) else str(count)


def times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{number(count)} times")


def counted(count: int, one: str, many: str = "") -> str:
    """ "1 payment", "2 payments"."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def phone(customer: Customer, country: str, *, in_full: bool) -> str:
    if not customer.mobile_phone:
        return ""
    return national(customer.mobile_phone, country) if in_full else mask_phone(customer.mobile_phone)


def email(customer: Customer, *, in_full: bool) -> str:
    return "" if not customer.email else customer.email if in_full else mask_email(customer.email)


def masked(channel: str, address: str) -> str:
    return mask_phone(address) if channel == "sms" else mask_email(address)
