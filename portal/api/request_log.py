"""The log of API calls: noted when the answer is ready, masked and written afterwards by a thread of its own."""

from __future__ import annotations

import atexit
import logging
import queue
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Flask, Response, current_app, g, request
from werkzeug.exceptions import HTTPException

from portal.api import dialect, idempotency, masking
from portal.api.masking import Payload
from portal.core.bulk import insert_rows
from portal.core.clock import real_now
from portal.core.context import acting
from portal.core.database import transaction
from portal.core.ids import new_id
from portal.customers.plain_text import in_text
from portal.sites import keys
from portal.sites.api_requests import ApiRequest

log = logging.getLogger(__name__)

AT_ONCE = 200
MOST_WAITING = 2_000
GATHER = 0.05  # seconds: a burst is written by one commit


@dataclass(frozen=True, slots=True)
class Call:
    """A call as it was; everything in it is masked before it is written."""

    id: uuid.UUID
    site_id: uuid.UUID
    key_id: str
    request_id: str
    dialect: str
    method: str
    path: str
    query: str
    status: int
    duration_ms: int
    idempotency_key: str | None
    is_replayed: bool
    body: Payload
    answer: Payload
    at: datetime


Keeper = Callable[[Call], None]


def note(response: Response) -> None:
    """Hand over the call that was just answered. Costs no SQL and never fails it; calls without a known key are not
    kept, or anybody could fill the database."""
    key = g.get("key")
    if key is None:
        return
    try:
        keeper: Keeper = current_app.extensions["portal_request_log"]
        keeper(_call(key, response))
    except Exception:
        # The work is done and answered: a line of the log that cannot be written must not turn it into an error.
        log.exception("call not logged")


def write(calls: Sequence[Call]) -> None:
    """Write these calls, and that their keys were used, in a transaction of their own."""
    rows = [_row(call) for call in calls]
    last = {call.key_id: call.at for call in calls}
    with transaction():
        insert_rows(ApiRequest, rows)
        keys.note_use(last, max(last.values()))


class Writer:
    """A keeper that writes in a thread of its own, started by the first call; a full queue drops what is newest."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._waiting: queue.Queue[Call] = queue.Queue(MOST_WAITING)
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._refused_at: dict[str, float] = {}

    def __call__(self, call: Call) -> None:
        if call.status == 429 and not self._is_first_of_flood(call.key_id):
            return
        try:
            self._waiting.put_nowait(call)
        except queue.Full:
            log.warning("call not logged: too many are waiting", extra={"key": call.key_id})
        if self._thread is None:
            self._start()

    def drain(self) -> None:
        """Come back when everything noted so far is written."""
        self._waiting.join()

    def close(self) -> None:
        """The same at the end of the process, for at most two seconds."""
        with self._waiting.all_tasks_done:
            self._waiting.all_tasks_done.wait_for(lambda: not self._waiting.unfinished_tasks, timeout=2)

    def _is_first_of_flood(self, key_id: str) -> bool:
        """One refusal a second and key is enough to be seen."""
        now = time.monotonic()
        is_first = now - self._refused_at.get(key_id, 0.0) >= 1
        if is_first:
            self._refused_at[key_id] = now
        return is_first

    def _start(self) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="request log", daemon=True)
                self._thread.start()
                atexit.register(self.close)

    def _run(self) -> None:
        while True:
            calls = [self._waiting.get()]
            deadline = time.monotonic() + GATHER
            while len(calls) < AT_ONCE and (left := deadline - time.monotonic()) > 0:
                try:
                    calls.append(self._waiting.get(timeout=left))
                except queue.Empty:
                    break
            try:
                with self._app.app_context():
                    write(calls)
            except Exception:
                # The database may be away: these calls are lost to the log, and the thread goes on with the next.
                log.exception("calls not logged", extra={"calls": len(calls)})
            finally:
                for _ in calls:
                    self._waiting.task_done()


def _call(key: keys.KnownKey, response: Response) -> Call:
    asked = dialect.of(request.path)
    return Call(
        id=new_id(),
        site_id=key.site_id,
        key_id=key.key_id,
        request_id=acting().request_id,
        dialect=asked.name if asked else "",
        method=request.method,
        path=request.path,
        query=request.query_string.decode("latin-1"),
        status=response.status_code,
        duration_ms=(time.monotonic_ns() - g.began_ns) // 1_000_000,
        idempotency_key=request.headers.get("Idempotency-Key"),
        is_replayed=idempotency.REPLAYED in response.headers,
        body=Payload.of(_body(), request.content_type),
        answer=Payload.of(b"" if response.direct_passthrough else response.get_data(), response.content_type),
        at=real_now(),
    )


def _body() -> bytes:
    try:
        return request.get_data(cache=True)
    except (HTTPException, OSError):
        return b""  # too large, or gone before it was whole


def _row(call: Call) -> dict[str, Any]:
    body, body_is_cut = masking.masked(call.body)
    answer, answer_is_cut = masking.masked(call.answer)
    return {
        "id": call.id,
        "site_id": call.site_id,
        "key_id": call.key_id,
        "request_id": call.request_id,
        "dialect": call.dialect,
        "method": call.method,
        "path": in_text(call.path)[:500],
        "query": in_text(call.query)[:500],
        "status": call.status,
        "duration_ms": call.duration_ms,
        "idempotency_key": in_text(call.idempotency_key)[:255] if call.idempotency_key else None,
        "is_replayed": call.is_replayed,
        "is_cut": body_is_cut or answer_is_cut,
        "body": body,
        "answer": answer,
        "at": call.at,
    }
