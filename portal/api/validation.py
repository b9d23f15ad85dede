"""Fields against a model: every problem named at once, in the words and the spelling that callers know."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from portal.core.errors import InvalidFields, Problem

Model = TypeVar("Model", bound=BaseModel)


def read(model: type[Model], fields: dict[str, Any], **context: Any) -> Model:
    """The model, or InvalidFields with everything that is wrong."""
    try:
        return model.model_validate(fields, context=context)
    except ValidationError as error:
        raise InvalidFields([_problem(e) for e in error.errors(include_url=False)]) from None


def read_what_can_be(model: type[Model], fields: dict[str, Any], **context: Any) -> tuple[Model, dict[str, Problem]]:
    """Fields that fail are left out and the rest is validated again, so that one typo hides nothing else.

    For models whose fields may all be absent.
    """
    try:
        return model.model_validate(fields, context=context), {}
    except ValidationError as error:
        wrong = {".".join(map(str, e["loc"])): _problem(e) for e in error.errors(include_url=False)}
    left = {name: value for name, value in fields.items() if not any(key.split(".")[0] == name for key in wrong)}
    return model.model_validate(left, context=context), wrong


def _problem(error: Any) -> Problem:
    field = ".".join(map(str, error["loc"])) or error["ctx"]["field"]  # a check of the whole names the field itself
    if error["type"] == "missing":
        return Problem(field, "missing", f"{field} is required.")
    words = error["msg"] if error["type"] == "invalid" else "This value cannot be read here."
    return Problem(field, "invalid", words)
