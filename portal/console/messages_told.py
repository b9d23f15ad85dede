"""Messages, opens, visits to the card page and the yes, as entries."""

from __future__ import annotations

from portal.billing.models import Consent, PaymentMethod, SetupSession
from portal.console import agents, times, words
from portal.console.entries import Entry, More
from portal.console.story import Story
from portal.links import codes
from portal.links.machines import is_machine
from portal.links.models import LinkOpen
from portal.links.tokens import PLACEHOLDER
from portal.notifications.models import Message

SETUPS = {
    "open": ("Went to the card page", "Has not come back yet."),
    "stale": (
        "Card saved for older terms",
        "The terms changed before the card was saved. Nothing was confirmed and nothing was taken.",
    ),
    "refused": ("Card refused", "The card could not be saved. Nothing was confirmed and nothing was taken."),
    "expired": ("Left the card page", "No card was saved within a day. Nothing was confirmed."),
    "superseded": ("Card saved too late", "There was nothing left to confirm. Nothing was taken."),
}


def told(story: Story, public_host: str) -> list[Entry]:
    """`public_host` stands in for the address in the words that were sent: the token itself is never shown."""
    found: list[Entry] = []
    for message in story.messages:
        found.extend(_message(story, message, public_host))
    found.extend(_open(one) for one in story.opens)
    found.extend(_setup(story, one) for one in story.setups if one.status in SETUPS)
    found.extend(_consent(story, one) for one in story.consents)
    return found + _ends(story) + _later_requests(story)


def as_sent(text: str, public_host: str) -> str:
    """The words with each link's address cut off before its token."""
    return codes.masked(PLACEHOLDER.sub(f"{public_host}/p/••••", text))


def _message(story: Story, message: Message, public_host: str) -> list[Entry]:
    kind = "Text" if message.channel == "sms" else "E-mail"
    contact = words.masked(message.channel, message.to)
    body = as_sent(message.body or "", public_host)
    quote = body if message.channel == "sms" else message.subject or ""
    more = [More("The e-mail as it was sent", body)] if message.channel == "email" and body else []
    if message.status in {"sent", "delivered"}:
        sent = Entry(
            at=message.sent_at or message.created_at,
            row_id=message.id,
            shape="by-portal",
            group="messages",
            title=f"{kind} sent to",
            contact=contact,
            who="Portal",
            quote=quote,
            more=more,
        )
        return [sent, *_delivered(message, kind)]
    shape, title, says = _not_sent(story, message, kind)
    return [
        Entry(
            at=message.created_at,
            row_id=message.id,
            shape="is-bad" if shape == "bad" else "by-portal",
            group="messages",
            title=title,
            contact=contact,
            who="Portal",
            quote=quote,
            says=says,
            more=more,
        )
    ]


def _delivered(message: Message, kind: str) -> list[Entry]:
    if message.status != "delivered" or message.delivered_at is None:
        return []
    carrier = "Phone network" if message.channel == "sms" else "Mail server"
    return [
        Entry(
            at=message.delivered_at,
            row_id=message.id,
            rank=6,
            shape="by-machine",
            group="messages",
            title=f"{kind} delivered",
            who=carrier,
        )
    ]


def _not_sent(story: Story, message: Message, kind: str) -> tuple[str, str, list[str]]:
    error = [message.error] if message.error else []
    if message.status == "failed":
        return (
            "bad",
            f"{kind} not delivered to",
            [*error, "It is not tried again. Ask for another contact, or copy the link."],
        )
    if message.status == "skipped":
        return "", f"{kind} not sent to", error
    due = message.site_due_at or message.due_at
    if not message.tries or due is None:
        return "", f"{kind} queued for", []
    next_try = times.full_moment(times.local(due, story.site.timezone))
    return "bad", f"{kind} not sent yet to", [*error, f"Next try {next_try}."]


def _open(one: LinkOpen) -> Entry:
    person = not is_machine(one.agent)
    return Entry(
        at=one.at,
        row_id=one.id,
        shape="by-person" if person else "by-machine",
        group="messages",
        title="Opened by a person" if person else "Looked at by a machine",
        who=f"{'Customer' if person else 'A preview or scanner'}, {agents.in_words(one.agent)}",
        says=[f"Saw version {one.version}."],
    )


def _setup(story: Story, setup: SetupSession) -> Entry:
    title, words_said = SETUPS[setup.status]
    seen = next((version for version, terms in story.versions.items() if terms.id == setup.terms_id), None)
    return Entry(
        at=setup.created_at,
        row_id=setup.id,
        shape="by-person" if setup.status == "open" else "is-bad",
        group="money",
        title=title,
        who=f"Customer, {agents.in_words(setup.agent)}",
        says=[f"Had said yes to version {seen}. {words_said}" if seen else words_said],
    )


def _consent(story: Story, consent: Consent) -> Entry:
    version = next((number for number, terms in story.versions.items() if terms.id == consent.terms_id), None)
    method = story.methods.get(consent.payment_method_id)
    if consent.told_by is not None:
        return _told(consent, version, method)
    saved = [f"Card saved: {method.brand} ending {method.last4}."] if method else []
    evidence = "\n".join(
        (
            f"Shown: {consent.shown}",
            f"SHA-256: {consent.shown_hash}",
            f"Address: {consent.address}",
            f"Browser: {consent.agent}",
        )
    )
    return Entry(
        at=consent.at,
        row_id=consent.id,
        rank=1,
        shape="by-person",
        group="money",
        title=f"Confirmed version {version}" if version else "Confirmed",
        who=f"Customer, {agents.in_words(consent.agent)}",
        quote=consent.shown,
        says=saved,
        more=[More("Consent record", evidence)],
    )


def _told(consent: Consent, version: int | None, method: PaymentMethod | None) -> Entry:
    """A yes that was given to the merchant elsewhere, and on whose word we have it."""
    card = [f"Charged by the card saved before: {method.brand} ending {method.last4}."] if method else []
    evidence = "\n".join((f"Told: {consent.shown}", f"SHA-256: {consent.shown_hash}", f"API key: {consent.told_by}"))
    return Entry(
        at=consent.at,
        row_id=consent.id,
        rank=1,
        shape="by-portal",
        group="money",
        title=f"Version {version} agreed elsewhere, says the merchant" if version else "Agreed elsewhere",
        who=f"Merchant, API key {consent.told_by}",
        quote=consent.shown,
        says=card,
        more=[More("Consent record", evidence)],
    )


def _ends(story: Story) -> list[Entry]:
    return [
        Entry(
            at=request.expires_at,
            row_id=request.id,
            shape="by-portal",
            group="messages",
            title="Link expired",
            who="Portal",
            says=["Its page offers to send a new one."],
        )
        for request in story.requests
        if request.status == "expired"
    ]


def _later_requests(story: Story) -> list[Entry]:
    """Each ask after the first replaced the one before it."""
    return [
        Entry(
            at=request.created_at,
            row_id=request.id,
            rank=4,
            shape="by-portal",
            group="messages",
            title="New request",
            who="Portal",
            says=["It replaced the one before."],
            link_id=request.id if request.id != story.request.id else None,
        )
        for request in story.requests[1:]
    ]
