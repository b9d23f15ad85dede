"""Everything that is known of one subscription and its requests, read in a constant number of queries."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from portal.billing.models import Attempt, Consent, Invoice, Payment, PaymentMethod, SetupSession
from portal.console import calls
from portal.core.changes import Change
from portal.core.database import session
from portal.core.errors import NotFound
from portal.customers.models import Customer
from portal.links.models import Link, LinkOpen, PaymentRequest
from portal.notifications.models import Message
from portal.sites.api_requests import ApiRequest
from portal.sites.models import Site
from portal.subscriptions.models import Subscription, Terms
from portal.webhooks.models import Delivery, DeliveryTry, Endpoint, Event

NEWEST = 300  # of each kind; what is older is said to be left out


@dataclass(frozen=True, slots=True)
class Story:
    """Rows, each kind oldest first. Valid while the transaction that read them is open."""

    site: Site
    subscription: Subscription
    customer: Customer
    request: PaymentRequest
    requests: Sequence[PaymentRequest]
    versions: dict[int, Terms]
    changes: Sequence[Change]
    messages: Sequence[Message]
    links: Sequence[Link]
    opens: Sequence[LinkOpen]
    setups: Sequence[SetupSession]
    consents: Sequence[Consent]
    methods: dict[uuid.UUID, PaymentMethod]
    invoices: dict[uuid.UUID, Invoice]
    payments: Sequence[Payment]
    attempts: Sequence[Attempt]
    events: dict[uuid.UUID, Event]
    deliveries: Sequence[Delivery]
    tries: Sequence[DeliveryTry]
    endpoints: dict[uuid.UUID, Endpoint]
    calls: dict[str, ApiRequest]

    @property
    def terms(self) -> Terms:
        return self.versions[self.subscription.version]

    @property
    def is_newest_request(self) -> bool:
        return self.requests[-1].id == self.request.id

    @property
    def is_cut(self) -> bool:
        """True where something older was left out."""
        kinds: tuple[Sequence[Any], ...] = (
            self.changes,
            self.messages,
            self.opens,
            self.setups,
            self.attempts,
            self.deliveries,
        )
        return any(len(kind) == NEWEST for kind in kinds)


def of_request(request_id: uuid.UUID, only_site: uuid.UUID | None) -> Story:
    """The story around one request. Raises NotFound, also for another site's where the person may see one only."""
    request = session().get(PaymentRequest, request_id)
    if request is None or only_site not in {None, request.site_id}:
        raise NotFound
    return _story(session().get_one(Subscription, request.subscription_id), request)


def of_subscription(subscription_id: uuid.UUID, only_site: uuid.UUID | None) -> Story:
    """The same, seen from its newest request. Raises NotFound."""
    subscription = session().get(Subscription, subscription_id)
    if subscription is None or only_site not in {None, subscription.site_id}:
        raise NotFound
    return _story(subscription, None)


def _story(subscription: Subscription, request: PaymentRequest | None) -> Story:
    mine = subscription.id
    requests = _newest(PaymentRequest, PaymentRequest.subscription_id == mine)
    request_ids = [one.id for one in requests]
    payments = _newest(Payment, Payment.subscription_id == mine)
    deliveries, events = _webhooks(mine)
    changes = _newest(Change, Change.site_id == subscription.site_id, Change.subscription_id == mine)
    return Story(
        site=session().get_one(Site, subscription.site_id),
        subscription=subscription,
        customer=session().get_one(Customer, subscription.customer_id),
        request=request or requests[-1],
        requests=requests,
        versions={terms.version: terms for terms in _newest(Terms, Terms.subscription_id == mine)},
        changes=changes,
        messages=_newest(Message, Message.subscription_id == mine),
        links=_newest(Link, Link.request_id.in_(request_ids)),
        opens=_newest(LinkOpen, LinkOpen.request_id.in_(request_ids)),
        setups=_newest(SetupSession, SetupSession.subscription_id == mine),
        consents=_newest(Consent, Consent.subscription_id == mine),
        methods=_by_id(PaymentMethod, PaymentMethod.customer_id == subscription.customer_id),
        invoices=_by_id(Invoice, Invoice.subscription_id == mine),
        payments=payments,
        attempts=_newest(Attempt, Attempt.payment_id.in_([one.id for one in payments])),
        events=events,
        deliveries=deliveries,
        tries=_newest(DeliveryTry, DeliveryTry.delivery_id.in_([one.id for one in deliveries]), most=NEWEST * 6),
        endpoints=_by_id(Endpoint, Endpoint.id.in_({one.endpoint_id for one in deliveries if one.endpoint_id})),
        calls=calls.of_requests(subscription.site_id, sorted({change.request_id for change in changes})),
    )


def _newest(table: Any, *which: Any, most: int = NEWEST) -> Sequence[Any]:
    """The newest rows, oldest first: ids begin with the time at which a row was made."""
    return session().scalars(select(table).where(*which).order_by(table.id.desc()).limit(most)).all()[::-1]


def _by_id(table: Any, *which: Any) -> dict[uuid.UUID, Any]:
    return {row.id: row for row in _newest(table, *which)}


def _webhooks(subscription_id: uuid.UUID) -> tuple[Sequence[Delivery], dict[uuid.UUID, Event]]:
    """Deliveries with their events; payment events without a delivery too, for what they say of unknown outcomes."""
    rows = (
        session()
        .execute(
            select(Event, Delivery)
            .outerjoin(Delivery, Delivery.event_id == Event.id)
            .where(Event.subscription_id == subscription_id)
            .order_by(Event.sequence.desc())
            .limit(NEWEST)
        )
        .all()[::-1]
    )
    return [row[1] for row in rows if row[1] is not None], {row[0].id: row[0] for row in rows}
