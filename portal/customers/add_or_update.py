"""Add or update a customer by the merchant's own id; contact data arrive already parsed."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from portal.core import changes
from portal.core.database import one_at_a_time, session
from portal.core.errors import InvalidFields, Problem
from portal.core.keep import KEEP, Keep, NotGiven
from portal.customers.models import Customer
from portal.sites import clock
from portal.sites.models import Site


@dataclass(frozen=True, slots=True)
class Phone:
    """A number as the merchant wrote it and in E.164."""

    given: str
    e164: str


@dataclass(frozen=True, slots=True)
class CustomerOrder:
    """What a merchant says about a customer; KEEP leaves a field as it is, None clears it.

    Found by `id`, else by `external_id`; with neither, the customer at hand is meant, or a new one.
    """

    id: uuid.UUID | None = None
    external_id: str | None = None
    first_name: str | None | NotGiven = KEEP
    last_name: str | None | NotGiven = KEEP
    account_name: str | None | NotGiven = KEEP
    phone: Phone | None | NotGiven = KEEP
    email: str | None | NotGiven = KEEP
    notify_phone: bool | None | NotGiven = KEEP
    notify_email: bool | None | NotGiven = KEEP
    locale: str | None | NotGiven = KEEP
    notes: str | None | NotGiven = KEEP


@dataclass(frozen=True, slots=True)
class SavedCustomer:
    """`contact_changed` tells that links sent before went somewhere else than new ones would."""

    customer: Customer
    action: str
    contact_changed: bool


def add_or_update(site: Site, order: CustomerOrder, present: Customer | None = None) -> SavedCustomer:
    """Write the customer in the open transaction. Raises InvalidFields when a reference or a contact is missing."""
    customer = _find(site, order) or (present if order.external_id is None and order.id is None else None)
    if order.id is not None and customer is None:
        raise InvalidFields([Problem("customer", "invalid", "There is no customer with this id.")])
    added = customer is None
    customer = customer or _new(site, order)
    before = (customer.mobile_phone, customer.email, customer.channels)
    differences = _apply(customer, order)
    _check_contacts(customer)
    contact_changed = not added and before != (customer.mobile_phone, customer.email, customer.channels)
    if added or differences:
        customer.updated_at = clock.now(site)
        changes.record(
            "customer added" if added else "customer updated",
            site_id=site.id,
            entity="customer",
            entity_id=customer.id,
            at=clock.now(site),
            fields=differences,
        )
    session().flush()
    return SavedCustomer(customer, "added" if added else "updated", contact_changed)


def _find(site: Site, order: CustomerOrder) -> Customer | None:
    mine = select(Customer).where(Customer.site_id == site.id).with_for_update()
    if order.id is not None:
        return session().scalar(mine.where(Customer.id == order.id))
    if order.external_id is None:
        return None
    one_at_a_time(f"customer:{site.id}:{order.external_id}")
    return session().scalar(mine.where(Customer.external_id == order.external_id))


def _new(site: Site, order: CustomerOrder) -> Customer:
    now = clock.now(site)
    customer = Customer(site_id=site.id, external_id=order.external_id, created_at=now, updated_at=now)
    session().add(customer)
    return customer


def _apply(customer: Customer, order: CustomerOrder) -> dict[str, tuple[Any, Any]]:
    """Set what was given; the log gets names of contact fields, never their values."""
    wanted: dict[str, Any] = {
        name: getattr(order, name)
        for name in (
            "first_name",
            "last_name",
            "account_name",
            "email",
            "notify_phone",
            "notify_email",
            "locale",
            "notes",
        )
    }
    if not isinstance(order.phone, Keep):
        wanted["mobile_phone"] = order.phone.e164 if order.phone else None
        wanted["phone_as_given"] = order.phone.given if order.phone else None
    differences = {}
    for name, value in wanted.items():
        if isinstance(value, Keep) or getattr(customer, name) == value:
            continue
        if name == "locale" and customer.locale_chosen:
            continue  # the customer's own choice stands
        secret = name in {"email", "mobile_phone", "phone_as_given", "notes"}
        differences[name] = (None, "changed") if secret else (getattr(customer, name), value)
        setattr(customer, name, value)
    return differences


def _check_contacts(customer: Customer) -> None:
    """HF32 and its page: mobile_phone is needed for notify_phone, email for notify_email."""
    problems = []
    if customer.notify_phone and not customer.mobile_phone:
        problems.append(Problem("customer.mobile_phone", "missing", "A mobile phone is needed to notify by text."))
    if customer.notify_email and not customer.email:
        problems.append(Problem("customer.email", "missing", "An email address is needed to notify by email."))
    if problems:
        raise InvalidFields(problems)
