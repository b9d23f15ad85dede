"""A subscription's whole life in any order of moves: never charged twice, never while it rests or has ended.

LIFE_EXAMPLES and LIFE_STEPS make the run longer, LIFE_SEED another one; the seed is printed.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.harness import Portal
from tests.life.machine import WholeLifeMachine

pytestmark = pytest.mark.slow

EXAMPLES = int(os.environ.get("LIFE_EXAMPLES") or 40)
STEPS = int(os.environ.get("LIFE_STEPS") or 25)
SEED = int(os.environ.get("LIFE_SEED") or 20260131)


def test_a_whole_life_in_any_order(portal: Portal) -> None:
    print(f"LIFE_SEED={SEED} LIFE_EXAMPLES={EXAMPLES} LIFE_STEPS={STEPS}")

    @seed(SEED)
    class Machine(WholeLifeMachine):
        pass

    Machine.portal = portal
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            phases=(Phase.generate, Phase.shrink) if os.environ.get("LIFE_SHRINK") else (Phase.generate,),
            suppress_health_check=list(HealthCheck),
        ),
    )
