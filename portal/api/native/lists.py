"""Addresses of the native API: the list of subscriptions, and deleting one."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from flask import Response
from pydantic import BaseModel, Field
from sqlalchemy import ColumnElement, Select, select

from portal.api import auth, casing, paging, preconditions
from portal.api.answers import answer
from portal.api.native import answers, answers_lists, values
from portal.api.native.manual import manual
from portal.api.native.routes import bp
from portal.api.native.samples import SUMMARY
from portal.billing.snapshot import summary_shapes
from portal.core.database import reading, session, transaction
from portal.core.ids import read_id
from portal.customers.models import Customer
from portal.customers.phones import InvalidPhone, parse_phone
from portal.sites.models import Site
from portal.subscriptions import ending, find
from portal.subscriptions.models import STATUS, Subscription

NOBODY = "-"  # no phone and no address is spelled so


class PageQuery(BaseModel):
    """Where a page begins and how long it is."""

    limit: Annotated[int, values.whole(1, paging.MOST, required=True)] = Field(
        paging.LIMIT, ge=1, le=paging.MOST, description="Rows on a page."
    )
    after: values.Cursor = Field(None, description="The value of `next` from the page before, unchanged.")

    @property
    def asked(self) -> paging.Asked:
        return paging.Asked(self.limit, self.after)


class ListQuery(PageQuery):
    """Which subscriptions; everything given must hold."""

    status: Annotated[str | None, values.one_of(STATUS.names)] = Field(
        None, description="One of pending, active, paused, failed, closed.", json_schema_extra={"enum": [*STATUS.names]}
    )
    customer: values.Reference = Field(None, description="Our id of the customer, or your own external id.")
    external_id: values.Reference = None
    email: values.Reference = Field(None, description="The customer's email.")
    phone: values.Reference = Field(None, description="The customer's phone, in any spelling.")
    created_from: values.Day = Field(None, description="The first day, at the site.")
    created_to: values.Day = Field(None, description="The last day, at the site.")
    archived: values.Asked = Field(False, description="Archived ones too.")
    deleted: values.Asked = Field(False, description="Deleted ones too.")


@bp.get("/subscription")
@manual.operation(
    "List subscriptions",
    tag="Subscriptions",
    query=ListQuery,
    answers={200: answers_lists.Subscriptions},
    answer_examples={200: {"data": [SUMMARY], "has_more": False, "next": None}},
)
def list_subscriptions(version: str, site_id: str, query: ListQuery) -> Response:
    """Newest first, without their invoices. Archived and deleted ones are hidden unless asked for."""
    mine = auth.own_site(site_id)
    with reading():
        site = session().get_one(Site, mine)
        by = (Subscription.created_at, Subscription.id)
        page = paging.page(_wanted(site, query), by, query.asked)
        shape = {"data": summary_shapes(page.rows), "has_more": page.next is not None, "next": page.next}
    return answer(casing.written(shape, version))


@bp.delete("/subscription/<subscription_id>")
@manual.operation(
    "Delete a subscription",
    tag="Subscriptions",
    answers={200: answers.Deleted},
    refuses=(409,),
    versioned=True,
)
def delete_subscription(version: str, site_id: str, subscription_id: str) -> Response:
    """A pending or closed one is no longer there for anybody; one that goes on is refused (409): close it first. Its
    external_id stays taken."""
    mine = auth.own_site(site_id)
    with transaction():
        subscription = find.by_either_id(mine, subscription_id, lock=True)
        preconditions.seen().require(subscription)
        ending.delete(session().get_one(Site, mine), subscription)
        shape = {"success": True, "_id": str(subscription.id), "id": str(subscription.id), "deleted": True}
        return answer(casing.written(shape, version))


def _wanted(site: Site, query: ListQuery) -> Select[Any]:
    wanted = select(Subscription).where(Subscription.site_id == site.id)
    if not query.archived:
        wanted = wanted.where(Subscription.archived_at.is_(None))
    if not query.deleted:
        wanted = wanted.where(Subscription.deleted_at.is_(None))
    if query.status is not None:
        wanted = wanted.where(Subscription.status == query.status)
    if query.external_id is not None:
        wanted = wanted.where(Subscription.external_id == query.external_id)
    if query.created_from is not None:
        wanted = wanted.where(Subscription.created_at >= _midnight(site, query.created_from))
    if query.created_to is not None:
        wanted = wanted.where(Subscription.created_at < _midnight(site, query.created_to, days=1))
    return _of_customer(site, query, wanted)


def _of_customer(site: Site, query: ListQuery, wanted: Select[Any]) -> Select[Any]:
    who = select(Customer.id).where(Customer.site_id == site.id)
    conditions: list[ColumnElement[bool]] = []
    if query.customer is not None:
        conditions.append((Customer.external_id == query.customer) | (Customer.id == read_id(query.customer)))
    if query.email is not None:
        conditions.append(Customer.email == query.email)
    if query.phone is not None:
        conditions.append(Customer.mobile_phone == _phone(site, query.phone))
    return wanted.where(Subscription.customer_id.in_(who.where(*conditions))) if conditions else wanted


def _phone(site: Site, text: str) -> str:
    """As it is stored; what is no phone number finds nobody."""
    try:
        return parse_phone(text, site.country, must_be_valid=False)
    except InvalidPhone:
        return NOBODY


def _midnight(site: Site, day: date, days: int = 0) -> datetime:
    """The instant at which a day, or the one after it, begins at the site. The last day of all ends nowhere."""
    on = min(day, date.max - timedelta(days=2)) + timedelta(days=days)
    return datetime.combine(max(on, date(2, 1, 1)), time(), ZoneInfo(site.timezone))
