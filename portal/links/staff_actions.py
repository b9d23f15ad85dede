"""What support does to the addresses of a request: shows one, makes a new one, or shuts them all; each is logged."""

from __future__ import annotations

import uuid

from sqlalchemy import select, update

from portal.core import changes
from portal.core.clock import real_now
from portal.core.database import session
from portal.core.errors import NotAllowedNow
from portal.links import requests, tokens
from portal.links.find import newest_of
from portal.links.models import Link, PaymentRequest
from portal.sites import clock
from portal.sites.models import Site

OVER = frozenset({"withdrawn", "replaced"})


def copy_link(site: Site, request: PaymentRequest) -> uuid.UUID:
    """The newest link that works, its showing noted. Raises NotAllowedNow where none can be shown."""
    link = newest_of(request.id)
    if link is None or request.status in OVER:
        raise NotAllowedNow("No link opens this request. Make a new link first.")
    if tokens.make(link.id, link.nonce, link.key_id) is None:
        raise NotAllowedNow("The key of this link has been retired. Make a new link.")
    _note(site, request, "link copied")
    return link.id


def new_link(site: Site, request: PaymentRequest) -> uuid.UUID:
    """One new address; the older ones say from now on where to get it. An expired ask is open again.

    Raises NotAllowedNow for a request that was withdrawn or replaced by a later one.
    """
    session().refresh(request, with_for_update=True)
    if request.status in OVER:
        raise NotAllowedNow(f"This request was {request.status}. There is nothing to make a link for.")
    if request.status == "expired":
        requests.move(request, "opened" if request.opened_at else "issued")
    if request.status != "confirmed":
        requests.prolong(site, request)
    session().execute(
        update(Link)
        .where(Link.request_id == request.id, Link.purpose == "own", Link.replaced_at.is_(None))
        .values(replaced_at=real_now())
    )
    link = requests.add_link(site, request)
    _note(site, request, "new link made")
    return link.id


def revoke_link(site: Site, request: PaymentRequest) -> None:
    """Shut every address of the customer's; who pays for them keeps theirs, to see and stop it.

    Raises NotAllowedNow where none is left to shut.
    """
    session().refresh(request, with_for_update=True)
    mine = select(Link.id).where(Link.request_id == request.id, Link.purpose == "own", Link.revoked_at.is_(None))
    left = session().scalars(mine).all()
    if not left:
        raise NotAllowedNow("The link has been revoked already.")
    session().execute(update(Link).where(Link.id.in_(left)).values(revoked_at=real_now()))
    _note(site, request, "link revoked")


def _note(site: Site, request: PaymentRequest, what: str) -> None:
    changes.record(
        what,
        site_id=site.id,
        entity="request",
        entity_id=request.id,
        subscription_id=request.subscription_id,
        at=clock.now(site),
    )
