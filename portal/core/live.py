"""Tells open pages that something newer exists: two numbers, never data; a hint that may be lost."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable

from portal.core.jobs import after_commit

log = logging.getLogger(__name__)

Emitter = Callable[[uuid.UUID, int, int], None]
_emitter: Emitter | None = None


def set_emitter(emitter: Emitter | None) -> None:
    """create_app() says how a push reaches the process that holds the page."""
    global _emitter
    _emitter = emitter


def push(subscription_id: uuid.UUID, *, version: int, sequence: int) -> None:
    """After the commit, tell the pages of this subscription which version and sequence are newest."""
    after_commit(lambda: _emit(subscription_id, version, sequence))


def _emit(subscription_id: uuid.UUID, version: int, sequence: int) -> None:
    if _emitter is None:
        return
    try:
        _emitter(subscription_id, version, sequence)
    except Exception:
        # Pages catch up by themselves (contract section 7): a broker that is away must not fail the change.
        log.exception("push not emitted", extra={"subscription": str(subscription_id)})
