"""The lines of the log as entries: what the merchant's system, the customer, support and the portal did."""

from __future__ import annotations

from typing import Any

from portal.console import times, words
from portal.console.entries import Entry, Group, More, Shape, who_did
from portal.console.story import Story
from portal.console.terms import Difference, differences
from portal.core import json
from portal.core.changes import Change
from portal.subscriptions.models import Terms

SHAPES: dict[str, Shape] = {
    "merchant": "by-api",
    "customer": "by-person",
    "staff": "by-person",
    "system": "by-portal",
    "machine": "by-machine",
}
TITLES = {
    "subscription active": "Subscription active",
    "subscription paused": "Subscription paused",
    "subscription failed": "Subscription failed",
    "subscription pending": "Opened again",
    "subscription closed": "Subscription closed",
    "payment method changed": "Payment method changed",
    "payment method revoked": "Card taken back at the bank",
    "retry day chosen": "Day of the next try chosen",
    "overdue payment tried by hand": "Overdue payment tried by hand",
    "link sent again": "Sent again",
    "link copied": "Link copied",
    "new link made": "New link made",
    "link revoked": "Link revoked",
}
EXPLAINED = {
    "payment method revoked": "It is not charged any more. Ask the customer for another card.",
    "link copied": "The address was shown to this person.",
    "new link made": "Links from before say where to get the new one.",
    "link revoked": "No link of this request opens it any more.",
}
CLOSED_BECAUSE = {
    "voided": "Withdrawn by the merchant before it was confirmed.",
    "canceled_merchant": "Closed by the merchant.",
    "completed": "The last payment is made.",
    "expired": "The end date has passed.",
}
# What a comparison of two versions says already.
_IN_WORDS = frozenset(
    [
        "description",
        "amount_minor",
        "currency",
        "frequency",
        "frequency_units",
        "start_on",
        "number_of_payments",
        "end_on",
        "lines",
        "coupons",
    ]
)
_NAMES = {"webhook_url": "Webhook address", "bill_to_customer": "Bill to customer"}


def told(story: Story) -> list[Entry]:
    """One entry a line; the customer's yes is left to its consent."""
    made = _versions_made(story)
    return [
        _entry(story, change, made.get(index))
        for index, change in enumerate(story.changes)
        if change.what != "subscription confirmed"
    ]


def _versions_made(story: Story) -> dict[int, int]:
    """Which line made which version, counted from the newest, which is the subscription's own."""
    makers = [
        index for index, change in enumerate(story.changes) if change.what in {"subscription added", "terms changed"}
    ]
    newest = story.subscription.version
    return {index: newest - back for back, index in enumerate(reversed(makers))}


def _entry(story: Story, change: Change, version: int | None) -> Entry:
    return Entry(
        at=change.at,
        row_id=change.id,
        rank=0 if version else 3,
        shape=SHAPES.get(change.actor, "by-portal"),
        group=_group(change),
        title=_title(change, version),
        who=who_did(change, story.site),
        says=_says(story, change, version),
        differences=_differences(story, change, version),
        more=_more(change),
    )


def _group(change: Change) -> Group:
    return "staff" if change.actor == "staff" else "api"


def _title(change: Change, version: int | None) -> str:
    if change.what == "subscription added":
        return "Subscription added by API" if change.actor == "merchant" else "Subscription added"
    if change.what == "terms changed":
        return f"Terms changed to version {version}"
    return TITLES.get(change.what, change.what[:1].upper() + change.what[1:])


def _says(story: Story, change: Change, version: int | None) -> list[str]:
    terms = story.versions.get(version or 0)
    if change.what == "subscription added" and terms is not None:
        return [_offer(terms)]
    if change.what == "subscription closed":
        reasons = [field["new"] for field in change.fields if field["field"] == "close_reason"]
        return [CLOSED_BECAUSE.get(reason, f"Reason: {reason}.") for reason in reasons]
    return [EXPLAINED[change.what]] if change.what in EXPLAINED else []


def _offer(terms: Terms) -> str:
    """What was asked in one line: "$34.99 every month for Gold+ Plan", and from when."""
    start = f"First payment on {times.day_heading(terms.start_on)}." if terms.start_on else "Start date left open."
    count = f" {words.counted(terms.number_of_payments, 'payment')}." if terms.number_of_payments else ""
    amount = words.money(terms.amount_minor, terms.currency)
    return f"{amount} {words.rhythm(terms)} for {terms.description}. {start}{count}"


def _differences(story: Story, change: Change, version: int | None) -> list[Difference]:
    if change.what == "subscription added" or change.what.startswith("subscription closed"):
        return []
    was, now = story.versions.get((version or 0) - 1), story.versions.get(version or 0)
    found: list[Difference] = []
    compared = was is not None and now is not None
    if was is not None and now is not None:
        found.extend(differences(was, now))
    left = [field for field in change.fields if not (compared and field["field"] in _IN_WORDS)]
    plain = [_plain(field) for field in left if field["field"] != "status"]
    return found + [one for one in plain if one.was != one.now]  # a pause without a reason: from none to none


def _plain(field: dict[str, Any]) -> Difference:
    name = str(field["field"])
    label = _NAMES.get(name, name.replace("_", " ").capitalize())
    return Difference(label=label, was=_value(field["old"]), now=_value(field["new"]))


def _value(value: Any) -> str:
    if value in (None, "", []):
        return "none"
    return value if isinstance(value, str) else json.dumps(value)[:300]


def _more(change: Change) -> list[More]:
    """What a call set, with the id under which the merchant finds it in their own logs."""
    if change.actor != "merchant" or not change.request_id:
        return []
    fields = {field["field"]: field["new"] for field in change.fields}
    text = "\n".join(f"{name}: {_value(value)}" for name, value in fields.items())
    return [More(f"Request id {change.request_id}", text or "No field was set.")]
