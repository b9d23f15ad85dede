"""Every test that docs/promises.md names exists, so that no promise outlives its test."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "promises.md"


def test_every_promise_names_a_test_that_exists() -> None:
    named = re.findall(r"`([a-z0-9_/]+\.py)::(test_\w+)`", PAGE.read_text())
    assert len(named) > 40
    missing = [f"{path}::{name}" for path, name in named if name not in found_in(ROOT / "tests" / path)]
    assert missing == []


def test_every_row_names_one() -> None:
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith("| ") and not line.startswith("| tried")]
    assert [row for row in rows if "::test_" not in row] == []


def found_in(path: Path) -> set[str]:
    if not path.exists():
        return set()
    return {node.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)}
