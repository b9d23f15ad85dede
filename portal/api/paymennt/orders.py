"""From the dialect's bodies to orders of the domain: who is meant, how often, and what is kept beside."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from portal.api.paymennt.bodies import Address, CustomerBody, SubscriptionBody
from portal.core.database import session
from portal.core.errors import InvalidFields, Problem, invalid
from portal.core.ids import read_id
from portal.core.keep import KEEP
from portal.customers import by_contact
from portal.customers.add_or_update import CustomerOrder, Phone, SavedCustomer
from portal.customers.add_or_update import add_or_update as save
from portal.customers.models import Customer
from portal.customers.phones import InvalidPhone, parse_phone
from portal.sites.models import Site
from portal.subscriptions.orders import SubscriptionOrder
from portal.subscriptions.rhythm_names import from_send_every


def subscription_order(site: Site, body: SubscriptionBody) -> SubscriptionOrder:
    """Collected by link (PM1); a start long ago and an end that has passed are no slips here."""
    assert body.description is not None
    assert body.amount is not None
    assert body.currency is not None
    assert body.send_every is not None
    rhythm = from_send_every(body.send_every)
    return SubscriptionOrder(
        description=body.description,
        amount=body.amount,
        currency=body.currency,
        frequency=rhythm.frequency,
        frequency_units=rhythm.units,
        send_on_hour=body.send_on_hour,
        customer=_customer_of(site, body),
        start_on=body.start_date,
        end_on=body.end_date,
        bill_to=_address(body.billing_address),
        sold_to=_address(body.delivery_address),
        return_url=body.return_url,
        cancellation_terms=_cancellation(body),
        collection="link",
        is_keyed=False,
        guards_dates=False,
    )


def save_customer(site: Site, body: CustomerBody) -> SavedCustomer:
    """Add a customer, or update the one whom the merchant's id or the contact names (PM6)."""
    return save(site, _customer_order(site, body))


def _customer_of(site: Site, body: SubscriptionBody) -> CustomerOrder:
    """By our id, or by what is told of them; one of the two."""
    if body.customer_id is not None:
        our_id = read_id(body.customer_id)
        found = session().get(Customer, our_id) if our_id else None
        if found is None or found.site_id != site.id:
            raise invalid("customerId", "There is no customer with this id.")
        return CustomerOrder(id=found.id)
    if body.customer is None:
        raise InvalidFields([Problem("customer", "missing", "Give customerId or customer.")])
    if body.customer.email is None and body.customer.phone is None:
        raise InvalidFields([Problem("customer.email", "missing", "A link needs an email or a phone to be sent to.")])
    return _customer_order(site, body.customer)


def _customer_order(site: Site, body: CustomerBody) -> CustomerOrder:
    phone = _phone(site, body.phone)
    found = None
    if body.merchants_id is None:
        found = by_contact.find(site, phone.e164 if phone else None, body.email)
    return CustomerOrder(
        id=found.id if found else None,
        external_id=body.merchants_id,
        first_name=body.first_name or KEEP,
        last_name=body.last_name or KEEP,
        phone=phone if phone and not (found and found.mobile_phone) else KEEP,
        email=body.email if body.email and not (found and found.email) else KEEP,
    )


def _phone(site: Site, text: str | None) -> Phone | None:
    """With the international calling code and without a plus (971567…), or as people at the site write it."""
    if text is None:
        return None
    if text.isascii() and text.isdecimal():
        with suppress(InvalidPhone):  # no calling code in front, then: a number of the site's country
            return Phone(text, parse_phone(f"+{text}", site.country, must_be_valid=True))
    try:
        return Phone(text, parse_phone(text, site.country, must_be_valid=site.mode == "live"))
    except InvalidPhone as error:
        raise invalid("customer.phone", str(error)) from None


def _cancellation(body: SubscriptionBody) -> str | None:
    if body.cancellation_policy_type != "CUSTOM":
        return None
    if body.custom_cancellation_terms is None:
        words = "Give the terms that go with the custom policy."
        raise InvalidFields([Problem("customCancellationTerms", "missing", words)])
    return body.custom_cancellation_terms


def _address(address: Address | None) -> dict[str, Any] | None:
    """As it came, without what was left out."""
    given = address.model_dump(exclude_none=True) if address else {}
    return given or None
