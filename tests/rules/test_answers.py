"""A view that writes answers inside its transaction, so that a crash never parts the work from its answer."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
VIEWS = sorted(path for path in (ROOT / "portal" / "api").rglob("*.py") if path.parent.name != "api")


def writers(tree: ast.Module) -> Iterator[tuple[str, ast.With]]:
    """Every `with transaction():` with the name of the function it stands in."""
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            for node in ast.walk(function):
                if isinstance(node, ast.With) and any(
                    _called(item.context_expr) == "transaction" for item in node.items
                ):
                    yield function.name, node


def answers_inside(tree: ast.Module) -> set[str]:
    """The functions of a file that end in answer(), themselves or by another of them."""
    known = {"answer"}
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    while True:
        more = {one.name for one in functions if any(_called(node) in known for node in ast.walk(one))} - known
        if not more:
            return known
        known |= more


def _called(node: ast.AST) -> str:
    function = node.func if isinstance(node, ast.Call) else None
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


@pytest.mark.parametrize("path", VIEWS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_transaction_of_a_view_ends_with_its_answer(path: Path) -> None:
    tree = ast.parse(path.read_text())
    answering = answers_inside(tree)
    for name, block in writers(tree):
        assert any(_called(node) in answering for node in ast.walk(block)), (
            f"{name}, line {block.lineno}: call answer() inside the transaction (see portal/api/idempotency.py)"
        )


def test_the_rule_sees_an_answer_after_the_commit() -> None:
    late = "def view():\n    with transaction():\n        work()\n    return answer({})\n"
    [(_, block)] = writers(ast.parse(late))
    assert not any(_called(node) == "answer" for node in ast.walk(block))
