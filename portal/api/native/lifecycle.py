"""Addresses of the native API: pausing, resuming, closing, archiving, and what comes next."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from flask import Response
from pydantic import BaseModel, ConfigDict, Field

from portal.api import auth, casing, preconditions
from portal.api.answers import answer
from portal.api.native import answers, values
from portal.api.native.manual import manual
from portal.api.native.routes import bp
from portal.billing import holds
from portal.core.database import reading, session, transaction
from portal.core.errors import NotAllowedNow, invalid
from portal.core.keep import KEEP
from portal.core.money import Money
from portal.sites import clock
from portal.sites.models import Site
from portal.subscriptions import ending, find, pausing, previews
from portal.subscriptions.models import Subscription, Terms
from portal.subscriptions.words import reason_words

MOST_DATES = 120


class PauseBody(BaseModel):
    """Open-ended, until a day, or for a number of payments."""

    model_config = ConfigDict(extra="ignore")

    reason: values.OptionalText = Field(None, description="For you, support and the log.")
    until: values.Day = Field(None, description="The day on which it goes on by itself.")
    payments: values.Count = Field(None, description="Or how many payments are left out.")


class CloseBody(BaseModel):
    """At once, or on a day."""

    model_config = ConfigDict(extra="ignore")

    at: values.Day = Field(None, description="The day on which it closes; a period that begins on it is not collected.")


class ScheduleQuery(BaseModel):
    """How much of the future."""

    count: Annotated[int, values.whole(1, MOST_DATES, required=True)] = Field(
        5, ge=1, le=MOST_DATES, description="How many dates."
    )


class ResumeBody(BaseModel):
    """Counted anew from a day, with another end."""

    model_config = ConfigDict(extra="ignore")

    start_date: values.Day = Field(None, description="Today or later: dates are counted from this day.")
    end_date: values.Day = Field(None, description="The last day that is still covered; null takes the end away.")


@bp.post("/subscription/<subscription_id>/pause")
@manual.operation(
    "Pause",
    tag="Subscriptions",
    body=PauseBody,
    body_is_optional=True,
    answers={200: answers.Paused},
    versioned=True,
    body_example={"reason": "on holiday", "until": "2027-02-01"},
)
def pause(version: str, site_id: str, subscription_id: str, body: PauseBody) -> Response:
    """Nothing is collected until it is resumed: by you, on a day, or after a number of payments. What falls due
    meanwhile is not billed later; the end date stays."""
    with transaction():
        site, subscription, terms = _locked(site_id, subscription_id)
        pausing.pause(site, subscription, terms, reason=body.reason or "", until=body.until, payments=body.payments)
        return _moved(version, subscription, resume_on=subscription.resume_on)


@bp.post("/subscription/<subscription_id>/resume")
@manual.operation(
    "Resume",
    tag="Subscriptions",
    body=ResumeBody,
    body_is_optional=True,
    answers={200: answers.Resumed},
    versioned=True,
    body_example={"start_date": "2027-02-01"},
)
def resume(version: str, site_id: str, subscription_id: str, body: ResumeBody) -> Response:
    """It goes on; the answer has the exact next charge. With `start_date` it counts from that day, `end_date` replaces
    the end."""
    with transaction():
        site, subscription, terms = _locked(site_id, subscription_id)
        if body.model_fields_set:
            end = body.end_date if "end_date" in body.model_fields_set else KEEP
            coming = holds.restart(site, subscription, terms, start_on=body.start_date, end_on=end)
        else:
            coming = holds.resume(site, subscription, terms)
        amount = coming.amount.decimal if coming.amount else None
        next_charge = {"date": coming.on, "amount": amount, "currency": terms.currency}
        return _moved(version, subscription, next_charge=next_charge)


@bp.post("/subscription/<subscription_id>/close")
@manual.operation(
    "Close",
    tag="Subscriptions",
    body=CloseBody,
    body_is_optional=True,
    answers={200: answers.Closed},
    versioned=True,
    body_example={"at": "2027-02-01"},
)
def close(version: str, site_id: str, subscription_id: str, body: CloseBody) -> Response:
    """It ends now, or with `at` on a day: the last period that begins before it is still collected. Before the
    customer's yes its link is withdrawn at once. What was taken or is owed stays."""
    with transaction():
        site, subscription, terms = _locked(site_id, subscription_id)
        if subscription.status == "closed":
            raise NotAllowedNow("This subscription is closed already.")
        _refuse_day(site, subscription, body.at)
        ending.cancel(site, subscription, terms, on=body.at)
        return _moved(version, subscription, closes_on=subscription.cancel_on)


def _refuse_day(site: Site, subscription: Subscription, day: date | None) -> None:
    if day is not None and day < clock.today(site):
        raise invalid("at", "Give today or a later day, or leave it out to close it now.")
    if day is not None and subscription.status == "pending":
        raise NotAllowedNow("The customer has not confirmed: there is no period to end. Close it without a day.")


@bp.post("/subscription/<subscription_id>/archive")
@manual.operation("Archive", tag="Subscriptions", answers={200: answers.Moved}, versioned=True)
def archive(version: str, site_id: str, subscription_id: str) -> Response:
    """Hides it from lists; what was still to come ends with it."""
    with transaction():
        site, subscription, _ = _locked(site_id, subscription_id)
        ending.archive(site, subscription)
        return _moved(version, subscription)


@bp.post("/subscription/<subscription_id>/unarchive")
@manual.operation("Unarchive", tag="Subscriptions", answers={200: answers.Moved}, versioned=True)
def unarchive(version: str, site_id: str, subscription_id: str) -> Response:
    """Brings an archived one back; what was going on comes back paused."""
    with transaction():
        site, subscription, _ = _locked(site_id, subscription_id)
        ending.unarchive(site, subscription)
        return _moved(version, subscription)


@bp.get("/subscription/<subscription_id>/schedule")
@manual.operation("Coming dates", tag="Subscriptions", query=ScheduleQuery, answers={200: answers.Schedule})
def schedule(version: str, site_id: str, subscription_id: str, query: ScheduleQuery) -> Response:
    """Due dates after the next one, each with its amount and the reason why it falls there."""
    with reading():
        subscription = find.by_either_id(auth.own_site(site_id), subscription_id)
        site = session().get_one(Site, subscription.site_id)
        terms = session().get_one(Terms, subscription.binding_terms_id or subscription.terms_id)
        dates = _dates(site, subscription, terms, query.count)
    return answer(casing.written({"data": dates}, version))


def _dates(site: Site, subscription: Subscription, terms: Terms, count: int) -> list[dict[str, Any]]:
    return [
        {
            "date": coming.on,
            "amount": Money(coming.bill.total_minor, terms.currency).decimal,
            "reason": reason_words(coming.reason, "en"),
        }
        for coming in previews.as_it_stands(site, subscription, terms, count + 1)[1:]
    ]


def _locked(site_id: str, subscription_id: str) -> tuple[Site, Subscription, Terms]:
    mine = auth.own_site(site_id)
    subscription = find.by_either_id(mine, subscription_id, lock=True)
    preconditions.seen().require(subscription)
    terms = session().get_one(Terms, subscription.binding_terms_id or subscription.terms_id)
    return session().get_one(Site, mine), subscription, terms


def _moved(version: str, subscription: Subscription, **more: Any) -> Response:
    session().flush()
    shape = {
        "success": True,
        "_id": str(subscription.id),
        "id": str(subscription.id),
        "status": subscription.status,
        "archived": subscription.archived_at is not None,
        "next_due_date": subscription.next_due_on,
    }
    return answer(casing.written(shape | more, version), headers=preconditions.etag(subscription))
