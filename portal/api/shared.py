"""What all operations of a dialect share: its editions, its keys, how it reads a body and refuses one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

ReadBody = Callable[[type[BaseModel], Any], Any]  # what is read: an object, or a list where the model is one


BEARER = {
    "api_key": {"type": "http", "scheme": "bearer", "description": "Authorization: Bearer sk_test_… or sk_live_…"}
}


def as_written(name: Any) -> Any:
    return name


@dataclass(frozen=True, slots=True)
class Edition:
    """One way in which a dialect is written; `version` stands for `<version>` in its addresses."""

    name: str
    title: str
    version: str | None = None
    spell: Callable[[str], str] = as_written
    write: Callable[[Any], Any] = as_written  # an example as this edition spells it


@dataclass(frozen=True)
class Shared:
    """What every operation of a dialect shares.

    `read` turns a JSON object or the query into the model: it merges casings and raises the dialect's refusal.
    `security` lists alternatives, each the names of `schemes` that are sent together. `statuses` says where a
    refusal leaves with another status than ours (404 → 400).
    """

    name: str
    title: str
    about: str
    editions: tuple[Edition, ...]
    failure: type[BaseModel]
    read: ReadBody
    security: tuple[tuple[str, ...], ...] = (("api_key",),)
    schemes: Mapping[str, Any] = field(default_factory=lambda: BEARER)
    statuses: Mapping[int, int] = field(default_factory=dict)
    path_words: Mapping[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()  # the subjects in the order in which they are shown

    def place(self, tag: str) -> int:
        """Where a subject stands; one that is not listed stands last."""
        return self.tags.index(tag) if tag in self.tags else len(self.tags)
