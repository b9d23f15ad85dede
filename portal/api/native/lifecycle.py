"""Addresses of the native API: pausing, resuming, closing, archiving, and what comes next."""

from __future__ import annotations

from typing import Any, TypeVar

from flask import Response, request
from pydantic import BaseModel, ConfigDict, ValidationError

from portal.api import auth, casing
from portal.api.answers import answer
from portal.api.body import read_object
from portal.api.native import values
from portal.api.native.routes import bp
from portal.billing import holds
from portal.core.database import reading, session, transaction
from portal.core.errors import InvalidFields, Problem, invalid
from portal.core.keep import KEEP
from portal.core.money import Money
from portal.sites.models import Site
from portal.subscriptions import ending, find, pausing, previews
from portal.subscriptions.models import Subscription, Terms
from portal.subscriptions.words import reason_words

MOST_DATES = 120
Body = TypeVar("Body", bound=BaseModel)


class PauseBody(BaseModel):
    """Open-ended, until a day, or for a number of payments."""

    model_config = ConfigDict(extra="ignore")

    reason: values.OptionalText = None
    until: values.Day = None
    payments: values.Count = None


class ResumeBody(BaseModel):
    """Counted anew from a day, with another end."""

    model_config = ConfigDict(extra="ignore")

    start_date: values.Day = None
    end_date: values.Day = None


@bp.post("/subscription/<subscription_id>/pause")
def pause(version: str, site_id: str, subscription_id: str) -> Response:
    body = _read(PauseBody) if request.content_length else PauseBody()
    with transaction():
        site, subscription, terms = _locked(site_id, subscription_id)
        pausing.pause(site, subscription, terms, reason=body.reason or "", until=body.until, payments=body.payments)
        shape = _shape(subscription) | {"resume_on": subscription.resume_on}
    return answer(casing.written(shape, version))


@bp.post("/subscription/<subscription_id>/resume")
def resume(version: str, site_id: str, subscription_id: str) -> Response:
    """Answers the exact next charge; with `start_date` it counts from that day, `end_date` replaces the end."""
    body = _read(ResumeBody) if request.content_length else ResumeBody()
    with transaction():
        site, subscription, terms = _locked(site_id, subscription_id)
        if body.model_fields_set:
            end = body.end_date if "end_date" in body.model_fields_set else KEEP
            coming = holds.restart(site, subscription, terms, start_on=body.start_date, end_on=end)
        else:
            coming = holds.resume(site, subscription, terms)
        amount = coming.amount.decimal if coming.amount else None
        shape = _shape(subscription) | {
            "next_charge": {"date": coming.on, "amount": amount, "currency": terms.currency}
        }
    return answer(casing.written(shape, version))


@bp.post("/subscription/<subscription_id>/close")
def close(version: str, site_id: str, subscription_id: str) -> Response:
    with transaction():
        site, subscription, terms = _locked(site_id, subscription_id)
        ending.cancel(site, subscription, terms)
        shape = _shape(subscription)
    return answer(casing.written(shape, version))


@bp.post("/subscription/<subscription_id>/archive")
def archive(version: str, site_id: str, subscription_id: str) -> Response:
    with transaction():
        site, subscription, _ = _locked(site_id, subscription_id)
        ending.archive(site, subscription)
        shape = _shape(subscription)
    return answer(casing.written(shape, version))


@bp.post("/subscription/<subscription_id>/unarchive")
def unarchive(version: str, site_id: str, subscription_id: str) -> Response:
    with transaction():
        site, subscription, _ = _locked(site_id, subscription_id)
        ending.unarchive(site, subscription)
        shape = _shape(subscription)
    return answer(casing.written(shape, version))


@bp.get("/subscription/<subscription_id>/schedule")
def schedule(version: str, site_id: str, subscription_id: str) -> Response:
    """Due dates after the next one, each with amount and the reason it falls there."""
    count = _count()
    with reading():
        subscription = find.by_either_id(auth.own_site(site_id), subscription_id)
        terms = session().get_one(Terms, subscription.binding_terms_id or subscription.terms_id)
        dates = _dates(subscription, terms, count)
    return answer(casing.written({"data": dates}, version))


def _dates(subscription: Subscription, terms: Terms, count: int) -> list[dict[str, Any]]:
    if subscription.anchor_on is None or subscription.status != "active":
        return []
    return [
        {
            "date": coming.on,
            "amount": Money(coming.bill.total_minor, terms.currency).decimal,
            "reason": reason_words(coming.reason, "en"),
        }
        for coming in previews.upcoming(subscription, terms, count + 1)[1:]
    ]


def _count() -> int:
    text = request.args.get("count", "5")
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text[:9]) <= MOST_DATES:
        raise invalid("count", f"Give a whole number from 1 to {MOST_DATES}.")
    return int(text)


def _locked(site_id: str, subscription_id: str) -> tuple[Site, Subscription, Terms]:
    mine = auth.own_site(site_id)
    subscription = find.by_either_id(mine, subscription_id, lock=True)
    terms = session().get_one(Terms, subscription.binding_terms_id or subscription.terms_id)
    return session().get_one(Site, mine), subscription, terms


def _read(model: type[Body]) -> Body:
    try:
        return model.model_validate(casing.read(read_object(), frozenset(model.model_fields))[0])
    except ValidationError as error:
        raise InvalidFields([Problem(str(e["loc"][0]), "invalid", e["msg"]) for e in error.errors()]) from None


def _shape(subscription: Subscription) -> dict[str, Any]:
    return {
        "success": True,
        "_id": str(subscription.id),
        "id": str(subscription.id),
        "status": subscription.status,
        "archived": subscription.archived_at is not None,
        "next_due_date": subscription.next_due_on,
    }
