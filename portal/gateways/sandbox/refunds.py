"""How the sandbox gives money back: an entry of its own in the ledger, never more than was captured."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, insert, select

from portal.core.faults import reach
from portal.core.instants import local_day
from portal.gateways.base import NO_REFUND_ANSWER, RefundOrder, RefundResult
from portal.gateways.sandbox.cards import BY_NAME
from portal.gateways.sandbox.store import Store, cards, ledger

Return = Literal["refunded", "voided"]

WORDS = {
    "refunded": "Refund accepted",
    "voided": "Voided",
    "key_reused": "The same key was sent before with another order",
    "no_such_charge": "No such charge",
    "too_much": "More than what is left of the charge",
    "not_voidable": "The charge is settled: refund it",
}


class _Refused(Exception):
    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def give_back(store: Store, order: RefundOrder, how: Return) -> RefundResult:
    """Write the refund or void of a captured charge; a key that is in the ledger gets its first answer again.

    A void is for the whole charge, of which nothing was refunded, until the site's civil day of the capture ends.
    The card that loses the answer to a charge loses the answer to its refund too.
    """
    with store.writing() as connection:
        store.lock(connection, order.charge_ref)
        try:
            entry = _entry(connection, order.key) or _write(connection, order, how)
            _must_be(entry, order, how)
            loses_answer = _loses_answer(connection, entry.card_ref)
        except _Refused as refused:
            return RefundResult("failed", code=refused.code, words=WORDS[refused.code])
    reach("gateway.refunded")
    return NO_REFUND_ANSWER if loses_answer else _result(entry)


def look_up(store: Store, key: str) -> RefundResult | None:
    with store.writing() as connection:
        entry = _entry(connection, key)
    return None if entry is None else _result(entry)


def _entry(connection: Connection, key: str) -> Row[Any] | None:
    return connection.execute(select(ledger).where(ledger.c.idempotency_key == key)).first()


def _must_be(entry: Row[Any], order: RefundOrder, how: Return) -> None:
    wrote = (entry.refund_of, entry.amount_minor, entry.currency, entry.outcome)
    if wrote != (order.charge_ref, order.amount_minor, order.currency, how):
        raise _Refused("key_reused")


def _write(connection: Connection, order: RefundOrder, how: Return) -> Row[Any]:
    charge = connection.execute(
        select(ledger).where(ledger.c.ref == order.charge_ref, ledger.c.site_id == str(order.site_id))
    ).first()
    if charge is None or charge.outcome != "captured" or charge.currency != order.currency:
        raise _Refused("no_such_charge")
    returned = connection.execute(
        select(ledger).where(ledger.c.card_ref == charge.card_ref, ledger.c.refund_of == charge.ref)
    ).all()
    _check_amount(charge, returned, order, how)
    connection.execute(
        insert(ledger).values(
            idempotency_key=order.key,
            ref=f"sbr_{hashlib.sha256(order.key.encode()).hexdigest()[:16]}",
            site_id=charge.site_id,
            card_ref=charge.card_ref,
            amount_minor=order.amount_minor,
            currency=order.currency,
            outcome=how,
            code="approved",
            description=charge.description,
            reference=charge.reference,
            refund_of=charge.ref,
            at=order.at,
        )
    )
    return connection.execute(select(ledger).where(ledger.c.idempotency_key == order.key)).one()


def _check_amount(charge: Row[Any], returned: Sequence[Row[Any]], order: RefundOrder, how: Return) -> None:
    if how == "voided" and (returned or order.amount_minor != charge.amount_minor or not _is_same_day(charge, order)):
        raise _Refused("not_voidable")
    if sum(entry.amount_minor for entry in returned) + order.amount_minor > charge.amount_minor:
        raise _Refused("too_much")


def _is_same_day(charge: Row[Any], order: RefundOrder) -> bool:
    captured: datetime = charge.at if charge.at.tzinfo else charge.at.replace(tzinfo=UTC)
    return local_day(order.at, order.zone) <= local_day(captured, order.zone)


def _loses_answer(connection: Connection, card_ref: str) -> bool:
    name = connection.scalar(select(cards.c.behavior).where(cards.c.ref == card_ref))
    return name in BY_NAME and BY_NAME[name].charging == "lose_answer"


def _result(entry: Row[Any]) -> RefundResult:
    return RefundResult("succeeded", entry.ref, code=entry.code, words=WORDS[entry.outcome])
