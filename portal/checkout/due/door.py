"""The tap on Pay: the visit is written with its key, then the customer is sent to the gateway's page."""

from __future__ import annotations

from flask import request

from portal.billing import pay_session
from portal.billing.confirm import NotOpen, Visitor
from portal.checkout import language
from portal.checkout.due.build import shown_words
from portal.checkout.reading import Facts
from portal.core.database import transaction
from portal.core.faults import reach
from portal.gateways.registry import gateway
from portal.links.find import Found


def pay(found: Found, facts: Facts) -> str:
    """Where the customer goes next: the gateway's page, or this page where there is nothing to pay any more."""
    assert facts.instalment is not None
    agent = request.headers.get("User-Agent", "")
    visitor = Visitor(request.remote_addr or "", agent, facts.locale, language.tapped())
    try:
        with transaction():
            begun = pay_session.begin(found.link.id, shown_words(facts, facts.instalment), visitor)
    except NotOpen:
        return request.path
    reach("visit.begun")
    page = gateway(begun.gateway).open_payment(begun.order)
    reach("visit.page_opened")
    with transaction():
        pay_session.attach(begun.visit_id, page.gateway_ref)
    return page.url
