"""Which gateways there are and which one a site uses; a new gateway is one file and one line here."""

from __future__ import annotations

from portal.core.settings import Settings
from portal.gateways.base import Gateway
from portal.gateways.sandbox.gateway import SandboxGateway
from portal.gateways.sandbox.store import Store

_gateways: dict[str, Gateway] = {}


def configure(settings: Settings) -> None:
    _gateways.clear()
    for gateway in (SandboxGateway(Store.at(settings)),):
        _gateways[gateway.name] = gateway


def gateway(name: str) -> Gateway:
    return _gateways[name]


def for_mode(mode: str) -> Gateway | None:
    """The gateway of a test or a live site; None while live sites have none (Stripe comes with the roadmap)."""
    return _gateways["sandbox"] if mode == "test" else None


def sandbox() -> SandboxGateway:
    found = _gateways["sandbox"]
    assert isinstance(found, SandboxGateway)
    return found
