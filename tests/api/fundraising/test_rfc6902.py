"""The function that patches passes the public test set of RFC 6902, and never touches what it was given."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from portal.api.fundraising import patching
from portal.api.fundraising.patching import PatchRefused

FOLDER = Path(__file__).resolve().parents[2] / "data" / "json_patch"


def records(name: str) -> list[Any]:
    found = json.loads((FOLDER / f"{name}.json").read_text())
    return [record for record in found if "patch" in record and not record.get("disabled")]


CASES = [
    pytest.param(record, id=f"{name} {n}") for name in ("tests", "spec_tests") for n, record in enumerate(records(name))
]


def test_the_whole_set_is_here() -> None:
    assert len(CASES) == 108
    assert sum("error" in case.values[0] for case in CASES) > 30


@pytest.mark.parametrize("record", CASES)
def test_a_record_of_the_public_set_is_applied_or_refused_as_it_says(record: Any) -> None:
    before = copy.deepcopy(record["doc"])
    if "error" in record:
        with pytest.raises(PatchRefused):
            patching.apply(record["doc"], record["patch"])
    else:
        found = patching.apply(record["doc"], record["patch"])
        assert found == record.get("expected", found)
    assert record["doc"] == before
