"""Addresses of the native API: one payment, giving it back, and trying an overdue one again."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask import Response, request
from sqlalchemy import select

from portal.api import auth, casing
from portal.api.answers import answer
from portal.api.body import read_object
from portal.api.native.routes import bp
from portal.billing import call_off, collect_now, refunds
from portal.billing.models import Invoice, Payment, PaymentMethod
from portal.billing.refund_models import Refund
from portal.billing.snapshot import local, payment_shape
from portal.core.database import reading, session, transaction
from portal.core.errors import InvalidFields, NotAllowedNow, NotFound, Problem, invalid
from portal.core.ids import read_id
from portal.core.money import InvalidAmount, Money
from portal.sites.models import Site
from portal.subscriptions import find
from portal.subscriptions.models import Subscription

REFUND_FIELDS = frozenset({"amount_minor", "amount", "currency"})


@bp.get("/payment/<payment_id>")
def get_payment(version: str, site_id: str, payment_id: str) -> Response:
    mine = auth.own_site(site_id)
    with reading():
        shape = _payment(session().get_one(Site, mine), _find(mine, payment_id))
    return answer(casing.written(shape, version))


@bp.post("/payment/<payment_id>/refund")
def refund_payment(version: str, site_id: str, payment_id: str) -> Response:
    """Send back `amount_minor`, or `amount` with `currency`; without a body all that is left.

    202 where the gateway has not answered yet: it is asked, and the webhook tells the outcome.
    """
    mine, body = auth.own_site(site_id), _read_refund()
    with transaction():
        locked = refunds.lock(mine, read_id(payment_id))
        call = refunds.open_refund(locked, _amount_minor(body, locked.payment.currency))
    return _returned(version, call)


@bp.post("/payment/<payment_id>/void")
def void_payment(version: str, site_id: str, payment_id: str) -> Response:
    """Undo a payment while the gateway allows it; one without money is called off and not tried any more."""
    mine = auth.own_site(site_id)
    call: refunds.Call | None = None
    with transaction():
        locked = refunds.lock(mine, read_id(payment_id))
        if call_off.is_uncollected(locked.payment):
            call_off.call_off(locked)
        else:
            call = refunds.open_void(locked)
        shape = {"success": True} | _payment(locked.site, locked.payment)
    return answer(casing.written(shape, version)) if call is None else _returned(version, call)


@bp.post("/subscription/<subscription_id>/retry")
def retry(version: str, site_id: str, subscription_id: str) -> Response:
    """Charge the oldest overdue invoice now; the answer of the bank comes by webhook and in the payment."""
    mine = auth.own_site(site_id)
    with transaction():
        subscription = find.by_either_id(mine, subscription_id, lock=True)
        site = session().get_one(Site, mine)
        payment = collect_now.collect_now(site, subscription)
        shape = {
            "success": True,
            "_id": str(subscription.id),
            "id": str(subscription.id),
            "status": subscription.status,
            "payment": _payment(site, payment),
        }
    return answer(casing.written(shape, version))


class RefundRefused(NotAllowedNow):
    code = "refund_refused"


def _returned(version: str, call: refunds.Call) -> Response:
    result = refunds.collect(call)
    with transaction():
        refund = refunds.settle(call.refund_id, result)
        payment = session().get_one(Payment, refund.payment_id)
        site = session().get_one(Site, refund.site_id)
        shape = {"success": True} | _payment(site, payment) | {"refund": _refund(site, refund)}
    if refund.status == "failed":
        raise RefundRefused(f"The gateway refused: {refund.words or refund.code}. Nothing was sent back.")
    return answer(casing.written(shape, version), 200 if refund.status == "succeeded" else 202)


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
    invoice = session().get_one(Invoice, payment.invoice_id)
    subscription = session().get_one(Subscription, payment.subscription_id)
    returned = session().scalars(select(Refund).where(Refund.payment_id == payment.id).order_by(Refund.number))
    return payment_shape(site, payment, session().get_one(PaymentMethod, payment.payment_method_id)) | {
        "amount_minor": payment.amount_minor,
        "code": payment.code,
        "subscription_id": str(subscription.id),
        "subscription_external_id": subscription.external_id,
        "invoice": {
            "_id": str(invoice.id),
            "id": str(invoice.id),
            "invoice_number": invoice.invoice_number,
            "due_date": invoice.invoice_on,
            "status": invoice.status,
        },
        "refunds": [_refund(site, refund) for refund in returned],
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


def _read_refund() -> dict[str, Any]:
    """The fields that say how much; a body that says something else is not read as "all of it"."""
    if not request.get_data():
        return {}
    body = read_object()
    fields, _, problems = casing.read(body, REFUND_FIELDS)
    fields = {name: value for name, value in fields.items() if value not in (None, "")}
    if problems:
        raise InvalidFields(problems)
    if "amount_minor" in fields and "amount" in fields:
        raise invalid("amount", "Give either amount_minor, or amount with currency, not both.")
    if "amount" in fields and "currency" not in fields:
        raise InvalidFields([Problem("currency", "missing", "Give amount with its currency, or amount_minor.")])
    if body and not {"amount", "amount_minor"} & set(fields):
        raise InvalidFields([Problem("amount_minor", "missing", "Give amount_minor, or amount with currency.")])
    return fields


def _amount_minor(fields: dict[str, Any], currency: str) -> int | None:
    """What the body asks for in minor units of the payment's currency; None: all that is left."""
    if "currency" in fields and fields["currency"] != currency:
        raise invalid("currency", f"This payment was taken in {currency}.")
    if "amount" in fields:
        amount = fields["amount"]
        try:
            return Money.parse(amount if isinstance(amount, (str, Decimal, int)) else "", currency).minor
        except InvalidAmount as wrong:
            raise invalid("amount", wrong.reason) from None
    if "amount_minor" not in fields:
        return None
    minor = fields["amount_minor"]
    if isinstance(minor, bool) or not isinstance(minor, int) or not 0 < minor < 10**15:
        raise invalid("amount_minor", "Give a whole number of minor units, such as 3499 for $34.99.")
    return minor
