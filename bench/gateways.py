"""Gateways of the bench: one answers at once and calls nobody, one asks a server over HTTP."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from portal.gateways.base import ChargeOrder, ChargeResult, GatewayCharge, SetupOrder, SetupPage, SetupState


class AtOnce:
    """Says yes to every charge without a call, so that what is measured is everything but the call."""

    name = "bench"

    async def charge(self, order: ChargeOrder) -> ChargeResult:
        return ChargeResult("succeeded", f"ch_{order.key[:24]}")

    async def look_up(self, site_id: uuid.UUID, key: str) -> ChargeResult | None:
        return None

    def charges(self, site_id: uuid.UUID) -> Iterable[GatewayCharge]:
        return ()

    def open_setup(self, order: SetupOrder) -> SetupPage:
        raise NotImplementedError("Nobody saves a card in a benchmark.")

    def setup_state(self, gateway_ref: str) -> SetupState:
        raise NotImplementedError("Nobody saves a card in a benchmark.")
