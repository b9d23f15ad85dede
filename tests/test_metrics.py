"""The monitor's page: what is late, open or failing in numbers, for the loopback and for who has the token."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from portal.core.clock import real_now
from portal.core.database import Base, db, session
from portal.core.due import Due
from portal.core.jobs import Job
from portal.notifications.models import Message
from portal.subscriptions.models import Subscription
from portal.webhooks import outbox
from portal.webhooks.deliver import Answer
from portal.webhooks.models import Delivery
from tests.harness import Customer, Merchant, Portal

TOKEN = "monitor-" + "0123456789abcdef" * 2
LINE = re.compile(r'^(?:# (?:HELP|TYPE) portal_\w+ .+|portal_\w+(?:\{\w+="[^"\n]*"(?:,\w+="[^"\n]*")*\})? -?[\d.e+]+)$')


def values(portal: Portal) -> dict[str, float]:
    answer = portal.client.get("/metrics")
    assert answer.status_code == 200
    lines = [line.rpartition(" ") for line in answer.text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in lines}


def test_it_is_prometheus_text_line_by_line(portal: Portal, customer: Customer) -> None:
    answer = portal.client.get("/metrics")
    assert answer.content_type == "text/plain; version=0.0.4; charset=utf-8"
    assert answer.text.endswith("\n")
    assert [line for line in answer.text.splitlines() if not LINE.match(line)] == []


def test_every_queue_is_counted(portal: Portal) -> None:
    tables = {mapper.class_.__tablename__ for mapper in Base.registry.mappers if issubclass(mapper.class_, Due)}
    found = values(portal)
    assert {"subscriptions", "payments", "messages", "deliveries", "refunds"} <= tables
    assert all(found[f'portal_due{{kind="{name}"}}'] == 0 for name in tables)


def test_work_that_nobody_does_is_counted_with_its_age(portal: Portal, merchant: Merchant) -> None:
    merchant.post()
    with portal.writing():
        session().query(Message).one().due_at = real_now() - timedelta(minutes=3)
    found = values(portal)
    assert found['portal_due{kind="messages"}'] == 1
    assert 180 <= found['portal_oldest_due_seconds{kind="messages"}'] < 240
    with portal.writing():
        session().query(Message).one().due_at = real_now() + timedelta(minutes=1)  # a worker holds it
    assert values(portal)['portal_due{kind="messages"}'] == 0


def test_a_charge_without_an_answer_and_what_became_of_the_others(portal: Portal, merchant: Merchant) -> None:
    Customer(portal, merchant.post().json["link"]).confirm("4000 0000 0000 4954")
    Customer(
        portal, merchant.post(external_id="2", customer={"external_id": "2", "email": "a@b.example"}).json["link"]
    ).confirm()
    portal.run_jobs(Job.COMPLETE_SETUP, Job.CHARGE, Job.SEND_MESSAGE)
    found = values(portal)
    assert found["portal_payments_unknown"] == 1
    assert found['portal_attempts_last_hour{status="unknown"}'] == 1
    assert found['portal_attempts_last_hour{status="succeeded"}'] == 1
    assert sum(count for name, count in found.items() if name.startswith("portal_messages_last_hour")) == len(
        portal.rows(Message)
    )


def test_addresses_that_do_not_take_webhooks(portal: Portal, merchant: Merchant) -> None:
    merchant.post(webhook_url="https://yourcompany.com/webhook")
    assert values(portal)["portal_deliveries_failing"] == 0
    for delivery in portal.rows(Delivery)[:2]:
        with portal.writing():
            outbox.settle(delivery.id, Answer(503, "", None, 12))
    found = values(portal)
    assert found["portal_deliveries_failing"] == min(2, len(portal.rows(Delivery)))
    assert found["portal_endpoints_failing"] == 1


def test_calls_of_the_api_are_counted_from_their_log(portal: Portal, merchant: Merchant) -> None:
    assert merchant.call("GET", "/subscription/nothing").status_code == 404
    merchant.post()
    portal.log_calls()
    found = values(portal)
    assert found['portal_api_calls_last_5_minutes{dialect="native",status="404"}'] == 1
    assert found['portal_api_calls_last_5_minutes{dialect="native",status="200"}'] == 1
    assert 0 <= found['portal_api_longest_seconds_last_5_minutes{dialect="native",status="200"}'] < 60


@pytest.mark.environment(METRICS_TOKEN=TOKEN)
def test_from_elsewhere_it_takes_the_token(portal: Portal) -> None:
    away: dict[str, Any] = {"environ_base": {"REMOTE_ADDR": "203.0.113.7"}}

    def ask(given: str) -> int:
        headers = {"Authorization": given} if given else {}
        return portal.client.get("/metrics", headers=headers, **away).status_code

    assert [ask(""), ask("Bearer "), ask("Bearer wrong"), ask(TOKEN)] == [401] * 4
    assert ask(f"Bearer {TOKEN}") == 200


def test_without_a_token_set_nobody_from_elsewhere_is_answered(portal: Portal, customer: Customer) -> None:
    for given in ({}, {"Authorization": "Bearer "}, {"Authorization": "Bearer None"}):
        answer = portal.client.get("/metrics", headers=given, environ_base={"REMOTE_ADDR": "203.0.113.7"})
        assert answer.status_code == 401
        assert "METRICS_TOKEN" in answer.text
        assert "portal_due" not in answer.text


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"])
def test_what_a_proxy_on_this_machine_brings_is_from_elsewhere(portal: Portal, header: str) -> None:
    assert portal.client.get("/metrics", headers={header: "127.0.0.1"}).status_code == 401


def test_not_under_a_customers_or_a_merchants_address(portal: Portal, merchant: Merchant, customer: Customer) -> None:
    for path in (f"{customer.path}/metrics", "/p/metrics", "/api/metrics", "/api/v4/metrics"):
        assert portal.client.get(path).status_code in {401, 404}, path
    assert merchant.call("GET", "/metrics").status_code == 404


def test_it_names_nobody(portal: Portal, customer: Customer) -> None:
    customer.confirm()
    portal.run_jobs()
    subscription = portal.row(Subscription)
    text = portal.client.get("/metrics").text
    assert not {str(subscription.id), str(subscription.site_id), "johndoe", "Acme", "439772921"} & set(
        re.split(r'[\s"@{}=,]+', text)
    )


def test_its_statements_do_not_rise_with_what_is_stored(portal: Portal, merchant: Merchant) -> None:
    few = statements(portal)
    for number in range(12):
        merchant.post(external_id=str(number))
    assert statements(portal) == few <= 8


def statements(portal: Portal) -> int:
    sent: list[str] = []
    with portal.app.app_context():
        engine = db.engine

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        values(portal)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return len(sent)
