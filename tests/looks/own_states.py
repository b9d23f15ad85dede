"""The customer's own pages beside the main one, each as it looks before and after its tap."""

from __future__ import annotations

from collections.abc import Iterator

from tests.looks.stage import Stage

States = Iterator[tuple[str, str]]
OTHER_CARD = "4000 0000 0000 9995"


def pages(stage: Stage) -> States:
    yield "genuine", stage.looks(stage.asks(), "genuine").text
    yield from _papers(stage)
    yield from _choices(stage)
    yield from _method(stage)
    yield from _ways_out(stage)


def _papers(stage: Stage) -> States:
    waits = stage.subscribes(start_date="2026-03-31")
    yield "papers-none", stage.looks(waits, "papers").text
    customer = stage.subscribes()
    yield "papers", stage.looks(customer, "papers").text
    yield "agreed", stage.looks(customer, "agreed").text
    stage.changes(amount=stage.shop.dearer)
    yield "agreed-changed", stage.looks(customer, "agreed").text
    yield "done-changed", customer.page().text
    yield "history", stage.looks(customer, "history").text


def _choices(stage: Stage) -> States:
    customer = stage.subscribes()
    page = stage.looks(customer, "choices")
    yield "choices", page.text
    yield "choices-no-texts", stage.taps(customer, "choices", page, "stop-texts").text


def _method(stage: Stage) -> States:
    customer = stage.subscribes()
    stage.changes_card(customer, OTHER_CARD)
    page = stage.looks(customer, "method")
    yield "method", page.text
    asked = stage.taps(customer, "method", page, "send-code")
    stage.portal.run_jobs()
    yield "method-code", asked.text
    yield "method-wrong-code", stage.taps(customer, "method", asked, "check-code", code="12345x").text
    yield "method-choose", stage.taps(customer, "method", asked, "check-code", code=stage.code()).text


def _ways_out(stage: Stage) -> States:
    customer = stage.subscribes()
    pause, cancel = stage.looks(customer, "pause"), stage.looks(customer, "cancel")
    yield "pause", pause.text
    yield "cancel", cancel.text
    stage.changes(amount=stage.shop.dearer)
    yield "pause-stale", stage.taps(customer, "pause", pause, payments="1").text
    yield "cancel-stale", stage.taps(customer, "cancel", cancel).text
    yield "paused-until", stage.taps(customer, "pause", stage.looks(customer, "pause"), payments="2").text
    stage.taps(customer, "resume", customer.page())
    yield "canceled", stage.taps(customer, "cancel", stage.looks(customer, "cancel")).text
