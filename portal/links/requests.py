"""The life of a payment request: issued with its link, sent, opened, confirmed; or withdrawn, replaced, expired."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Literal

from sqlalchemy import select, update

from portal.core.clock import real_now
from portal.core.database import session
from portal.core.errors import NotAllowedNow
from portal.links import tokens
from portal.links.machines import is_machine
from portal.links.models import REQUEST, Link, LinkOpen, PaymentRequest
from portal.sites import clock
from portal.sites.models import Site

RESEND_GUARD = timedelta(seconds=300)
LIVE = ("issued", "sent", "delivered", "opened")
INSTALMENT = "instalment"  # one invoice, paid on a page of its own


class TooSoon(NotAllowedNow):
    """The same ask was sent less than 300 s ago (HF: "Duplicate sent < 300 sec. ago")."""

    code = "too_soon"
    message = "This was sent less than 5 minutes ago. Wait, then send it again."


def issue(
    site: Site,
    subscription_id: uuid.UUID,
    customer_id: uuid.UUID,
    kind: str = "subscribe",
    invoice_id: uuid.UUID | None = None,
) -> PaymentRequest:
    """A new ask; what was open of the same subscription is replaced by it. Instalments each stay open on their own."""
    if kind != INSTALMENT:
        _replace_older(subscription_id)
    now = clock.now(site)
    request = PaymentRequest(
        site_id=site.id,
        subscription_id=subscription_id,
        customer_id=customer_id,
        invoice_id=invoice_id,
        kind=kind,
        status="issued",
        created_at=now,
        expires_at=now,
    )
    prolong(site, request)
    session().add(request)
    session().flush()
    return request


def _replace_older(subscription_id: uuid.UUID) -> None:
    mine = PaymentRequest.subscription_id == subscription_id, PaymentRequest.kind != INSTALMENT
    for older in session().scalars(select(PaymentRequest).where(*mine, PaymentRequest.status.in_(LIVE))):
        replace(older)


def add_link(
    site: Site, request: PaymentRequest, *, locale: str | None = None, purpose: Literal["own", "payer"] = "own"
) -> Link:
    """One more address of the ask; earlier ones stay valid. Its life counts from now."""
    link = Link(
        site_id=site.id, request_id=request.id, created_at=clock.now(site), locale=locale, purpose=purpose
    )  # fmt: skip
    seed = tokens.new(link.id)
    link.nonce, link.key_id, link.token_hash = seed.nonce, seed.key_id, seed.token_hash
    session().add(link)
    session().flush()
    return link


def prolong(site: Site, request: PaymentRequest) -> None:
    """The ask lives `link_days` from now on the site's clock."""
    request.expires_at = clock.now(site) + timedelta(days=site.link_days)
    schedule_expiry(site, request)


def schedule_expiry(site: Site, request: PaymentRequest) -> None:
    times = clock.due(site, request.expires_at)
    request.due_at, request.site_due_at = times.due_at, times.site_due_at


def move(request: PaymentRequest, status: str) -> None:
    """Raises NotAllowedNow for a move that is not in the table; a finished request owes nothing more."""
    REQUEST.check(request.status, status)
    request.status = status
    if status not in LIVE:
        request.due_at = request.site_due_at = None


def replace(request: PaymentRequest) -> None:
    move(request, "replaced")
    session().execute(
        update(Link).where(Link.request_id == request.id, Link.replaced_at.is_(None)).values(replaced_at=real_now())
    )


def mark(site: Site, request: PaymentRequest, status: str) -> bool:
    """Note that the ask was sent, delivered or opened; the furthest stays. True where this was news."""
    rank = {name: place for place, name in enumerate(("issued", "sent", "delivered", "opened", "confirmed"))}
    stamp = f"{status}_at"
    first = getattr(request, stamp) is None
    if first:
        setattr(request, stamp, clock.now(site))
    if request.status in LIVE and rank[status] > rank[request.status]:
        move(request, status)
    return first


def opened(site: Site, request: PaymentRequest, link: Link, *, version: int, agent: str) -> bool:
    """A real page said hello (contract section 6); True for the first open of the request by a person.

    Previews and scanners that run scripts say hello too: kept in the history, no step of the request.
    """
    session().add(
        LinkOpen(
            site_id=site.id,
            request_id=request.id,
            link_id=link.id,
            at=clock.now(site),
            version=version,
            agent=agent[:200],
        )
    )
    return not is_machine(agent) and mark(site, request, "opened")


def guard_resend(request: PaymentRequest) -> None:
    """Raises TooSoon within 300 real seconds of the last send by hand or of the ask itself."""
    last = request.sent_again_at
    if last is not None and real_now() - last < RESEND_GUARD:
        raise TooSoon
    request.sent_again_at = real_now()


def newest(subscription_id: uuid.UUID) -> PaymentRequest | None:
    return session().scalar(
        select(PaymentRequest)
        .where(PaymentRequest.subscription_id == subscription_id)
        .order_by(PaymentRequest.created_at.desc(), PaymentRequest.id.desc())
        .limit(1)
    )


def newest_unpaid(subscription_id: uuid.UUID) -> PaymentRequest | None:
    """The youngest instalment whose link waits to be paid, expired or not."""
    return session().scalar(
        select(PaymentRequest)
        .where(
            PaymentRequest.subscription_id == subscription_id,
            PaymentRequest.kind == INSTALMENT,
            PaymentRequest.status.in_((*LIVE, "expired")),
        )
        .order_by(PaymentRequest.created_at.desc(), PaymentRequest.id.desc())
        .limit(1)
    )
