"""Errors leave in the shape and with the status of the dialect that was asked (contract section 5)."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Blueprint, Response

from portal.api import credentials, dialect, door
from portal.api.answers import answer, written
from portal.api.credentials import Unauthorized
from portal.api.dialect import Dialect
from portal.api.rate_limits import TooManyCalls
from portal.app import create_app
from portal.core.database import transaction
from portal.core.errors import NotAllowedNow, NotFound, PortalError, VersionMismatch, invalid
from portal.sites.kept_answers import KeyInUse, KeyUsedOtherwise
from tests.harness import Merchant, Portal

PREFIXES = {"native": "/api", "fundraising": "/fundraising", "hyperline": "/v1", "paymennt": "/mer/v2.0"}


def message_only(error: PortalError, status: int) -> Response:
    return written({"message": str(error)}, status)


@pytest.fixture
def dialects(monkeypatch: pytest.MonkeyPatch) -> dict[str, Dialect]:
    monkeypatch.setattr(dialect, "_registered", {})
    made = {name: Dialect(name=name, prefix=prefix, write_error=message_only) for name, prefix in PREFIXES.items()}
    for one in made.values():
        dialect.register(one)
    return made


@pytest.mark.parametrize(
    ("error", "statuses"),
    [
        (Unauthorized(), (401, 401, 401, 401)),
        (NotFound(), (404, 404, 404, 400)),
        (invalid("amount", "Give an amount."), (422, 400, 400, 400)),
        (NotAllowedNow(), (409, 400, 400, 400)),
        (VersionMismatch(), (412, 412, 412, 400)),
        (KeyInUse(), (409, 409, 409, 409)),
        (KeyUsedOtherwise(), (422, 422, 422, 422)),
        (TooManyCalls(), (429, 429, 429, 429)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_the_status_of_each_case_in_each_dialect(
    dialects: dict[str, Dialect], error: PortalError, statuses: tuple[int, ...]
) -> None:
    assert tuple(dialects[name].refuse(error).status_code for name in PREFIXES) == statuses


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/api/v3/x", "native"), ("/fundraising", "fundraising"), ("/Fundraising/Subscription/1/Hold", "fundraising"),
        ("/v1/subscriptions", "hyperline"), ("/mer/v2.0/subscription", "paymennt"), ("/v10/x", None),
        ("/apis", None), ("/p/x", None), ("/console", None), ("/", None),
    ],
)  # fmt: skip
def test_the_path_says_the_dialect(dialects: dict[str, Dialect], path: str, name: str | None) -> None:
    found = dialect.of(path)
    assert (found.name if found else None) == name


@pytest.fixture
def hyperline(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> Portal:
    """The portal with one more dialect in which a key may be given bare."""
    monkeypatch.setattr(dialect, "_registered", dict(dialect._registered))
    bp = Blueprint("things", __name__, url_prefix="/v1")
    ways = (credentials.bearer, credentials.bare)
    door.guard(bp, Dialect(name="hyperline", prefix="/v1", write_error=message_only, key_ways=ways))

    @bp.get("/things/<number>")
    def thing(number: str) -> Response:
        if number == "broken":
            raise RuntimeError
        raise NotFound if number == "unknown" else invalid("number", "Give another.")

    @bp.post("/things")
    def make() -> Response:
        with transaction():
            return answer({"id": "1"}, 201)

    app = create_app(portal.settings)  # its own: no other test has this dialect
    app.register_blueprint(bp)
    return Portal(app, portal.settings)


def test_a_dialect_has_the_whole_guard_by_one_line(hyperline: Portal, merchant: Merchant) -> None:
    def call(path: str, key: str = merchant.api_key, method: str = "GET", **headers: str) -> Any:
        return hyperline.client.open(path, method=method, headers={"Authorization": key} | headers)

    assert [call(f"/v1/things/{one}").status_code for one in ("unknown", "1", "broken")] == [404, 400, 500]
    assert set(call("/v1/things/1").json) == {"message"}
    assert (call("/v1/nowhere").status_code, set(call("/v1/nowhere").json)) == (404, {"message"})
    wrong = call("/v1/things/1", key="sk_test_wrong")
    assert (wrong.status_code, set(wrong.json), wrong.headers["WWW-Authenticate"]) == (401, {"message"}, "Bearer")
    assert "RateLimit" in call("/v1/things/1").headers
    first, again = (call("/v1/things", method="POST", **{"Idempotency-Key": "k"}) for _ in range(2))
    assert (first.status_code, again.status_code, again.data) == (201, 201, first.data)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert {one.dialect for one in hyperline.calls} == {"hyperline"}


def test_a_page_stays_a_page(portal: Portal) -> None:
    for path in ("/p/x", "/nothing", "/v1x"):
        assert portal.client.get(path).mimetype == "text/html"
