"""Addresses of the native API: changes of one line in the middle of a period, and what any change would cost."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from flask import Response
from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from portal.api import auth, casing, preconditions
from portal.api.answers import answer
from portal.api.native import answers_items, items, values
from portal.api.native.manual import manual
from portal.api.native.reading import read_subscription, refuse_problems
from portal.api.native.routes import bp, rules
from portal.billing import item_updates, line_shapes
from portal.billing.models import Invoice
from portal.billing.simulate import Simulation, simulate
from portal.core.database import reading, session, transaction
from portal.core.ids import read_id
from portal.core.money import Money
from portal.sites.models import Site
from portal.subscriptions import find
from portal.subscriptions.grids import Pay
from portal.subscriptions.item_updates import ItemUpdate, UpdateKind, UpdateOrder
from portal.subscriptions.models import Terms
from portal.subscriptions.previews import Coming
from portal.subscriptions.proration import Method
from portal.subscriptions.words import reason_words

MOST_UPDATES, MOST_INVOICES = 20, 120
ADD = {"type": "add_product", "product": {"description": "Towels", "amount": 31}, "payment_schedule": "next_invoice"}


class UpdateBody(items.Both):
    """One change of a line: what, from when, how its period is reckoned, and when it is paid."""

    type: answers_items.UpdateType
    line: values.Reference = Field(None, description="The id of the line; not with add_product.")
    product: items.LineBody | None = Field(None, description="The line to add.")
    quantity: items.Quantity = Field(None, description="With update_count: how many from now on.")
    amount: items.MaybeAmount = Field(None, description="With update_price: for one, from now on.")
    coupon: items.CouponBody | None = Field(None, description="With add_coupon: the coupon to add.")
    coupon_id: values.Reference = Field(None, description="With remove_coupon: the id of the coupon.")
    calculation_method: Literal["pro_rata", "pay_in_full", "do_not_charge"] = Field(
        "pro_rata", description="How the period in which the change falls is reckoned."
    )
    payment_schedule: Literal["immediately", "next_invoice", "custom"] = Field(
        "immediately", description="When what it costs is charged."
    )
    charge_on: values.Day = Field(None, description="With custom: a day after today.")
    application_schedule: Literal["immediately", "scheduled"] = "immediately"
    apply_on: values.Day = Field(None, description="With scheduled: the day of the change.")

    @model_validator(mode="after")
    def _days(self) -> UpdateBody:
        if (self.application_schedule == "scheduled") != (self.apply_on is not None):
            words = "Give apply_on with application_schedule scheduled, and only with it."
            raise PydanticCustomError("invalid", "{words}", {"field": "apply_on", "words": words})
        return self

    def order(self) -> UpdateOrder:
        return UpdateOrder(
            kind=UpdateKind(self.type),
            item=self.product.order() if self.product else None,
            item_id=self.line,
            count=self.quantity,
            amount=self.amount,
            method=Method(self.calculation_method),
            pay=Pay(self.payment_schedule),
            pay_on=self.charge_on,
            apply_on=self.apply_on,
            coupon=self.coupon.order() if self.coupon else None,
            coupon_id=self.coupon_id,
        )


class SimulationBody(BaseModel):
    """Any fields of addUpdate, `updates` as for update, or both."""

    model_config = ConfigDict(extra="allow")

    updates: Annotated[list[UpdateBody], Field(max_length=MOST_UPDATES)] = []


class SimulationQuery(BaseModel):
    """How far to look."""

    count: Annotated[int, values.whole(1, MOST_INVOICES, required=True)] = Field(
        5, ge=1, le=MOST_INVOICES, description="How many invoices."
    )


class _Undone(Exception):
    def __init__(self, told: Response) -> None:
        super().__init__()
        self.told = told


@bp.post("/subscription/<subscription_id>/update")
@manual.operation(
    "Change a line",
    tag="Subscriptions",
    body=UpdateBody,
    answers={201: answers_items.Updated},
    versioned=True,
    body_example=ADD,
)
def change_line(version: str, site_id: str, subscription_id: str, body: UpdateBody) -> Response:
    """Add, remove, recount or reprice a line, or add or remove a coupon, now or on a day. Where the customer has to
    hear of it first, it waits for its notice to be sent; `status` is waiting until then."""
    mine = auth.own_site(site_id)
    with transaction():
        subscription = find.by_either_id(mine, subscription_id, lock=True)
        preconditions.seen().require(subscription)
        row = item_updates.ask(session().get_one(Site, mine), subscription, body.order())
        session().flush()
        return answer(casing.written({"success": True} | update_shape(row), version), 201)


@bp.get("/subscription/<subscription_id>/update/<update_id>")
@manual.operation("Read a change", tag="Subscriptions", answers={200: answers_items.Update})
def get_update(version: str, site_id: str, subscription_id: str, update_id: str) -> Response:
    """What became of it."""
    mine = auth.own_site(site_id)
    with reading():
        subscription = find.by_either_id(mine, subscription_id)
        shape = update_shape(item_updates.find(subscription.id, read_id(update_id)))
    return answer(casing.written(shape, version))


@bp.post("/subscription/<subscription_id>/update/<update_id>/cancel")
@manual.operation(
    "Take back a planned change", tag="Subscriptions", answers={200: answers_items.Updated}, versioned=True
)
def cancel_update(version: str, site_id: str, subscription_id: str, update_id: str) -> Response:
    """Before its day; one that was carried out is undone by another."""
    mine = auth.own_site(site_id)
    with transaction():
        subscription = find.by_either_id(mine, subscription_id, lock=True)
        preconditions.seen().require(subscription)
        row = item_updates.find(subscription.id, read_id(update_id))
        item_updates.cancel(session().get_one(Site, mine), subscription, row)
        return answer(casing.written({"success": True} | update_shape(row), version))


@bp.post("/subscription/<subscription_id>/simulate")
@manual.operation(
    "Simulate a change",
    tag="Subscriptions",
    body=SimulationBody,
    answers={200: answers_items.Simulated},
    query=SimulationQuery,
    body_example={"amount": 39.99, "updates": [ADD]},
)
def simulate_changes(
    version: str, site_id: str, subscription_id: str, body: SimulationBody, query: SimulationQuery
) -> Response:
    """The next invoices that any change would make. Nothing is applied, nobody is told."""
    mine = auth.own_site(site_id)
    read = read_subscription(body.model_extra or {}, version, rules())
    refuse_problems(read.problems)
    updates = [one.order() for one in body.updates]
    try:
        with transaction():
            subscription = find.by_either_id(mine, subscription_id, lock=True)
            site = session().get_one(Site, mine)
            found = simulate(site, subscription, read.order if read.named else None, updates, query.count)
            raise _Undone(answer(casing.written(simulation_shape(found), version)))
    except _Undone as undone:
        return undone.told


def update_shape(row: ItemUpdate) -> dict[str, Any]:
    terms = session().get(Terms, row.terms_id) if row.terms_id else None
    invoice = session().get(Invoice, row.invoice_id) if row.invoice_id else None
    return {
        "id": str(row.id),
        "type": row.kind,
        "status": row.status,
        "reason": row.reason,
        "apply_on": row.apply_on,
        "applied_at": row.applied_at,
        "version": terms.version if terms else None,
        "invoice": _made(invoice, terms) if invoice and terms else None,
    }


def simulation_shape(found: Simulation) -> dict[str, Any]:
    """`now`: invoices that the changes would make at once; `data`: the dates that follow."""
    return {
        "success": True,
        "version": found.terms.version,
        "changes": [{"field": name, "old": old, "new": new} for name, (old, new) in found.changes.items()],
        "now": [_made(invoice, found.terms) for invoice in found.now],
        "data": [_coming(coming, found.terms.currency) for coming in found.coming],
    }


def _made(invoice: Invoice, terms: Terms) -> dict[str, Any]:
    lines = [line_shapes.line_shape(line) for line in line_shapes.lines_of(invoice, terms)]
    return {"date": invoice.invoice_on, "totals": line_shapes.totals_shape(invoice), "lines": lines}


def _coming(coming: Coming, currency: str) -> dict[str, Any]:
    total, tax = Money(coming.bill.total_minor, currency), Money(coming.bill.tax_minor, currency)
    return {
        "date": coming.on,
        "amount": total.decimal,
        "totals": {"total": total.decimal, "taxes": tax.decimal, "subtotal": (total - tax).decimal},
        "lines": [line_shapes.line_shape(line) for line in coming.bill.lines],
        "reason": reason_words(coming.reason, "en"),
    }
