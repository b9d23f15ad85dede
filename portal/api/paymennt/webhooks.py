"""Addresses of the dialect: where its receivers are told of checkouts; each is a webhook of the site in its style."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection
from typing import Any

from flask import Response, current_app, g
from sqlalchemy import select

from portal.api.answers import answer
from portal.api.paymennt import answers
from portal.api.paymennt.bodies import PageQuery, WebhookBody
from portal.api.paymennt.door import bp, enveloped
from portal.api.paymennt.manual import manual
from portal.billing import trial
from portal.core.database import reading, session, transaction
from portal.core.errors import InvalidFields, NotAllowedNow, NotFound, Problem
from portal.core.settings import Settings
from portal.sites.models import Site
from portal.webhooks import deliver, endpoints
from portal.webhooks.addresses import AddressRefused, check_resolved
from portal.webhooks.models import Delivery, Endpoint

STYLE = "paymennt"
TAG = "Webhooks (Paymennt)"
TRIAL_SECONDS = 5.0


class NotTaken(NotAllowedNow):
    code = "not_taken"


@bp.post("/webhooks", strict_slashes=False)
@manual.operation("Create webhook", tag=TAG, body=WebhookBody, answers={200: answers.WebhookAnswer})
def create_webhook(body: WebhookBody) -> Response:
    """From now on this address hears which checkout came to which status. `hmacKey` stands in this answer alone;
    deliveries are signed with it as Standard Webhooks say."""
    assert body.address is not None
    _refuse_private(body.address)
    with transaction():
        added = endpoints.add(session().get_one(Site, g.site_id), body.address, None, STYLE)
        return answer(enveloped(_shape(added.endpoint, set()) | {"hmacKey": added.secret}))


@bp.get("/webhooks", strict_slashes=False)
@manual.operation("List webhooks", tag=TAG, query=PageQuery, answers={200: answers.WebhooksAnswer})
def list_webhooks(query: PageQuery) -> Response:
    """Those of this dialect, the oldest first."""
    with reading():
        mine = [one for one in endpoints.of_site(g.site_id) if one.style == STYLE]
        shown = mine[query.page * query.size :][: query.size]
        failing = _failing([one.id for one in shown])
        shape = [_shape(one, failing) for one in shown]
    return answer(enveloped(shape))


@bp.get("/webhooks/<webhook_id>", strict_slashes=False)
@manual.operation("Get webhook", tag=TAG, answers={200: answers.WebhookAnswer})
def get_webhook(webhook_id: str) -> Response:
    """One of them, without its key."""
    with reading():
        found = _find(webhook_id)
        shape = _shape(found, _failing([found.id]))
    return answer(enveloped(shape))


@bp.post("/webhooks/<webhook_id>/test", strict_slashes=False)
@manual.operation("Test webhook", tag=TAG, answers={200: answers.YesAnswer})
def test_webhook(webhook_id: str) -> Response:
    """One signed call is made now; refused where it was not answered with a 2xx."""
    with reading():
        call = trial.call_of(session().get_one(Site, g.site_id), _find(webhook_id))
    said = deliver.post(
        call.url, call.body, call.headers, live=call.live, allow_private=_allow_private(), timeout=TRIAL_SECONDS
    )
    if not said.ok:
        raise NotTaken(f"The address did not take it: {said.error or f'it answered {said.status}'}")
    return answer(enveloped(True))


@bp.post("/webhooks/<webhook_id>/disable", strict_slashes=False)
@manual.operation("Disable webhook", tag=TAG, answers={200: answers.WebhookAnswer})
def disable_webhook(webhook_id: str) -> Response:
    """Nothing is sent there until it is enabled."""
    return _changed(webhook_id, endpoints.disable)


@bp.post("/webhooks/<webhook_id>/enable", strict_slashes=False)
@manual.operation("Enable webhook", tag=TAG, answers={200: answers.WebhookAnswer})
def enable_webhook(webhook_id: str) -> Response:
    """It hears of what happens from now on."""
    return _changed(webhook_id, endpoints.enable)


@bp.post("/webhooks/<webhook_id>/delete", strict_slashes=False)
@manual.operation("Delete webhook", tag=TAG, answers={200: answers.YesAnswer})
def delete_webhook(webhook_id: str) -> Response:
    """Nothing more is sent there, what waits to be tried again included."""
    with transaction():
        _find(webhook_id)
        endpoints.remove(session().get_one(Site, g.site_id), webhook_id)
        return answer(enveloped(True))


def _changed(webhook_id: str, change: Callable[[Site, str], Endpoint]) -> Response:
    with transaction():
        found = _find(webhook_id)
        change(session().get_one(Site, g.site_id), webhook_id)
        session().flush()
        return answer(enveloped(_shape(found, _failing([found.id]))))


def _find(webhook_id: str) -> Endpoint:
    try:
        found = endpoints.find(g.site_id, webhook_id)
    except NotFound:
        found = None
    if found is None or found.style != STYLE:
        raise NotFound("Webhook not found for API merchant")
    return found


def _failing(endpoint_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Those where something has been tried and not been taken."""
    missed = select(Delivery.endpoint_id).where(
        Delivery.endpoint_id.in_(endpoint_ids), Delivery.status != "delivered", Delivery.tries > 0
    )
    return {found for found in session().scalars(missed.distinct()) if found is not None}


def _shape(endpoint: Endpoint, failing: Collection[uuid.UUID]) -> dict[str, Any]:
    return {
        "id": str(endpoint.id),
        "hmacKey": None,
        "address": endpoint.url,
        "failed": endpoint.id in failing,
        "enabled": endpoint.disabled_at is None,
    }


def _refuse_private(address: str) -> None:
    """The host is looked up before the transaction."""
    with reading():
        live = session().get_one(Site, g.site_id).mode == "live"
    try:
        check_resolved(address, live=live, allow_private=_allow_private())
    except AddressRefused as refused:
        raise InvalidFields([Problem("address", "invalid", str(refused))]) from None


def _allow_private() -> bool:
    settings: Settings = current_app.extensions["portal_settings"]
    return settings.webhook_allow_private
