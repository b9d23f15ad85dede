"""Someone else pays, seen from both sides; and one payment at a time by link."""

from __future__ import annotations

import re
from collections.abc import Iterator

from portal.billing.models import Invoice
from portal.billing.pay_models import PaySession
from portal.core.database import session
from tests.harness import Customer
from tests.looks.stage import REFUSED_LATER, Stage

States = Iterator[tuple[str, str]]
PAGE = "someone-else"


def pages(stage: Stage) -> States:
    yield from _someone_else(stage)
    yield from _by_link(stage)


def _someone_else(stage: Stage) -> States:
    owner = stage.asks()
    page = stage.looks(owner, PAGE)
    yield "someone-else", page.text
    invited = stage.taps(owner, PAGE, page, "invite-payer")
    yield "someone-else-link", invited.text
    address = re.search(r'id="address" value="([^"]+)"', invited.text)
    assert address
    payer = Customer(stage.portal, address.group(1))
    asked = payer.page()
    yield "payer", asked.text
    yield "payer-no-name", payer.tap(asked, "pay-for", name="").text
    stage.changes(amount=stage.shop.dearer)
    yield "payer-stale", payer.tap(asked, "pay-for", name=stage.shop.payer).text
    setup = payer.tap(payer.page(), "pay-for", name=stage.shop.payer).headers["Location"]
    yield "payer-taking", payer.enter_card(setup).text
    stage.portal.run_jobs()
    yield "payer-pays", payer.page().text
    yield "done-someone-pays", owner.page().text
    paying = stage.looks(owner, PAGE)
    yield "someone-else-pays", paying.text
    stage.taps(owner, PAGE, paying, "end-payer")
    yield "nobody-pays", owner.page().text
    yield "payer-over", payer.page().text


def _by_link(stage: Stage) -> States:
    customer = stage.asks(collection="link", number_of_payments=3)
    page = customer.page()
    yield "due", page.text
    _pays(customer, REFUSED_LATER)
    stage.portal.run_jobs()
    yield "due-refused", customer.page().text
    back = _pays(customer)
    yield "due-checking", back
    stage.portal.run_jobs()
    yield "due-paid", customer.page().text
    canceled = stage.asks(collection="link")
    with stage.portal.writing():
        session().query(Invoice).order_by(Invoice.id.desc()).first().status = "void"
        assert session().query(PaySession).count()
    yield "due-canceled", canceled.page().text


def _pays(customer: Customer, card: str = "4242 4242 4242 4242") -> str:
    """Pay on the gateway's page and come back; the portal has not asked the gateway yet."""
    address = customer.tap(customer.page(), "pay").headers["Location"]
    return customer.enter_card(address, card).text
