"""What the dialect's answers are made of: a subscription with its terms and customer, its instalments by the page."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from flask import current_app, g, request
from sqlalchemy import Select, func, select

from portal.api.paymennt.shapes import Agreed, Instalment
from portal.billing.models import Invoice, Payment
from portal.billing.pay_models import PaySession
from portal.core.database import session
from portal.core.errors import NotFound, invalid
from portal.core.ids import read_id
from portal.core.settings import Settings
from portal.customers.models import Customer
from portal.links import requests, tokens
from portal.links.models import Link, PaymentRequest
from portal.subscriptions.models import Subscription, Terms

MOST = 100


def pages() -> tuple[int, int]:
    """`page` from 0 and `size`, 20 unless told."""
    return _whole("page", 0, 0, 10**6), _whole("size", 20, 1, MOST)


def _whole(name: str, default: int, lowest: int, highest: int) -> int:
    text = request.args.get(name, "") or str(default)
    if not text.isascii() or not text.isdecimal() or not lowest <= int(text[:9]) <= highest or len(text) > 9:
        raise invalid(name, f"Give a whole number from {lowest} to {highest}.")
    return int(text)


def all_agreed() -> Select[Subscription, Terms, Customer]:
    """Every subscription of the key's site that was not deleted."""
    return (
        select(Subscription, Terms, Customer)
        .join(Terms, Terms.id == Subscription.terms_id)
        .join(Customer, Customer.id == Subscription.customer_id)
        .where(Subscription.site_id == g.site_id, Subscription.deleted_at.is_(None))
    )


def agreed(subscription_id: str, *, lock: bool = False) -> Agreed:
    """Raises NotFound for an unknown id, and alike for another site's."""
    our_id = read_id(subscription_id)
    wanted = all_agreed().where(Subscription.id == our_id)
    row = session().execute(wanted.with_for_update(of=Subscription) if lock else wanted).first() if our_id else None
    if row is None:
        raise NotFound("Subscription not found for API merchant")
    return Agreed(*row)


def count(wanted: Select[Any]) -> int:
    return session().scalar(select(func.count()).select_from(wanted.order_by(None).subquery())) or 0


def request_of(checkout_id: str) -> PaymentRequest:
    """The instalment's request that a checkout is. Raises NotFound, for another site's too."""
    our_id = read_id(checkout_id)
    found = session().get(PaymentRequest, our_id) if our_id else None
    if found is None or found.site_id != g.site_id or found.kind != requests.INSTALMENT or found.invoice_id is None:
        raise NotFound("Checkout not found for API merchant")
    return found


def instalments(wanted: Select[Invoice]) -> list[Instalment]:
    """These invoices with all that hangs on them, in five reads whatever their number."""
    invoices = session().scalars(wanted).all()
    ids = [invoice.id for invoice in invoices]
    asked = {one.invoice_id: one for one in _of(PaymentRequest, ids) if one.kind == requests.INSTALMENT}
    paid = {one.invoice_id: one for one in _of(Payment, ids)}
    visits = {one.invoice_id: one for one in _of(PaySession, ids) if one.status == "open"}
    addresses = _addresses([one.id for one in asked.values()])
    return [
        Instalment(
            invoice,
            found := asked.get(invoice.id),
            paid.get(invoice.id),
            visits.get(invoice.id),
            addresses.get(found.id) if found else None,
        )
        for invoice in invoices
    ]


def _of(table: Any, invoice_ids: Sequence[uuid.UUID]) -> Sequence[Any]:
    """Oldest first, so that the newest of an invoice stands in a dictionary of them."""
    if not invoice_ids:
        return []
    mine = select(table).where(table.invoice_id.in_(invoice_ids)).order_by(table.created_at, table.id)
    return session().scalars(mine).all()


def _addresses(request_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, str]:
    """The newest link of each request that still opens it, written out for the merchant."""
    settings: Settings = current_app.extensions["portal_settings"]
    if not request_ids:
        return {}
    working = select(Link).where(
        Link.request_id.in_(request_ids), Link.revoked_at.is_(None), Link.replaced_at.is_(None)
    )
    found = {}
    for link in session().scalars(working.order_by(Link.created_at, Link.id)):
        token = tokens.make(link.id, link.nonce, link.key_id)
        if token is not None:
            found[link.request_id] = f"{settings.public_url}/p/{token}"
    return found
