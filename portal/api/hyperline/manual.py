"""The manual of this dialect: one edition, the bearer key, and which refusals leave as 400."""

from __future__ import annotations

from portal.api.hyperline import values
from portal.api.hyperline.answers import Failure
from portal.api.manual import Manual
from portal.api.shared import Edition

manual = Manual(
    name="hyperline",
    title="Hyperline dialect",
    about="Subscriptions of products that change in the middle of a period, for clients written for Hyperline.",
    editions=(Edition("hyperline", "Hyperline, version 1"),),
    failure=Failure,
    read=values.read,
    statuses={409: 400, 422: 400},
    tags=("Subscriptions (Hyperline)", "Updates (Hyperline)", "Products (Hyperline)", "Customers (Hyperline)"),
    path_words={
        "subscription_id": "The id of the subscription, or your own external id of it.",
        "phase_id": "The id of the phase.",
        "update_id": "The id of the update.",
        "product_id": "The id of the product.",
        "customer_id": "Our id of the customer.",
    },
)
