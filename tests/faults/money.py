"""The referee's sums: what was taken less what went back is the same on both sides, to the minor unit."""

from __future__ import annotations

from collections import Counter

from tests.faults.books import Books, was_taken

WENT_BACK = "succeeded"


def i12_money(books: Books) -> list[str]:
    """For each site and currency; each refund by its key; and never more back than was taken."""
    return _sums(books) + _refunds_by_key(books) + _at_most_captured(books)


def _sums(books: Books) -> list[str]:
    there: Counter[tuple[str, str]] = Counter()
    here: Counter[tuple[str, str]] = Counter()
    for line in books.captured():
        there[line["site_id"].replace("-", ""), line["currency"]] += line["amount_minor"]
    for line in books.returned():
        there[line["site_id"].replace("-", ""), line["currency"]] -= line["amount_minor"]
    for payment in books.all("payments"):
        if was_taken(payment):
            here[payment["site_id"], payment["currency"]] += payment["amount_minor"]
    for refund in books.all("refunds"):
        if refund["status"] == WENT_BACK:
            here[refund["site_id"], refund["currency"]] -= refund["amount_minor"]
    return [f"{key}: {there[key]} there, {here[key]} here" for key in there | here if there[key] != here[key]]


def _refunds_by_key(books: Books) -> list[str]:
    there = {line["idempotency_key"]: (line["ref"], line["amount_minor"]) for line in books.returned()}
    here = {
        refund["key"]: (refund["gateway_ref"], refund["amount_minor"])
        for refund in books.all("refunds")
        if refund["status"] == WENT_BACK
    }
    return [f"refund {key[:8]}: {there.get(key)} there, {here.get(key)} here" for key in there | here
            if there.get(key) != here.get(key)]  # fmt: skip


def _at_most_captured(books: Books) -> list[str]:
    captured = {line["ref"]: line["amount_minor"] for line in books.captured()}
    back: Counter[str] = Counter()
    for line in books.returned():
        back[line["refund_of"]] += line["amount_minor"]
    problems = [f"{ref}: {amount} went back" for ref, amount in back.items() if amount > captured.get(ref, 0)]
    noted: Counter[str] = Counter()
    for refund in books.all("refunds"):
        if refund["status"] == WENT_BACK and refund["kind"] == "refund":
            noted[refund["payment_id"]] += refund["amount_minor"]
    return problems + [
        f"payment {p['id']} says {p['refunded_minor']} went back, its refunds say {noted[p['id']]}"
        for p in books.all("payments")
        if p["refunded_minor"] != noted[p["id"]]
    ]
