"""What a style is: which events its receivers know, under which name, and how such an event is written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

Shape = dict[str, Any]


class Happened(Protocol):
    """An event as far as its name depends on it; `facts` as they were published."""

    @property
    def action(self) -> str: ...

    @property
    def event(self) -> str | None: ...

    @property
    def facts(self) -> Shape: ...


@dataclass(frozen=True, slots=True)
class Told:
    """An event to be written: `body` is what it says in our own words, as it was stored, with plain JSON in it."""

    name: str
    body: Shape
    site_id: str
    timezone: str
    event_id: str
    endpoint_id: str
    delivery_id: str

    @property
    def data(self) -> Shape:
        found: Shape = self.body["data"]
        return found


@dataclass(frozen=True, slots=True)
class Style:
    """`name_of`: what its receivers call the event; None: they know nothing like it and are not told.

    `trial` writes a test, which is about nothing, from our own words for it.
    """

    name: str
    name_of: Callable[[Happened], str | None]
    write: Callable[[Told], Any]
    trial: Callable[[Shape], Any]


def _own_name(happened: Happened) -> str:
    return happened.event or happened.action


NATIVE = Style("native", _own_name, write=lambda told: told.body, trial=lambda body: body)
