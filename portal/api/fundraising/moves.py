"""Addresses of the dialect: a subscription is put on hold, restarted, ended, archived, or given another way to pay."""

from __future__ import annotations

from flask import Response, g

from portal.api import preconditions
from portal.api.answers import answer
from portal.api.body import sent_object
from portal.api.fundraising import answers, orders, reading, samples
from portal.api.fundraising.bodies import AgreementChoice, CancelBody, HoldBody, MethodChoice, RestartBody
from portal.api.fundraising.door import bp
from portal.api.fundraising.manual import SUBSCRIPTIONS, manual
from portal.api.fundraising.subscriptions import shape_now
from portal.billing import holds, merchants_word
from portal.catalog import agreements
from portal.core.database import session, transaction
from portal.core.errors import NotAllowedNow, invalid
from portal.core.ids import read_id
from portal.core.keep import KEEP
from portal.customers.models import Customer
from portal.sites.models import Site
from portal.subscriptions import ending, engagements, lifecycle, pausing, update, versions
from portal.subscriptions.models import Subscription, Terms
from portal.subscriptions.seen import Seen

AFTER = {200: answers.Subscription}
EXAMPLE = {200: samples.SUBSCRIPTION}


@bp.post("/subscription/<subscription_id>/Hold")
@manual.operation(
    "Hold",
    tag=SUBSCRIPTIONS,
    body=HoldBody,
    body_is_optional=True,
    answers=AFTER,
    versioned=True,
    body_example={"holdDescription": "Between two jobs"},
)
def hold(subscription_id: str, body: HoldBody) -> Response:
    """Nothing is charged until it is restarted, and what falls due meanwhile is not charged later; it shows Inactive
    with its holdDescription. On hold already, the description is replaced."""
    with transaction():
        site, subscription = _locked(subscription_id)
        pausing.pause(site, subscription, _binding(subscription), reason=body.hold_description or "")
        engagements.keep(site, subscription, hold_words=body.hold_description, tells=False)
        return _moved(site, subscription)


@bp.post("/subscription/<subscription_id>/Restart")
@manual.operation(
    "Restart",
    tag=SUBSCRIPTIONS,
    body=RestartBody,
    body_is_optional=True,
    answers=AFTER,
    versioned=True,
    body_example={"startDate": "2027-01-01 00:00:00 +0100", "expiresAfterDate": "2027-12-31 00:00:00 +0100"},
)
def restart(subscription_id: str, body: RestartBody) -> Response:
    """From hold. Without a startDate it goes on with its next date; with one, today or later, it is counted anew from
    that day. Of a time its date counts, as it is written."""
    with transaction():
        site, subscription = _locked(subscription_id)
        terms = _binding(subscription)
        engagements.keep(site, subscription, hold_words=None, tells=False)
        end = body.expires_after_date if "expires_after_date" in body.model_fields_set else KEEP
        if body.start_date is None and end is KEEP:
            holds.resume(site, subscription, terms)
        else:
            holds.restart(site, subscription, terms, start_on=body.start_date, end_on=end)
        return _moved(site, subscription)


@bp.post("/subscription/<subscription_id>/Cancel")
@manual.operation(
    "Cancel",
    tag=SUBSCRIPTIONS,
    body=CancelBody,
    body_is_optional=True,
    answers=AFTER,
    versioned=True,
    body_example={"cancelDescription": "Moved abroad"},
)
def cancel(subscription_id: str, body: CancelBody) -> Response:
    """It ends now, with cancelCode 100102. Neither the payment method nor a pending payment is touched. Cancelling
    again changes nothing."""
    with transaction():
        site, subscription = _locked(subscription_id)
        if subscription.status != "closed":
            ending.cancel(site, subscription, _binding(subscription))
            engagements.keep(site, subscription, cancel_words=body.cancel_description, tells=False)
        return _moved(site, subscription)


@bp.post("/subscription/<subscription_id>/Archive")
@manual.operation("Archive", tag=SUBSCRIPTIONS, answers=AFTER, versioned=True)
def archive(subscription_id: str) -> Response:
    """Hidden from the list, though its guid still finds it; what was still to come ends with it."""
    with transaction():
        site, subscription = _locked(subscription_id)
        ending.archive(site, subscription)
        return _moved(site, subscription)


@bp.post("/subscription/<subscription_id>/Unarchive")
@manual.operation("Unarchive", tag=SUBSCRIPTIONS, answers=AFTER, versioned=True)
def unarchive(subscription_id: str) -> Response:
    """Back in the list; what was going on comes back on hold, so that nothing is charged without a Restart."""
    with transaction():
        site, subscription = _locked(subscription_id)
        ending.unarchive(site, subscription)
        return _moved(site, subscription)


@bp.post("/subscription/<subscription_id>/ChangeAgreement")
@manual.operation(
    "Change the agreement",
    tag=SUBSCRIPTIONS,
    body=AgreementChoice,
    answers=AFTER,
    versioned=True,
    answer_examples=EXAMPLE,
)
def change_agreement(subscription_id: str, body: AgreementChoice) -> Response:
    """The period that is paid runs to its end; startDate and nextDueDate are then the first date of the new agreement.
    A higher amount counts once the contact has been told."""
    with transaction():
        site, subscription = _locked(subscription_id)
        _refuse_ended(subscription)
        agreement = agreements.find_if_any(g.site_id, body.agreement_guid or "")
        if agreement is None:
            raise invalid("agreementGuid", "There is no agreement with this guid.")
        orders.refuse_archived(agreement)
        orders.refuse_anothers(agreement, session().get_one(Customer, subscription.customer_id))
        terms = versions.terms_of(subscription.terms_id)
        update.update(site, subscription, orders.change_of_agreement(site, subscription, terms, agreement))
        engagements.keep(site, subscription, agreement_id=agreement.id)
        return _moved(site, subscription)


@bp.post("/subscription/<subscription_id>/UpdatePaymentMethod")
@manual.operation(
    "Update the payment method",
    tag=SUBSCRIPTIONS,
    body=MethodChoice,
    answers=AFTER,
    versioned=True,
    answer_examples=EXAMPLE,
)
def update_payment_method(subscription_id: str, body: MethodChoice) -> Response:
    """Charged by this saved method of the contact from now on; what is overdue is tried by it at once. Cards need no
    lead time, so that the dates stay. A Pending one begins, as with a method given on insert."""
    with transaction():
        site, subscription = _locked(subscription_id)
        _refuse_ended(subscription)
        method = merchants_word.usable(site, subscription.customer_id, read_id(body.payment_method_guid or ""))
        merchants_word.replace(site, subscription, method, g.key.key_id)
        return _moved(site, subscription)


def _moved(site: Site, subscription: Subscription) -> Response:
    return answer(shape_now(site, subscription), headers=preconditions.etag(subscription))


def _locked(subscription_id: str) -> tuple[Site, Subscription]:
    """The row, in the state that the caller saw where one is named: `If-Match`, or `version` in the body."""
    subscription = reading.locked(subscription_id)
    version = preconditions.version_in(sent_object())
    for seen in (preconditions.if_match(), frozenset({str(version)}) if version is not None else None):
        Seen(seen).require(subscription)
    return reading.the_site(), subscription


def _binding(subscription: Subscription) -> Terms:
    return versions.terms_of(subscription.binding_terms_id or subscription.terms_id)


def _refuse_ended(subscription: Subscription) -> None:
    lifecycle.refuse_if_archived(subscription)
    if subscription.status == "closed":
        raise NotAllowedNow("This subscription has ended. Insert a new one.")
