"""One operation of the API as it is described: what it takes, what it answers, what it may refuse."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Flask
from pydantic import BaseModel
from werkzeug.routing import Rule

from portal.api.shared import Shared


@dataclass(frozen=True, slots=True)
class File:
    """An answer that is no JSON: its media types."""

    types: tuple[str, ...]
    words: str


Answer = type[BaseModel] | File | None
Answers = Mapping[int, Answer]


@dataclass(frozen=True, slots=True)
class Operation:
    """What a view was registered with; the path and the method are its route's."""

    manual: Shared
    summary: str
    description: str
    tag: str
    answers: Answers
    body: type[BaseModel] | None
    query: type[BaseModel] | None
    body_is_optional: bool
    refuses: tuple[int, ...]
    versioned: bool  # takes If-Match
    tagged: bool  # answers with an ETag
    public: bool  # asks for no key
    body_example: Any
    answer_examples: Mapping[int, Any]
    uploads: tuple[str, ...]  # media types of a body that is a file
    number: int  # in the order of registration

    def refusals(self, method: str, *, has_id: bool) -> tuple[int, ...]:
        """Every status with which this may be refused, in our own numbers."""
        found = {400, 429, *self.refuses}
        if not self.public:
            found |= {401, 403}
        if has_id:
            found.add(404)
        if self.query is not None:
            found.add(422)
        if method in {"POST", "PATCH", "PUT"}:
            found |= {409, 413, 415, 422}
        if self.versioned:
            found.add(412)
        return tuple(sorted(found))


@dataclass(frozen=True, slots=True)
class Route:
    """An address of the application with the operation behind it; None where nobody has described it."""

    rule: Rule
    method: str
    operation: Operation | None


def routes(app: Flask) -> Iterator[Route]:
    """Every address and method of the application."""
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield Route(rule, method, getattr(view, "operation", None))


def described(app: Flask) -> list[Route]:
    """Those with an operation, dialect by dialect, subject by subject, in the order in which they were written."""
    found = [(route, route.operation) for route in routes(app) if route.operation is not None]
    manuals = list(dict.fromkeys(operation.manual.name for _, operation in found))
    found.sort(key=lambda one: (manuals.index(one[1].manual.name), one[1].manual.place(one[1].tag), one[1].number))
    return [route for route, _ in found]
