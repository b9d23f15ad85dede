"""From the dialect's bodies to orders of the domain: an agreement becomes terms, add-ons become items."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from flask import g

from portal.api.fundraising import reading
from portal.api.fundraising.bodies import SubscriptionBody, TakenAddOn
from portal.catalog import add_ons, agreements
from portal.catalog.add_ons import AddOn
from portal.catalog.agreements import Agreement
from portal.core.errors import InvalidFields, Problem, invalid
from portal.core.money import Money
from portal.customers import details
from portal.customers.add_or_update import CustomerOrder
from portal.customers.models import Customer
from portal.sites import clock
from portal.sites.models import Site
from portal.subscriptions import agenda
from portal.subscriptions.item_orders import ItemOrder, TaxOrder
from portal.subscriptions.lines import LineKind
from portal.subscriptions.models import Subscription, Terms
from portal.subscriptions.orders import SubscriptionOrder
from portal.subscriptions.prices import BASE, Item, TaxRule
from portal.subscriptions.rhythm_names import from_agreement
from portal.subscriptions.rhythms import Rhythm
from portal.subscriptions.schedules import from_column

VAT = "VAT"


@dataclass(frozen=True, slots=True)
class Choice:
    """The contact and the agreement that a body names, both the site's own."""

    contact: Customer
    agreement: Agreement


def choice(body: SubscriptionBody) -> Choice:
    """Raises InvalidFields for a guid that is unknown or another site's, each named."""
    contact = reading.contact(body.contact_guid)
    agreement = agreements.find_if_any(g.site_id, body.agreement_guid or "")
    problems = []
    if contact is None:
        problems.append(Problem("contactGuid", "invalid", "There is no contact with this guid."))
    if agreement is None:
        problems.append(Problem("agreementGuid", "invalid", "There is no agreement with this guid."))
    if contact is None or agreement is None:
        raise InvalidFields(problems)
    if is_archived(contact):
        raise invalid("contactGuid", "This contact is archived. Unarchive it first.")
    refuse_archived(agreement)
    refuse_anothers(agreement, contact)
    return Choice(contact, agreement)


def is_archived(contact: Customer) -> bool:
    known = details.of([contact.id]).get(contact.id)
    return known is not None and known.archived_at is not None


def refuse_archived(agreement: Agreement) -> None:
    if agreement.archived_at is not None:
        raise invalid("agreementGuid", "This agreement is archived and no longer offered. Choose another.")


def refuse_anothers(agreement: Agreement, contact: Customer) -> None:
    if agreement.customer_id not in (None, contact.id):
        raise invalid("agreementGuid", "This agreement is another contact's own.")


def subscription_order(site: Site, body: SubscriptionBody, chosen: Choice) -> SubscriptionOrder:
    """A start years ago is no slip here; an end that has passed is."""
    if body.expires_after_date is not None and body.expires_after_date < clock.today(site):
        raise invalid("expiresAfterDate", "The day lies in the past. Give today or a later one.")
    agreement = chosen.agreement
    taken = [(_add_on(one, agreement.currency), one.quantity or 1) for one in body.add_ons]
    rhythm = rhythm_of(agreement)
    return SubscriptionOrder(
        external_id=body.external_id,
        description=agreement.name,
        amount=agreement.unit_amount.decimal,
        currency=agreement.currency,
        quantity=body.quantity or agreement.default_quantity,
        frequency=rhythm.frequency,
        frequency_units=rhythm.units,
        fixed_day=rhythm.fixed_day,
        months=rhythm.months,
        items=tuple(item_order(add_on, count) for add_on, count in taken),
        taxes=(*vat_orders(agreement), *(tax for add_on, _ in taken for tax in vat_on(add_on))),
        customer=CustomerOrder(id=chosen.contact.id),
        start_on=body.start_date,
        end_on=body.expires_after_date,
        is_keyed=False,
        guards_dates=False,
    )


def change_of_agreement(
    site: Site, subscription: Subscription, terms: Terms, agreement: Agreement
) -> SubscriptionOrder:
    """Other terms from the next due date on (OF17): the period that is paid runs to its end, then it counts anew."""
    if agreement.currency != terms.currency and terms.items:
        raise invalid(
            "agreementGuid", f"Its add-ons are in {terms.currency}: this agreement is in {agreement.currency}."
        )
    rhythm = rhythm_of(agreement)
    kept = [tax_order(rule, terms.currency) for rule in terms.price.taxes if rule.on != BASE]
    return SubscriptionOrder(
        description=agreement.name,
        amount=agreement.unit_amount.decimal,
        currency=agreement.currency,
        frequency=rhythm.frequency,
        frequency_units=rhythm.units,
        fixed_day=rhythm.fixed_day,
        months=rhythm.months,
        taxes=(*vat_orders(agreement), *kept),
        start_on=_new_start(site, subscription, terms, rhythm),
        moves_start=True,
    )


def _new_start(site: Site, subscription: Subscription, terms: Terms, rhythm: Rhythm) -> date | None:
    """The first date of the new rhythm that is not before the next due one; before the yes the start stays."""
    if subscription.accepted_at is None:
        return terms.start_on
    today = agenda.today(site, terms)
    return rhythm.starting(max(subscription.next_due_on or today, today)).anchor


def with_add_on(terms: Terms, add_on: AddOn, count: int) -> SubscriptionOrder:
    """What the terms have already, and this; taken again, its number changes."""
    if add_on.currency != terms.currency:
        raise invalid("subscriptionGuid", f"This subscription is in {terms.currency}, the add-on in {add_on.currency}.")
    others = [item for item in terms.price.items if item.product_id != str(add_on.id)]
    taxes = [tax_order(rule, terms.currency) for rule in terms.price.taxes if rule.on != str(add_on.id)]
    items = [present_item(item, terms.currency) for item in others]
    return SubscriptionOrder(items=(*items, item_order(add_on, count)), taxes=(*taxes, *vat_on(add_on)))


def rhythm_of(agreement: Agreement) -> Rhythm:
    """Raises InvalidSchedule, InvalidUnits where its fields make none."""
    day = from_column(agreement.fixed_day)
    return from_agreement(agreement.calendar_unit, agreement.every, day, tuple(agreement.months or ()))


def item_order(add_on: AddOn, count: int) -> ItemOrder:
    guid = str(add_on.id)
    return ItemOrder(add_on.name, add_on.unit_amount.decimal, count, LineKind.ADD_ON, id=guid, product_id=guid)


def present_item(item: Item, currency: str) -> ItemOrder:
    """An item as it stands, for an order that keeps it."""
    amount = Money(item.unit_amount_minor, currency).decimal
    return ItemOrder(
        item.description,
        amount,
        item.count,
        item.kind,
        item.repeats,
        item.billed,
        item.own_day,
        item.id,
        item.product_id,
    )


def tax_order(rule: TaxRule, currency: str) -> TaxOrder:
    amount = Money(rule.amount_minor, currency).decimal if rule.amount_minor is not None else None
    return TaxOrder(rule.name, rule.rate, amount, rule.inclusive, rule.on)


def vat_orders(agreement: Agreement) -> tuple[TaxOrder, ...]:
    """On top of the base alone: an add-on has a rate of its own."""
    return (TaxOrder(VAT, agreement.vat, on=BASE),) if agreement.vat is not None else ()


def vat_on(add_on: AddOn) -> Sequence[TaxOrder]:
    return (TaxOrder(VAT, add_on.vat, on=str(add_on.id)),) if add_on.vat is not None else ()


def engagement_values(site: Site, body: SubscriptionBody, agreement: Agreement) -> dict[str, object]:
    """What is kept beside it; a time without a zone is the site's."""
    origin = body.origin_ts
    if origin is not None and origin.tzinfo is None:
        origin = origin.replace(tzinfo=ZoneInfo(site.timezone))
    return {
        "agreement_id": agreement.id,
        "external_link": body.external_link,
        "origin_at": origin,
        "data_set": body.data_set_guid,
        "hold_words": body.hold_description,
    }


def _add_on(taken: TakenAddOn, currency: str) -> AddOn:
    found = add_ons.find_if_any(g.site_id, taken.add_on_guid or "")
    if found is None:
        raise invalid("addOns", "There is no add-on with this guid.")
    if found.archived_at is not None:
        raise invalid("addOns", "This add-on is archived and no longer offered.")
    if found.currency != currency:
        raise invalid("addOns", f"The agreement is in {currency}, the add-on in {found.currency}.")
    return found
