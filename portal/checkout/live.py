"""The live channel: a page proves its link, joins its subscription's room, and says hello once it is seen."""

from __future__ import annotations

import logging
import threading
import uuid
from typing import Any

from flask import Flask, request
from flask_socketio import ConnectionRefusedError as Refused
from flask_socketio import SocketIO, join_room

from portal.core.context import acting_as, new_request_id
from portal.core.database import reading, session, transaction
from portal.links import find as find_links
from portal.subscriptions.models import Subscription
from portal.subscriptions.opened import note_open

log = logging.getLogger(__name__)

UPDATED = "subscription updated"
MOST_PAGES = 500  # on the embedded default, where a page costs threads; beyond it pages catch up by asking


def room(subscription_id: uuid.UUID) -> str:
    return f"subscription:{subscription_id}"


def listen(socketio: SocketIO, app: Flask) -> None:
    """Handle the events of open pages. Rooms come from the link alone; a page can name nothing itself."""
    pages = _Pages(app.extensions["portal_settings"].embedded)

    @socketio.on("connect")
    def connect(auth: Any = None) -> None:
        token = auth.get("token") if isinstance(auth, dict) else None
        if not isinstance(token, str) or not pages.enter():
            raise Refused("no link")
        state = _join(token)
        if state is None:
            pages.leave(_sid())
            raise Refused("unknown link")
        pages.remember(_sid(), token)
        socketio.emit(UPDATED, state, to=_sid())

    @socketio.on("disconnect")
    def disconnect(*_: Any) -> None:
        pages.leave(_sid())

    @socketio.on("hello")
    def hello(*_: Any) -> None:
        token = pages.greet(_sid())
        if token is not None:
            _note_open(token, str(request.headers.get("User-Agent", "")))


def _sid() -> str:
    return str(request.sid)  # type: ignore[attr-defined]


def _join(token: str) -> dict[str, int] | None:
    """The state is read once the page is in the room: what changes before is in it, what changes after is told."""
    with reading():
        found = find_links.by_token(token)
    if found is None:
        return None
    join_room(room(found.request.subscription_id))
    with reading():
        subscription = session().get(Subscription, found.request.subscription_id)
        return {"version": subscription.version, "sequence": subscription.sequence} if subscription else None


def _note_open(token: str, agent: str) -> None:
    with acting_as("customer", "page", new_request_id()), transaction():
        found = find_links.by_token(token)
        if found is not None:
            note_open(found, agent)


class _Pages:
    """The pages held by this process and the link each came by; counted where each costs threads."""

    def __init__(self, limited: bool) -> None:
        self._limited, self._open, self._lock = limited, 0, threading.Lock()
        self._links: dict[str, str] = {}

    def enter(self) -> bool:
        with self._lock:
            if self._limited and self._open >= MOST_PAGES:
                return False
            self._open += 1
            return True

    def remember(self, sid: str, token: str) -> None:
        with self._lock:
            self._links[sid] = token

    def greet(self, sid: str) -> str | None:
        """The page's link, the first time it says hello; None afterwards."""
        with self._lock:
            return self._links.pop(sid, None)

    def leave(self, sid: str) -> None:
        with self._lock:
            self._open = max(0, self._open - 1)
            self._links.pop(sid, None)
