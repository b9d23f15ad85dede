"""Addresses of the dialect: contacts, who take agreements."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from flask import Response, g
from sqlalchemy import ColumnElement, Select, exists, func, or_, select

from portal.api.answers import answer
from portal.api.fundraising import answers, reading, samples, shapes
from portal.api.fundraising.catalog_bodies import ContactBody, ContactsQuery
from portal.api.fundraising.door import bp
from portal.api.fundraising.manual import CONTACTS, manual
from portal.core.database import one_at_a_time, session, transaction
from portal.core.database import reading as only_reading
from portal.core.errors import InvalidFields, NotFound, Problem, invalid
from portal.customers import details
from portal.customers.add_or_update import CustomerOrder, Phone, add_or_update
from portal.customers.details import ContactDetails
from portal.customers.models import Customer
from portal.customers.phones import InvalidPhone, parse_phone
from portal.sites.models import Site


@bp.get("/contacts")
@manual.operation("List contacts", tag=CONTACTS, query=ContactsQuery, answers={200: answers.Contacts})
def list_contacts(query: ContactsQuery) -> Response:
    """Newest first; `search` finds by email or msisdn. Archived ones are shown to who asks for them."""
    with only_reading():
        site = reading.the_site()
        wanted = _found(site, query.search).where(_is_archived(wanted=query.archived is True))
        shape = reading.page(wanted, (Customer.created_at, Customer.id), query, lambda rows: _shapes(site, rows))
    return answer(shape)


def _shapes(site: Site, rows: Sequence[Customer]) -> list[shapes.Shape]:
    known = details.of([one.id for one in rows])
    return [shapes.contact_shape(site, one, known.get(one.id)) for one in rows]


def _is_archived(*, wanted: bool) -> ColumnElement[bool]:
    found = exists().where(ContactDetails.customer_id == Customer.id, ContactDetails.archived_at.is_not(None))
    return found if wanted else ~found


@bp.get("/contact/<customer_id>")
@manual.operation("Get a contact", tag=CONTACTS, answers={200: answers.Contact})
def get_contact(customer_id: str) -> Response:
    """By its guid, with the national id in clear."""
    with only_reading():
        site, found = reading.the_site(), reading.contact(customer_id)
        if found is None:
            raise NotFound("There is no contact with this guid.")
        shape = shapes.contact_shape(site, found, details.of([found.id]).get(found.id), whole=True)
    return answer(shape)


@bp.post("/contact")
@manual.operation(
    "Insert a contact",
    tag=CONTACTS,
    body=ContactBody,
    answers={201: answers.Contact},
    body_example=samples.CONTACT_BODY,
)
def add_contact(body: ContactBody) -> Response:
    """A new one each time. What is kept beside how to reach them is for you alone: no page or message shows it."""
    with transaction():
        site = reading.the_site()
        refuse_known(site, body.external_id)
        made = add_or_update(site, _order(site, body)).customer
        details.save(site, made, details_of(body))
        return answer(shape_now(site, made), 201)


def shape_now(site: Site, contact: Customer) -> shapes.Shape:
    """The contact as it stands, with what was done to it in this transaction."""
    session().flush()
    return shapes.contact_shape(site, contact, details.of([contact.id]).get(contact.id))


def details_of(body: ContactBody) -> dict[str, Any]:
    """What of a body stands in the details, where it was given."""
    named = {name: name for name in (*details.FIELDS, "national_id")} | {"origin_at": "origin_ts"}
    return {ours: getattr(body, theirs) for ours, theirs in named.items() if theirs in body.model_fields_set}


def _found(site: Site, search: str | None) -> Select[Any]:
    mine = select(Customer).where(Customer.site_id == site.id)
    if search is None:
        return mine
    digits = "".join(sign for sign in search if sign.isascii() and sign.isdigit())
    same = [func.lower(Customer.email) == search.lower()]
    same += [Customer.mobile_phone == f"+{digits}"] if digits else []
    return mine.where(or_(*same))


def refuse_known(site: Site, external_id: str | None) -> None:
    if external_id is None:
        return
    one_at_a_time(f"customer:{site.id}:{external_id}")
    taken = select(Customer.id).where(Customer.site_id == g.site_id, Customer.external_id == external_id)
    if session().scalar(taken) is not None:
        raise invalid("externalId", "Another contact has this id already.")


def _order(site: Site, body: ContactBody) -> CustomerOrder:
    """A full name alone is kept whole: where it parts is not ours to guess."""
    if not any((body.name, body.first_name, body.last_name, body.company_name, body.email, body.msisdn)):
        raise InvalidFields([Problem("name", "missing", "Give a name, an email or an msisdn.")])
    has_parts = body.first_name is not None or body.last_name is not None
    return CustomerOrder(
        external_id=body.external_id,
        first_name=body.first_name,
        last_name=body.last_name,
        account_name=body.company_name or (None if has_parts else body.name),
        phone=read_phone(site, body.msisdn),
        email=body.email,
    )


def read_phone(site: Site, text: str | None) -> Phone | None:
    """With the calling code and without a plus (4535294855), or as people at the site write it."""
    if text is None:
        return None
    if text.isascii() and text.isdecimal():
        with suppress(InvalidPhone):  # no calling code in front, then: a number of the site's country
            return Phone(text, parse_phone(f"+{text}", site.country, must_be_valid=True))
    try:
        return Phone(text, parse_phone(text, site.country, must_be_valid=site.mode == "live"))
    except InvalidPhone as error:
        raise invalid("msisdn", str(error)) from None
