"""The answer in one sentence, above a timeline: what happened to the money, and what is to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from portal.console.words import counted, number, times

Kind = Literal["good", "note", "warn", "bad"]
TAKEN = frozenset({"succeeded", "refunded", "partially_refunded"})

# What is to say of a request before any money was taken.
_STATE = {
    "issued": "The message is on its way.",
    "sent": "The message was sent; whether it arrived is not known.",
    "delivered": "The message arrived; the customer has not opened the link.",
    "opened": "The customer has opened the link and not confirmed.",
    "expired": "The link has expired; send it again to open it.",
    "withdrawn": "The merchant has withdrawn the request.",
    "replaced": "A later request has replaced this one.",
}


@dataclass(frozen=True, slots=True)
class Charge:
    """One instalment: the state of its collection, how many tries it took, and the gateway's words at the last."""

    status: str
    tries: int
    amount: str
    day: str
    words: str = ""
    next_text: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a request and its subscription stand, oldest charge first; texts are empty where there is nothing to say."""

    request: str
    subscription: str
    charges: Sequence[Charge] = ()
    not_delivered: str = ""
    next_payment: str = ""


@dataclass(frozen=True, slots=True)
class Say:
    kind: Kind
    headline: str
    rest: str = ""


def say(standing: Standing) -> Say:
    """Open questions first, then what is owed, then what was taken, then why nothing was."""
    return _without_answer(standing) or _owed(standing) or _taken(standing) or _nothing_taken(standing)


def _without_answer(standing: Standing) -> Say | None:
    unknown = [charge for charge in standing.charges if charge.status == "unknown"]
    if unknown:
        asked = f"{unknown[-1].amount} may have been taken. "
        again = f"We ask the gateway again {unknown[-1].next_text}. " if unknown[-1].next_text else ""
        return Say(
            "warn", f"{counted(len(unknown), 'charge')} without an answer.", f"{asked}{again}Do not charge by hand."
        )
    if any(charge.status == "requires_action" for charge in standing.charges):
        return Say("warn", "The bank waits for the customer.", "Nothing was taken yet. Do not charge by hand.")
    return None


def _owed(standing: Standing) -> Say | None:
    owed = [charge for charge in standing.charges if charge.status == "failed"]
    if not owed:
        return None
    last = owed[-1]
    tried = f"{number(last.tries).capitalize()} {'try' if last.tries == 1 else 'tries'} declined"
    why = f"{tried}: {last.words.rstrip('.').lower()}." if last.words else f"{tried}."
    if standing.subscription == "pending":
        can = "The customer can use another card on the same page."
        rest = can if standing.request in {"sent", "delivered", "opened"} else _STATE.get(standing.request, "")
        return Say("bad", "The first charge was declined. Nothing was taken.", f"{why} {rest}".strip())
    after = f" Next try {last.next_text}." if last.next_text else ""
    ended = " The subscription is failed: no further payment falls due." if standing.subscription == "failed" else ""
    headline = f"{last.amount} of {last.day} is not paid." if len(owed) == 1 else f"{len(owed)} payments are not paid."
    return Say("bad", headline, f"{why}{after}{ended}")


def _taken(standing: Standing) -> Say | None:
    taken = [charge for charge in standing.charges if charge.status in TAKEN]
    if not taken:
        return None
    tries = taken[0].tries
    headline = f"Charged {times(len(taken))}"
    if len(taken) == 1 and tries > 1:
        headline += f", in {number(tries)} tries"
    again = [charge for charge in taken if charge.tries > 1] if len(taken) > 1 else []
    some = f" {number(len(again)).capitalize()} of them needed more than one try." if again else ""
    first = (
        f"{taken[-1].amount} was taken."
        if len(taken) == 1
        else f"The last: {taken[-1].amount} on {taken[-1].day}.{some}"
    )
    return Say("good", f"{headline}.", f"{first} {_what_next(standing)}".strip())


def _what_next(standing: Standing) -> str:
    if standing.next_payment:
        return f"Next: {standing.next_payment}."
    return {"closed": "The subscription is closed; nothing more is taken.", "paused": "It is paused."}.get(
        standing.subscription, ""
    )


def _nothing_taken(standing: Standing) -> Say:
    """Before the first money: where the request stands."""
    nothing = "Nothing was taken yet."
    if any(charge.status == "pending" for charge in standing.charges):
        return Say("note", "A charge is on its way.", "Its answer appears here.")
    if standing.request == "confirmed":
        return Say("note", nothing, f"Confirmed. {_what_next(standing)}".strip())
    if standing.not_delivered and standing.request in {"issued", "sent"}:
        return Say(
            "bad",
            "The message was not delivered.",
            f"{nothing} {standing.not_delivered} Copy the link, or ask for another contact.",
        )
    return Say("note", nothing, _STATE.get(standing.request, ""))
