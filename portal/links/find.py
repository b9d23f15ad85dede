"""Find a link by its token or its id, and write its address at the last moment, when it is sent or shown."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select

from portal.core.database import session
from portal.links import tokens
from portal.links.models import Link, PaymentRequest


@dataclass(frozen=True, slots=True)
class Found:
    link: Link
    request: PaymentRequest


def by_token(text: str) -> Found | None:
    """The link behind what stands after /p/ in an address; None for anything unknown."""
    token = tokens.found_in(text)
    if token is None:
        return None
    row = (
        session()
        .execute(
            select(Link, PaymentRequest)
            .join(PaymentRequest, PaymentRequest.id == Link.request_id)
            .where(Link.token_hash == tokens.hashed(token))
        )
        .first()
    )
    return None if row is None else Found(row[0], row[1])


def by_id(link_id: uuid.UUID) -> Found:
    link = session().get_one(Link, link_id)
    return Found(link, session().get_one(PaymentRequest, link.request_id))


def token_of(link_id: uuid.UUID) -> str | None:
    """The token of a link made again from its row; None for an unknown link or a retired key."""
    link = session().get(Link, link_id)
    return None if link is None else tokens.make(link.id, link.nonce, link.key_id)


def addresses(text: str, public_url: str) -> Mapping[str, str]:
    """For each `{link:<id>}` in the text its full address."""
    found = {}
    for link_id in set(tokens.PLACEHOLDER.findall(text)):
        token = token_of(uuid.UUID(link_id))
        if token is not None:
            found[tokens.placeholder(uuid.UUID(link_id))] = f"{public_url}/p/{token}"
    return found


def fill_own(text: str, link_id: uuid.UUID | None, public_url: str) -> str:
    """The words of a message with the address of its own link, for sending or showing only.

    Any other `{link:<id>}` is a merchant's words: filled in, it would open what may be somebody else's.
    """
    if link_id is None:
        return text
    return text.replace(tokens.placeholder(link_id), fill(tokens.placeholder(link_id), public_url))


def fill(text: str, public_url: str) -> str:
    """Our own text with every `{link:<id>}` turned into its address; never for words that a merchant has a hand in."""
    for placeholder, address in addresses(text, public_url).items():
        text = text.replace(placeholder, address)
    return text


def newest_of(request_id: uuid.UUID) -> Link | None:
    """The youngest link of a request that still opens it."""
    return session().scalar(
        select(Link)
        .where(Link.request_id == request_id, Link.revoked_at.is_(None), Link.replaced_at.is_(None))
        .order_by(Link.created_at.desc(), Link.id.desc())
        .limit(1)
    )
