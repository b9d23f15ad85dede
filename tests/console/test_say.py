"""The answer in one sentence: open questions first, then what is owed, then what was taken."""

from __future__ import annotations

import pytest

from portal.console.say import Charge, Standing, say

A = "$39.99"


def charge(status: str, tries: int = 1, **more: str) -> Charge:
    return Charge(status, tries, A, "Sat, Feb 28", **more)


def standing(*charges: Charge, request: str = "confirmed", subscription: str = "active", **more: str) -> Standing:
    return Standing(request, subscription, charges, **more)


@pytest.mark.parametrize(
    ("given", "kind", "sentence"),
    [
        (
            standing(charge("succeeded", 2), next_payment="$39.99 on Tue, Mar 31"),
            "good",
            "Charged once, in two tries. $39.99 was taken. Next: $39.99 on Tue, Mar 31.",
        ),
        (standing(charge("succeeded")), "good", "Charged once. $39.99 was taken."),
        (
            standing(charge("succeeded"), charge("succeeded", 3), charge("succeeded"), subscription="closed"),
            "good",
            (
                "Charged three times. The last: $39.99 on Sat, Feb 28. One of them needed more than one try."
                " The subscription is closed; nothing more is taken."
            ),
        ),
        (
            standing(charge("succeeded"), charge("unknown", next_text="at 10:04 AM")),
            "warn",
            (
                "1 charge without an answer. $39.99 may have been taken. We ask the gateway again at 10:04 AM."
                " Do not charge by hand."
            ),
        ),
        (
            standing(charge("unknown"), charge("unknown")),
            "warn",
            "2 charges without an answer. $39.99 may have been taken. Do not charge by hand.",
        ),
        (
            standing(charge("requires_action"), subscription="pending"),
            "warn",
            "The bank waits for the customer. Nothing was taken yet. Do not charge by hand.",
        ),
        (
            standing(
                charge("succeeded"), charge("failed", 2, words="Insufficient funds", next_text="on Mar 10, 9:00 AM")
            ),
            "bad",
            "$39.99 of Sat, Feb 28 is not paid. Two tries declined: insufficient funds. Next try on Mar 10, 9:00 AM.",
        ),
        (
            standing(charge("failed", 1), charge("failed", 6), subscription="failed"),
            "bad",
            "2 payments are not paid. Six tries declined. The subscription is failed: no further payment falls due.",
        ),
        (
            standing(charge("failed", words="Do not honor"), request="opened", subscription="pending"),
            "bad",
            (
                "The first charge was declined. Nothing was taken. One try declined: do not honor."
                " The customer can use another card on the same page."
            ),
        ),
        (
            standing(charge("failed"), request="expired", subscription="pending"),
            "bad",
            (
                "The first charge was declined. Nothing was taken. One try declined."
                " The link has expired; send it again to open it."
            ),
        ),
        (standing(charge("pending", 0)), "note", "A charge is on its way. Its answer appears here."),
        (
            standing(next_payment="$39.99 on Sun, Mar 1"),
            "note",
            "Nothing was taken yet. Confirmed. Next: $39.99 on Sun, Mar 1.",
        ),
        (
            standing(request="delivered", subscription="pending"),
            "note",
            "Nothing was taken yet. The message arrived; the customer has not opened the link.",
        ),
        (
            standing(request="sent", subscription="pending", not_delivered="Number switched off."),
            "bad",
            (
                "The message was not delivered. Nothing was taken yet. Number switched off."
                " Copy the link, or ask for another contact."
            ),
        ),
        (
            standing(request="withdrawn", subscription="closed"),
            "note",
            "Nothing was taken yet. The merchant has withdrawn the request.",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 30 else "",
)
def test_it_says_what_happened_to_the_money(given: Standing, kind: str, sentence: str) -> None:
    answer = say(given)
    assert (answer.kind, f"{answer.headline} {answer.rest}".strip()) == (kind, sentence)
