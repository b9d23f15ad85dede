"""A person of support at a browser without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from typing import Any

import pyotp
from sqlalchemy import event
from werkzeug.test import TestResponse

from portal.console.people import create_staff
from portal.core.database import db
from portal.links.models import PaymentRequest
from tests.harness import Portal

REQUESTS = "/console/requests"


class Browser:
    """Keeps a cookie; posts what stood in a page's form."""

    def __init__(self, portal: Portal) -> None:
        self.portal = portal
        self.client = portal.app.test_client()

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.client.get(path, **options)

    def post(self, path: str, seen: TestResponse | None = None, **values: str) -> TestResponse:
        """Post with the token of the page `seen` (default: a fresh sign-in page or history)."""
        page = seen or self.get(REQUESTS, follow_redirects=True)
        return self.client.post(path, data={"csrf_token": csrf(page)} | values)


class Person(Browser):
    """Somebody with an e-mail, a password and an app."""

    def __init__(self, portal: Portal, email: str, role: str) -> None:
        super().__init__(portal)
        with portal.writing():
            self.new = create_staff(email, role)
        self.email, self.password = self.new.email, self.new.password

    def code(self) -> str:
        return pyotp.TOTP(self.new.totp_secret).now()

    def give_password(self, password: str | None = None, email: str | None = None) -> TestResponse:
        page = self.get("/console/sign-in")
        return self.post("/console/sign-in", page, email=email or self.email, password=password or self.password)

    def give_code(self, code: str | None = None) -> TestResponse:
        return self.post("/console/code", self.get("/console/code"), code=code or self.code())

    def sign_in(self) -> Person:
        assert self.give_password().location == "/console/code"
        answer = self.give_code()
        assert answer.status_code == 303, answer.text
        return self

    @property
    def is_in(self) -> bool:
        return self.get(REQUESTS).status_code == 200

    def page_of(self, request: PaymentRequest, **query: str) -> TestResponse:
        answer = self.get(f"{REQUESTS}/{request.id}", query_string=query)
        assert answer.status_code == 200, answer.text
        return answer

    def act(self, request: PaymentRequest, what: str) -> TestResponse:
        return self.post(f"{REQUESTS}/{request.id}/{what}", self.page_of(request))


def csrf(page: TestResponse) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert found, page.text
    return found.group(1)


def words(page: TestResponse) -> str:
    """What a reader of the page reads, in one line."""
    body = page.text[page.text.index("<body") :]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split()).replace(" , ", ", ")


def names(page: TestResponse) -> list[str]:
    """The customers of a history, in its order."""
    return [unescape(name) for name in re.findall(r'<th scope="row"><a href="[^"]+"><b>(.*?)</b>', page.text)]


@contextmanager
def counted_queries(portal: Portal) -> Iterator[list[str]]:
    """Every SELECT that the block sends."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.lstrip().upper().startswith("SELECT"):
            sent.append(statement)

    with portal.app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)
