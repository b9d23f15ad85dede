"""Answers kept under the caller's Idempotency-Key: claimed before the work, written with it, given again for a day."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CursorResult, ForeignKey, Index, UniqueConstraint, and_, delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.clock import real_now
from portal.core.columns import Json
from portal.core.database import Row, session
from portal.core.errors import PortalError
from portal.core.ids import new_id

KEPT = timedelta(hours=24)
LEASE = timedelta(seconds=60)
SWEPT_AFTER = KEPT + timedelta(hours=1)  # a sweep has an hour's worth to do, not one row
AT_A_SWEEP = 1_000


class KeptAnswer(Row):
    """One Idempotency-Key of one API key. `body` names links by placeholder; `link_ids` are those it may name.

    `answered_at`: the answer stands here. `worked_at` without it: work was committed whose answer nobody wrote down.
    """

    __tablename__ = "kept_answers"
    __table_args__ = (UniqueConstraint("api_key_id", "key"), Index(None, "created_at"))

    site_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("sites.id"))
    api_key_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("api_keys.id"))
    key: Mapped[str]
    fingerprint: Mapped[bytes]
    claim_id: Mapped[uuid.UUID]
    leased_until: Mapped[datetime]
    created_at: Mapped[datetime]
    worked_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    status: Mapped[int | None]
    headers: Mapped[dict[str, Any] | None] = mapped_column(Json)
    body: Mapped[str | None]
    link_ids: Mapped[list[Any] | None] = mapped_column(Json)


class KeyInUse(PortalError):
    status, code = 409, "idempotency_running"
    message = "The first call with this Idempotency-Key is still running. Repeat it in a moment."


class KeyUsedOtherwise(PortalError):
    status, code = 422, "idempotency_mismatch"
    message = "This Idempotency-Key was used for another call. Take a new one, or repeat that call unchanged."


class AnswerLost(PortalError):
    status, code = 409, "idempotency_answer_lost"
    message = "The first call with this Idempotency-Key did its work, but its answer was lost. Read what it made."


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to do the work of one key; `claim_id` tells it from an earlier one whose lease ran out."""

    row_id: uuid.UUID
    claim_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class Answer:
    """What was, or will be, answered. In `body` links stand by placeholder."""

    status: int
    body: str
    headers: dict[str, str]
    link_ids: tuple[uuid.UUID, ...] = ()


def claim(site_id: uuid.UUID, api_key_id: uuid.UUID, key: str, fingerprint: bytes) -> Claim | Answer:
    """Claim the key in the open transaction, or give the answer that it has.

    Raises KeyInUse while another call holds it, KeyUsedOtherwise where it stands for another call, AnswerLost.
    """
    now = real_now()
    mine = Claim(new_id(), new_id())
    fresh = {"fingerprint": fingerprint, "claim_id": mine.claim_id, "leased_until": now + LEASE, "created_at": now}
    made = {"id": mine.row_id, "site_id": site_id, "api_key_id": api_key_id, "key": key} | fresh
    if _inserted(made):
        return mine
    row = (
        session()
        .scalars(select(KeptAnswer).where(KeptAnswer.api_key_id == api_key_id, KeptAnswer.key == key).with_for_update())
        .one_or_none()
    )
    if row is None:
        raise KeyInUse  # swept or given up between the two statements
    if row.created_at <= now - KEPT:
        nothing = dict.fromkeys(("worked_at", "answered_at", "status", "headers", "body", "link_ids"))
        for name, value in (fresh | nothing).items():
            setattr(row, name, value)
        return Claim(row.id, mine.claim_id)
    return _taken_over(row, fingerprint, mine.claim_id, now)


def write(claim: Claim, answer: Answer) -> None:
    """Keep the answer in the transaction of the work; a later one of the same claim replaces it.

    Raises KeyInUse where another call took the claim over and did the work: the open transaction must not commit.
    """
    values = {
        "answered_at": real_now(),
        "status": answer.status,
        "body": answer.body,
        "headers": answer.headers,
        "link_ids": [str(link_id) for link_id in answer.link_ids],
    }
    _write(claim, values)


def note_work(claim: Claim) -> None:
    """Work is about to be committed whose answer is not known yet. Raises KeyInUse as `write` does."""
    _write(claim, {"worked_at": real_now()})


def give_up(claim: Claim) -> None:
    """Nothing was done and nothing worth keeping was answered: the next call with the key starts afresh."""
    session().execute(
        delete(KeptAnswer).where(
            KeptAnswer.id == claim.row_id,
            KeptAnswer.claim_id == claim.claim_id,
            _is_open(),
            KeptAnswer.worked_at.is_(None),
        )
    )


def is_anything_old() -> bool:
    old = select(KeptAnswer.id).where(KeptAnswer.created_at <= real_now() - SWEPT_AFTER).limit(1)
    return session().scalar(old) is not None


def sweep() -> int:
    """Delete some of those that are older than a day; how many there were."""
    ids: Sequence[uuid.UUID] = (
        session()
        .scalars(select(KeptAnswer.id).where(KeptAnswer.created_at <= real_now() - KEPT).limit(AT_A_SWEEP))
        .all()
    )
    session().execute(delete(KeptAnswer).where(KeptAnswer.id.in_(ids)))
    return len(ids)


def _inserted(values: dict[str, Any]) -> bool:
    on_postgresql = session().get_bind().dialect.name == "postgresql"
    insert = postgresql.insert if on_postgresql else sqlite.insert
    statement = insert(KeptAnswer).values(**values).on_conflict_do_nothing(index_elements=["api_key_id", "key"])
    return session().execute(statement.returning(KeptAnswer.id)).first() is not None


def _taken_over(row: KeptAnswer, fingerprint: bytes, claim_id: uuid.UUID, now: datetime) -> Claim | Answer:
    if row.fingerprint != fingerprint:
        raise KeyUsedOtherwise
    if row.answered_at is not None:
        link_ids = tuple(uuid.UUID(text) for text in row.link_ids or ())
        return Answer(row.status or 200, row.body or "", dict(row.headers or {}), link_ids)
    if row.leased_until > now:
        raise KeyInUse
    if row.worked_at is not None:
        raise AnswerLost
    row.claim_id, row.leased_until = claim_id, now + LEASE
    return Claim(row.id, claim_id)


def _write(claim: Claim, values: dict[str, Any]) -> None:
    """Only where nobody else did the work: of two calls that both believe to hold the key, the first to commit wins."""
    is_free = or_(KeptAnswer.claim_id == claim.claim_id, and_(_is_open(), KeptAnswer.worked_at.is_(None)))
    done = session().execute(
        update(KeptAnswer)
        .where(KeptAnswer.id == claim.row_id, is_free)
        .values(claim_id=claim.claim_id, **values)
        .execution_options(synchronize_session=False)
    )
    assert isinstance(done, CursorResult)
    if done.rowcount != 1:
        raise KeyInUse


def _is_open() -> Any:
    return KeptAnswer.answered_at.is_(None)
