"""How the dialect writes subscriptions, their payments, checkouts and customers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from portal.api.paymennt import names
from portal.billing.models import Invoice, Payment
from portal.billing.pay_models import PaySession
from portal.core.money import Money
from portal.customers.models import Customer
from portal.links.models import PaymentRequest
from portal.sites.models import Site
from portal.subscriptions.models import Subscription, Terms

Shape = dict[str, Any]
ADDRESS = ("name", "address1", "address2", "city", "state", "zip", "country")


@dataclass(frozen=True, slots=True)
class Agreed:
    """A subscription with its present terms and its customer."""

    subscription: Subscription
    terms: Terms
    customer: Customer


@dataclass(frozen=True, slots=True)
class Instalment:
    """An invoice with its request and link, the payment that collects it and the visit that is open."""

    invoice: Invoice
    request: PaymentRequest | None
    payment: Payment | None
    visit: PaySession | None
    address: str | None


def subscription_shape(agreed: Agreed) -> Shape:
    subscription, terms = agreed.subscription, agreed.terms
    period, unit = names.period_of(terms)
    own_terms = subscription.cancellation_terms
    return {
        "id": str(subscription.id),
        "displayId": names.short_key(subscription.id),
        "description": terms.description,
        "currency": terms.currency,
        "amount": terms.amount.decimal,
        "status": names.status_of(subscription),
        "customer": customer_shape(agreed.customer),
        "billingAddress": _address(terms.bill_to),
        "deliveryAddress": _address(terms.sold_to),
        "startDate": terms.start_on or subscription.anchor_on,
        "endDate": terms.end_on,
        "sendOnHour": terms.send_on_hour,
        "sendEvery": names.send_every_of(terms),
        "period": period,
        "periodUnit": unit,
        "nextDueDate": subscription.next_due_on if subscription.status == "active" else None,
        "returnUrl": subscription.return_url,
        "cancellationPolicyType": "CUSTOM" if own_terms else "DEFAULT",
        "customCancellationTerms": own_terms,
        "timestamp": subscription.created_at,
    }


def payment_shape(site: Site, agreed: Agreed, one: Instalment) -> Shape:
    """One instalment; its checkout is null while nobody has opened the link."""
    opened = one.request is not None and one.request.opened_at is not None
    return {
        "id": str(one.invoice.id),
        "displayId": names.short_key(one.invoice.id),
        "checkout": checkout_shape(site, agreed, one) if opened else None,
        "timestamp": one.invoice.created_at,
        "cancelled": one.invoice.status == "void",
    }


def checkout_shape(site: Site, agreed: Agreed, one: Instalment) -> Shape:
    assert one.request is not None
    order = f"{names.short_key(agreed.subscription.id)}-{one.invoice.installment}"
    refunded = one.payment.refunded_minor if one.payment is not None else 0
    return {
        "id": str(one.request.id),
        "displayId": names.short_key(one.request.id),
        "checkoutKey": one.request.id.hex,
        "requestId": f"{order}.1",
        "orderId": order,
        "subscriptionId": str(agreed.subscription.id),
        "currency": one.invoice.currency,
        "amount": one.invoice.amount.decimal,
        "cashAmount": Money(0, one.invoice.currency).decimal,
        "totalRefunded": Money(refunded, one.invoice.currency).decimal,
        "status": checkout_status(one),
        "redirectUrl": one.address,
        "branchId": str(site.id),
        "branchName": site.name,
        "usedPaymentMethod": "CARD" if one.invoice.status == "paid" else None,
        "customer": customer_shape(agreed.customer),
        "billingAddress": _address(agreed.terms.bill_to),
        "deliveryAddress": _address(agreed.terms.sold_to),
        "timestamp": one.request.created_at,
    }


def checkout_status(one: Instalment) -> str:
    """What the money says first, then the request; a refused one may still be paid."""
    payment, request = one.payment, one.request
    returned = {"refunded": "REFUNDED", "voided": "REFUNDED", "partially_refunded": "PARTIALLY_REFUNDED"}
    if one.invoice.status == "paid":
        return returned.get(payment.status, "PAID") if payment is not None else "PAID"
    if one.invoice.status == "void":
        return "CANCELLED"
    if one.visit is not None and one.visit.hinted_at is not None:
        return "PENDING_CONFIRMATION"
    if request is not None and request.status == "expired":
        return "EXPIRED"
    return "FAILED" if payment is not None and payment.status == "failed" else "PENDING"


def customer_shape(customer: Customer) -> Shape:
    """`id` is ours, `reference` the merchant's own."""
    return {
        "id": str(customer.id),
        "reference": customer.external_id,
        "firstName": customer.first_name,
        "lastName": customer.last_name,
        "email": customer.email,
        "phone": customer.mobile_phone.removeprefix("+") if customer.mobile_phone else None,
    }


def page_shape(content: Sequence[Shape], page: int, size: int, total: int) -> Shape:
    return {
        "page": page,
        "size": size,
        "totalPages": -(-total // size),
        "totalElements": total,
        "content": list(content),
    }


def _address(kept: Any) -> Shape | None:
    """The seven fields of an address; a block of another dialect is shown as far as it has them."""
    if not isinstance(kept, dict) or not kept:
        return None
    return {field: kept.get(field) for field in ADDRESS}
