"""Addresses of the dialect: a checkout is one instalment's page: read, canceled while unpaid, refunded once paid."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, g, request
from pydantic import BaseModel
from sqlalchemy import select

from portal.api import auth, payment_pages, preconditions
from portal.api.answers import answer
from portal.api.paymennt import answers, bodies, reading, shapes
from portal.api.paymennt.bodies import RefundBody
from portal.api.paymennt.door import bp, enveloped
from portal.api.paymennt.manual import manual
from portal.billing import cancel_instalment, refunds
from portal.billing.models import Invoice, Payment
from portal.core.database import reading as only_reading
from portal.core.database import session, transaction
from portal.core.errors import NotAllowedNow, invalid
from portal.core.money import InvalidAmount, Money
from portal.links.models import PaymentRequest
from portal.sites.models import Site

FIELDS = ("amount", "currency", "note", "referenceId")


class RefundRefused(NotAllowedNow):
    code = "refund_refused"


def _read_refund(model: type[BaseModel], fields: dict[str, Any]) -> BaseModel:
    """From the body, else from the address; the two may share the work, as the PHP client does."""
    given: dict[str, Any] = {name: request.args[name] for name in FIELDS if request.args.get(name)}
    given |= {name: value for name, value in fields.items() if name in FIELDS and value not in (None, "")}
    return bodies.read(model, given)


@bp.get("/checkout/<checkout_id>", strict_slashes=False)
@manual.operation("Get checkout", tag="Checkouts (Paymennt)", answers={200: answers.CheckoutAnswer})
def get_checkout(checkout_id: str) -> Response:
    """How one payment by link stands."""
    with only_reading():
        shape = _shape(reading.request_of(checkout_id))
    return answer(enveloped(shape))


@bp.post("/checkout/<checkout_id>/cancel", strict_slashes=False)
@manual.operation("Cancel checkout", tag="Checkouts (Paymennt)", answers={200: answers.CheckoutAnswer}, versioned=True)
def cancel_checkout(checkout_id: str) -> Response:
    """The link takes nothing any more; a page of the gateway's that is open is shut first."""
    with only_reading():
        asked = reading.request_of(checkout_id)
        invoice_id = asked.invoice_id
        # Here alone: that a page is shut is a change of its own, and what was paid meanwhile is refused by itself.
        preconditions.seen().require(reading.agreed(str(asked.subscription_id)).subscription)
    assert invoice_id is not None
    payment_pages.shut(invoice_id)
    with transaction():
        cancel_instalment.cancel(invoice_id)
        session().flush()
        return answer(enveloped(_shape(reading.request_of(checkout_id))))


@bp.post("/checkout/<checkout_id>/refund", strict_slashes=False)
@manual.operation(
    "Refund checkout",
    tag="Checkouts (Paymennt)",
    body=RefundBody,
    read=_read_refund,
    body_is_optional=True,
    answers={200: answers.CheckoutAnswer},
    versioned=True,
)
@auth.needs("refund")
def refund_checkout(checkout_id: str, body: RefundBody) -> Response:
    """Send this much back, never more than was paid; the amount is decimal and names its currency."""
    with transaction():
        payment_id = _paid(reading.request_of(checkout_id))
        locked = refunds.lock(g.site_id, payment_id)
        preconditions.seen().require(locked.subscription)
        call = refunds.open_refund(locked, _minor(body, locked.payment.currency))
        answer(enveloped(_shape(reading.request_of(checkout_id))))  # kept, should we stop before the next
    result = refunds.collect(call)
    with transaction():
        refund = refunds.settle(call.refund_id, result)
        session().flush()
        if refund.status != "failed":
            return answer(enveloped(_shape(reading.request_of(checkout_id))))
    raise RefundRefused(f"The refund was refused: {refund.words or refund.code}. Nothing was sent back.")


def _shape(asked: PaymentRequest) -> shapes.Shape:
    found = reading.agreed(str(asked.subscription_id))
    site = session().get_one(Site, g.site_id)
    (one,) = reading.instalments(select(Invoice).where(Invoice.id == asked.invoice_id))
    return shapes.checkout_shape(site, found, one)


def _paid(asked: PaymentRequest) -> uuid.UUID:
    paid = select(Payment.id).where(Payment.invoice_id == asked.invoice_id, Payment.paid_at.is_not(None))
    found = session().scalar(paid.order_by(Payment.paid_at.desc()).limit(1))
    if found is None:
        raise NotAllowedNow("This checkout has not been paid: there is nothing to refund.")
    return found


def _minor(body: RefundBody, currency: str) -> int:
    assert body.amount is not None
    if body.currency != currency:
        raise invalid("currency", f"This checkout was paid in {currency}.")
    try:
        return Money.parse(body.amount, currency).minor
    except InvalidAmount as wrong:
        raise invalid("amount", wrong.reason) from None
