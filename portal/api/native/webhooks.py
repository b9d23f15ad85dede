"""Addresses of the native API: where a site is told of what happens, in which style, and whether that works."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from flask import Response
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from sqlalchemy import select

from portal.api import auth, casing, paging
from portal.api.answers import answer
from portal.api.native import answers_lists as answers
from portal.api.native import values
from portal.api.native.lists import PageQuery
from portal.api.native.manual import manual
from portal.api.native.routes import bp, refuse_private, rules
from portal.billing import trial
from portal.billing.snapshot import local
from portal.core.database import reading, session, transaction
from portal.sites.models import Site
from portal.webhooks import deliver, endpoints, replay, rotation
from portal.webhooks.models import Endpoint

TRIAL_SECONDS = 5.0


def _actions(value: Any) -> list[str] | None:
    value = values.blank_is_null(value)
    if value is None:
        return None
    known = endpoints.ACTIONS
    if isinstance(value, list) and value and all(isinstance(one, str) and one in known for one in value):
        return value
    raise values.refuse(f"Give a list of {', '.join(known)}, or leave it out for all.")


def _address(value: Any) -> str:
    if isinstance(value, str) and 0 < len(value) <= 2000:
        return value
    raise values.refuse("Give an address such as https://example.com/webhook.")


def _enumerated(kind: str, names: tuple[str, ...]) -> WithJsonSchema:
    if kind == "array":
        return WithJsonSchema({"type": ["array", "null"], "minItems": 1, "items": {"type": "string", "enum": [*names]}})
    return WithJsonSchema({"type": ["string", "null"], "enum": [*names, None]})


class WebhookBody(BaseModel):
    """Where to send what happens at the site."""

    model_config = ConfigDict(extra="ignore")

    url: Annotated[
        str, BeforeValidator(_address), WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 2000})
    ] = Field(description="https on live sites; a public host.", examples=["https://yourcompany.com/webhook"])
    actions: Annotated[list[str] | None, BeforeValidator(_actions), _enumerated("array", endpoints.ACTIONS)] = Field(
        None, description="Which kinds of events; left out: all."
    )
    style: Annotated[str | None, values.one_of(endpoints.STYLES), _enumerated("string", endpoints.STYLES)] = Field(
        None, description="How bodies are written: native, or as receivers made for another system know them."
    )


@bp.post("/webhook")
@manual.operation(
    "Add a webhook",
    tag="Webhooks",
    body=WebhookBody,
    answers={200: answers.AddedWebhook},
    body_example={"url": "https://yourcompany.com/webhook", "actions": ["payment"]},
)
def add_webhook(version: str, site_id: str, body: WebhookBody) -> Response:
    """From now on this address is told of everything at the site, or of some actions, signed as Standard Webhooks say.
    The answer holds its secret, this once."""
    mine = auth.own_site(site_id)
    refuse_private(body.url, "url")
    with transaction():
        site = session().get_one(Site, mine)
        added = endpoints.add(site, body.url, body.actions, body.style or "native")
        shape = {"success": True} | _shape(site, added.endpoint) | {"secret": added.secret}
        return answer(casing.written(shape, version))


@bp.get("/webhook")
@manual.operation("List webhooks", tag="Webhooks", query=PageQuery, answers={200: answers.Webhooks})
def list_webhooks(version: str, site_id: str, query: PageQuery) -> Response:
    """The site's addresses, newest first, without their secrets."""
    mine = auth.own_site(site_id)
    wanted = select(Endpoint).where(Endpoint.site_id == mine, Endpoint.removed_at.is_(None))
    with reading():
        site = session().get_one(Site, mine)
        page = paging.page(wanted, (Endpoint.created_at, Endpoint.id), query.asked)
        shape = page.shape(lambda row: _shape(site, row))
    return answer(casing.written(shape, version))


@bp.get("/webhook/<webhook_id>")
@manual.operation("Read a webhook", tag="Webhooks", answers={200: answers.OneWebhook})
def get_webhook(version: str, site_id: str, webhook_id: str) -> Response:
    """One address of the site, without its secret."""
    mine = auth.own_site(site_id)
    with reading():
        endpoint = endpoints.find(mine, webhook_id)
        shape = _shape(session().get_one(Site, mine), endpoint, replay.undelivered(endpoint.id))
    return answer(casing.written(shape, version))


@bp.post("/webhook/<webhook_id>/test")
@manual.operation("Try a webhook", tag="Webhooks", answers={200: answers.TriedWebhook})
def test_webhook(version: str, site_id: str, webhook_id: str) -> Response:
    """One signed call is made now, in the webhook's style and about nothing that happened; the answer says what came
    back. It is not tried again and stands in no list."""
    mine = auth.own_site(site_id)
    with reading():
        call = trial.call_of(session().get_one(Site, mine), endpoints.find(mine, webhook_id))
    said = deliver.post(
        call.url, call.body, call.headers, live=call.live, allow_private=rules().allow_private, timeout=TRIAL_SECONDS
    )
    shape = {
        "success": said.ok,
        "_id": webhook_id,
        "id": webhook_id,
        "answer_status": said.status,
        "answer": said.body_start,
        "error": said.error,
        "duration_ms": said.duration_ms,
    }
    return answer(casing.written(shape, version))


@bp.post("/webhook/<webhook_id>/disable")
@manual.operation("Silence a webhook", tag="Webhooks", answers={200: answers.ChangedWebhook})
def disable_webhook(version: str, site_id: str, webhook_id: str) -> Response:
    """Nothing is sent there until it is enabled again, what waits to be tried included; events stay and can be read or
    replayed."""
    return _changed(version, site_id, webhook_id, endpoints.disable)


@bp.post("/webhook/<webhook_id>/enable")
@manual.operation("Enable a webhook", tag="Webhooks", answers={200: answers.ChangedWebhook})
def enable_webhook(version: str, site_id: str, webhook_id: str) -> Response:
    """It is told of what happens from now on. What it missed is sent by `replay`."""
    return _changed(version, site_id, webhook_id, endpoints.enable)


@bp.post("/webhook/<webhook_id>/replay")
@manual.operation("Replay what a webhook missed", tag="Webhooks", answers={200: answers.ReplayedWebhook})
def replay_webhook(version: str, site_id: str, webhook_id: str) -> Response:
    """Every event that this webhook never took is owed to it once more, oldest first and with the ids it had: those
    given up, and those of the time in which it was switched off. At most 1,000 a call; `undelivered` says how many are
    left. A webhook that is off answers 409: enable it first."""
    mine = auth.own_site(site_id)
    with transaction():
        site = session().get_one(Site, mine)
        endpoint = endpoints.find(mine, webhook_id, lock=True)
        sent = replay.replay_undelivered(site, endpoint)
        shape = {"success": True} | _shape(site, endpoint, replay.undelivered(endpoint.id)) | {"replayed": sent}
        return answer(casing.written(shape, version))


@bp.delete("/webhook/<webhook_id>")
@manual.operation("Remove a webhook", tag="Webhooks", answers={200: answers.RemovedWebhook})
def remove_webhook(version: str, site_id: str, webhook_id: str) -> Response:
    """Nothing more is sent there, what waits to be tried again included."""
    mine = auth.own_site(site_id)
    with transaction():
        removed = endpoints.remove(session().get_one(Site, mine), webhook_id)
        shape = {"success": True, "_id": str(removed.id), "id": str(removed.id), "deleted": True}
        return answer(casing.written(shape, version))


@bp.post("/webhook/<webhook_id>/rotate")
@manual.operation("Rotate a webhook's secret", tag="Webhooks", answers={200: answers.AddedWebhook})
def rotate_webhook(version: str, site_id: str, webhook_id: str) -> Response:
    """A new secret, shown this once. For 24 hours each call carries two signatures, by the new one and by the old, so
    that the receiver may change over when it likes."""
    mine = auth.own_site(site_id)
    with transaction():
        site = session().get_one(Site, mine)
        rotated = rotation.rotate(site, webhook_id)
        shape = {"success": True} | _shape(site, rotated.endpoint) | {"secret": rotated.secret}
        return answer(casing.written(shape, version))


def _changed(version: str, site_id: str, webhook_id: str, change: Callable[[Site, str], Endpoint]) -> Response:
    mine = auth.own_site(site_id)
    with transaction():
        site = session().get_one(Site, mine)
        shape = {"success": True} | _shape(site, change(site, webhook_id))
        return answer(casing.written(shape, version))


def _shape(site: Site, endpoint: Endpoint, undelivered: int | None = None) -> dict[str, Any]:
    """`undelivered` is counted where one webhook is read."""
    counted = {} if undelivered is None else {"undelivered": undelivered}
    return {
        "_id": str(endpoint.id),
        "id": str(endpoint.id),
        "url": endpoint.url,
        "actions": endpoint.actions,
        "style": endpoint.style,
        "enabled": endpoint.disabled_at is None,
        "disabled_at": local(site, endpoint.disabled_at),
        "off_reason": endpoint.off_reason,
        "failing_since": local(site, endpoint.failing_since),
        "created_at": local(site, endpoint.created_at),
        **counted,
    }
