"""The health page: what needs attention first, then what is as it should be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.console import listing, times, webhooks_off, words
from portal.console.door import bp, signed_in
from portal.console.frame import frame
from portal.console.health import Health, look
from portal.console.list_rows import Badge
from portal.core.clock import real_now
from portal.core.database import reading

GOOD = Badge("active", "Good")


@dataclass(frozen=True, slots=True)
class Check:
    badge: Badge
    title: str
    words: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class HealthPage:
    wrong: Sequence[Check]
    right: Sequence[Check]
    off: Sequence[webhooks_off.Off]
    done: str
    problem: str
    checked_text: str
    headline: str


@bp.get("/health")
def health() -> Response:
    sent = request.args.get("sent", "")
    is_told = sent.isascii() and sent.isdecimal() and len(sent) < 10
    return shown(done=f"Switched on. {words.counted(int(sent), 'event')} on the way." if is_told else "")


def shown(*, done: str = "", problem: str = "", status: int = 200) -> Response:
    """The page in a transaction of its own, with what became of a button."""
    person = signed_in()
    with reading():
        sites = listing.sites_seen(person.only_site)
        off = webhooks_off.listed(sites)
        found = checks(look([site.id for site in sites]), len(off))
        around = frame(person, sites, current="health")
    zone = sites[0].timezone if sites else "UTC"
    wrong = [check for check in found if check.badge != GOOD]
    page = HealthPage(
        wrong=wrong,
        right=[check for check in found if check.badge == GOOD],
        off=off,
        done=done,
        problem=problem,
        checked_text=f"{times.clock_text(times.local(real_now(), zone))}, {times.zone_text(zone)}",
        headline=f"{words.number(len(wrong)).capitalize()} {_things(wrong)} attention.",
    )
    return make_response(render_template("console/health.html", page=page, frame=around), status)


def _things(wrong: Sequence[Check]) -> str:
    return "thing needs" if len(wrong) == 1 else "things need"


def checks(health: Health, webhooks_switched_off: int) -> list[Check]:
    """Money first, then what reaches people and systems."""
    found = [_unknown(health), _late(health), _messages(health), _messages_late(health), _webhooks(health)]
    return [*found, *([_off(webhooks_switched_off)] if webhooks_switched_off else [])]


def _unknown(health: Health) -> Check:
    count = health.payments_unknown
    if not count:
        return Check(GOOD, "Charges without an answer", "None.")
    only = health.unknown_subscriptions[0] if len(health.unknown_subscriptions) == 1 else None
    return Check(
        Badge("unknown", "Unknown"),
        f"{words.counted(count, 'charge')} without an answer",
        "The gateway is asked again by the same key. Do not charge by hand.",
        url_for("console.subscription_page", subscription_id=only) if only else "",
    )


def _late(health: Health) -> Check:
    if not health.charges_late:
        return Check(GOOD, "Due and not done", "No payment that is due today is late.")
    return Check(
        Badge("overdue", "Late"),
        f"{words.counted(health.charges_late, 'payment')} due and not done",
        "Late by two minutes or more. See whether the workers and the scheduler run.",
    )


def _messages(health: Health) -> Check:
    count = health.messages_failed
    if not count:
        return Check(GOOD, "Messages that did not arrive", "None in the last seven days.")
    return Check(
        Badge("failed", "Failed"),
        f"{words.counted(count, 'message')} did not arrive",
        "In the last seven days. Ask these customers for another contact, or copy their link.",
        url_for("console.requests", state="issued"),
    )


def _messages_late(health: Health) -> Check:
    if not health.messages_late:
        return Check(GOOD, "Messages on their way", "None is late.")
    return Check(
        Badge("overdue", "Late"),
        f"{words.counted(health.messages_late, 'message')} waiting too long",
        "Due two minutes ago or more. See whether the workers run.",
    )


def _webhooks(health: Health) -> Check:
    failing, given_up = health.deliveries_failing, health.deliveries_given_up
    if not failing and not given_up:
        return Check(GOOD, "Webhooks", "Every one was taken.")
    parts = [f"{words.counted(failing, 'is', 'are')} tried again" if failing else ""]
    parts.append(f"{words.counted(given_up, 'was', 'were')} given up in the last seven days" if given_up else "")
    return Check(Badge("failed", "Failing"), "Webhooks are not taken", "; ".join(part for part in parts if part) + ".")


def _off(count: int) -> Check:
    return Check(
        Badge("failed", "Off"),
        f"{words.counted(count, 'webhook')} switched off",
        "Nothing is sent there; what happens meanwhile is kept for 30 days. See below.",
    )
