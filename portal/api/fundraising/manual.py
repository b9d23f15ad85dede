"""The manual of this dialect: one edition, a bare key beside the bearer key, refusals of fields and states as 400."""

from __future__ import annotations

from portal.api.fundraising import bodies
from portal.api.fundraising.answers import Failure
from portal.api.manual import Manual
from portal.api.shared import BEARER, Edition

BARE = {
    "api_key_bare": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "Authorization: sk_test_… or sk_live_…, without a scheme",
    }
}

SUBSCRIPTIONS, CONTACTS, AGREEMENTS, ADD_ONS, METHODS = (
    f"{noun} (fundraising)" for noun in ("Subscriptions", "Contacts", "Agreements", "Add-ons", "Payment methods")
)

manual = Manual(
    name="fundraising",
    title="Fundraising dialect",
    about="Contacts take agreements, for clients written for OnlineFundraising. Paths are read without regard to case.",
    editions=(Edition("fundraising", "OnlineFundraising"),),
    failure=Failure,
    read=bodies.read,
    security=(("api_key",), ("api_key_bare",)),
    schemes=BEARER | BARE,
    statuses={409: 400, 422: 400},
    path_words={
        "subscription_id": "The guid of the subscription.",
        "customer_id": "The guid of the contact.",
        "agreement_id": "The guid of the agreement.",
        "add_on_id": "The guid of the add-on.",
        "method_id": "The guid of the payment method.",
    },
    tags=(SUBSCRIPTIONS, CONTACTS, AGREEMENTS, ADD_ONS, METHODS),
)
