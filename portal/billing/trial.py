"""A webhook tried out: one signed call about nothing that happened, written in the style of the endpoint."""

from __future__ import annotations

from typing import Any

from portal.billing.snapshot import local
from portal.billing.webhook import Outgoing
from portal.core import json
from portal.core.clock import real_now
from portal.core.ids import new_id
from portal.sites import clock
from portal.sites.models import Site
from portal.webhooks import rotation, styles
from portal.webhooks.models import Endpoint
from portal.webhooks.sign import headers

WORDS = "This is a test of your webhook: nothing has happened."


def call_of(site: Site, endpoint: Endpoint) -> Outgoing:
    """To be sent with nothing held; there is no event and no delivery behind it."""
    message_id = new_id()
    data = {"site_id": str(site.id), "message": WORDS}
    body = {"action": "test", "sequence": 0, "id": str(message_id), "created": local(site, clock.now(site))}
    written: Any = styles.named(endpoint.style).trial(body | {"data": data})
    text = json.dumps(written).encode()
    signed = headers(rotation.signing(site, endpoint), str(message_id), real_now(), text)
    all_headers = signed | {"content-type": "application/json"}
    return Outgoing(message_id, endpoint.url, text, all_headers, site.mode == "live")
