"""Addresses of the dialect: what belongs to one subscription, its dates, payments, add-ons and log; bare arrays."""

from __future__ import annotations

from flask import Response

from portal.api.answers import answer
from portal.api.fundraising import answers, log_shapes, payment_shapes, reading, samples, schedule, shapes
from portal.api.fundraising.catalog_bodies import LogQuery
from portal.api.fundraising.door import bp
from portal.api.fundraising.manual import SUBSCRIPTIONS, manual
from portal.core.database import reading as only_reading
from portal.subscriptions import versions


@bp.get("/subscription/<subscription_id>/schedule")
@manual.operation(
    "Scheduled due dates",
    tag=SUBSCRIPTIONS,
    answers={200: answers.Schedule},
    answer_examples={200: samples.SCHEDULE},
)
def get_schedule(subscription_id: str) -> Response:
    """The five due dates after nextDueDate."""
    with only_reading():
        site = reading.the_site()
        subscription = reading.engaged(site, subscription_id).subscription
        terms = versions.terms_of(subscription.binding_terms_id or subscription.terms_id)
        dates = schedule.after_next(site, subscription, terms)
    return answer(dates)


@bp.get("/subscription/<subscription_id>/payments")
@manual.operation("Payments of a subscription", tag=SUBSCRIPTIONS, answers={200: answers.Payments})
def get_payments(subscription_id: str) -> Response:
    """Every collection, newest first, with the gateway's own words where it was refused."""
    with only_reading():
        site = reading.the_site()
        found = payment_shapes.of_subscription(site, reading.engaged(site, subscription_id).subscription)
    return answer(found)


@bp.get("/subscription/<subscription_id>/addOns")
@manual.operation("Add-ons of a subscription", tag=SUBSCRIPTIONS, answers={200: answers.TakenAddOns})
def get_add_ons(subscription_id: str) -> Response:
    """What it is billed for beside its agreement."""
    with only_reading():
        found = reading.engaged(reading.the_site(), subscription_id)
        taken = shapes.taken_shapes(found.subscription, found.terms)
    return answer(taken)


@bp.get("/subscription/<subscription_id>/log")
@manual.operation(
    "Change log of a subscription",
    tag=SUBSCRIPTIONS,
    query=LogQuery,
    answers={200: answers.Log},
    answer_examples={200: samples.LOG},
)
def get_log(subscription_id: str, query: LogQuery) -> Response:
    """Who changed what, from which value to which; newest first, all of it unless limit says how much."""
    with only_reading():
        site = reading.the_site()
        found = log_shapes.of_subscription(site, reading.engaged(site, subscription_id), query.limit)
    return answer(found)
