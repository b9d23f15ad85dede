"""The samples of the native API: merchants paste the first one, and read answers like the others."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

SUBSCRIPTION_BODY: dict[str, Any] = {
    "external_id": "439772921",
    "description": "Gold+ Plan",
    "amount": Decimal("34.99"),
    "frequency": "Monthly",
    "frequency_units": 1,
    "customer": {
        "external_id": "39772634",
        "first_name": "John",
        "last_name": "Doe",
        "mobile_phone": "111-222-3333",
        "email": "johndoe@abc.com",
    },
    "webhook_url": "https://yourcompany.com/webhook",
}

_ID = "0199c1f5-8a53-7c41-9d3e-2f6b8f0e1a22"
_CUSTOMER_ID = "0199c1f5-8a51-7d07-8b4c-6a1f0c9d3e11"

SUBSCRIPTION_SAVED: dict[str, Any] = {
    "success": True,
    "action": "added",
    "_id": _ID,
    "id": _ID,
    "version": 1,
    "link": "https://pay.example.com/p/4kJ0mVbQ2cT7xLhW9yZn3A",
}

CUSTOMER: dict[str, Any] = {
    "_id": _CUSTOMER_ID,
    "id": _CUSTOMER_ID,
    "external_id": "39772634",
    "first_name": "John",
    "last_name": "Doe",
    "account_name": None,
    "mobile_phone": "111-222-3333",
    "email": "johndoe@abc.com",
    "notification_options": {"notify_phone": True, "notify_email": False},
}

PAYMENT: dict[str, Any] = {
    "_id": "0199c1f6-02b7-7a52-a1f4-77c9d6e0b5c3",
    "id": "0199c1f6-02b7-7a52-a1f4-77c9d6e0b5c3",
    "gateway_transaction_id": "574823902",
    "display_name": "Visa **** 4279",
    "amount": Decimal("9.97"),
    "currency": "USD",
    "tip": 0,
    "tax": 0,
    "paid_on": "2022-02-23T11:29:01-06:00",
    "payment_type": "payment_card",
    "transaction_type": "capture",
    "status": "succeeded",
    "refunded_amount": Decimal("0.00"),
}

SUMMARY: dict[str, Any] = {
    "_id": _ID,
    "id": _ID,
    "external_id": "439772921",
    "description": "Gold+ Plan",
    "amount": Decimal("9.97"),
    "currency": "USD",
    "frequency": "Weekly",
    "frequency_units": 1,
    "start_date": "2022-02-23",
    "number_of_payments": None,
    "end_date": None,
    "next_due_date": "2022-03-02",
    "status": "active",
    "close_reason": None,
    "closes_on": None,
    "customer": CUSTOMER,
    "active": True,
    "webhook_url": "https://yourcompany.com/webhook",
    "attachment_refs": [],
    "customer_memo": "",
    "internal_memo": "",
    "bill_to_customer": None,
    "bill_to": None,
    "sold_to": None,
    "deleted": False,
    "version": 1,
    "sequence": 4,
}

INVOICE: dict[str, Any] = {
    "_id": "0199c1f6-02b5-7e10-b9d2-3c55a8f1d7e4",
    "id": "0199c1f6-02b5-7e10-b9d2-3c55a8f1d7e4",
    "invoice_number": "INV-000001",
    "totals": {"total": Decimal("9.97"), "taxes": 0},
    "notifications": [],
    "lines": [],
    "description": "Gold+ Plan",
    "invoice_date": "2022-02-23",
    "due_date": "2022-02-23",
    "customer_memo": "",
    "internal_memo": "",
    "active": True,
    "status": "paid",
    "payments": [PAYMENT],
}

WHOLE_SUBSCRIPTION: dict[str, Any] = SUMMARY | {"invoices": [INVOICE]}

CUSTOMER_BODY: dict[str, Any] = SUBSCRIPTION_BODY["customer"] | {
    "notification_options": {"notify_phone": True, "notify_email": False}
}
