"""Every page of the customer as the application itself makes it, in each state, by a name for the file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import time_machine

from portal import errors
from portal.billing.models import SetupSession
from portal.core.database import session
from portal.core.jobs import Job
from portal.links.models import PaymentRequest
from tests.looks import own_states, payer_states
from tests.looks.stage import ASKS_BANK, NO_MONEY, REFUSED_LATER, Stage

States = Iterator[tuple[str, str]]


def pages(stage: Stage) -> States:
    """What the shop of this stage shows: the name of each state and its HTML."""
    yield from _asked(stage)
    yield from _paid(stage)
    yield from own_states.pages(stage)
    yield from payer_states.pages(stage)
    yield from _unpaid(stage)
    yield from _over(stage)
    stage.opens_again()
    yield from _overdue(stage)
    yield from _nobody(stage)


def _asked(stage: Stage) -> States:
    customer = stage.asks()
    first = customer.page()
    yield "offer", first.text
    stage.changes(amount=stage.shop.dearer, frequency="Quarterly", number_of_payments=4)
    yield "updated", _in_place(first.text, customer.page(**{"X-Shown-Version": "1"}).text)
    yield "stale", customer.tap(first).text
    yield "form-error", customer.tap(customer.page(), csrf_token="another").text
    yield "later", stage.asks(start_date="2026-03-31", frequency="Yearly").page().text
    customer = stage.asks()
    address = customer.tap(customer.page()).headers["Location"]
    with stage.portal.reading():
        setup = session().query(SetupSession).order_by(SetupSession.id.desc()).first()
    yield "confirming-card", stage.portal.client.get(f"{customer.path}?setup={setup.id}").text
    customer.enter_card(address)
    stage.portal.run_jobs(Job.COMPLETE_SETUP)
    yield "confirming", customer.page().text
    yield "declined", stage.subscribes(REFUSED_LATER).page().text


def _paid(stage: Stage) -> States:
    done = stage.subscribes()
    page = done.page().text
    yield "done", page
    path = page.partition("/receipt/")[2].partition('"')[0]
    yield "terms", stage.looks(done, "terms").text
    yield "receipt", stage.looks(done, f"receipt/{path}").text
    stage.merchant.call("POST", f"/subscription/{stage.count}/pause")
    yield "paused", done.page().text
    yield "done-nothing-yet", stage.subscribes(start_date="2026-03-31").page().text


def _unpaid(stage: Stage) -> States:
    customer = stage.subscribes()
    stage.rewrites("unknown", "open", status="active")
    yield "checking", customer.page().text


def _overdue(stage: Stage) -> States:
    """Cards that fail on the second charge: for want of money, and for good; each page on its day."""
    customer, asked, lost = stage.subscribes(), stage.subscribes(), stage.subscribes()
    for who, card in ((customer, NO_MONEY), (asked, ASKS_BANK), (lost, REFUSED_LATER)):
        stage.changes_card(who, card)
    stage.advance("2026-02-28T18:00")
    page = customer.page()
    yield "refused", page.text
    yield "refused-for-good", lost.page().text
    yield "bank-check", asked.page().text
    yield "retry-day-wrong", customer.tap(page, "retry-day", day="2027-01-01").text
    yield "cancel-with-debt", stage.looks(customer, "cancel").text
    customer.tap(page, "pay-now")
    yield "taken-again", customer.page().text
    stage.portal.run_jobs()
    stage.advance("2026-03-20T12:00")
    yield "overdue", lost.page().text


def _over(stage: Stage) -> States:
    customer = stage.subscribes()
    stage.rewrites(status="closed", close_reason="closed_merchant")
    yield "closed", customer.page().text
    withdrawn = stage.asks()
    stage.changes(active=False)
    yield "withdrawn", withdrawn.page().text
    replaced = stage.asks()
    with stage.portal.writing():
        newest = session().query(PaymentRequest).order_by(PaymentRequest.id.desc()).first()
        newest.status = "replaced"
    yield "replaced", replaced.page().text
    expired = stage.asks()
    stage.advance("2026-02-12T00:00")
    page = expired.page()
    yield "expired", page.text
    yield "sent", expired.tap(page, "send-new-link").text
    with time_machine.travel(datetime.now(UTC), tick=False) as clock:
        for _ in range(5):
            clock.shift(301)
            answer = expired.tap(page, "send-new-link")
    yield "enough", answer.text


def _nobody(stage: Stage) -> States:
    browser = {"Accept-Language": stage.language}
    yield "wrong", stage.portal.client.get("/p/nothing", headers=browser).text
    with stage.portal.app.test_request_context("/p/nothing", headers=browser):
        for name, code, minutes in (("too-many", 429, 5), ("broken", 500, None), ("busy", 503, None)):
            yield name, errors.page(code, minutes).get_data(as_text=True)
        yield "elsewhere", errors.page(403).get_data(as_text=True)


def _in_place(page: str, fragment: str) -> str:
    """What the script makes of the open page: its head, and the body that it fetched."""
    return page.partition("<body>")[0] + "<body>" + fragment.partition("<body>")[2]
