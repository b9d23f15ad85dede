"""A site's dunning policy: what it may say, and which moments follow from it in every zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.billing.dunning import DEFAULT, Dunning, DunningPolicy
from portal.core.errors import InvalidFields

ZONES = ("America/Chicago", "Europe/Copenhagen", "Australia/Lord_Howe", "Pacific/Apia", "UTC")
moments = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)).map(lambda at: at.replace(tzinfo=UTC))
policies = st.integers(1, 60).flatmap(
    lambda days: st.builds(
        DunningPolicy,
        offset_hours=st.sets(st.integers(1, days * 24), max_size=15).map(lambda hours: tuple(sorted(hours))),
        window_days=st.just(days),
        most_tries=st.integers(1, 20),
        most_a_day=st.integers(1, 10),
    )
)


def test_the_default_is_two_hours_then_days_1_3_5_and_7() -> None:
    assert DEFAULT.as_dict() == {
        "offset_hours": [2, 24, 72, 120, 168], "window_days": 7, "most_tries": 15, "most_a_day": 10,
    }  # fmt: skip


@given(policies)
def test_a_policy_is_read_back_as_it_was_written(policy: DunningPolicy) -> None:
    assert DunningPolicy.from_dict(policy.as_dict()) == policy


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"offset_hours": [24, 2]}, "offset_hours"),
        ({"offset_hours": [24, 24]}, "offset_hours"),
        ({"offset_hours": [0]}, "offset_hours"),
        ({"offset_hours": [169]}, "offset_hours"),
        ({"offset_hours": [True]}, "offset_hours"),
        ({"offset_hours": ["24"]}, "offset_hours"),
        ({"offset_hours": list(range(1, 17))}, "offset_hours"),
        ({"offset_hours": 24}, "offset_hours"),
        ({"window_days": 61}, "window_days"),
        ({"window_days": 0}, "window_days"),
        ({"most_tries": 21}, "most_tries"),
        ({"most_a_day": 11}, "most_a_day"),
        ({"retries": 3}, "retries"),
    ],
)
def test_what_no_policy_may_say(values: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidFields) as refused:
        DunningPolicy.from_dict(values)
    assert [problem.field for problem in refused.value.problems] == [field]


@given(policies, moments, st.sampled_from(ZONES))
def test_d16_whole_days_keep_the_local_hour_and_a_gap_moves_it_on(
    policy: DunningPolicy, first: datetime, zone: str
) -> None:
    local = first.astimezone(ZoneInfo(zone))
    for hours, at in zip(policy.offset_hours, Dunning(policy, first, zone).tries_at(), strict=True):
        if hours % 24 == 0:
            wanted = local.replace(tzinfo=None, fold=0) + timedelta(hours=hours)
            found = at.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0)
            assert found == wanted or timedelta(0) < found - wanted <= timedelta(hours=24)


@given(policies, moments, st.sampled_from(ZONES), st.integers(0, 70 * 24 * 60), st.integers(0, 20 * 24))
def test_a_next_step_lies_ahead_inside_the_window_and_after_what_the_networks_advise(
    policy: DunningPolicy, first: datetime, zone: str, minutes: int, advice: int
) -> None:
    plan, now = Dunning(policy, first, zone), first + timedelta(minutes=minutes)
    earliest = now + timedelta(hours=advice)
    for decline in ("soft", "hard", "customer"):
        step = plan.next_step(decline, now, earliest)
        again = plan.next_try(decline, now, earliest)
        assert (step is None) == (now >= plan.ends_at)
        assert again is None or (decline == "soft" and again >= earliest)
        if step is not None:
            assert now < step <= plan.ends_at


@given(policies, moments, st.sampled_from(ZONES))
def test_following_the_steps_makes_each_try_once_and_ends(policy: DunningPolicy, first: datetime, zone: str) -> None:
    plan, now, made = Dunning(policy, first, zone), first, []
    while (step := plan.next_step("soft", now)) is not None:
        if not plan.owes_try("soft", now, step) or step == plan.ends_at != plan.next_try("soft", now):
            break
        now = step
        made.append(step)
    assert made == sorted(set(plan.tries_at()))
    assert not plan.owes_try("hard", first, plan.ends_at)
