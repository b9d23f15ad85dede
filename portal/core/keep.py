"""The difference between "not given" (keep what is there) and "given as nothing" (clear it)."""

from __future__ import annotations

from enum import Enum
from typing import Final, Literal, TypeVar


class Keep(Enum):
    KEEP = "keep"


KEEP: Final = Keep.KEEP
NotGiven = Literal[Keep.KEEP]
T = TypeVar("T")


def given(value: T | NotGiven, present: T) -> T:
    """The new value if one was given, else the present one."""
    return present if isinstance(value, Keep) else value
