"""The manual of this dialect: one edition, three pairs of key headers beside the bearer key, refusals as 400."""

from __future__ import annotations

from typing import Any

from portal.api.manual import Manual
from portal.api.paymennt import bodies
from portal.api.paymennt.answers import Failure
from portal.api.paymennt.door import PAIRS
from portal.api.shared import BEARER, Edition


def _header(name: str, words: str) -> dict[str, Any]:
    return {"type": "apiKey", "in": "header", "name": name, "description": words}


_SCHEMES = {
    name: _header(name, words)
    for pair in PAIRS
    for name, words in zip(pair, ("The key's id, ak_…", "Its secret, sk_test_… or sk_live_…"), strict=True)
}

manual = Manual(
    name="paymennt",
    title="Paymennt dialect",
    about="Subscriptions that send a payment link each period, for clients written for Paymennt.",
    editions=(Edition("paymennt", "Paymennt, version 2.0"),),
    failure=Failure,
    read=bodies.read,
    security=(*PAIRS, ("api_key",)),
    schemes=_SCHEMES | BEARER,
    statuses={404: 400, 409: 400, 412: 400, 422: 400},
    path_words={
        "subscription_id": "The id of the subscription.",
        "checkout_id": "The id of the checkout: one instalment's page.",
        "customer_id": "Our id of the customer.",
        "webhook_id": "The id of the webhook.",
    },
)
