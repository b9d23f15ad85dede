"""The table that a run prints, and the JSON it leaves behind."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from bench.pairs import Row

RESULTS = Path(__file__).parent / "results"
HEADINGS = ("Measure", "Against", "Ratio", "Range", "Goal", "Met")


def table(rows: Iterable[Row]) -> str:
    """The rows in columns, as Markdown that reads as plain text too."""
    lines = [HEADINGS, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    told = [f"| {' | '.join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))} |" for line in lines]
    return "\n".join([told[0], f"|{'|'.join('-' * (width + 2) for width in widths)}|", *told[1:]])


def machine() -> str:
    """What the run ran on, without naming it."""
    cores = os.cpu_count()
    return f"{cores} cores, {platform.machine()}, {platform.system()}, Python {platform.python_version()}"


def save(rows: Sequence[Row], seconds: float) -> Path:
    """Write the run under its date; a second run of the day takes the first one's place."""
    now = datetime.now(UTC)
    path = RESULTS / f"{now:%Y-%m-%d}.json"
    whole = {
        "at": now.isoformat(timespec="seconds"),
        "machine": machine(),
        "seconds": round(seconds),
        "load_at_end": os.getloadavg()[0],
        "rows": [asdict(row) | {"ratio": row.ratio, "met": row.met} for row in rows],
    }
    RESULTS.mkdir(exist_ok=True)
    path.write_text(json.dumps(whole, indent=1) + "\n")
    return path


def _cells(row: Row) -> tuple[str, ...]:
    goal = f"{'≥' if row.sense == 'at least' else '≤'} {row.goal:g}"
    if row.ratio is None:
        return row.measure, row.against, "-", row.note, goal, "-"
    spread = f"{_short(min(row.ratios))} to {_short(max(row.ratios))}" if len(row.ratios) > 1 else "once"
    return row.measure, row.against, _short(row.ratio), spread, goal, "yes" if row.met else "no"


def _short(number: float) -> str:
    return f"{number:.0f}" if number >= 100 else f"{number:.3g}"
