"""One request as a line of the history: who, for what, how much, how far it came."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from portal.console import words
from portal.console.listing import Found
from portal.console.times import lately, local
from portal.links.models import PaymentRequest
from portal.sites import clock
from portal.sites.models import Site


@dataclass(frozen=True, slots=True)
class Badge:
    """`shape` is the class that draws it, the label says it."""

    shape: str
    label: str


@dataclass(frozen=True, slots=True)
class Line:
    request_id: uuid.UUID
    customer: str
    external_id: str
    description: str
    amount: str
    rhythm: str
    state: Badge
    subscription: Badge
    contact: str
    other_contact: str
    latest: str
    at_text: str
    at_iso: str
    site: str


def lines(found: Sequence[Found], sites: Mapping[uuid.UUID, Site], *, in_full: bool) -> list[Line]:
    """`in_full`: phones and e-mails as they are, else masked."""
    return [_line(one, sites[one.request.site_id], in_full, len(sites) > 1) for one in found]


def state_badge(request: PaymentRequest, failure: str) -> Badge:
    """Not delivered is no state of the request, but what support has to see first."""
    if failure and request.status in {"issued", "sent"}:
        return Badge("failed", "Not delivered")
    return Badge("queued" if request.status == "issued" else request.status, words.STATES[request.status])


def subscription_badge(status: str) -> Badge:
    return Badge("sent" if status == "pending" else status, status.capitalize())


def _line(found: Found, site: Site, in_full: bool, name_site: bool) -> Line:
    request, terms = found.request, found.terms
    now = local(clock.now(site), site.timezone)
    at = local(request.created_at, site.timezone)
    contacts = _contacts(found, site, in_full)
    return Line(
        request_id=request.id,
        customer=found.customer.name,
        external_id=found.subscription.external_id or "",
        description=terms.description,
        amount=words.money(terms.amount_minor, terms.currency),
        rhythm=words.rhythm(terms),
        state=state_badge(request, found.failure),
        subscription=subscription_badge(found.subscription.status),
        contact=contacts[0] if contacts else "",
        other_contact=contacts[1] if len(contacts) > 1 else "",
        latest=_latest(found, site, now),
        at_text=lately(at, now),
        at_iso=at.isoformat(timespec="seconds"),
        site=site.name if name_site else "",
    )


def _contacts(found: Found, site: Site, in_full: bool) -> list[str]:
    phone = words.phone(found.customer, site.country, in_full=in_full)
    email = words.email(found.customer, in_full=in_full)
    order = (email, phone) if found.customer.channels[:1] == ("email",) else (phone, email)
    return [contact for contact in order if contact]


def _latest(found: Found, site: Site, now: datetime) -> str:
    """The last thing that happened to the request, in a few words."""
    request = found.request
    if found.failure and request.status in {"issued", "sent"}:
        return found.failure
    if request.status == "confirmed" and found.method is not None:
        return f"{found.method.brand} ending {found.method.last4}"
    if request.status == "expired":
        return "Opened, not confirmed" if request.opened_at else "Never opened"
    steps = (("Confirmed", request.confirmed_at), ("Opened", request.opened_at), ("Delivered", request.delivered_at))
    for word, at in (*steps, ("Sent", request.sent_at)):
        if at is not None:
            return f"{word} {lately(local(at, site.timezone), now)}"
    return "On its way" if request.status == "issued" else ""
