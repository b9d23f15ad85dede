"""Webhooks as Hyfin's receivers know them: 3.0 with decimals, 4.0 with minor units, totals and allocations."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from portal.core.money import Money
from portal.webhooks.styles.base import Happened, Shape, Style, Told

_BRANDS = {"visa": "visa", "mastercard": "mastercard", "discover": "discover", "american express": "amex"}
_STATUS_3 = {
    "succeeded": "paid",
    "failed": "failed",
    "refunded": "refunded",
    "partially_refunded": "refunded",
    "voided": "voided",
}
_STATUS_4 = {
    "succeeded": "captured",
    "failed": "declined",
    "refunded": "refunded",
    "partially_refunded": "refunded",
    "voided": "voided",
    "unknown": "created",
}
_MOVES_4 = {"capture": "sale", "refund": "refund", "void": "void"}


def name_of(happened: Happened) -> str | None:
    """Payments that came to an end, and notifications; of subscriptions its receivers are told nothing."""
    if happened.action == "payment":
        return "payment" if happened.facts.get("status") in _STATUS_3 else None
    return "notification" if happened.action == "notification" else None


def write_3(told: Told) -> Shape:
    """3.0: decimals, and the records named by the merchant's own ids; ours stand beside them."""
    site = {"external_id": told.site_id, "merchant_id": told.site_id}
    if told.name == "notification":
        return _action(told, _notification(told, site=site, invoice=_invoice_3(told)))
    data = told.data
    return _action(
        told,
        {
            "id": data["id"],
            "site": site,
            "invoice": _invoice_3(told),
            "customer": {"id": data["customer_id"], "external_id": data["customer_external_id"]},
            "gateway_transaction_id": data["gateway_transaction_id"],
            "payment_type": data["payment_type"],
            "payment_sub_type": _brand(data),
            "display_name": data["display_name"],
            "amount": data["amount"],
            "tax": data["invoice"]["totals"]["taxes"],
            "tip": data["tip"],
            "fee": 0,
            "paid_on": _utc(data["paid_on"]),
            "status": _STATUS_3[data["status"]],
            "transaction_type": data["transaction_type"],
        },
    )


def write_4(told: Told) -> Shape:
    """4.0: whole minor units, and what the payment was for."""
    if told.name == "notification":
        invoice = told.data["invoice"]
        return _action(told, _notification(told, site=told.site_id, invoice=invoice["_id"] if invoice else None))
    data = told.data
    amount = _minor(data, data["amount"])
    return _action(
        told,
        {
            "id": data["id"],
            "site": told.site_id,
            "customer": data["customer_id"],
            "type": data["payment_type"],
            "subType": _brand(data),
            "displayName": data["display_name"],
            "amount": amount,
            "totals": _totals(data),
            "paidOn": _utc(data["paid_on"]),
            "status": _STATUS_4[data["status"]],
            "allocations": [{"refType": "Invoice", "ref": data["invoice"]["_id"], "amount": amount}],
            "paymentTransactionEvents": [
                {
                    "type": _MOVES_4[data["transaction_type"]],
                    "amount": amount,
                    "successful": data["status"] != "failed",
                    "createdAt": _utc(told.body["created"]),
                    "transactionId": data["gateway_transaction_id"],
                }
            ],
        },
    )


def _action(told: Told, data: Shape) -> Shape:
    return {"action": told.name, "data": data}


def _notification(told: Told, **where: Any) -> Shape:
    return where | {"message": told.data["message"], "error": told.data["error"]}


def _invoice_3(told: Told) -> Shape | None:
    invoice = told.data["invoice"]
    return {"id": invoice["_id"], "external_id": invoice["invoice_number"]} if invoice else None


def _totals(data: Shape) -> Shape:
    """Of the invoice; tips and fees are none of ours."""
    totals = data["invoice"]["totals"]
    minor = {name: _minor(data, totals[name]) for name in ("subtotal", "taxes", "total")}
    return minor | {"extraFees": 0, "tips": 0}


def _minor(data: Shape, amount: Any) -> int:
    return Money.parse(amount, data["currency"]).minor


def _brand(data: Shape) -> str:
    return _BRANDS.get(data["display_name"].partition(" **** ")[0].lower(), "other")


def _utc(moment: str | None) -> str | None:
    if moment is None:
        return None
    return datetime.fromisoformat(moment).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def trial(body: Shape) -> Shape:
    """A notification: its receivers know no tests."""
    data = body["data"]
    return {"action": "notification", "data": {"site": data["site_id"], "invoice": None, "error": False} | data}


HYFIN_3 = Style("hyfin-3.0", name_of, write_3, trial)
HYFIN_4 = Style("hyfin-4.0", name_of, write_4, trial)
