"""The manual of a dialect: how its operations read what is sent, how they spell names, how they are described."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Mapping
from typing import Any, get_origin

from flask import request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, RootModel

from portal.api.body import read_list, read_object
from portal.api.operation import Answers, Operation
from portal.api.shared import ReadBody, Shared
from portal.core.errors import NotFound, invalid

View = Callable[..., ResponseReturnValue]

_numbers = itertools.count()


class Manual(Shared):
    """A dialect's manual; `manual.operation` registers one operation in it."""

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
                    is_empty = body_is_optional and not request.get_data()
                    values["body"] = (read or self.read)(body, {} if is_empty else _sent(body))
                return view(**values)

            door.operation = described  # type: ignore[attr-defined]
            return door

        return describe


def _sent(body: type[BaseModel]) -> Any:
    is_list = issubclass(body, RootModel) and get_origin(body.model_fields["root"].annotation) is list
    return read_list() if is_list else read_object()


def _refuse_unstorable(values: Mapping[str, Any]) -> None:
    """PostgreSQL keeps no NUL in a text, so nothing is named by one; a query with it cannot be read."""
    if any("\x00" in value for value in values.values()):
        raise NotFound
    for name, value in request.args.items():
        if "\x00" in value:
            raise invalid(name.replace("\x00", ""), "A text holds a character that is no character (NUL).")
