"""The one search box: a name, a phone in any spelling, an e-mail, an id, four digits of a card, a request id."""

from __future__ import annotations

import re
import uuid
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select, union

from portal.billing.models import Invoice, Payment, PaymentMethod
from portal.core.changes import Change
from portal.core.ids import read_id
from portal.customers.models import Customer
from portal.links.models import PaymentRequest
from portal.subscriptions.models import Subscription

Ids = Select[Any]

_PHONE = re.compile(r"[+()\d\s./\-\u00a0\u2010-\u2013]+")
_FEWEST_DIGITS = 4


def matching(text: str) -> ColumnElement[bool]:
    """The condition on a PaymentRequest that what was typed (not empty) fits it or its subscription."""
    wanted = text.strip()
    our_id = read_id(wanted)
    if our_id is not None:
        return or_(PaymentRequest.id == our_id, PaymentRequest.subscription_id.in_(union(*_by_id(our_id))))
    if wanted.startswith("req_"):
        return PaymentRequest.subscription_id.in_(select(Change.subscription_id).where(Change.request_id == wanted))
    return PaymentRequest.subscription_id.in_(union(*_by_words(wanted)))


def _by_id(our_id: uuid.UUID) -> list[Ids]:
    return [
        select(Subscription.id).where(or_(Subscription.id == our_id, Subscription.customer_id == our_id)),
        select(Payment.subscription_id).where(Payment.id == our_id),
        select(Invoice.subscription_id).where(Invoice.id == our_id),
    ]


def _by_words(wanted: str) -> list[Ids]:
    found = [
        select(Subscription.id).where(Subscription.external_id == wanted),
        select(Invoice.subscription_id).where(Invoice.invoice_number == wanted),
        _of_customers(Customer.external_id == wanted),
        _of_customers(_named(wanted)),
        _of_customers(func.lower(Customer.email).contains(wanted.lower(), autoescape=True)),
    ]
    digits = "".join(filter(str.isdecimal, wanted)).lstrip("0")
    if _PHONE.fullmatch(wanted) and len(digits) >= _FEWEST_DIGITS:
        found.append(_of_customers(Customer.mobile_phone.contains(digits, autoescape=True)))
    if re.fullmatch(r"[0-9]{4}", wanted):
        cards = select(PaymentMethod.id).where(PaymentMethod.last4 == wanted)
        found.append(select(Payment.subscription_id).where(Payment.payment_method_id.in_(cards)))
        found.append(select(Subscription.id).where(Subscription.payment_method_id.in_(cards)))
    return found


def _of_customers(which: ColumnElement[bool]) -> Ids:
    return select(Subscription.id).join(Customer, Customer.id == Subscription.customer_id).where(which)


def _named(wanted: str) -> ColumnElement[bool]:
    """Every word stands somewhere in the names, in any order."""
    name: ColumnElement[str] = func.coalesce(Customer.first_name, "")
    for part in (Customer.last_name, Customer.account_name):
        name = name + " " + func.coalesce(part, "")
    condition: ColumnElement[bool] = or_(False)
    for place, word in enumerate(wanted.split()):
        fits = _has(name, word)
        condition = fits if place == 0 else condition & fits
    return condition


def _has(name: ColumnElement[str], word: str) -> ColumnElement[bool]:
    # SQLite lowers ASCII letters alone, so an accented capital is looked for as a name is written.
    return or_(
        func.lower(name).contains(word.lower(), autoescape=True), name.contains(word.capitalize(), autoescape=True)
    )
