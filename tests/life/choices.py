"""What the machine chooses from: plans, cards, steps in time, and the arguments of its moves."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.life.walk import FREQUENCIES

UNITS = {"Daily": (5, 9), "Weekly": (1, 3), "Bi-Weekly": (1, 2), "Semi-Monthly": (1, 3)}
rhythms = st.sampled_from(FREQUENCIES).flatmap(
    lambda name: st.tuples(st.just(name), st.integers(*UNITS.get(name, (1, 2))))
)
amounts = st.integers(500, 5000)
counts = st.none() | st.integers(1, 4)
days_ahead = st.integers(1, 100)
good_cards = st.sampled_from(["good", "good", "soft", "hard", "bank", "lost", "lost"])
first_cards = st.sampled_from([None, "good", "good", "good", "lost", "soft", "bank", "hard"])
starts = st.none() | st.integers(-40, 40)
cards = good_cards | st.just("not saved")
steps = st.sampled_from([0, 1, 2, 7, 8, 16, 31, 31, 62])
ARGUMENTS: dict[str, dict[str, Any]] = {
    "change_amount": {"amount": amounts},
    "change_rhythm": {"rhythm": rhythms},
    "change_count": {"count": counts},
    "change_end": {"days": st.none() | days_ahead},
    "confirm": {"kind": cards},
    "change_card": {"kind": cards},
    "confirm_what_has_changed_meanwhile": {"amount": amounts},
    "pause_until": {"days": st.integers(-1, 70)},
    "pause": {"payments": st.none() | st.integers(1, 3)},
    "cancel_on": {"days": st.integers(-1, 70)},
    "set_active": {"active": st.booleans()},
    "add_coupon": {"amount": st.integers(100, 6000), "payments": st.integers(1, 3)},
    "refund": {"place": st.integers(0, 5), "part": st.none() | st.integers(1, 6000)},
    "void": {"place": st.integers(0, 5)},
}
