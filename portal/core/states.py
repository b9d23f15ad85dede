"""A table of allowed moves, read at a glance; every other move is refused and nothing changes."""

from __future__ import annotations

from portal.core.errors import NotAllowedNow


class States:
    """`States("payment", pending="succeeded failed", failed="")`: each state with the states it may move to."""

    def __init__(self, subject: str, **moves: str) -> None:
        self.subject = subject
        self.names = tuple(moves)
        self._moves = {state: frozenset(targets.split()) for state, targets in moves.items()}
        unknown = frozenset().union(*self._moves.values()) - set(moves)
        if unknown:
            raise ValueError(f"{subject}: no such states {sorted(unknown)}")

    def check(self, state: str, target: str) -> None:
        """Raises NotAllowedNow where the move is not in the table."""
        if target not in self._moves[state]:
            raise NotAllowedNow(f"A {self.subject} that is {state} cannot become {target}.")

    def constraint(self, column: str = "status") -> str:
        """The CHECK that keeps the column inside the table."""
        return f"{column} IN ({', '.join(repr(name) for name in self.names)})"
