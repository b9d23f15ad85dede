"""API keys: where they are shown, what they may do, and how they end."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from werkzeug.datastructures import Headers

from portal.api import credentials
from portal.api.credentials import KeyInAddress, Presented, Unauthorized
from portal.core.clock import real_now
from portal.core.database import session
from portal.core.errors import InvalidFields
from portal.sites import keys
from portal.sites.keys import NewKey
from portal.sites.models import ApiKey, Site
from tests.harness import Merchant, Portal

PAYMENNT = credentials.pair("X-Paymennt-Api-Key", "X-Paymennt-Api-Secret")
Issue = Callable[..., Merchant]


@pytest.fixture
def issue(portal: Portal, merchant: Merchant) -> Issue:
    """The same merchant calling with one more key."""

    def issue(**order: Any) -> Merchant:
        with portal.writing():
            made = keys.issue(session().get_one(Site, uuid.UUID(merchant.site_id)), NewKey(**order))
        return Merchant(portal, merchant.site_id, made.api_key, made.key_id, "")

    return issue


def get(merchant: Merchant, **options: Any) -> Any:
    return merchant.call("GET", "/clock", **options)


def test_a_bearer_key_opens_its_site_and_the_scheme_is_read_in_any_case(merchant: Merchant) -> None:
    for scheme in ("Bearer", "bearer", "BEARER"):
        assert get(merchant, headers={"Authorization": f"{scheme} {merchant.api_key}"}).status_code == 200


@pytest.mark.parametrize(
    "shown", ["", "Bearer", "Bearer ", "Bearer sk_test_no", "Basic {key}", "{key}", "Bearer x{key}"]
)
def test_no_or_a_wrong_key_is_401_in_the_native_shape(merchant: Merchant, shown: str) -> None:
    answer = get(merchant, headers={"Authorization": shown.format(key=merchant.api_key)})
    assert answer.status_code == 401
    assert (answer.json["success"], answer.headers["WWW-Authenticate"]) == (False, "Bearer")
    assert answer.headers["X-Request-Id"]


@pytest.mark.parametrize(
    "query", ["api_key={key}", "apiKey=x", "access_token=x", "x={key}", "{key}=1", "authorization=Bearer%20{key}"]
)
def test_a_key_in_the_address_is_refused_with_words_also_beside_a_good_header(merchant: Merchant, query: str) -> None:
    answer = merchant.call("GET", f"/clock?{query.format(key=merchant.api_key)}")
    assert answer.status_code == 401
    assert answer.json["details"][0]["code"] == "key_in_address"
    assert "Never send an API key in the address" in answer.json["errors"][0]


def test_each_dialect_reads_the_headers_it_names() -> None:
    bare = Headers({"Authorization": "sk_test_1"})
    both = Headers({"X-Paymennt-Api-Key": "ak_1", "X-Paymennt-Api-Secret": "sk_test_1"})
    with_bearer = Headers({"Authorization": "Bearer sk_test_1"})
    fundraising, paymennt = (credentials.bearer, credentials.bare), (PAYMENNT, credentials.bearer)
    assert credentials.presented(bare.get, fundraising) == Presented("sk_test_1")
    assert credentials.presented(with_bearer.get, fundraising) == Presented("sk_test_1")
    assert credentials.presented(both.get, paymennt) == Presented("sk_test_1", "ak_1")
    assert credentials.presented(with_bearer.get, paymennt) == Presented("sk_test_1")
    for wrong, ways in ((bare, paymennt), (Headers({"X-Paymennt-Api-Key": "ak_1"}), paymennt), (both, fundraising)):
        with pytest.raises(Unauthorized):
            credentials.presented(wrong.get, ways)


def test_a_secret_under_another_keys_id_is_unknown(portal: Portal, merchant: Merchant, issue: Issue) -> None:
    other = issue()
    with portal.reading():
        assert keys.find(merchant.api_key, merchant.key_id) is not None
        assert keys.find(merchant.api_key, other.key_id) is None
        assert keys.find(merchant.api_key, "é") is None


@pytest.mark.parametrize(
    ("scopes", "statuses"),
    [
        (("read",), {"read": 200, "write": 403, "refund": 403}),
        (("write",), {"read": 403, "write": 200, "refund": 403}),
        (("read", "write"), {"read": 200, "write": 200, "refund": 403}),
        (("refund",), {"read": 403, "write": 403, "refund": 404}),
        (("read", "write", "refund"), {"read": 200, "write": 200, "refund": 404}),
    ],
)
def test_a_key_does_what_its_scopes_say(issue: Issue, scopes: tuple[str, ...], statuses: dict[str, int]) -> None:
    limited = issue(scopes=scopes)
    answers = {
        "read": get(limited),
        "write": limited.post(),
        "refund": limited.call("POST", f"/payment/{uuid.uuid4()}/refund"),
    }
    assert {scope: answer.status_code for scope, answer in answers.items()} == statuses
    assert limited.call("POST", f"/payment/{uuid.uuid4()}/void").status_code == statuses["refund"]
    for scope, answer in answers.items():
        if answer.status_code == 403:
            assert answer.json["success"] is False
            assert f"needs the scope {scope}" in answer.json["errors"][0]


def test_rotation_both_keys_work_until_the_old_one_is_revoked_and_then_at_once_only_the_new(
    portal: Portal, merchant: Merchant, issue: Issue
) -> None:
    new = issue(name="2027")
    assert [get(each).status_code for each in (merchant, new)] == [200, 200]
    with portal.writing():
        keys.revoke(merchant.key_id)
    refused = get(merchant)
    assert (refused.status_code, get(new).status_code) == (401, 200)
    assert "revoked" in refused.json["errors"][0]


def test_a_key_ends_when_it_was_said_to(issue: Issue) -> None:
    brief = issue(expires_at=real_now() + timedelta(hours=1))
    assert get(brief).status_code == 200
    with time_machine.travel(real_now() + timedelta(hours=1, seconds=1)):
        assert get(brief).status_code == 401


def test_a_key_keeps_its_last_four_letters_and_the_hash_of_the_rest(portal: Portal, issue: Issue) -> None:
    made = issue(name=" Shop server ", scopes=("refund", "read"))
    row = portal.row(ApiKey, key_id=made.key_id)
    assert (row.name, row.scopes, row.last_four) == ("Shop server", "read refund", made.api_key[-4:])
    assert made.api_key[8:-4] not in repr(vars(row))


@pytest.mark.parametrize(
    "order",
    [
        {"scopes": ()}, {"scopes": ("admin",)}, {"name": "x" * 101}, {"name": "a\nb"}, {"rate": 0}, {"burst": -1},
        {"expires_at": real_now()},
    ],
)  # fmt: skip
def test_a_key_that_makes_no_sense_is_not_issued(issue: Issue, order: dict[str, Any]) -> None:
    with pytest.raises(InvalidFields):
        issue(**order)


def test_the_last_use_is_noted_after_the_answer_and_at_most_once_a_minute(portal: Portal, merchant: Merchant) -> None:
    def used_at() -> Any:
        portal.log_calls()
        return portal.row(ApiKey, key_id=merchant.key_id).last_used_at

    get(merchant)
    assert portal.row(ApiKey, key_id=merchant.key_id).last_used_at is None
    first = used_at()
    assert first is not None
    get(merchant)
    assert used_at() == first
    with time_machine.travel(real_now() + timedelta(seconds=61)):
        get(merchant)
        assert used_at() > first


def test_what_looks_like_a_key_is_seen_wherever_it_stands_in_an_address() -> None:
    for query in ({"q": "sk_live_0123456789"}, {"API-Key": ""}, {"note": "my sk_test_0123456789 here"}):
        with pytest.raises(KeyInAddress):
            credentials.refuse_in_address(query)
    credentials.refuse_in_address({"after": "abc", "q": "sk_8 boots", "key": "value"})
