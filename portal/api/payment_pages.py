"""Shutting the gateway's page of one invoice: noted, asked with nothing held, written; repeated without harm."""

from __future__ import annotations

import uuid

from portal.billing import cancel_instalment
from portal.core.database import transaction


def shut(invoice_id: uuid.UUID) -> None:
    """Nothing can be paid on it any more; what was paid before is written. Raises BeingPaid."""
    with transaction():
        question = cancel_instalment.claim(invoice_id)
    if question is None:
        return
    state = cancel_instalment.shut(question)
    with transaction():
        cancel_instalment.settle(question, state)
