"""The referee: says what the ledger and the database disagree on, each rule named after its row in trust.md section 11.

It reads both by plain SQL (books.py) and knows of the portal's code nothing but the names of tables and columns.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from tests.faults import money, outside, unlawful
from tests.faults.books import Books, Line, was_taken


@dataclass(frozen=True)
class Game:
    """What must have happened: `due` is the oracle's (subscription description → dates), `mails` what arrived.

    An invoice beside the instalments is due by its day and a plus: "2026-02-10+". `sends_cut` says how many kills fell
    between handing a message over and writing so. `acknowledged` are the writes that were answered with success
    (external id, minor units), the last of each counting; `heard` the webhook-ids that a healthy receiver verified
    (None: there is none); `secrets` what may stand in no row.
    """

    due: Mapping[str, Iterable[date | str]] = field(default_factory=dict)
    mails: tuple[str, ...] = ()
    sends_cut: int = 0
    acknowledged: tuple[tuple[str, int], ...] = ()
    heard: tuple[str, ...] | None = None
    secrets: tuple[str, ...] = ()


def verdict(books: Books, game: Game) -> dict[str, list[str]]:
    """Every violated invariant with what was found; empty when the two sides agree."""
    found = {
        "I1": i1_lost_charge(books),
        "I2": i2_phantom(books),
        "I3": i3_double(books),
        "I4": i4_missed(books, game),
        "I5": i5_wrong_amount(books),
        "I6": unlawful.i6_unlawful(books),
        "I7": outside.i7_lost_write(books, game),
        "I8": outside.i8_unexpected(books, game),
        "I9": i9_messages(books, game),
        "I10": outside.i10_webhooks(books, game),
        "I11": i11_history(books),
        "I12": money.i12_money(books),
        "I14": outside.i14_secrets(books, game),
        "I15": i15_stuck(books),
        "states": states_agree(books),
    }
    return {name: problems for name, problems in found.items() if problems}


def i1_lost_charge(books: Books) -> list[str]:
    """Captured at the gateway, not succeeded here: joined on key, gateway id, amount and currency."""
    known = _paid(books)
    return [f"captured {line['ref']} is unknown here" for line in books.captured() if _identity(line) not in known]


def i2_phantom(books: Books) -> list[str]:
    """Succeeded here, never captured there."""
    taken = {_identity(line) for line in books.captured()}
    return [f"payment {payment} has no capture" for identity, payment in _paid(books).items() if identity not in taken]


def _identity(line: Line) -> tuple[str, str, int, str]:
    return line["idempotency_key"], line["ref"], line["amount_minor"], line["currency"]


def _paid(books: Books) -> dict[tuple[str, str, int, str], str]:
    """Payments that were taken as the gateway would have to know them, by the key of the try that succeeded."""
    keys = {a["payment_id"]: a["key"] for a in books.all("attempts") if a["status"] == "succeeded"}
    return {
        (keys.get(p["id"], ""), p["gateway_ref"], p["amount_minor"], p["currency"]): p["id"]
        for p in books.all("payments")
        if was_taken(p)
    }


def i3_double(books: Books) -> list[str]:
    """More than one net capture for a subscription and period, by the ledger's own references and by ours."""
    periods = Counter(_purpose(line) for line in books.kept())
    payments = Counter(p["invoice_id"] for p in books.all("payments") if was_taken(p) and p["status"] != "voided")
    slots = Counter((i["subscription_id"], i["slot"]) for i in books.all("invoices"))
    return [f"{what} {n} times" for counted in (periods, payments, slots) for what, n in counted.items() if n > 1]


def _purpose(line: Line) -> tuple[str, str]:
    """Subscription and slot, as the gateway was told and keeps it; of an instalment the first day of its period."""
    subscription, slot, _ = line["reference"].split("/")
    return subscription.replace("-", ""), slot if "+" in slot else slot[:10]


def _day(slot: str) -> str:
    """The first day of a period, or the day of an invoice beside the instalments, with a plus."""
    return slot[:10] + ("+" if "+" in slot else "")


def i4_missed(books: Books, game: Game) -> list[str]:
    """What the oracle says was due, against what was captured for it; too much counts as well."""
    names = {t["subscription_id"]: t["description"] for t in books.all("terms")}
    taken = Counter((names.get(owner, "?"), _day(slot)) for owner, slot in map(_purpose, books.captured()))
    owed = Counter((name, str(day)) for name, days in game.due.items() for day in days)
    if not game.due:
        return []
    return [f"not taken: {missed}" for missed in owed - taken] + [f"not due: {extra}" for extra in taken - owed]


def i5_wrong_amount(books: Books) -> list[str]:
    """Each capture is what its invoice says, which is what its terms say where it has no lines of its own; and of terms
    the customer said yes to or was told of, or of less. Whoever pays by link says yes by paying."""
    terms, invoices = books.by_id("terms"), books.by_id("invoices")
    agreed = {consent["terms_id"] for consent in books.all("consents")}
    known = {a["key"]: (invoices[a["invoice_id"]], a["id"]) for a in books.all("attempts")}
    by_link = {visit["attempt_id"] for visit in books.all("pay_sessions")}
    problems = []
    for line in books.captured():
        if line["idempotency_key"] not in known:
            continue  # I1 says so
        invoice, attempt = known[line["idempotency_key"]]
        says = (invoice if invoice["lines"] else terms[invoice["terms_id"]])["amount_minor"]
        limit = [t["amount_minor"] for t in terms.values() if t["id"] in agreed | {_told(t)} or attempt in by_link]
        if line["amount_minor"] != says or line["amount_minor"] > max(limit, default=0):
            problems.append(f"{line['ref']} took {line['amount_minor']}, its terms say {says}")
    return problems


def _told(terms: Line) -> str | None:
    told: str | None = terms["id"] if terms["notified_at"] else None
    return told


def i9_messages(books: Books, game: Game) -> list[str]:
    """Every message owed went out; no more often than once and once for each kill in its window."""
    copies = Counter(game.mails)
    written = {m["id"]: m for m in books.all("messages")}
    unsent = [f"{m['purpose']} is {m['status']}" for m in written.values() if m["status"] not in {"sent", "delivered"}]
    emails = [m for m in written.values() if m["channel"] == "email"]
    unseen = [f"{m['purpose']} never arrived" for m in emails if not copies[m["id"]]]
    strange = [f"mail of no message: {one}" for one in copies if one not in written]
    extra = sum(copies.values()) - len(copies)
    if extra > game.sends_cut:
        strange.append(f"{extra} copies too many, {game.sends_cut} explained by kills")
    return unsent + unseen + strange


def i11_history(books: Books) -> list[str]:
    """Events count without gaps to the row's sequence; the log's last status is the row's; each line has an author."""
    counted: dict[str, list[int]] = defaultdict(list)
    for event in books.all("events"):
        counted[event["subscription_id"]].append(event["sequence"])
    statuses: dict[str, str] = {}
    for change in sorted(books.all("changes"), key=lambda one: (one["real_at"], one["id"])):
        for change_of in change["fields"]:
            if change["entity"] == "subscription" and change_of["field"] == "status":
                if change_of["old"] != statuses.get(change["entity_id"], "pending"):
                    statuses[change["entity_id"]] = "out of order"
                else:
                    statuses[change["entity_id"]] = change_of["new"]
    problems = [f"no author: {c['what']}" for c in books.all("changes") if not (c["actor"] and c["request_id"])]
    for row in books.all("subscriptions"):
        if sorted(counted[row["id"]]) != list(range(1, row["sequence"] + 1)):
            problems.append(f"{row['id']} is at {row['sequence']}, events: {sorted(counted[row['id']])}")
        if statuses.get(row["id"], "pending") != row["status"]:
            problems.append(f"{row['id']} is {row['status']}, its history says {statuses.get(row['id'])}")
    return problems + _told_of_money(books)


def _told_of_money(books: Books) -> list[str]:
    """That money came is told once: a merchant's program may ship for each telling."""
    facts = [event["facts"] for event in books.all("events") if event["action"] == "payment"]
    told = Counter(one["payment_id"].replace("-", "") for one in facts if one.get("status") == "succeeded")
    taken = {payment["id"] for payment in books.all("payments") if was_taken(payment)}
    return [f"payment {one} is told {told[one]} times" for one in taken | set(told) if told[one] != (one in taken)]


def i15_stuck(books: Books) -> list[str]:
    """At the end nothing waits for a worker, and no question to the gateway is left open."""
    tables = ("subscriptions", "payments", "messages", "payment_requests", "deliveries", "refunds", "pay_sessions",
              "item_updates", "cancellations")  # fmt: skip
    held = [f"{table} {row['id']} is due" for table in tables for row in books.all(table) if row["due_at"] is not None]
    open_tries = [f"try {a['number']} is {a['status']}" for a in books.all("attempts") if a["settled_at"] is None]
    doubts = [
        f"payment {p['id']} is {p['status']}" for p in books.all("payments") if p["status"] in {"pending", "unknown"}
    ]
    doubts += [f"{r['kind']} {r['number']} is {r['status']}" for r in books.all("refunds") if r["settled_at"] is None]
    visits = books.all("setup_sessions")
    done = {visit["subscription_id"] for visit in visits if visit["status"] == "completed"}
    setups = [f"setup {v['id']} is open" for v in visits if v["status"] == "open" and v["subscription_id"] not in done]
    waiting = [f"change {u['id']} is {u['status']}" for u in books.all("item_updates") if u["status"] == "waiting"]
    return held + open_tries + doubts + setups + waiting


def states_agree(books: Books) -> list[str]:
    """The rows of one charge and of one yes tell the same story."""
    paid = {p["invoice_id"] for p in books.all("payments") if was_taken(p) and p["status"] != "voided"}
    problems = [
        f"invoice {i['slot']} is {i['status']}"
        for i in books.all("invoices")
        if (i["status"] == "paid") != (i["id"] in paid)
    ]
    tries: dict[str, list[Line]] = defaultdict(list)
    for attempt in books.all("attempts"):
        tries[attempt["payment_id"]].append(attempt)
    for payment in books.all("payments"):
        statuses = Counter(a["status"] for a in tries[payment["id"]])
        if statuses["succeeded"] != was_taken(payment) or payment["attempts"] != len(tries[payment["id"]]):
            problems.append(f"payment {payment['id']} is {payment['status']} by tries {dict(statuses)}")
    yes = Counter(consent["subscription_id"] for consent in books.all("consents"))
    for row in books.all("subscriptions"):
        by_link = row["collection"] == "link"  # the customer says yes by paying, each time
        has_yes = row["accepted_at"] and row["binding_terms_id"] and (row["payment_method_id"] or by_link)
        if row["status"] == "active" and not has_yes:
            problems.append(f"subscription {row['id']} is active without a yes")
        if row["accepted_at"] and not yes[row["id"]] and not by_link:
            problems.append(f"subscription {row['id']} has no consent")
    return problems
