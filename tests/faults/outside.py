"""What the referee knows from outside: the merchant's writes, what his server heard, and what nobody may ever read.

I13 (one tenant's canary in another's bytes) needs two tenants and every byte that is sent, and is not tried here. I14
is tried for the rows that the referee reads, not for logs and the broker.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.faults.books import Books

if TYPE_CHECKING:
    from tests.faults.referee import Game


def i7_lost_write(books: Books, game: Game) -> list[str]:
    """Answered with success, and not there: by external id and by the amount that was sent last."""
    terms = books.by_id("terms")
    written = {row["external_id"]: terms[row["terms_id"]]["amount_minor"] for row in books.all("subscriptions")}
    newest = dict(game.acknowledged)
    return [f"{name} was {amount}, is {written.get(name)}" for name, amount in newest.items()
            if written.get(name) != amount]  # fmt: skip


def i8_unexpected(books: Books, game: Game) -> list[str]:
    """Rows that nobody asked for, or that stand twice."""
    if not game.acknowledged:
        return []
    asked = {name for name, _ in game.acknowledged}
    names = [row["external_id"] for row in books.all("subscriptions")]
    twice = sorted({name for name in names if names.count(name) > 1})
    return [f"{name} was never asked for" for name in names if name not in asked] + [f"{one} twice" for one in twice]


def i10_webhooks(books: Books, game: Game) -> list[str]:
    """Each event that somebody wanted was heard; more than once only under the same id, and no id that is unknown."""
    if game.heard is None:
        return []
    wanted = {delivery["event_id"] for delivery in books.all("deliveries")}
    events = {event["id"] for event in books.all("events")}
    heard = {one.replace("-", "") for one in game.heard}
    unheard = [f"event {event} was never heard" for event in wanted if event not in heard]
    return unheard + [f"heard of no event: {one}" for one in heard if one not in events]


def i14_secrets(books: Books, game: Game) -> list[str]:
    """A key or a link's token in any value of any table that is read here."""
    return [
        f"{table}.{column} holds a secret"
        for table, lines in books.tables.items()
        for line in lines
        for column, value in line.items()
        for secret in game.secrets
        if secret in str(value)
    ]
