"""Rate limits: so many calls at once and a second for each key, told in headers, counted without SQL."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from portal.api import buckets
from portal.api.buckets import Buckets, SharedBuckets
from portal.api.rate_limits import RateLimiter
from portal.core.database import db, session
from portal.sites import keys
from portal.sites.keys import Limit, NewKey
from portal.sites.models import Site
from tests.conftest import Backend
from tests.harness import Merchant, Portal

SECOND = 1_000_000_000


@pytest.fixture
def standing(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The monotonic clock in this list, standing still until a test moves it."""
    now = [7 * SECOND]
    monkeypatch.setattr(buckets.time, "monotonic_ns", lambda: now[0])
    return now


def test_a_burst_goes_through_then_so_many_a_second(standing: list[int]) -> None:
    bucket, limit = Buckets(), Limit(rate=100, burst=300)
    assert [bucket.take("a", limit).is_allowed for _ in range(301)] == [True] * 300 + [False]
    refused = bucket.take("a", limit)
    assert (refused.left, refused.next_in_ns, refused.full_in_ns) == (0, SECOND // 100, 3 * SECOND)
    standing[0] += SECOND
    assert [bucket.take("a", limit).is_allowed for _ in range(101)] == [True] * 100 + [False]
    standing[0] += 10 * SECOND
    assert bucket.take("a", limit).left == 299


def test_one_keys_flood_leaves_the_others_alone(standing: list[int]) -> None:
    bucket, limit = Buckets(), Limit(rate=1, burst=1)
    assert [bucket.take("a", limit).is_allowed for _ in range(3)] == [True, False, False]
    assert bucket.take("b", limit).is_allowed


def test_threads_share_a_bucket_without_a_call_too_many(standing: list[int]) -> None:
    bucket, limit = Buckets(), Limit(rate=1, burst=50)
    with ThreadPoolExecutor(8) as pool:
        levels = list(pool.map(lambda _: bucket.take("a", limit), range(400)))
    assert sum(level.is_allowed for level in levels) == 50


@pytest.fixture
def shared(backend: Backend) -> str:
    if not backend.broker_url:
        pytest.skip("needs Redis: --backend=postgres")
    return backend.broker_url


def test_processes_share_a_bucket_through_redis(shared: str) -> None:
    name, limit = uuid.uuid4().hex, Limit(rate=1, burst=50)
    processes = [SharedBuckets(shared) for _ in range(4)]
    with ThreadPoolExecutor(8) as pool:
        levels = list(pool.map(lambda number: processes[number % 4].take(name, limit), range(200)))
    assert 50 <= sum(level.is_allowed for level in levels) <= 52  # at most a second or two may have passed
    refused = next(level for level in levels if not level.is_allowed)
    assert (refused.left, 0 < refused.next_in_ns <= SECOND) == (0, True)
    assert all(process._alone_until == 0 for process in processes)


def test_without_its_redis_a_process_counts_alone_and_asks_it_again_later(standing: list[int]) -> None:
    bucket, limit = SharedBuckets("redis://127.0.0.1:1/0"), Limit(rate=1, burst=2)
    assert [bucket.take("a", limit).is_allowed for _ in range(3)] == [True, True, False]
    assert bucket._alone_until == standing[0] + 5 * SECOND


@pytest.fixture
def counting_here(portal: Portal, standing: list[int]) -> list[int]:
    """The portal counts in its own process, by the clock that stands still."""
    portal.app.extensions["portal_rate_limiter"] = RateLimiter(Buckets())
    return standing


def get(merchant: Merchant) -> Any:
    return merchant.call("GET", "/clock")


@pytest.fixture
def slow(portal: Portal, merchant: Merchant) -> Merchant:
    """The merchant with a key of two calls at once, one a minute at most."""
    with portal.writing():
        made = keys.issue(session().get_one(Site, uuid.UUID(merchant.site_id)), NewKey(rate=1, burst=2))
    return Merchant(portal, merchant.site_id, made.api_key, made.key_id, "")


def test_every_answer_tells_the_limit_and_what_is_left(merchant: Merchant, counting_here: list[int]) -> None:
    answer = get(merchant)
    assert answer.headers["RateLimit-Policy"] == '"key";q=300;w=3'
    assert answer.headers["RateLimit"] == '"key";r=299;t=1'
    assert get(merchant).headers["RateLimit"] == '"key";r=298;t=1'
    assert "Retry-After" not in answer.headers


def test_too_many_calls_are_429_in_the_native_shape_until_the_time_has_passed(
    slow: Merchant, merchant: Merchant, counting_here: list[int]
) -> None:
    assert [get(slow).status_code for _ in range(3)] == [200, 200, 429]
    refused = get(slow)
    assert (refused.json["success"], refused.json["details"][0]["code"]) == (False, "too_many_requests")
    assert refused.headers["Retry-After"] == "1"
    assert refused.headers["RateLimit-Policy"] == '"key";q=2;w=2'
    assert refused.headers["RateLimit"] == '"key";r=0;t=2'
    assert get(merchant).status_code == 200
    counting_here[0] += SECOND
    assert get(slow).status_code == 200


def test_a_flood_is_turned_away_without_a_statement(portal: Portal, slow: Merchant, counting_here: list[int]) -> None:
    from bench.statements import counting

    get(slow), get(slow)
    with portal.app.app_context():
        engine = db.engine
    with counting(engine) as count:
        assert {get(slow).status_code for _ in range(20)} == {429}
    assert count.statements == 0


def test_a_sites_limit_holds_for_its_keys_and_a_keys_own_goes_before_it(
    portal: Portal, merchant: Merchant, slow: Merchant
) -> None:
    with portal.writing():
        keys.limit_site(uuid.UUID(merchant.site_id), 5, 7)
    get(merchant)
    assert get(merchant).headers["RateLimit-Policy"] == '"key";q=7;w=2'
    assert get(slow).headers["RateLimit-Policy"] == '"key";q=2;w=2'
