"""What one line of the table says, and measuring two sides in turns so that both meet the same weather."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Literal

Worst = Literal["at least", "at most"]


@dataclass(frozen=True, slots=True)
class Row:
    """One measure held against something. `ratios`: one for each pair; `rates`: what was measured, for the JSON."""

    measure: str
    against: str
    ratios: Sequence[float]
    goal: float
    sense: Worst = "at least"
    rates: dict[str, Sequence[float]] = field(default_factory=dict)
    note: str = ""

    @property
    def ratio(self) -> float | None:
        return median(self.ratios) if self.ratios else None

    @property
    def met(self) -> bool | None:
        """Whether the median reaches the goal; None where nothing was measured."""
        if self.ratio is None:
            return None
        return self.ratio >= self.goal if self.sense == "at least" else self.ratio <= self.goal


def in_turns(pairs: int, *sides: Callable[[], float]) -> list[list[float]]:
    """Measure A B A B …; a list of `pairs` results for each side."""
    rounds = [[side() for side in sides] for _ in range(pairs)]
    return [list(results) for results in zip(*rounds, strict=True)]


def over(above: Sequence[float], below: Sequence[float]) -> list[float]:
    """The ratio of each pair."""
    return [a / b for a, b in zip(above, below, strict=True)]
