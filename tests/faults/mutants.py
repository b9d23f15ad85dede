"""Bugs put into a worker on purpose, to see that the referee finds them (trust.md section 11, mutation check)."""

from __future__ import annotations

import secrets
import threading
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from portal.billing import calling, plain_yes, refunds, rows_of_run, run, settle, slots
from portal.core import due, faults
from portal.gateways.base import ChargeResult, RefundResult
from portal.gateways.registry import gateway
from portal.gateways.sandbox import refunds as sandbox_refunds
from workers import telling, work


def put_in(name: str) -> None:
    """Change this process for good; no name, no change."""
    if name:
        MUTANTS[name]()


def _random_key() -> None:
    """Every call goes out under a new key, and nobody asks what became of the last one."""

    async def answer(call: calling.Call) -> ChargeResult:
        return await gateway(call.gateway).charge(replace(call.order, key=secrets.token_hex(16)))

    calling._answer = answer  # type: ignore[assignment]


def _silence_is_success() -> None:
    """A try whose worker died is taken for paid, without asking the gateway."""
    honest = calling._answer

    async def answer(call: calling.Call) -> ChargeResult:
        if call.kind == "ask":
            return ChargeResult("succeeded", "sbx_dreamt", code="approved", words="Approved")
        return await honest(call)

    calling._answer = answer  # type: ignore[assignment]


def _silence_is_failure() -> None:
    """A try whose worker died is taken for refused, without asking the gateway."""
    honest = calling._answer

    async def answer(call: calling.Call) -> ChargeResult:
        if call.kind == "ask":
            return ChargeResult("failed", code="card_declined", decline="hard", words="Do not honor")
        return await honest(call)

    calling._answer = answer  # type: ignore[assignment]


def _nobody_asks_first() -> None:
    """What became of a try whose worker died is not asked: it goes out once more, under its own key."""

    async def answer(call: calling.Call) -> Any:
        return await gateway(call.gateway).charge(call.order)

    calling._answer = answer


def _settled_twice() -> None:
    """An answer is written without a look at what is written already, and it comes twice."""
    honest, is_new = settle.settle, plain_yes._is_plain

    def is_plain(row: Any, result: ChargeResult) -> bool:
        return is_new(row, result) or (row.attempt == result.outcome == "succeeded" and row.subscription == "active")

    def settle_twice(answers: Any) -> None:
        honest(answers)
        honest(answers)

    plain_yes._is_plain = is_plain
    told_again = "(attempt = 'succeeded' OR attempt = 'pending' AND payment = 'pending' AND invoice = 'open')"
    _write_otherwise("attempt = 'pending' AND payment = 'pending' AND invoice = 'open'", told_again)
    work.settle = settle_twice


WHERE_IT_STANDS = {"carried", "next_index", "next_due_on", "extra_on", "due_at", "site_due_at"}


def _next_date_is_lost() -> None:
    """The billing run forgets, once, to write where each subscription stands: it comes to the same period again."""
    honest = rows_of_run.write_records
    lost: list[Any] = []

    def write_records(records: Any, first: Any, unique: Any, more: Any, moved: Any) -> set[uuid.UUID]:
        if not lost:
            moved = replace(moved, fields={"id": "subscription_id", "installments": "installment"})
            records = [{name: value for name, value in one.items() if name not in WHERE_IT_STANDS} for one in records]
        found = honest(records, first, unique, more, moved)
        lost.append(records)
        return found

    rows_of_run.write_records = write_records  # type: ignore[assignment]


def _slot_is_ignored() -> None:
    """The same, and a period may have a second invoice."""
    _next_date_is_lost()
    honest = run._open

    def open_another(batch: run._Batch, row: Any, *ids: Any) -> None:
        honest(batch, row, *ids)
        record = batch.records[-1]
        record["slot"] = f"{record['slot']}#{secrets.token_hex(4)}"
        record["key"] = slots.attempt_key(row.site_id, row.id, record["slot"], 1)
        call = batch.calls[record["id"]]
        batch.calls[record["id"]] = replace(call, order=replace(call.order, key=record["key"]))

    run._open = open_another


def _random_refund_key() -> None:
    """Every order to give back goes out under a new key, and nobody asks what became of the last one."""

    async def answer(call: refunds.Call) -> RefundResult:
        order = replace(call.order, key=secrets.token_hex(16))
        faults.reach("refund.before_call")
        return await gateway(call.gateway).refund(order)

    refunds._answer = answer  # type: ignore[assignment]


def _no_refund_cap() -> None:
    """The same, and the gateway does not look at what is left of the charge."""
    _random_refund_key()
    sandbox_refunds._check_amount = lambda *_: None  # type: ignore[assignment]


def _lease_is_ignored() -> None:
    """Who claims a message leaves it due: two take it, and both have it before either sends."""
    due.LEASE = timedelta(seconds=-1)
    both, honest = threading.Barrier(2, timeout=10), telling._hand_over

    def hand_over(claimed: Any) -> Any:
        both.wait()
        return honest(claimed)

    telling._hand_over = hand_over


def _sequence_is_not_kept() -> None:
    """Who settles read the sequence before another raised it: what he writes is one behind his event."""
    honest = plain_yes.update_rows

    def update_rows(table: Any, rows: Any) -> None:
        honest(table, [row | {"sequence": row["sequence"] - 1} if "sequence" in row else row for row in rows])

    plain_yes.update_rows = update_rows
    _write_otherwise("SET sequence = s.sequence + 1", "SET sequence = s.sequence")
    _write_otherwise("subscription_id, sequence, 'payment'", "subscription_id, sequence + 1, 'payment'")


def _write_otherwise(part: str, by: str) -> None:
    """The same on PostgreSQL, where one statement writes it all."""
    assert part in plain_yes.WRITE
    plain_yes.WRITE = plain_yes.WRITE.replace(part, by)


MUTANTS: dict[str, Callable[[], None]] = {
    "random key": _random_key,
    "silence is success": _silence_is_success,
    "silence is failure": _silence_is_failure,
    "nobody asks first": _nobody_asks_first,
    "settled twice": _settled_twice,
    "next date is lost": _next_date_is_lost,
    "slot is ignored": _slot_is_ignored,
    "random refund key": _random_refund_key,
    "no refund cap": _no_refund_cap,
    "lease is ignored": _lease_is_ignored,
    "sequence is not kept": _sequence_is_not_kept,
}
