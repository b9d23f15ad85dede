"""Who acts and under which request id: carried beside the call, so that domains need no web framework to know it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Literal

ActorKind = Literal["customer", "merchant", "staff", "system", "machine"]


@dataclass(frozen=True, slots=True)
class Acting:
    """The actor of the present work; `name` is what support reads (a key id, a person's e-mail, a job)."""

    kind: ActorKind = "system"
    name: str = "portal"
    request_id: str = ""


_NOBODY = Acting()
_acting: ContextVar[Acting] = ContextVar("acting", default=_NOBODY)


def acting() -> Acting:
    return _acting.get()


def new_request_id() -> str:
    return f"req_{secrets.token_hex(10)}"


@contextmanager
def acting_as(kind: ActorKind, name: str, request_id: str = "") -> Iterator[Acting]:
    """Everything written inside is put down to this actor; an empty request id keeps the one around it."""
    actor = Acting(kind, name, request_id or acting().request_id)
    token = _acting.set(actor)
    try:
        yield actor
    finally:
        _acting.reset(token)


def begin_request(request_id: str) -> None:
    """Start a request in this context as nobody in particular; the guard of the door names the actor later."""
    _acting.set(Acting(kind="machine", name="unknown", request_id=request_id))


def name_actor(kind: ActorKind, name: str) -> None:
    _acting.set(replace(acting(), kind=kind, name=name))
