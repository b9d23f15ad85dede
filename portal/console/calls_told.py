"""The API calls that changed a subscription, as entries: each just before what it did."""

from __future__ import annotations

from portal.console.calls import shorter
from portal.console.entries import Entry, short
from portal.console.story import Story


def told(story: Story) -> list[Entry]:
    """One entry a call, at the site's time of its first change: a site's own clock is not the caller's."""
    entries = {}
    for change in story.changes:
        call = story.calls.get(change.request_id)
        if call is None or change.request_id in entries:
            continue
        repeated = ", the stored answer of an earlier call" if call.is_replayed else ""
        entries[change.request_id] = Entry(
            at=change.at,
            row_id=change.id,
            rank=-1,
            shape="by-api",
            group="api",
            title="API call",
            who=f"Key {short(call.key_id)}",
            says=[f"{call.method} {shorter(call.path)} answered {call.status} in {call.duration_ms:,} ms{repeated}."],
            call_id=call.id,
        )
    return list(entries.values())
