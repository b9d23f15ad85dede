"""Our side: the app over one database, its billing run and charges done here and now, with a gateway of the bench."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from queue import SimpleQueue

from flask import Flask

from bench.gateways import AtOnce
from portal.app import create_app
from portal.core import jobs
from portal.core.context import acting_as, new_request_id
from portal.core.database import db
from portal.core.jobs import Job
from portal.core.settings import Settings
from portal.gateways import registry
from workers import work
from workers.main import spare_the_collector

WARM_UP = 10  # charges that open the connection and compile the statements before the clock starts


class Ours:
    """A worker of the portal; the jobs it asks for wait in a queue, as they would wait in the broker."""

    def __init__(self, app: Flask, gateway: AtOnce) -> None:
        self.app, self._gateway = app, gateway
        self.asked: SimpleQueue[tuple[Job, tuple[str, ...]]] = SimpleQueue()
        jobs.set_sender(lambda job, ids: self.asked.put((job, ids)))

    def warm_up(self) -> int:
        return self.bill_batch(WARM_UP)

    def bill(self) -> int:
        """Invoice and charge all that is due, all of it committed; how many charges there were."""
        begun = self._gateway.charges
        with acting_as("system", Job.RUN_BILLING.value, new_request_id()):
            work.run_billing()
        return self._gateway.charges - begun

    def bill_batch(self, limit: int) -> int:
        """The same for one batch of the run."""
        begun = self._gateway.charges
        work.bill_batch(limit)
        return self._gateway.charges - begun


@contextmanager
def ours(database_url: str, gateway: AtOnce) -> Iterator[Ours]:
    """The portal over this database, in an app context; without a broker and without open pages."""
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as home:
        environment = {"PORTAL_HOME": home, "DATABASE_URL": database_url, "SECRET_KEY": secrets.token_hex(32)}
        app = create_app(Settings.from_environment(environment | {"LOG_FORMAT": "json"}), sockets="none")
        registry._gateways[gateway.name] = gateway  # type: ignore[assignment]
        spare_the_collector()  # as every worker does
        with app.app_context():
            try:
                yield Ours(app, gateway)
            finally:
                db.engine.dispose()
