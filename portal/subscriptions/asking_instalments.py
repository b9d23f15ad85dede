"""Ask for instalments by link: a request of its own for each, a link and a message on each channel of its customer."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from portal.customers.models import Customer
from portal.links import instalments
from portal.links.check_words import words_of
from portal.links.instalments import Issued, Wanted
from portal.notifications.queue import Notice, Owed, queue_new
from portal.sites.models import Site
from portal.subscriptions import agenda, words
from portal.subscriptions.asking import message_facts
from portal.subscriptions.models import Terms


@dataclass(frozen=True, slots=True)
class Instalment:
    """An open invoice that waits to be asked for. `terms` are its own; `due_on` is the day it stands for."""

    site: Site
    subscription_id: uuid.UUID
    terms: Terms
    customer: Customer
    invoice_id: uuid.UUID
    amount_minor: int
    due_on: date

    @property
    def locale(self) -> str:
        return self.customer.locale or self.site.locale


def ask(asked: Sequence[Instalment]) -> list[Issued]:
    """Ask for all of these, in a constant number of statements; their requests, in the order given.

    Who cannot be reached has a link all the same, which the merchant can hand on.
    """
    issued = instalments.issue([_wanted(one) for one in asked])
    queue_new([owed for one, request in zip(asked, issued, strict=True) for owed in _owed(one, request)])
    return issued


def _wanted(one: Instalment) -> Wanted:
    locales: tuple[str | None, ...] = (one.locale,) * len(one.customer.channels) or (None,)
    return Wanted(one.site, one.subscription_id, one.customer.id, one.invoice_id, locales)


def _owed(one: Instalment, request: Issued) -> list[Owed]:
    customer, channels = one.customer, one.customer.channels
    if not channels:
        return []
    facts = message_facts(one.site, one.terms, customer) | {
        "amount_text": words.money_text(one.amount_minor, one.terms.currency, one.locale),
        "due_day": words.day_text(one.due_on, one.locale, today=agenda.today(one.site, one.terms)),
        "check_words": words_of(request.key_id, one.locale, one.subscription_id),
    }
    occasion = str(request.request_id)
    notice = Notice("instalment", occasion, one.subscription_id, request.request_id, facts, one.invoice_id)
    return [
        Owed(one.site, customer.id, notice, channel, address, link_id)
        for channel, link_id in zip(channels, request.link_ids, strict=True)
        if (address := customer.address(channel)) is not None
    ]
