"""Addresses of the native API: what happened to one subscription, list by list, newest first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response
from sqlalchemy import select

from portal.api import auth, casing, paging
from portal.api.answers import answer
from portal.api.native import answers_lists as answers
from portal.api.native.lists import PageQuery
from portal.api.native.manual import manual
from portal.api.native.payments import payment_shapes
from portal.api.native.routes import bp
from portal.billing.message_shapes import message_shape
from portal.billing.models import Invoice, Payment
from portal.billing.snapshot import invoice_shapes, local
from portal.core.changes import Change
from portal.core.database import reading, session
from portal.links.models import PaymentRequest
from portal.notifications.models import Message
from portal.sites.models import Site
from portal.subscriptions import find, memos
from portal.subscriptions.models import Subscription

Write = Callable[[Site, Subscription, list[Any]], list[dict[str, Any]]]


@bp.get("/subscription/<subscription_id>/payments")
@manual.operation("Payments of a subscription", tag="History", query=PageQuery, answers={200: answers.Payments})
def list_payments(version: str, site_id: str, subscription_id: str, query: PageQuery) -> Response:
    """Every collection with what was sent back of it, newest first."""
    return _list(version, site_id, subscription_id, query, Payment, (Payment.created_at, Payment.id), _payments)


@bp.get("/subscription/<subscription_id>/invoices")
@manual.operation("Invoices of a subscription", tag="History", query=PageQuery, answers={200: answers.Invoices})
def list_invoices(version: str, site_id: str, subscription_id: str, query: PageQuery) -> Response:
    """What was owed for each period with its payments, newest period first."""
    return _list(version, site_id, subscription_id, query, Invoice, (Invoice.period_start, Invoice.id), _invoices)


@bp.get("/subscription/<subscription_id>/log")
@manual.operation("Change log of a subscription", tag="History", query=PageQuery, answers={200: answers.Log})
def list_log(version: str, site_id: str, subscription_id: str, query: PageQuery) -> Response:
    """Who changed what, from which value to which, under which request id; newest first. Nothing is ever removed."""
    return _list(version, site_id, subscription_id, query, Change, (Change.real_at, Change.id), _log)


@bp.get("/subscription/<subscription_id>/requests")
@manual.operation("Payment requests of a subscription", tag="History", query=PageQuery, answers={200: answers.Requests})
def list_requests(version: str, site_id: str, subscription_id: str, query: PageQuery) -> Response:
    """What the customer was asked, and how far each ask came: sent, delivered, opened, confirmed; newest first."""
    by = (PaymentRequest.created_at, PaymentRequest.id)
    return _list(version, site_id, subscription_id, query, PaymentRequest, by, _requests)


@bp.get("/subscription/<subscription_id>/notifications")
@manual.operation("Messages of a subscription", tag="History", query=PageQuery, answers={200: answers.Notifications})
def list_notifications(version: str, site_id: str, subscription_id: str, query: PageQuery) -> Response:
    """Texts and emails to the customer with their delivery, newest first."""
    return _list(version, site_id, subscription_id, query, Message, (Message.created_at, Message.id), _messages)


def _list(
    version: str, site_id: str, subscription_id: str, query: PageQuery, table: Any, by: tuple[Any, ...], write: Write
) -> Response:
    mine = auth.own_site(site_id)
    with reading():
        site = session().get_one(Site, mine)
        subscription = find.by_either_id(mine, subscription_id)
        wanted = select(table).where(table.site_id == mine, table.subscription_id == subscription.id)
        page = paging.page(wanted, by, query.asked)
        shapes = write(site, subscription, list(page.rows))
    shape = {"data": shapes, "has_more": page.next is not None, "next": page.next}
    return answer(casing.written(shape, version))


def _payments(site: Site, subscription: Subscription, rows: list[Payment]) -> list[dict[str, Any]]:
    return payment_shapes(site, rows)


def _invoices(site: Site, subscription: Subscription, rows: list[Invoice]) -> list[dict[str, Any]]:
    return invoice_shapes(site, rows, memos.of([subscription.id]))


def _log(site: Site, subscription: Subscription, rows: list[Change]) -> list[dict[str, Any]]:
    return [
        _identified(row)
        | {
            "at": local(site, row.at),
            "what": row.what,
            "entity": row.entity,
            "entity_id": str(row.entity_id),
            "actor": row.actor,
            "actor_name": row.actor_name,
            "request_id": row.request_id,
            "changes": row.fields,
        }
        for row in rows
    ]


def _requests(site: Site, subscription: Subscription, rows: list[PaymentRequest]) -> list[dict[str, Any]]:
    moments = ("created_at", "expires_at", "sent_at", "delivered_at", "opened_at", "confirmed_at")
    return [
        _identified(row)
        | {"kind": row.kind, "status": row.status}
        | {name: local(site, getattr(row, name)) for name in moments}
        for row in rows
    ]


def _messages(site: Site, subscription: Subscription, rows: list[Message]) -> list[dict[str, Any]]:
    return [message_shape(site, row) for row in rows]


def _identified(row: Any) -> dict[str, Any]:
    return {"_id": str(row.id), "id": str(row.id)}
