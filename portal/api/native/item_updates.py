"""Addresses of the native API: changes of one line in the middle of a period, and what any change would cost."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal, TypeVar

from flask import Response
from pydantic import BaseModel, Field, ValidationError, model_validator

from portal.api import auth, casing
from portal.api.answers import answer
from portal.api.body import read_object
from portal.api.native import items, values
from portal.api.native.reading import problem, read_subscription, refuse_problems
from portal.api.native.routes import bp, rules_of
from portal.billing import item_updates, line_shapes
from portal.billing.models import Invoice
from portal.billing.simulate import Simulation, simulate
from portal.core.database import reading, session, transaction
from portal.core.errors import InvalidFields
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

MOST_UPDATES, MOST_INVOICES = 20, 24
Body = TypeVar("Body", bound=BaseModel)


class UpdateBody(items.Both):
    """One change of a line: what, from when, how its period is reckoned, and when it is paid."""

    type: Literal["add_product", "remove_product", "update_count", "update_price"]
    line: values.Reference = None
    product: items.LineBody | None = None
    quantity: items.Quantity = None
    amount: Annotated[Decimal | None, items.MAYBE_AMOUNT] = None
    calculation_method: Literal["pro_rata", "pay_in_full", "do_not_charge"] = "pro_rata"
    payment_schedule: Literal["immediately", "next_invoice", "custom"] = "immediately"
    charge_on: values.Day = None
    application_schedule: Literal["immediately", "scheduled"] = "immediately"
    apply_on: values.Day = None

    @model_validator(mode="after")
    def _days(self) -> UpdateBody:
        if (self.application_schedule == "scheduled") != (self.apply_on is not None):
            raise values.refuse("Give apply_on with application_schedule scheduled, and only with it.")
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
        )


class SimulationBody(items.Both):
    """What a simulation takes beside the fields of addUpdate."""

    updates: Annotated[list[UpdateBody], Field(max_length=MOST_UPDATES)] = []
    count: Annotated[int | None, values.whole(1, MOST_INVOICES, required=False)] = None


class _Undone(Exception):
    def __init__(self, shape: dict[str, Any]) -> None:
        super().__init__()
        self.shape = shape


@bp.post("/subscription/<subscription_id>/update")
def change_line(version: str, site_id: str, subscription_id: str) -> Response:
    """Add, remove, recount or reprice a line now or on a day; what it costs is on the answer."""
    mine = auth.own_site(site_id)
    order = _read(UpdateBody, read_object()).order()
    with transaction():
        subscription = find.by_either_id(mine, subscription_id, lock=True)
        row = item_updates.ask(session().get_one(Site, mine), subscription, order)
        shape = {"success": True} | update_shape(row)
    return answer(casing.written(shape, version), 201)


@bp.get("/subscription/<subscription_id>/update/<update_id>")
def get_update(version: str, site_id: str, subscription_id: str, update_id: str) -> Response:
    mine = auth.own_site(site_id)
    with reading():
        subscription = find.by_either_id(mine, subscription_id)
        shape = update_shape(item_updates.find(subscription.id, read_id(update_id)))
    return answer(casing.written(shape, version))


@bp.post("/subscription/<subscription_id>/update/<update_id>/cancel")
def cancel_update(version: str, site_id: str, subscription_id: str, update_id: str) -> Response:
    """Take back a change that is planned and has not been carried out."""
    mine = auth.own_site(site_id)
    with transaction():
        subscription = find.by_either_id(mine, subscription_id, lock=True)
        row = item_updates.find(subscription.id, read_id(update_id))
        item_updates.cancel(session().get_one(Site, mine), subscription, row)
        shape = {"success": True} | update_shape(row)
    return answer(casing.written(shape, version))


@bp.post("/subscription/<subscription_id>/simulate")
def simulate_changes(version: str, site_id: str, subscription_id: str) -> Response:
    """The next invoices any change would make: fields as for addUpdate, `updates` as for update. Nothing is applied."""
    mine = auth.own_site(site_id)
    body = read_object()
    more = _read(SimulationBody, body)
    fields = {name: value for name, value in body.items() if casing.snake(name) not in SimulationBody.model_fields}
    with reading():
        rules = rules_of(session().get_one(Site, mine))
    read = read_subscription(fields, version, rules)
    refuse_problems(read.problems)
    updates = [one.order() for one in more.updates]
    try:
        with transaction():
            subscription = find.by_either_id(mine, subscription_id, lock=True)
            site = session().get_one(Site, mine)
            found = simulate(site, subscription, read.order if read.named else None, updates, more.count or 3)
            raise _Undone(simulation_shape(found))
    except _Undone as undone:
        return answer(casing.written(undone.shape, version))


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
        "totals": {"total": total.decimal, "taxes": tax.decimal, "subtotal": (total - tax).decimal},
        "lines": [line_shapes.line_shape(line) for line in coming.bill.lines],
        "reason": reason_words(coming.reason, "en"),
    }


def _read(model: type[Body], body: dict[str, Any]) -> Body:
    try:
        return model.model_validate(body)
    except ValidationError as error:
        raise InvalidFields([problem(one) for one in error.errors(include_url=False)]) from None
