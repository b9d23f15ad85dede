"""Bugs put into a worker on purpose, to see that the referee finds them (trust.md section 11, mutation check)."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from portal.billing import charge, slots
from portal.core import due
from portal.gateways.base import ChargeResult
from portal.gateways.registry import gateway
from portal.subscriptions import sending


def put_in(name: str) -> None:
    """Change this process for good; no name, no change."""
    if name:
        MUTANTS[name]()


def _random_key() -> None:
    """Every call goes out under a new key, and nobody asks what became of the last one."""

    async def answer(call: charge.Call) -> ChargeResult:
        return await gateway(call.gateway).charge(replace(call.order, key=secrets.token_hex(16)))

    charge._answer = answer  # type: ignore[assignment]


def _silence_is_success() -> None:
    """A try whose worker died is taken for paid, without asking the gateway."""
    honest = charge._answer

    async def answer(call: charge.Call) -> ChargeResult:
        if call.kind == "ask":
            return ChargeResult("succeeded", "sbx_dreamt", code="approved", words="Approved")
        return await honest(call)

    charge._answer = answer  # type: ignore[assignment]


def _silence_is_failure() -> None:
    """A try whose worker died is taken for refused, without asking the gateway."""
    honest = charge._answer

    async def answer(call: charge.Call) -> ChargeResult:
        if call.kind == "ask":
            return ChargeResult("failed", code="card_declined", decline="hard", words="Do not honor")
        return await honest(call)

    charge._answer = answer  # type: ignore[assignment]


def _forgetful_lease() -> None:
    """A claim takes the row off the list for good: what a dead worker held never comes back."""
    honest: Callable[..., Any] = due.claim

    def claim(table: Any, **wanted: Any) -> Any:
        from sqlalchemy import update

        from portal.core.database import session

        ids = honest(table, **wanted)
        session().execute(update(table).where(table.id.in_(ids)).values(due_at=None))
        return ids

    due.claim = claim


def _letter_every_second() -> None:
    """A message that was handed over is not written off: it goes out again and again."""
    sending._finish = lambda message: None


MUTANTS: dict[str, Callable[[], None]] = {
    "random key": _random_key,
    "silence is success": _silence_is_success,
    "silence is failure": _silence_is_failure,
    "forgetful lease": _forgetful_lease,
}
