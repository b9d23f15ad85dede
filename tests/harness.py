"""The portal in one test: its app, its jobs run here and now, and shorthands for what merchants and customers do."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import unescape
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.api import request_log
from portal.core import jobs
from portal.core.context import acting_as
from portal.core.database import reading, session, transaction
from portal.core.jobs import Job
from portal.core.settings import Settings
from portal.sites.create import NewSite, create
from portal.sites.models import Site
from portal.subscriptions.models import Subscription
from workers.scheduler import Scheduler
from workers.work import perform

SAMPLE = {
    "external_id": "439772921",
    "description": "Gold+ Plan",
    "amount": 34.99,
    "frequency": "Monthly",
    "frequency_units": 1,
    "customer": {
        "external_id": "39772634",
        "first_name": "John",
        "last_name": "Doe",
        "mobile_phone": "111-222-3333",
        "email": "johndoe@abc.com",
    },
    "webhook_url": "https://yourcompany.com/webhook",
}
GOOD_CARD = "4242 4242 4242 4242"


def at(text: str) -> datetime:
    """A moment in UTC written as 2026-01-31T09:00."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@dataclass
class Merchant:
    """One site with its key, and what its developer does by API."""

    portal: Portal
    site_id: str
    api_key: str
    key_id: str
    webhook_secret: str

    def call(self, method: str, path: str, version: str = "v4", **options: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.api_key}"} | options.pop("headers", {})
        return self.portal.client.open(
            f"/api/{version}/site/{self.site_id}{path}", method=method, headers=headers, **options
        )

    def post(self, body: Any = None, version: str = "v3", **changes: Any) -> TestResponse:
        """The sample of seed 000 with these changes, or this whole body; its example webhook is left out.

        (Looking its host up in the real DNS may take a second, and no test here is about that.)
        """
        sample = {name: value for name, value in SAMPLE.items() if name != "webhook_url"}
        whole = (sample | changes) if body is None else body
        return self.call("POST", "/subscription/addUpdate", version, json=whole)

    def subscription(self, external_id: str = "439772921", version: str = "v3") -> Any:
        answer = self.call("GET", f"/subscription/{external_id}", version)
        assert answer.status_code == 200, answer.text
        return answer.json

    def ledger(self) -> list[Any]:
        return list(self.call("GET", "/sandbox/ledger").json["data"])

    def messages(self) -> list[Any]:
        return list(self.call("GET", "/sandbox/messages").json["data"])

    def advance(self, to: str) -> None:
        """Move the site's clock and do all that falls due on the way."""
        answer = self.call("POST", "/clock/advance", json={"to": f"{to}:00Z"})
        assert answer.status_code == 202, answer.text
        self.portal.run_jobs()
        assert self.call("GET", "/clock").json["status"] == "ready"


@dataclass
class Portal:
    """The application over a clean database; jobs wait in `waiting` until run_jobs(), calls in `calls`."""

    app: Flask
    settings: Settings
    waiting: list[tuple[Job, tuple[str, ...]]] = field(default_factory=list)
    calls: list[request_log.Call] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.client: FlaskClient = self.app.test_client()
        self.scheduler = Scheduler(self.app, interval=1)
        jobs.set_sender(lambda job, ids: self.waiting.append((job, ids)))
        self.app.extensions["portal_request_log"] = self.calls.append

    def merchant(self, name: str = "Acme Fitness", clock: str | None = None, **options: Any) -> Merchant:
        with self.writing():
            made = create(NewSite(name, clock=at(clock) if clock else None, **options))
            return Merchant(self, str(made.site.id), made.key.api_key, made.key.key_id, made.webhook_secret)

    def run_jobs(self, *only: Job, lose_hints: bool = False) -> None:
        """Do every job that was asked for and everything due, until nothing is left to do at once."""
        while True:
            if lose_hints:
                self.waiting.clear()
            if not self.waiting:
                self.scheduler._hinted.clear()
                self.scheduler.look()
                self.waiting = [w for w in self.waiting if not only or w[0] in only]
            if not self.waiting:
                return
            job, ids = self.waiting.pop(0)
            if not only or job in only:
                self.perform(job, *ids)

    def log_calls(self) -> None:
        """Write the calls of the API that wait in `calls`, as the log's own thread does."""
        waiting, self.calls[:] = self.calls[:], []
        with self.app.app_context():
            request_log.write(waiting)

    def perform(self, job: Job, *ids: str) -> None:
        with self.app.app_context(), acting_as("system", job.value):
            perform(job, ids)

    @contextmanager
    def writing(self) -> Iterator[None]:
        with self.app.app_context(), transaction():
            yield

    @contextmanager
    def reading(self) -> Iterator[None]:
        with self.app.app_context(), reading():
            yield

    def row(self, table: Any, **wanted: Any) -> Any:
        """The only row of this kind, detached."""
        with self.reading():
            return session().query(table).filter_by(**wanted).one()

    def rows(self, table: Any, **wanted: Any) -> list[Any]:
        with self.reading():
            return list(session().query(table).filter_by(**wanted).order_by(table.id))

    def site(self, merchant: Merchant) -> Site:
        found: Site = self.row(Site, id=uuid.UUID(merchant.site_id))
        return found

    def the_subscription(self) -> Subscription:
        found: Subscription = self.row(Subscription)
        return found


class Page:
    """An HTML answer as a test reads it."""

    def __init__(self, answer: TestResponse) -> None:
        self.answer, self.text, self.status = answer, answer.text, answer.status_code
        self.heading = unescape(
            re.sub(r"<[^>]+>", "", "".join(re.findall(r"<h1[^>]*>(.*?)</h1>", self.text, re.S)))
        ).strip()

    def hidden(self, action: str | None = None) -> dict[str, str]:
        """The hidden values of the form with this action (default: the first form)."""
        for form in re.findall(r"<form.*?</form>", self.text, re.S):
            values = dict(re.findall(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)"', form))
            if action is None or values.get("action") == action:
                return {name: unescape(value) for name, value in values.items()}
        raise AssertionError(f"no form {action} on {self.heading!r}")


class Customer:
    """A person with a link, tapping through the pages without JavaScript."""

    def __init__(self, portal: Portal, link: str) -> None:
        self.portal, self.path = portal, link.removeprefix(portal.settings.public_url)

    def page(self, **headers: str) -> Page:
        return Page(self.portal.client.get(self.path, headers=headers))

    def tap(self, page: Page, action: str = "confirm", **changes: str) -> TestResponse:
        """Post the form of this page as it was shown."""
        return self.portal.client.post(self.path, data=page.hidden(action) | changes)

    def confirm(self, card: str = GOOD_CARD) -> Page:
        """Open the link, confirm with this card, and come back; the workers have not done anything yet."""
        answer = self.tap(self.page())
        assert answer.status_code == 303, answer.text
        return self.enter_card(answer.headers["Location"], card)

    def enter_card(self, address: str, card: str = GOOD_CARD) -> Page:
        form = Page(self.portal.client.get(address)).hidden()
        typed = {"number": card, "expiry": "12/49", "code": "123", "name": "John Doe"}
        answer = self.portal.client.post(address, data=form | typed)
        if answer.status_code != 303:
            return Page(answer)
        return Page(self.portal.client.get(answer.headers["Location"].removeprefix(self.portal.settings.public_url)))
