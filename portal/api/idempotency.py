"""Idempotency-Key: the answer is written in the transaction of the work, so that both stand or neither does.

A view answers inside its `transaction()`: `answer()` (portal.api.answers) hands what it wrote to `keep()`, and that
becomes part of the work. Refusals, which did no work, are kept after the view.
"""

from __future__ import annotations

import hashlib
import logging
import re
from dataclasses import dataclass
from typing import Any

from flask import Response, current_app, g, has_request_context, request
from sqlalchemy import select

from portal.core.database import before_commits, is_writing, reading, session, transaction
from portal.core.errors import PortalError
from portal.core.faults import reach
from portal.core.jobs import after_commit
from portal.core.settings import Settings
from portal.links import tokens
from portal.links.find import addresses
from portal.links.models import Link
from portal.sites import kept_answers
from portal.sites.kept_answers import Answer, Claim, KeyInUse

log = logging.getLogger(__name__)

METHODS = frozenset({"POST", "PATCH"})
NOT_KEPT = frozenset({401, 403, 413, 415, 429})
KEPT_HEADERS = ("Content-Type", "ETag", "Location")
REPLAYED = "Idempotency-Replayed"
_KEY = re.compile(r"[!-~]{1,255}")
_ADDRESS = re.compile(r"/p/([A-Za-z0-9_-]{22})")


class WrongKey(PortalError):
    status, code = 400, "invalid_idempotency_key"
    message = "Give an Idempotency-Key of 1 to 255 printable ASCII characters without blanks, new for every operation."


@dataclass(slots=True)
class _Held:
    """The claim of this request; `kept` is what is committed under it, `writing` the transaction that keeps it."""

    claim: Claim
    kept: tuple[int, str] | None = None
    writing: Any = None


def begin() -> Response | None:
    """Claim the key of this call, in a transaction of its own; an answer where it was given before.

    Raises WrongKey, KeyInUse, KeyUsedOtherwise, AnswerLost.
    """
    before_commits(None)
    key = request.headers.get("Idempotency-Key")
    if key is None or request.method not in METHODS:
        return None
    if not _KEY.fullmatch(key):
        raise WrongKey
    print_of_call = _fingerprint()
    with transaction():
        found = kept_answers.claim(g.site_id, g.key.id, key, print_of_call)
    reach("idempotency.claimed")
    if isinstance(found, Answer):
        return _again(found)
    g.idempotency = _Held(found)
    before_commits(_witness)
    return None


def keep(response: Response) -> None:
    """Write the answer in the open transaction of the work; nothing without a key or outside of a transaction."""
    held: _Held | None = g.get("idempotency")
    if held is None or not is_writing():
        return
    kept_answers.write(held.claim, _kept(response))
    kept = (response.status_code, response.get_data(as_text=True))
    held.writing = session().get_transaction()
    after_commit(lambda: setattr(held, "kept", kept))
    reach("idempotency.kept")


def finish(response: Response) -> Response:
    """After the view: keep what is not kept yet, or let the key go where nothing was done and a retry may do better."""
    before_commits(None)
    held: _Held | None = g.pop("idempotency", None)
    if held is None:
        return response
    reach("idempotency.view_done")
    try:
        _settle(held, response)
    except Exception:
        # The work, if any, is committed with its answer. The claim runs out by itself; the caller gets this answer.
        log.exception("answer not kept")
    return response


def _settle(held: _Held, response: Response) -> None:
    is_final = response.status_code < 500 and response.status_code not in NOT_KEPT and not _passes()
    if held.kept is None and not is_final:
        with transaction():
            kept_answers.give_up(held.claim)
    elif is_final and held.kept != (response.status_code, response.get_data(as_text=True)):
        with transaction():
            kept_answers.write(held.claim, _kept(response))


def _passes() -> bool:
    """True for a refusal that is over by itself soon: repeated, the call may well succeed."""
    error = g.get("error")
    return isinstance(error, KeyInUse) or bool(getattr(error, "passes", False))


def _witness() -> None:
    """Before any commit of this call: work without an answer beside it is marked, so that nobody does it again."""
    held: _Held | None = g.get("idempotency") if has_request_context() else None
    if held is None or held.writing is session().get_transaction() or held.kept is not None:
        return
    log.error(
        "work is committed without its answer: answer() belongs inside the transaction",
        extra={"view": request.endpoint},
    )
    kept_answers.note_work(held.claim)


def _fingerprint() -> bytes:
    """Method, address and body of this call; the body is read here once and stays readable."""
    head = f"{request.method} {request.full_path}\n".encode()
    return hashlib.sha256(head + request.get_data(cache=True)).digest()


def _kept(response: Response) -> Answer:
    """The answer without a raw link token: each stands by its link's placeholder."""
    body = response.get_data(as_text=True)
    headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
    found = set(_ADDRESS.findall(body))
    if not found:
        return Answer(response.status_code, body, headers)
    hashes = {tokens.hashed(token): token for token in found}
    rows = session().execute(select(Link.id, Link.token_hash).where(Link.token_hash.in_(list(hashes)))).all()
    for link_id, token_hash in rows:
        body = body.replace(f"{_public_url()}/p/{hashes[token_hash]}", tokens.placeholder(link_id))
        body = body.replace(hashes[token_hash], "…")
    return Answer(response.status_code, body, headers, tuple(row[0] for row in rows))


def _again(kept: Answer) -> Response:
    """The kept answer as it was sent. Only its own links are filled in: other placeholders are a merchant's words."""
    body = kept.body
    if kept.link_ids:
        names = " ".join(map(tokens.placeholder, kept.link_ids))
        with reading():
            filled = addresses(names, _public_url())
        for name, address in filled.items():
            body = body.replace(name, address)
    response = Response(body, kept.status, headers=kept.headers)
    response.headers[REPLAYED] = "true"
    return response


def _public_url() -> str:
    settings: Settings = current_app.extensions["portal_settings"]
    return settings.public_url
