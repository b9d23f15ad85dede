"""Papers that a merchant adds to a subscription: kept in the database, known by their content, never by their name."""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.core import changes
from portal.core.database import Row, session
from portal.core.errors import NotFound, PortalError
from portal.core.ids import read_id
from portal.sites import clock
from portal.sites.models import Site
from portal.subscriptions.models import Subscription

LARGEST = 5 * 1024 * 1024
ENDINGS = {"application/pdf": ".pdf", "image/png": ".png", "image/jpeg": ".jpg"}
_LONGEST_NAME = 120
_UNFIT = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|\u200e\u200f\u202a-\u202e\u2066-\u2069]+')


class UnknownKind(PortalError):
    status, code = 415, "unsupported_media_type"
    message = "Send a PDF, a PNG or a JPEG; the content decides, not the name."


class TooLarge(PortalError):
    status, code = 413, "too_large"
    message = "A file may have 5 MB at most."


class Attachment(Row):
    """A file of a site. `media_type` was read from the content; `name` is for people."""

    __tablename__ = "attachments"
    __table_args__ = (
        Index(None, "site_id", "created_at"),
        CheckConstraint(f"media_type IN ({', '.join(map(repr, ENDINGS))})", name="media_type"),
    )

    site_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("sites.id"))
    name: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[str]
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    created_at: Mapped[datetime]


def keep(site: Site, name: str, content: bytes) -> Attachment:
    """Store a file in the open transaction. Raises TooLarge, and UnknownKind for what is no PDF, PNG or JPEG."""
    if len(content) > LARGEST:
        raise TooLarge
    media_type = sniffed(content)
    if media_type is None:
        raise UnknownKind
    attachment = Attachment(
        site_id=site.id,
        name=fit_name(name, media_type),
        media_type=media_type,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        content=content,
        created_at=clock.now(site),
    )
    session().add(attachment)
    session().flush()
    changes.record(
        "attachment added", site_id=site.id, entity="attachment", entity_id=attachment.id, at=clock.now(site)
    )
    return attachment


def sniffed(content: bytes) -> str | None:
    """The media type that the content has from its first to its last bytes; None for everything else."""
    if content.startswith(b"%PDF-") and b"%%EOF" in content[-2048:]:
        return "application/pdf"
    if content.startswith(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR") and b"IEND" in content[-64:]:
        return "image/png"
    if content.startswith(b"\xff\xd8\xff") and b"\xff\xd9" in content[-64:]:
        return "image/jpeg"
    return None


def fit_name(name: str, media_type: str) -> str:
    """The name without what a file system or a reader could take for something else, ending as its content is."""
    stem = _UNFIT.sub(" ", name).strip(" .")
    shown, dot, ending = stem.rpartition(".")
    if dot and len(ending) <= 5 and ending.isascii() and ending.isalnum():
        stem = shown.strip(" .")
    return (stem[:_LONGEST_NAME].strip() or "document") + ENDINGS[media_type]


def find(site_id: uuid.UUID, text: str) -> Attachment:
    """Raises NotFound for another site's file as for one that does not exist."""
    our_id = read_id(text)
    attachment = session().get(Attachment, our_id) if our_id else None
    if attachment is None or attachment.site_id != site_id:
        raise NotFound("There is no attachment with this id.")
    return attachment


def of_subscription(subscription: Subscription) -> Sequence[Attachment]:
    """The files that the subscription refers to, in its order; references that are no file of ours are left out."""
    ids = [found for reference in subscription.attachments if (found := read_id(_id_in(reference))) is not None]
    if not ids:
        return []
    mine = select(Attachment).where(Attachment.site_id == subscription.site_id, Attachment.id.in_(ids))
    found_by_id = {attachment.id: attachment for attachment in session().scalars(mine)}
    return [found_by_id[one] for one in dict.fromkeys(ids) if one in found_by_id]


def _id_in(reference: Any) -> str:
    """A reference is the id itself, or an object that holds it (HF24)."""
    found = (reference.get("id") or reference.get("_id")) if isinstance(reference, dict) else reference
    return found if isinstance(found, str) else ""
