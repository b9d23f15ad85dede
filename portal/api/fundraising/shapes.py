"""How the dialect writes subscriptions, contacts, agreements, add-ons and payment methods."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from portal.api.fundraising import names
from portal.billing.models import PaymentMethod
from portal.billing.snapshot import local
from portal.catalog.add_ons import AddOn
from portal.catalog.agreements import PERSONAL, Agreement
from portal.core.money import Money
from portal.customers.details import ContactDetails
from portal.customers.models import Customer
from portal.sites import clock
from portal.sites.models import Site
from portal.subscriptions.engagements import Engagement
from portal.subscriptions.models import Subscription, Terms

Shape = dict[str, Any]
CARD = "CreditCard"
DOT = "•"


@dataclass(frozen=True, slots=True)
class Engaged:
    """A subscription with its newest terms and what hangs on it; `rested_at`: when it was put on hold or failed."""

    subscription: Subscription
    terms: Terms
    engagement: Engagement | None
    agreement: Agreement | None
    method: PaymentMethod | None
    rested_at: datetime | None = None
    next_due_on: date | None = None


def subscription_shape(site: Site, one: Engaged) -> Shape:
    subscription, kept, method = one.subscription, one.engagement, one.method
    standing = names.standing(subscription, one.agreement, method)
    ended = names.cancellation(subscription)
    return {
        "subscriptionGuid": str(subscription.id),
        "merchantId": site.name,
        "version": subscription.sequence,
        "contactGuid": str(subscription.customer_id),
        "agreementGuid": str(kept.agreement_id) if kept and kept.agreement_id else None,
        "state": standing.state,
        "paymentMethodType": CARD if method else None,
        "paymentMethodGuid": str(method.id) if method else None,
        "createdTs": local(site, subscription.created_at),
        "startDate": started_on(subscription, one.terms),
        "expiresAfterDate": one.terms.end_on,
        "cancelledTs": local(site, subscription.closed_at) if ended and ended.code != 100103 else None,
        "cancelCode": ended.code if ended else None,
        "cancelDescription": ((kept.cancel_words if kept else None) or ended.words) if ended else None,
        "holdDescription": hold_description(one),
        "archivedTs": local(site, subscription.archived_at),
        "inactivatedTs": local(site, subscription.closed_at or one.rested_at) if _is_idle(standing) else None,
        "quantity": one.terms.quantity,
        "errorCode": standing.error.code if standing.error else None,
        "errorDescription": standing.error.words if standing.error else None,
        "nextDueDate": one.next_due_on,
        "externalId": subscription.external_id,
        "externalLink": kept.external_link if kept else None,
        "originTs": local(site, kept.origin_at) if kept else None,
        "dataSetGuid": kept.data_set if kept else None,
    }


def started_on(subscription: Subscription, terms: Terms) -> date | None:
    """The day that was agreed, or the later one from which it was counted anew by a restart."""
    start, anchor = terms.start_on, subscription.anchor_on
    if start is None or (anchor is not None and anchor > start and anchor > terms.rhythm.starting(start).anchor):
        return anchor
    return start


def hold_description(one: Engaged) -> str | None:
    """The merchant's own words, else why it rests."""
    own = one.engagement.hold_words if one.engagement else None
    reason = one.subscription.hold_reason if one.subscription.status == "paused" else None
    return own or names.HELD.get(reason or "", reason)


def contact_shape(site: Site, customer: Customer, known: ContactDetails | None, *, whole: bool = False) -> Shape:
    """`known`: their details. The national id stands in it in clear only where the one contact was asked for: lists and
    answers to changes go through more hands (logs of clients, kept answers)."""
    national_id = known.national_id if known else None
    return {
        "contactGuid": str(customer.id),
        "merchantId": site.name,
        "name": customer.name,
        "firstName": customer.first_name,
        "lastName": customer.last_name,
        "companyName": customer.account_name,
        "businessCode": known.business_code if known else None,
        "contactType": known.contact_type if known else None,
        "birthDate": known.birth_date if known else None,
        "nationalId": national_id if whole or national_id is None else DOT * len(national_id),
        "address": known.address if known else None,
        "address2": known.address2 if known else None,
        "postCode": known.post_code if known else None,
        "city": known.city if known else None,
        "countryCode": known.country_code if known else None,
        "email": customer.email,
        "msisdn": customer.mobile_phone.removeprefix("+") if customer.mobile_phone else None,
        "createdTs": local(site, customer.created_at),
        "updatedTs": local(site, customer.updated_at),
        "archivedTs": local(site, known.archived_at) if known else None,
        "externalId": customer.external_id,
        "externalLink": known.external_link if known else None,
        "originTs": local(site, known.origin_at) if known else None,
    }


def agreement_shape(site: Site, agreement: Agreement) -> Shape:
    vat = vat_of(agreement.amount, agreement.vat)
    return {
        "agreementGuid": str(agreement.id),
        "merchantId": site.name,
        "createdTs": local(site, agreement.created_at),
        "state": "Archived" if agreement.archived_at else "Available",
        "archivedTs": local(site, agreement.archived_at),
        "name": agreement.name,
        "description": agreement.description,
        "agreementType": "Personal" if agreement.kind == PERSONAL else "Shared",
        "contactGuid": str(agreement.customer_id) if agreement.customer_id else None,
        "defaultQuantity": agreement.default_quantity,
        "unit": agreement.unit,
        "unitPrice": agreement.unit_amount.decimal,
        "amount": agreement.amount.decimal,
        "amountVat": vat.decimal,
        "amountTotal": (agreement.amount + vat).decimal,
        "vatPercentage": agreement.vat or Decimal(0),
        "currencyCode": agreement.currency,
        "taxDeductable": agreement.is_tax_deductible,
        "paymentRequired": agreement.payment_required,
        "scheduleType": agreement.schedule_name,
        "scheduleFixedDay": agreement.fixed_day,
        "scheduleEveryOther": agreement.every // names.RHYTHMS[agreement.schedule_name][1],
        "scheduleCalendarUnit": agreement.calendar_unit.capitalize(),
        "scheduleSelectedSet": f"[{','.join(map(str, agreement.months))}]" if agreement.months else None,
        "purposeAccountingCode": agreement.accounting_code,
        "dataSetGuid": agreement.data_set,
    }


def add_on_shape(site: Site, add_on: AddOn) -> Shape:
    return {
        "addOnGuid": str(add_on.id),
        "merchantId": site.name,
        "createdTs": local(site, add_on.created_at),
        "archivedTs": local(site, add_on.archived_at),
        "name": add_on.name,
        "description": add_on.description,
        "unitPrice": add_on.unit_amount.decimal,
        "vatPercentage": add_on.vat or Decimal(0),
        "currencyCode": add_on.currency,
        "purposeAccountingCode": add_on.accounting_code,
    }


def taken_shapes(subscription: Subscription, terms: Terms) -> list[Shape]:
    """Everything that is billed beside the agreement, in the order of the invoice."""
    return [
        {
            "addOnGuid": item.product_id or item.id,
            "subscriptionGuid": str(subscription.id),
            "name": item.description,
            "quantity": item.count,
            "unitPrice": Money(item.unit_amount_minor, terms.currency).decimal,
            "amount": Money(item.unit_amount_minor * item.count, terms.currency).decimal,
            "currencyCode": terms.currency,
        }
        for item in terms.price.items
    ]


def method_shape(site: Site, method: PaymentMethod) -> Shape:
    today = clock.today(site)
    has_expired = (method.exp_year, method.exp_month) < (today.year, today.month)
    return {
        "paymentMethodGuid": str(method.id),
        "merchantId": site.name,
        "contactGuid": str(method.customer_id),
        "paymentMethodType": CARD,
        "state": "Cancelled" if method.revoked_at else "Expired" if has_expired else "Active",
        "createdTs": local(site, method.created_at),
        "cancelledTs": local(site, method.revoked_at),
        "displayName": method.display_name,
        "cardExpires": f"{method.exp_year}-{method.exp_month:02}",
    }


def vat_of(amount: Money, rate: Decimal | None) -> Money:
    """VAT on top, rounded once, half up."""
    if rate is None:
        return Money(0, amount.currency)
    numerator, denominator = rate.as_integer_ratio()
    return amount.prorate(numerator, denominator * 100)


def _is_idle(standing: names.Standing) -> bool:
    return standing.state in {"Inactive", "Expired", "Archived"}
