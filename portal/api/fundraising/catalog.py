"""Addresses of the dialect: agreements, add-ons and saved payment methods."""

from __future__ import annotations

from typing import Any

from flask import Response, g
from sqlalchemy import ColumnElement, select

from portal.api.answers import answer
from portal.api.fundraising import answers, catalog_orders, orders, reading, samples, shapes
from portal.api.fundraising.catalog_bodies import AddOnBody, AddOnsQuery, AgreementBody, AgreementsQuery, MethodsQuery
from portal.api.fundraising.door import bp
from portal.api.fundraising.manual import ADD_ONS, AGREEMENTS, METHODS, manual
from portal.billing.models import PaymentMethod
from portal.catalog import add_ons, agreements
from portal.catalog.add_ons import AddOn
from portal.catalog.agreements import SHARED, Agreement
from portal.core.database import reading as only_reading
from portal.core.database import session, transaction
from portal.core.errors import NotFound, invalid
from portal.core.ids import read_id
from portal.subscriptions import update, versions


@bp.get("/agreements")
@manual.operation("List agreements", tag=AGREEMENTS, query=AgreementsQuery, answers={200: answers.Agreements})
def list_agreements(query: AgreementsQuery) -> Response:
    """The shared ones, newest first; with contactGuid that contact's personal ones."""
    with only_reading():
        site = reading.the_site()
        mine = select(Agreement).where(Agreement.site_id == g.site_id)
        whose = (
            Agreement.kind == SHARED
            if query.contact_guid is None
            else Agreement.customer_id == read_id(query.contact_guid)
        )
        shape = reading.page(
            mine.where(whose, is_archived(Agreement, query.archived)),
            (Agreement.created_at, Agreement.id),
            query,
            lambda rows: [shapes.agreement_shape(site, one) for one in rows],
        )
    return answer(shape)


@bp.get("/agreement/<agreement_id>")
@manual.operation("Get an agreement", tag=AGREEMENTS, answers={200: answers.Agreement})
def get_agreement(agreement_id: str) -> Response:
    """By its guid."""
    with only_reading():
        shape = shapes.agreement_shape(reading.the_site(), agreements.find(g.site_id, agreement_id))
    return answer(shape)


@bp.post("/agreement")
@manual.operation(
    "Insert an agreement",
    tag=AGREEMENTS,
    body=AgreementBody,
    answers={201: answers.Agreement},
    body_example=samples.AGREEMENT_BODY,
)
def add_agreement(body: AgreementBody) -> Response:
    """What is paid, how much and how often. An agreement never changes: make another, move subscriptions to it, and
    archive the old one."""
    with transaction():
        site = reading.the_site()
        made = agreements.add(site, catalog_orders.agreement_order(site, body))
        orders.rhythm_of(made)
        catalog_orders.refuse_other_sums(body, made)
        return answer(shapes.agreement_shape(site, made), 201)


@bp.get("/addOns")
@manual.operation("List add-ons", tag=ADD_ONS, query=AddOnsQuery, answers={200: answers.AddOns})
def list_add_ons(query: AddOnsQuery) -> Response:
    """Newest first."""
    with only_reading():
        site = reading.the_site()
        mine = select(AddOn).where(AddOn.site_id == g.site_id)
        shape = reading.page(
            mine.where(is_archived(AddOn, query.archived)),
            (AddOn.created_at, AddOn.id),
            query,
            lambda rows: [shapes.add_on_shape(site, one) for one in rows],
        )
    return answer(shape)


@bp.get("/addOn/<add_on_id>")
@manual.operation("Get an add-on", tag=ADD_ONS, answers={200: answers.AddOn})
def get_add_on(add_on_id: str) -> Response:
    """By its guid."""
    with only_reading():
        shape = shapes.add_on_shape(reading.the_site(), add_ons.find(g.site_id, add_on_id))
    return answer(shape)


@bp.post("/addOn")
@manual.operation(
    "Insert an add-on",
    tag=ADD_ONS,
    body=AddOnBody,
    answers={201: answers.AddOn},
    body_example={"name": "Magazine", "unitPrice": 20.00, "currencyCode": "DKK"},
)
def add_add_on(body: AddOnBody) -> Response:
    """Part of the catalog; with subscriptionGuid that subscription takes it too, from its next payment on."""
    with transaction():
        site = reading.the_site()
        subscription = None
        if body.subscription_guid is not None:
            try:
                subscription = reading.locked(body.subscription_guid)
            except NotFound:
                raise invalid("subscriptionGuid", "There is no subscription with this guid.") from None
        made = add_ons.add(site, catalog_orders.add_on_order(site, body))
        if subscription is not None:
            terms = versions.terms_of(subscription.terms_id)
            update.update(site, subscription, orders.with_add_on(terms, made, body.quantity or 1))
        return answer(shapes.add_on_shape(site, made), 201)


@bp.get("/paymentMethods")
@manual.operation("List payment methods", tag=METHODS, query=MethodsQuery, answers={200: answers.PaymentMethods})
def list_methods(query: MethodsQuery) -> Response:
    """Those that contacts have saved, newest first; never the card of somebody who pays for them."""
    with only_reading():
        site = reading.the_site()
        mine = select(PaymentMethod).where(*_own())
        if query.contact_guid is not None:
            mine = mine.where(PaymentMethod.customer_id == read_id(query.contact_guid))
        shape = reading.page(
            mine,
            (PaymentMethod.created_at, PaymentMethod.id),
            query,
            lambda rows: [shapes.method_shape(site, one) for one in rows],
        )
    return answer(shape)


@bp.get("/paymentMethod/<method_id>")
@manual.operation("Get a payment method", tag=METHODS, answers={200: answers.PaymentMethod})
def get_method(method_id: str) -> Response:
    """By its guid."""
    with only_reading():
        found = session().scalar(select(PaymentMethod).where(*_own(), PaymentMethod.id == read_id(method_id)))
        if found is None:
            raise NotFound("There is no payment method with this guid.")
        shape = shapes.method_shape(reading.the_site(), found)
    return answer(shape)


def is_archived(offer: type[Agreement | AddOn], wanted: bool | None) -> ColumnElement[bool]:
    return offer.archived_at.is_not(None) if wanted else offer.archived_at.is_(None)


def _own() -> tuple[Any, ...]:
    """Methods that a contact gave here to be charged again."""
    return PaymentMethod.site_id == g.site_id, PaymentMethod.payer_id.is_(None), PaymentMethod.once.is_(False)
