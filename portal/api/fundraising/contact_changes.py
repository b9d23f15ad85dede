"""Addresses of the dialect: contacts that change, by PUT or JSON Patch, and that are archived."""

from __future__ import annotations

from typing import Any

from flask import Response, g
from sqlalchemy import select

from portal.api.answers import answer
from portal.api.fundraising import answers, bodies, patching, reading, shapes
from portal.api.fundraising.bodies import PatchBody
from portal.api.fundraising.catalog_bodies import ContactBody
from portal.api.fundraising.contacts import details_of, read_phone, refuse_known, shape_now
from portal.api.fundraising.door import bp
from portal.api.fundraising.manual import CONTACTS, manual
from portal.core import changes
from portal.core.database import session, transaction
from portal.core.errors import NotAllowedNow, NotFound, invalid
from portal.core.keep import KEEP
from portal.customers import details
from portal.customers.add_or_update import CustomerOrder
from portal.customers.models import Customer
from portal.sites import clock
from portal.sites.models import Site
from portal.subscriptions.customer_changed import save_customer
from portal.subscriptions.models import Subscription

PATCHABLE = tuple(one.alias or name for name, one in ContactBody.model_fields.items())


@bp.put("/contact/<customer_id>")
@manual.operation("Update a contact", tag=CONTACTS, body=ContactBody, answers={200: answers.Contact})
def update_contact(customer_id: str, body: ContactBody) -> Response:
    """What is given is set, empty takes away, what is left out stays. Where a subscription still waits for the
    contact's yes and the email or msisdn moves, the link is sent anew."""
    with transaction():
        site, contact = reading.the_site(), _known(customer_id)
        _change(site, contact, body)
        return answer(shape_now(site, contact))


@bp.patch("/contact/<customer_id>")
@manual.operation(
    "Patch a contact",
    tag=CONTACTS,
    body=PatchBody,
    answers={200: answers.Contact},
    body_example=[{"op": "replace", "path": "/city", "value": "Aarhus"}],
)
def patch_contact(customer_id: str, body: PatchBody) -> Response:
    """JSON Patch (RFC 6902) of the fields of a contact; all of it or nothing. What is removed is empty. A nationalId
    can be set and removed, and not asked about: it stands in no `test` and moves nowhere."""
    with transaction():
        site, contact = reading.the_site(), _known(customer_id)
        before = _patchable(site, contact)
        after = patching.patch_fields(before, body.operations(), PATCHABLE, write_only="nationalId")
        wanted = {name: after.get(name) for name in PATCHABLE if after.get(name) != before.get(name)}
        _change(site, contact, bodies.read(ContactBody, wanted))
        return answer(shape_now(site, contact))


@bp.post("/contact/<customer_id>/Archive")
@manual.operation("Archive a contact", tag=CONTACTS, answers={200: answers.Contact})
def archive_contact(customer_id: str) -> Response:
    """Hidden from lists, and takes no new subscription. One whose subscription goes on cannot be archived: cancel it
    first, so that nobody is charged out of sight."""
    with transaction():
        site, contact = reading.the_site(), _known(customer_id)
        going_on = select(Subscription.id).where(
            Subscription.customer_id == contact.id,
            Subscription.status != "closed",
            Subscription.archived_at.is_(None),
            Subscription.deleted_at.is_(None),
        )
        if session().scalar(going_on.limit(1)) is not None:
            raise NotAllowedNow("A subscription of this contact goes on. Cancel it first, then archive the contact.")
        details.archive(site, contact)
        return answer(shape_now(site, contact))


@bp.post("/contact/<customer_id>/Unarchive")
@manual.operation("Unarchive a contact", tag=CONTACTS, answers={200: answers.Contact})
def unarchive_contact(customer_id: str) -> Response:
    """Shown in lists again."""
    with transaction():
        site, contact = reading.the_site(), _known(customer_id)
        details.unarchive(site, contact)
        return answer(shape_now(site, contact))


def _known(customer_id: str) -> Customer:
    found = reading.contact(customer_id)
    if found is None:
        raise NotFound("There is no contact with this guid.")
    return found


def _patchable(site: Site, contact: Customer) -> dict[str, Any]:
    """The fields as JSON has them; of the national id only whether there is one."""
    shape = bodies.as_json(shapes.contact_shape(site, contact, details.of([contact.id]).get(contact.id)))
    return {name: shape[name] for name in PATCHABLE}


def _change(site: Site, contact: Customer, body: ContactBody) -> None:
    save_customer(site, _order(site, contact, body))
    if "external_id" in body.model_fields_set and body.external_id != contact.external_id:
        _rename(site, contact, body.external_id)
    details.save(site, contact, details_of(body))
    if not any((contact.first_name, contact.last_name, contact.account_name, contact.email, contact.mobile_phone)):
        raise invalid("name", "Leave the contact a name, an email or an msisdn.")


def _order(site: Site, contact: Customer, body: ContactBody) -> CustomerOrder:
    given = body.model_fields_set
    company = body.company_name if "company_name" in given else KEEP
    if "name" in given and body.name != contact.name:
        parts = (
            body.first_name if "first_name" in given else contact.first_name,
            body.last_name if "last_name" in given else contact.last_name,
        )
        if any(parts) and not given & {"first_name", "last_name"}:
            raise invalid("name", "This contact has a firstName or a lastName: change those.")
        company = body.company_name or (company if any(parts) else body.name)
    return CustomerOrder(
        id=contact.id,
        first_name=body.first_name if "first_name" in given else KEEP,
        last_name=body.last_name if "last_name" in given else KEEP,
        account_name=company,
        phone=read_phone(site, body.msisdn) if "msisdn" in given else KEEP,
        email=body.email if "email" in given else KEEP,
    )


def _rename(site: Site, contact: Customer, external_id: str | None) -> None:
    refuse_known(site, external_id)
    changes.record(
        "customer updated",
        site_id=g.site_id,
        entity="customer",
        entity_id=contact.id,
        at=clock.now(site),
        fields={"external_id": (contact.external_id, external_id)},
    )
    contact.external_id, contact.updated_at = external_id, clock.now(site)
