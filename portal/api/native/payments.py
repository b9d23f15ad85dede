"""Addresses of the native API: one payment, giving it back, and trying an overdue one again."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any, Self

from flask import Response
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError
from sqlalchemy import select

from portal.api import auth, casing, preconditions
from portal.api.answers import answer
from portal.api.native import answers_money as answers
from portal.api.native import values
from portal.api.native.manual import manual
from portal.api.native.routes import bp
from portal.billing import call_off, collect_now, refunds
from portal.billing.models import Invoice, Payment, PaymentMethod
from portal.billing.refund_models import Refund
from portal.billing.snapshot import local, payment_shape
from portal.core.database import reading, session, transaction
from portal.core.errors import NotAllowedNow, NotFound, invalid
from portal.core.ids import read_id
from portal.core.money import InvalidAmount, Money
from portal.sites.models import Site
from portal.subscriptions import find
from portal.subscriptions.models import Subscription


def _minor(value: Any) -> int | None:
    value = values.blank_is_null(value)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 10**15):
        raise values.refuse("Give a whole number of minor units, such as 3499 for $34.99.")
    return value


class RefundBody(BaseModel):
    """How much goes back; without a body, all that is left. A bare `amount` is refused: clients that count in cents
    would give back a hundred times too much."""

    model_config = ConfigDict(extra="allow")

    amount_minor: Annotated[
        int | None, BeforeValidator(_minor), WithJsonSchema({"type": ["integer", "null"], "minimum": 1})
    ] = Field(None, description="In whole minor units: 3499 for $34.99.")
    amount: Annotated[Any, BeforeValidator(values.blank_is_null), WithJsonSchema({"type": ["number", "null"]})] = Field(
        None, description="Or as a decimal number, with its currency."
    )
    currency: Annotated[Any, BeforeValidator(values.blank_is_null), WithJsonSchema({"type": ["string", "null"]})] = (
        Field(None, description="The currency of `amount`.", examples=["USD"])
    )

    @model_validator(mode="after")
    def _says_how_much(self) -> Self:
        """A body that says something else is not read as "all of it"."""
        if self.amount_minor is not None and self.amount is not None:
            raise _wrong("amount", "invalid", "Give either amount_minor, or amount with currency, not both.")
        if self.amount is not None and self.currency is None:
            raise _wrong("currency", "missing", "Give amount with its currency, or amount_minor.")
        says_something = bool(self.model_fields_set or self.model_extra)
        if says_something and self.amount is None and self.amount_minor is None:
            raise _wrong("amount_minor", "missing", "Give amount_minor, or amount with currency.")
        return self


def _wrong(field: str, kind: str, words: str) -> PydanticCustomError:
    return PydanticCustomError(kind, "{words}", {"field": field, "words": words})


@bp.get("/payment/<payment_id>")
@manual.operation("Read a payment", tag="Payments", answers={200: answers.WholePayment}, tagged=True)
def get_payment(version: str, site_id: str, payment_id: str) -> Response:
    """One payment with its invoice and everything that was sent back of it."""
    mine = auth.own_site(site_id)
    with reading():
        payment = _find(mine, payment_id)
        shape = _payment(session().get_one(Site, mine), payment)
        tag = preconditions.etag(session().get_one(Subscription, payment.subscription_id))
    return answer(casing.written(shape, version), headers=tag)


@bp.post("/payment/<payment_id>/refund")
@manual.operation(
    "Refund",
    tag="Payments",
    body=RefundBody,
    body_is_optional=True,
    answers={200: answers.Refunded, 202: answers.Refunded},
    versioned=True,
    body_example={"amount_minor": 999},
)
@auth.needs("refund")
def refund_payment(version: str, site_id: str, payment_id: str, body: RefundBody) -> Response:
    """Send back `amount_minor`, or `amount` with `currency`; without a body all that is left. 202 where the gateway
    has not answered yet: it is asked, and the webhook tells the outcome."""
    mine = auth.own_site(site_id)
    with transaction():
        locked = _locked(mine, payment_id)
        call = refunds.open_refund(locked, _amount_minor(body, locked.payment.currency))
        _answered(
            version, locked.site, session().get_one(Refund, call.refund_id)
        )  # kept, should we stop before the next
    return _returned(version, call)


@bp.post("/payment/<payment_id>/void")
@manual.operation(
    "Void", tag="Payments", answers={200: answers.Voided, 202: answers.Refunded}, versioned=True, refuses=(403,)
)
@auth.needs("refund")
def void_payment(version: str, site_id: str, payment_id: str) -> Response:
    """Undo a payment while the gateway allows it; one without money is called off and not tried any more."""
    mine = auth.own_site(site_id)
    with transaction():
        locked = _locked(mine, payment_id)
        if call_off.is_uncollected(locked.payment):
            call_off.call_off(locked)
            return answer(casing.written({"success": True} | _payment(locked.site, locked.payment), version))
        call = refunds.open_void(locked)
        _answered(version, locked.site, session().get_one(Refund, call.refund_id))
    return _returned(version, call)


@bp.post("/subscription/<subscription_id>/retry")
@manual.operation("Charge what is overdue", tag="Subscriptions", answers={200: answers.Retried}, versioned=True)
def retry(version: str, site_id: str, subscription_id: str) -> Response:
    """Charge the oldest overdue invoice now; the answer of the bank comes by webhook and in the payment."""
    mine = auth.own_site(site_id)
    with transaction():
        subscription = find.by_either_id(mine, subscription_id, lock=True)
        preconditions.seen().require(subscription)
        site = session().get_one(Site, mine)
        payment = collect_now.collect_now(site, subscription)
        shape = {
            "success": True,
            "_id": str(subscription.id),
            "id": str(subscription.id),
            "status": subscription.status,
            "payment": _payment(site, payment),
        }
        return answer(casing.written(shape, version), headers=preconditions.etag(subscription))


class RefundRefused(NotAllowedNow):
    code = "refund_refused"


def _returned(version: str, call: refunds.Call) -> Response:
    result = refunds.collect(call)
    with transaction():
        refund = refunds.settle(call.refund_id, result)
        if refund.status != "failed":
            return _answered(version, session().get_one(Site, refund.site_id), refund)
    raise RefundRefused(f"The gateway refused: {refund.words or refund.code}. Nothing was sent back.")


def _answered(version: str, site: Site, refund: Refund) -> Response:
    """The payment as this refund leaves it; 202 while the gateway has not answered."""
    payment = session().get_one(Payment, refund.payment_id)
    shape = {"success": True} | _payment(site, payment) | {"refund": _refund(site, refund)}
    return answer(casing.written(shape, version), 200 if refund.status == "succeeded" else 202)


def _locked(site_id: uuid.UUID, payment_id: str) -> refunds.Locked:
    locked = refunds.lock(site_id, read_id(payment_id))
    preconditions.seen().require(locked.subscription)
    return locked


def _find(site_id: Any, payment_id: str) -> Payment:
    our_id = read_id(payment_id)
    payment = session().get(Payment, our_id) if our_id else None
    if payment is None or payment.site_id != site_id:
        raise NotFound("There is no payment with this id.")
    if session().get_one(Subscription, payment.subscription_id).deleted_at is not None:
        raise NotFound("There is no payment with this id.")
    return payment


def _payment(site: Site, payment: Payment) -> dict[str, Any]:
    session().flush()
    return payment_shapes(site, [payment])[0]


def payment_shapes(site: Site, payments: Sequence[Payment]) -> list[dict[str, Any]]:
    """These payments with their invoice and refunds, by as many reads as for one."""
    invoices = _by_id(Invoice, [payment.invoice_id for payment in payments])
    subscriptions = _by_id(Subscription, [payment.subscription_id for payment in payments])
    methods = _by_id(PaymentMethod, [payment.payment_method_id for payment in payments])
    wanted = select(Refund).where(Refund.payment_id.in_([payment.id for payment in payments])).order_by(Refund.number)
    returned: dict[uuid.UUID, list[dict[str, Any]]] = defaultdict(list)
    for refund in session().scalars(wanted):
        returned[refund.payment_id].append(_refund(site, refund))
    return [
        payment_shape(site, payment, methods[payment.payment_method_id])
        | {
            "amount_minor": payment.amount_minor,
            "code": payment.code,
            "subscription_id": str(payment.subscription_id),
            "subscription_external_id": subscriptions[payment.subscription_id].external_id,
            "invoice": _paid_invoice(invoices[payment.invoice_id]),
            "refunds": returned[payment.id],
        }
        for payment in payments
    ]


def _by_id(table: Any, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Any]:
    return {row.id: row for row in session().scalars(select(table).where(table.id.in_(set(ids))))}


def _paid_invoice(invoice: Invoice) -> dict[str, Any]:
    return {
        "_id": str(invoice.id),
        "id": str(invoice.id),
        "invoice_number": invoice.invoice_number,
        "due_date": invoice.invoice_on,
        "status": invoice.status,
    }


def _refund(site: Site, refund: Refund) -> dict[str, Any]:
    return {
        "_id": str(refund.id),
        "id": str(refund.id),
        "transaction_type": refund.kind,
        "gateway_transaction_id": refund.gateway_ref,
        "amount": refund.amount.decimal,
        "amount_minor": refund.amount_minor,
        "currency": refund.currency,
        "status": refund.status,
        "code": refund.code,
        "created_at": local(site, refund.created_at),
    }


def _amount_minor(body: RefundBody, currency: str) -> int | None:
    """What the body asks for in minor units of the payment's currency; None: all that is left."""
    if body.currency is not None and body.currency != currency:
        raise invalid("currency", f"This payment was taken in {currency}.")
    if body.amount is None:
        return body.amount_minor
    amount = body.amount
    try:
        return Money.parse(amount if isinstance(amount, (str, Decimal, int)) else "", currency).minor
    except InvalidAmount as wrong:
        raise invalid("amount", wrong.reason) from None
