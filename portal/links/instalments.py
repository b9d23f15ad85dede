"""Requests of many instalments at once, each with its links: one statement a table, however many there are."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from portal.core.bulk import insert_rows
from portal.core.ids import new_ids
from portal.links import tokens
from portal.links.models import Link, PaymentRequest
from portal.links.requests import INSTALMENT
from portal.sites import clock
from portal.sites.models import Site


@dataclass(frozen=True, slots=True)
class Wanted:
    """One invoice that is to be asked for: of whom, and for each link the language of the message that carries it.

    A link that no message carries has no language.
    """

    site: Site
    subscription_id: uuid.UUID
    customer_id: uuid.UUID
    invoice_id: uuid.UUID
    locales: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Issued:
    """A request that was made, the ids of its links in the order of their languages, and the key they are made with."""

    request_id: uuid.UUID
    link_ids: tuple[uuid.UUID, ...]
    key_id: str


def issue(wanted: Sequence[Wanted]) -> list[Issued]:
    """A request for each of these invoices, beside those that are still unpaid; in the order they were given."""
    requests: list[dict[str, Any]] = []
    links: list[dict[str, Any]] = []
    issued = []
    for one, request_id in zip(wanted, new_ids(len(wanted)), strict=True):
        now = clock.now(one.site)
        requests.append(_request(one, request_id, now))
        link_ids = tuple(new_ids(len(one.locales)))
        pairs = zip(link_ids, one.locales, strict=True)
        links += [_link(one, request_id, link_id, now, locale) for link_id, locale in pairs]
        issued.append(Issued(request_id, link_ids, tokens.current_key_id()))
    insert_rows(PaymentRequest, requests)
    insert_rows(Link, links)
    return issued


def _request(one: Wanted, request_id: uuid.UUID, now: datetime) -> dict[str, Any]:
    expires_at = now + timedelta(days=one.site.link_days)
    times = clock.due(one.site, expires_at)
    owner = {"site_id": one.site.id, "subscription_id": one.subscription_id, "customer_id": one.customer_id}
    ask = {"id": request_id, "invoice_id": one.invoice_id, "kind": INSTALMENT, "status": "issued", "created_at": now}
    return owner | ask | {"expires_at": expires_at, "due_at": times.due_at, "site_due_at": times.site_due_at}


def _link(one: Wanted, request_id: uuid.UUID, link_id: uuid.UUID, now: datetime, locale: str | None) -> dict[str, Any]:
    seed = tokens.new(link_id)
    held = {"nonce": seed.nonce, "key_id": seed.key_id, "token_hash": seed.token_hash}
    owner = {"site_id": one.site.id, "request_id": request_id}
    return owner | held | {"id": link_id, "created_at": now, "locale": locale, "purpose": "own"}
