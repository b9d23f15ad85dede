"""No named point of the program is left out: somebody is killed at each of them."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_every_point_has_a_kill() -> None:
    sources = [path.read_text() for folder in ("portal", "workers") for path in (ROOT / folder).rglob("*.py")]
    points = {point for source in sources for point in re.findall(r'reach\("([a-z_.]+)"\)', source)}
    tests = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    assert len(points) > 40
    assert {point for point in points if f'"{point}"' not in tests} == set()
