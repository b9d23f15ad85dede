"""Many ids of one moment are ids like any other."""

from __future__ import annotations

import copy
import pickle
import uuid

from portal.core.ids import new_ids


def test_many_ids_are_version_7_distinct_and_whole() -> None:
    ids = new_ids(2_000)
    assert len(set(ids)) == 2_000
    for one in ids[:100]:
        assert (one.version, one.variant) == (7, uuid.RFC_4122)
        assert one == uuid.UUID(str(one)) == pickle.loads(pickle.dumps(one)) == copy.deepcopy(one)
        assert (repr(one), hash(one), one.is_safe) == (
            repr(uuid.UUID(one.hex)),
            hash(uuid.UUID(one.hex)),
            uuid.SafeUUID.unknown,
        )
