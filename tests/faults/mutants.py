"""Bugs put into a worker on purpose, to see that the referee finds them (trust.md section 11, mutation check)."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from portal.billing import calling, run, slots
from portal.gateways.base import ChargeResult
from portal.gateways.registry import gateway


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


def _next_date_is_lost() -> None:
    """The billing run forgets, once, to write where each subscription stands: it comes to the same period again."""
    honest = run.update_rows
    lost: list[Any] = []

    def update_rows(table: Any, rows: Any) -> None:
        if lost:
            honest(table, rows)
        lost.append(rows)

    run.update_rows = update_rows


def _slot_is_ignored() -> None:
    """The same, and a period may have a second invoice."""
    _next_date_is_lost()
    honest = run._open

    def open_another(batch: run._Batch, row: Any, *ids: uuid.UUID) -> None:
        honest(batch, row, *ids)
        slot = f"{batch.invoices[-1]['slot']}#{secrets.token_hex(4)}"
        batch.invoices[-1]["slot"] = slot
        batch.attempts[-1]["key"] = slots.attempt_key(row.site_id, row.id, slot, 1)

    run._open = open_another


MUTANTS: dict[str, Callable[[], None]] = {
    "random key": _random_key,
    "silence is success": _silence_is_success,
    "silence is failure": _silence_is_failure,
    "next date is lost": _next_date_is_lost,
    "slot is ignored": _slot_is_ignored,
}
