"""Lines and coupons in any order of moves: each day is billed once, for what was sold on it.

LINES_EXAMPLES and LINES_STEPS make the run longer, LINES_SEED another one; the seed is printed.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.harness import Portal
from tests.life.lines_machine import LinesMachine

pytestmark = pytest.mark.slow

EXAMPLES = int(os.environ.get("LINES_EXAMPLES") or 12)
STEPS = int(os.environ.get("LINES_STEPS") or 20)
SEED = int(os.environ.get("LINES_SEED") or 20260131)


def test_lines_and_coupons_in_any_order(portal: Portal) -> None:
    print(f"LINES_SEED={SEED} LINES_EXAMPLES={EXAMPLES} LINES_STEPS={STEPS}")

    @seed(SEED)
    class Machine(LinesMachine):
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
