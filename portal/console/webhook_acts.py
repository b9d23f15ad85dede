"""What support does with a webhook that was switched off: switch it on and send what it missed; logged with who did."""

from __future__ import annotations

from flask import redirect, url_for
from werkzeug.exceptions import NotFound as NoSuchPage
from werkzeug.wrappers import Response

from portal.console import health_page
from portal.console.door import bp, signed_in
from portal.console.forms import OUT_OF_DATE, ActForm
from portal.core.database import session, transaction
from portal.core.ids import read_id
from portal.sites.models import Site
from portal.webhooks import endpoints, replay
from portal.webhooks.models import Endpoint


@bp.post("/webhooks/<webhook_id>/on")
def webhook_on(webhook_id: str) -> Response:
    """Switched on, and all that it missed is owed to it once more; a batch is a transaction of its own."""
    if not ActForm().validate():
        return health_page.shown(problem=OUT_OF_DATE, status=400)
    sent = replay.BATCH
    total = 0
    while sent == replay.BATCH:
        with transaction():
            site, endpoint = _seen(webhook_id)
            endpoints.enable(site, str(endpoint.id))
            sent = replay.replay_undelivered(site, endpoint)
        total += sent
    return redirect(url_for("console.health", sent=total), 303)


def _seen(webhook_id: str) -> tuple[Site, Endpoint]:
    """404 for one that this person may not see."""
    our_id = read_id(webhook_id)
    endpoint = session().get(Endpoint, our_id, with_for_update=True) if our_id else None
    only = signed_in().only_site
    if endpoint is None or endpoint.removed_at is not None or only not in {None, endpoint.site_id}:
        raise NoSuchPage
    return session().get_one(Site, endpoint.site_id), endpoint
