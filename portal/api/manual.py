"""The manual of a dialect: how its operations read what is sent, how they spell names, how they are described."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel

from portal.api.body import read_object
from portal.api.operation import Answers, Operation
from portal.core.errors import NotFound, invalid

View = Callable[..., ResponseReturnValue]
ReadBody = Callable[[type[BaseModel], dict[str, Any]], Any]


BEARER = {
    "api_key": {"type": "http", "scheme": "bearer", "description": "Authorization: Bearer sk_test_… or sk_live_…"}
}


_numbers = itertools.count()


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
class Manual:
    """What every operation of a dialect shares; `manual.operation` registers one.

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

    def operation(
        self,
        summary: str,
        *,
        tag: str,
        answers: Answers,
        body: type[BaseModel] | None = None,
        query: type[BaseModel] | None = None,
        read: ReadBody | None = None,
        body_is_optional: bool = False,
        refuses: tuple[int, ...] = (),
        versioned: bool = False,
        tagged: bool = False,
        public: bool = False,
        body_example: Any = None,
        answer_examples: Mapping[int, Any] | None = None,
        uploads: tuple[str, ...] = (),
    ) -> Callable[[View], View]:
        """Describe a view and validate for it by the same models: it is given `body` and `query`, already read.

        The docstring of the view is the description. `read` replaces the dialect's own way to read this body.
        """

        def describe(view: View) -> View:
            described = Operation(
                manual=self,
                summary=summary,
                description=" ".join((view.__doc__ or "").split()),
                tag=tag,
                answers=answers,
                body=body,
                query=query,
                body_is_optional=body_is_optional,
                refuses=refuses,
                versioned=versioned,
                tagged=tagged,
                public=public,
                body_example=body_example,
                answer_examples=answer_examples or {},
                uploads=uploads,
                number=next(_numbers),
            )

            @functools.wraps(view)
            def door(**values: Any) -> ResponseReturnValue:
                _refuse_unstorable(values)
                if query is not None:
                    given = {name: value for name, value in request.args.items() if value}
                    values["query"] = self.read(query, given)
                if body is not None:
                    fields = {} if body_is_optional and not request.get_data() else read_object()
                    values["body"] = (read or self.read)(body, fields)
                return view(**values)

            door.operation = described  # type: ignore[attr-defined]
            return door

        return describe


def _refuse_unstorable(values: Mapping[str, Any]) -> None:
    """PostgreSQL keeps no NUL in a text, so nothing is named by one; a query with it cannot be read."""
    if any("\x00" in value for value in values.values()):
        raise NotFound
    for name, value in request.args.items():
        if "\x00" in value:
            raise invalid(name.replace("\x00", ""), "A text holds a character that is no character (NUL).")
