"""JSON Patch (RFC 6902): a list of operations applied whole or not at all, and only where this dialect allows it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jsonpatch
from jsonpointer import JsonPointerException

from portal.core.errors import PortalError

PATCHABLE = ("expiresAfterDate", "holdDescription", "quantity", "externalId", "externalLink")
PATHS = tuple(f"/{name}" for name in PATCHABLE)
WRITES = ("add", "replace", "remove")


class PatchRefused(PortalError):
    """Nothing of the patch was applied."""

    status, code = 400, "patch_refused"


def patch_fields(
    fields: dict[str, Any],
    operations: Sequence[dict[str, Any]],
    patchable: Sequence[str] = PATCHABLE,
    *,
    write_only: str | None = None,
) -> dict[str, Any]:
    """The patchable fields after all operations. Raises PatchRefused.

    Every path, `from` and that of a `test` included, is one of the patchable fields: nothing else can be changed, moved
    from or asked about. What is `write_only` can be neither read nor asked about.
    """
    known = [f"/{name}" for name in patchable]
    for number, operation in enumerate(operations, start=1):
        paths = [operation.get("path"), *([operation["from"]] if "from" in operation else [])]
        wrong = next((path for path in paths if path not in known), None)
        if wrong is not None:
            raise PatchRefused(f"Operation {number}: {str(wrong)[:100]} cannot be patched. Give {', '.join(known)}.")
        if f"/{write_only}" in paths and operation.get("op") not in WRITES:
            raise PatchRefused(
                f"Operation {number}: {write_only} can be added, replaced and removed, and nothing else."
            )
    found = apply(fields, operations)
    assert isinstance(found, dict)
    return found


def apply(document: Any, operations: Sequence[Any]) -> Any:
    """Any document after all operations; the one that was given stays as it is. Raises PatchRefused."""
    try:
        return jsonpatch.apply_patch(document, list(operations), in_place=False)
    except jsonpatch.JsonPatchTestFailed as error:
        raise PatchRefused(f"A test of the patch failed, so nothing was changed: {str(error)[:200]}") from None
    except (jsonpatch.JsonPatchException, JsonPointerException) as error:
        raise PatchRefused(f"The patch cannot be applied: {str(error)[:200]}") from None
