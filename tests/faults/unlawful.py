"""The referee's calendar of rights: no money before the yes, in a pause, after the end, or beyond the count."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, datetime
from typing import Any

from tests.faults.books import Books

Span = tuple[datetime, str]


def i6_unlawful(books: Books) -> list[str]:
    """By the site's time of each capture, against the moves that the log keeps with theirs.

    Strictly inside a pause or an end: a capture at the very moment of the move was under way when it came. Whoever
    pays by link says yes by it. After the end only what the end itself billed may be taken, and what somebody asks for
    once more.
    """
    moves = _moves(books)
    agreed: dict[str, datetime] = {}
    yeses = [(consent["at"], consent["subscription_id"]) for consent in books.all("consents")]
    yeses += [(visit["created_at"], visit["subscription_id"]) for visit in books.all("pay_sessions")]
    for given, who in yeses:
        agreed[who] = min(_instant(given), agreed.get(who, _instant(given)))
    by_link = {visit["subscription_id"] for visit in books.all("pay_sessions")}
    problems, taken = [], Counter[str]()
    for line in books.captured():
        owner, slot, number = line["reference"].split("/")
        who, at = owner.replace("-", ""), _instant(line["at"])
        taken[who] += "+" not in slot
        if who not in agreed or at < agreed[who]:
            problems.append(f"{line['ref']} was taken before the yes")
        status, since = _status_at(moves[who], at)
        owed = status == "closed" and (slot.endswith("+close") or int(number) > 1)
        if status in {"paused", "closed"} and since is not None and since < at and not owed and who not in by_link:
            problems.append(f"{line['ref']} was taken while {status}")
    return problems + _beyond_count(books, taken)


def _beyond_count(books: Books, taken: Counter[str]) -> list[str]:
    terms = books.by_id("terms")
    limits = {
        row["id"]: terms[row["binding_terms_id"]]["number_of_payments"]
        for row in books.all("subscriptions")
        if row["binding_terms_id"] is not None and row["binding_terms_id"] in terms
    }
    return [f"{who}: {n} taken, {limits[who]} agreed" for who, n in taken.items() if (limits.get(who) or n) < n]


def _moves(books: Books) -> dict[str, list[Span]]:
    found: dict[str, list[Span]] = defaultdict(list)
    for change in sorted(books.all("changes"), key=lambda one: (one["real_at"], one["id"])):
        for field in change["fields"]:
            if change["entity"] == "subscription" and field["field"] == "status":
                found[change["entity_id"]].append((_instant(change["at"]), field["new"]))
    return found


def _status_at(moves: list[Span], at: datetime) -> tuple[str, datetime | None]:
    found: tuple[str, datetime | None] = "pending", None
    for since, status in moves:
        if since <= at:
            found = status, since
    return found


def _instant(value: Any) -> datetime:
    """A time as either database gives it to plain SQL."""
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
