"""An invoice that is owed no more, with all that was to collect it."""

from __future__ import annotations

from sqlalchemy import select

from portal.billing.models import INVOICE, PAYMENT, Invoice, Payment
from portal.core.database import session


def void(invoice: Invoice) -> None:
    """Nothing of it is tried any more; its slot stays taken. Its subscription is locked by the caller."""
    mine = select(Payment).where(Payment.invoice_id == invoice.id, Payment.status != "voided").with_for_update()
    for payment in session().scalars(mine):
        PAYMENT.check(payment.status, "voided")
        payment.status, payment.due_at, payment.site_due_at = "voided", None, None
    INVOICE.check(invoice.status, "void")
    invoice.status = "void"
