"""Our side: the app over one database, its billing run and charges done here and now, with a gateway of the bench."""

from __future__ import annotations

import secrets
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from queue import SimpleQueue

from flask import Flask

from bench.gateways import AtOnce
from portal.app import create_app
from portal.billing import run
from portal.core import jobs
from portal.core.context import acting_as, new_request_id
from portal.core.database import db, transaction
from portal.core.jobs import Job
from portal.core.settings import Settings
from portal.gateways import registry
from workers import work
from workers.main import spare_the_collector

WARM_UP = 10  # charges that open the connection and compile the statements before the clock starts


class Ours:
    """A worker of the portal; the jobs it asks for wait in a queue, as they would wait in the broker."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.asked: SimpleQueue[tuple[Job, tuple[str, ...]]] = SimpleQueue()
        jobs.set_sender(lambda job, ids: self.asked.put((job, ids)))

    def warm_up(self) -> int:
        return self.bill_batch(WARM_UP)

    def bill(self) -> int:
        """Invoice all that is due, then charge it, all of it committed; how many charges there were."""
        with acting_as("system", Job.RUN_BILLING.value, new_request_id()):
            work.run_billing()
            return self.collect()

    def bill_batch(self, limit: int) -> int:
        """The same for one batch of the run."""
        with transaction():
            run.open_due(limit)
        return self.collect()

    def collect(self) -> int:
        """Do the collections that the run has asked for."""
        charged = 0
        while not self.asked.empty():
            charged += self.do(*self.asked.get())
        return charged

    def do(self, job: Job, ids: tuple[str, ...]) -> int:
        """One job of the queue; how many charges it was."""
        if job is not Job.COLLECT:
            return 0
        work.charge_payments(*map(uuid.UUID, ids))
        return len(ids)


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
                yield Ours(app)
            finally:
                db.engine.dispose()
