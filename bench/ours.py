"""Our side: the app over one database, its billing run and its charges done here and now, with a gateway of the bench."""

from __future__ import annotations

import secrets
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask

from portal.app import create_app
from portal.core import jobs
from portal.core.context import acting_as, new_request_id
from portal.core.database import db
from portal.core.jobs import Job
from portal.core.settings import Settings
from portal.gateways import registry
from portal.gateways.base import Gateway
from workers import work


class Ours:
    """A worker of the portal; the jobs it asks for wait in a list, as they would wait in the broker."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self._asked: list[tuple[Job, tuple[str, ...]]] = []
        jobs.set_sender(lambda job, ids: self._asked.append((job, ids)))

    def bill(self) -> int:
        """Invoice all that is due, then charge it, all of it committed; how many charges there were."""
        with acting_as("system", Job.RUN_BILLING.value, new_request_id()):
            work.run_billing()
            return self.collect()

    def collect(self) -> int:
        """Do the collections that the run has asked for."""
        asked, self._asked = self._asked, []
        charges = [[uuid.UUID(text) for text in ids] for job, ids in asked if job is Job.COLLECT]
        for ids in charges:
            work.charge_payments(*ids)
        return sum(map(len, charges))


@contextmanager
def ours(database_url: str, gateway: Gateway) -> Iterator[Ours]:
    """The portal over this database, in an app context."""
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as home:
        environment = {"PORTAL_HOME": home, "DATABASE_URL": database_url, "SECRET_KEY": secrets.token_hex(32)}
        app = create_app(Settings.from_environment(environment | {"LOG_FORMAT": "json"}), sockets="none")
        registry._gateways[gateway.name] = gateway
        with app.app_context():
            try:
                yield Ours(app)
            finally:
                db.engine.dispose()
