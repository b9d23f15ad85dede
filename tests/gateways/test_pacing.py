"""At what moments calls to one account may start; the moments are handed in, nobody waits."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.gateways.base import Pace
from portal.gateways.pacing import FIRST_PAUSE, LEARNT, LONGEST_PAUSE, SLOWEST, Pacer


def starts(pacer: Pacer, count: int, now: float = 0.0) -> list[float]:
    """When so many calls start that all want to at once."""
    found = []
    for _ in range(count):
        now = pacer.earliest(now)
        pacer.start(now)
        found.append(now)
    return found


def test_a_burst_goes_out_at_once_and_the_rest_at_the_rate() -> None:
    assert starts(Pacer(Pace("acct", 10, burst=3)), 6) == pytest.approx([0, 0, 0, 0.1, 0.2, 0.3])


def test_a_gateway_without_a_rate_is_not_held_back() -> None:
    assert starts(Pacer(None), 1000) == [0.0] * 1000


@given(st.floats(0.5, 500), st.integers(1, 50), st.lists(st.floats(0, 3), max_size=60))
def test_no_second_ever_sees_more_than_the_burst_and_the_rate(rate: float, burst: int, pauses: list[float]) -> None:
    pacer, now, found = Pacer(Pace("acct", rate, burst)), 0.0, []
    for pause in pauses:
        now = pacer.earliest(now + pause)
        pacer.start(now)
        found.append(now)
    for begin in found:
        assert sum(begin <= one < begin + 1 for one in found) <= burst + rate + 1


def test_after_a_refusal_nothing_starts_for_as_long_as_the_gateway_asks() -> None:
    pacer = Pacer(Pace("acct", 10, burst=5), chance=lambda: 0.0)
    pacer.refused(100.0, retry_after=7)
    assert starts(pacer, 3, now=100.0) == pytest.approx([107.0, 107.2, 107.4])  # no burst, at half of the rate


def test_chance_makes_a_pause_longer_and_never_shorter() -> None:
    for chance in (0.0, 0.3, 0.99):
        pacer = Pacer(None, chance=lambda chance=chance: chance)
        pacer.refused(0.0, retry_after=4)
        assert pacer.earliest(0.0) == pytest.approx(4 * (1 + chance / 2))


def test_each_refusal_after_a_pause_doubles_it_up_to_a_limit() -> None:
    pacer, now, pauses = Pacer(Pace("acct", 100), chance=lambda: 0.0), 0.0, []
    for _ in range(8):
        pacer.refused(now, None)
        pauses.append(pacer.earliest(now) - now)
        now = pacer.earliest(now)
    assert pauses == [min(LONGEST_PAUSE, FIRST_PAUSE * 2**n) for n in range(8)]
    assert pacer.per_second == SLOWEST


def test_calls_that_were_under_way_together_are_one_refusal() -> None:
    pacer = Pacer(Pace("acct", 100), chance=lambda: 0.0)
    for _ in range(50):
        pacer.refused(0.0, None)
    pacer.answered(0.1)  # one was let through before the others were refused
    assert pacer.earliest(0.0) == FIRST_PAUSE
    assert pacer.per_second == 50


def test_answers_bring_the_rate_back_and_never_above_the_gateways_own() -> None:
    pacer = Pacer(Pace("acct", 100), chance=lambda: 0.0)
    pacer.refused(0.0, None)
    rates = []
    for _ in range(200):
        pacer.answered(5.0)
        rates.append(pacer.per_second)
    assert rates == sorted(rates)
    assert rates[-1] == 100


def test_a_gateway_that_names_no_rate_is_learnt_from_its_refusals() -> None:
    pacer = Pacer(None, chance=lambda: 0.0)
    assert math.isinf(pacer.per_second)
    pacer.refused(0.0, None)
    assert pacer.per_second == LEARNT
