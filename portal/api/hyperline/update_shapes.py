"""How the dialect writes updates, what they would cost, and phases."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from portal.api.hyperline import shapes
from portal.api.hyperline.reading import Whole
from portal.billing.simulate import Simulation
from portal.sites.models import Site
from portal.subscriptions import bills
from portal.subscriptions.item_updates import ItemUpdate
from portal.subscriptions.lines import Line
from portal.subscriptions.models import Terms

Shape = dict[str, Any]
STATUS = {"canceled": "cancelled"}
PHASE_STATUS = {"scheduled": "pending", "canceled": "cancelled", "refused": "failed"}


def update_shape(site: Site, row: ItemUpdate) -> Shape:
    return {
        "id": str(row.id),
        "subscription_id": str(row.subscription_id),
        "type": row.kind,
        "status": STATUS.get(row.status, row.status),
        "reason": row.reason,
        "application_schedule": "scheduled" if row.apply_on else "immediately",
        "payment_schedule": row.pay,
        "calculation_method": row.method,
        "apply_at": shapes.midnight(site, row.apply_on),
        "charge_at": shapes.midnight(site, row.pay_on),
        "applied_at": row.applied_at,
        "amount": sum(line["amount_minor"] for lines in row.lines.values() for line in lines),
        "invoice_id": str(row.invoice_id) if row.invoice_id else None,
        "created_at": row.created_at,
    }


def simulation_shape(done: Simulation, lines: Sequence[Line], *, is_whole: bool) -> Shape:
    """`amount` is negative where more is credited than charged; the next invoices only where nothing is planned."""
    found = bills.changed(done.terms.price, lines)
    made = [{"date": invoice.invoice_on, "amount": invoice.amount_minor} for invoice in done.now]
    coming = [{"date": one.on, "amount": one.bill.total_minor} for one in done.coming]
    return {
        "amount": found.total_minor + sum(line.amount.minor for line in found.carried),
        "currency": done.terms.currency,
        "invoices": made,
        "next_invoices": coming if is_whole else [],
    }


def phase_shapes(one: Whole, rows: Sequence[ItemUpdate], terms: Sequence[Terms]) -> list[Shape]:
    """The first phase, which has the subscription's own id, and each that was planned after it."""
    by_version = {version.version: version for version in terms}
    by_id = {version.id: version for version in terms}
    begun = [row for row in rows if row.status in {"waiting", "applied"}]
    first_end = _began(begun[0]) if begun else None
    first_terms = _last_before(begun[0], by_version, by_id) if begun else one.terms
    found = [
        _phase(one, str(one.subscription.id), 0, "ended" if begun else _first_status(one))
        | {"ends_at": shapes.midnight(one.site, first_end or _next_day(rows))}
        | {"products": shapes.products_shape(one, first_terms)}
    ]
    for row in rows:
        found.append(_row_shape(one, row, begun, by_version, by_id))
    return found


def _row_shape(one: Whole, row: ItemUpdate, begun: list[ItemUpdate], by_version: Any, by_id: Any) -> Shape:
    after = begun[begun.index(row) + 1] if row in begun[:-1] else None
    status = PHASE_STATUS.get(row.status) or ("ended" if after else "active")
    if row not in begun:
        products = shapes.planned_products_shape(one, row.change["items"])
    else:
        products = shapes.products_shape(one, _last_before(after, by_version, by_id) if after else one.terms)
    return _phase(one, str(row.id), row.change["order"], status) | {
        "name": row.change["name"],
        "activation_strategy": "start_date" if row.apply_on else "manual",
        "starts_at": shapes.midnight(one.site, _began(row) if row in begun else row.apply_on),
        "ends_at": shapes.midnight(one.site, _began(after)) if after else None,
        "transition_calculation_method": row.method,
        "transition_invoicing_schedule": row.pay,
        "products": products,
    }


def _phase(one: Whole, our_id: str, order: int, status: str) -> Shape:
    start = one.terms.start_on or one.subscription.anchor_on
    return {
        "id": our_id,
        "name": one.terms.description if order == 0 else None,
        "type": "standard",
        "status": status,
        "order": order,
        "activation_strategy": "checkout",
        "starts_at": shapes.midnight(one.site, start),
        "ends_at": None,
        "transition_calculation_method": None,
        "transition_invoicing_schedule": None,
        "products": [],
    }


def _first_status(one: Whole) -> str:
    return {"pending": "pending", "closed": "ended"}.get(one.subscription.status, "active")


def _began(row: ItemUpdate) -> date | None:
    """The day that was planned, else the one on which it was called for."""
    return row.apply_on or (row.applied_at.date() if row.applied_at else None)


def _next_day(rows: Sequence[ItemUpdate]) -> date | None:
    return next((row.apply_on for row in rows if row.status == "scheduled"), None)


def _last_before(row: ItemUpdate, by_version: dict[int, Terms], by_id: dict[Any, Terms]) -> Terms:
    """The terms that a phase took over from."""
    new = by_id[row.terms_id]
    return by_version.get(new.version - 1, new)
