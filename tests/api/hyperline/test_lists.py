"""Lists of the dialect: take and skip, filters with operators, what is hidden, and a constant number of statements."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from portal.core.database import db
from tests.api.hyperline.client import GOLD, TOWELS, Hyperline
from tests.harness import Merchant, Portal


def found(client: Hyperline, path: str, **query: Any) -> list[str]:
    return [one["id"] for one in client.get(path, **query)["data"]]


def test_a_list_is_read_by_take_and_skip(client: Hyperline) -> None:
    ids = [client.customer(name=f"No {n}") for n in range(5)][::-1]
    page = client.get("customers", take=2, skip=1)
    assert page["meta"] == {"total": 5, "taken": 2, "skipped": 1}
    assert [one["id"] for one in page["data"]] == ids[1:3]
    assert found(client, "customers") == ids
    assert client.get("customers", skip=9) == {"meta": {"total": 5, "taken": 0, "skipped": 9}, "data": []}
    for query in ({"take": 101}, {"take": 0}, {"take": "many"}, {"skip": -1}, {"take": "²"}):
        assert "Give a whole number" in client.refused("GET", "customers", query_string=query)


def test_what_has_ended_or_was_never_confirmed_is_hidden_unless_asked_for(client: Hyperline) -> None:
    john = client.customer()
    voided, cancelled, pending = (client.subscribe(customer_id=john) for _ in range(3))
    active = client.confirmed(customer_id=john)["id"]
    client.confirm(cancelled)
    for one in (voided, cancelled):
        client.post(f"subscriptions/{one['id']}/cancel")
    assert found(client, "subscriptions") == [active, pending["id"]]
    assert len(found(client, "subscriptions", status="all")) == 4
    assert found(client, "subscriptions", status="voided") == [voided["id"]]
    assert found(client, "subscriptions", status__in="cancelled,active") == [active, cancelled["id"]]
    assert found(client, "subscriptions", status__notIn="active,voided,cancelled") == [pending["id"]]
    assert found(client, "subscriptions", status__not="active") == [pending["id"], cancelled["id"], voided["id"]]
    assert found(client, "subscriptions", status="draft") == []
    assert "Give some of all" in client.refused("GET", "subscriptions", query_string={"status": "Active"})
    assert "no such filter" in client.refused("GET", "subscriptions", query_string={"status__gt": "active"})


def test_filters_are_fields_with_operators(shop: Merchant, client: Hyperline) -> None:
    ann, bea = client.customer(name="Ann Lee", external_id="c-1"), client.customer(name="Bea O%", type="corporate")
    first = client.subscribe(customer_id=ann, name="Gold")["id"]
    shop.advance("2026-01-05T00:00")
    second = client.subscribe(customer_id=bea, name="Silver", starts_at="2026-03-01")["id"]
    subscriptions = [
        ({"customer_id": ann}, [first]),
        ({"customer_id__not": ann}, [second]),
        ({"id__in": f"{first},{second}"}, [second, first]),
        ({"id": "not-an-id"}, []),
        ({"name__contains": "OL"}, [first]),
        ({"name__startsWith": "sil"}, [second]),
        ({"name__endWith": "er"}, [second]),
        ({"currency": "EUR"}, []),
        ({"created_at__gte": "2026-01-03T00:00:00Z"}, [second]),
        ({"created_at__lt": "2026-01-03"}, [first]),
        ({"cancel_at__isNull": ""}, [second, first]),
        ({"cancel_at__isNotNull": "true"}, []),
    ]
    for query, wanted in subscriptions:
        assert found(client, "subscriptions", **query) == wanted, query
    assert found(client, "customers", external_id="c-1") == [ann]
    assert found(client, "customers", name__contains="%") == [bea]
    assert found(client, "customers", external_id__isNull="true") == [bea]
    wrong = [{"colour": "red"}, {"name__near": "x"}, {"created_at__contains": "2026"}, {"created_at__gt": "noon"}]
    for query in [*wrong, {"id__in": ",".join(["x"] * 101)}]:
        client.refused("GET", "subscriptions", query_string=query)


@contextmanager
def statements(portal: Portal) -> Iterator[list[str]]:
    said: list[str] = []

    def note(*call: Any) -> None:
        said.append(str(call[2]))

    with portal.app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        event.remove(engine, "before_cursor_execute", note)


@pytest.mark.parametrize("path", ["subscriptions", "customers", "products", "updates"])
def test_a_longer_list_takes_no_more_statements(portal: Portal, client: Hyperline, path: str) -> None:
    made = client.confirmed(products=[GOLD, TOWELS])
    where = f"subscriptions/{made['id']}/updates" if path == "updates" else path

    def more(number: int) -> None:
        client.post("products", {"name": f"P{number}", "prices": [{"type": "fee", "amount": 1}]}, 201)
        client.update(made, "update_count", {"product_id": "towels", "count": number + 2})
        client.subscribe(products=[GOLD, TOWELS])

    def count() -> int:
        with statements(portal) as said:
            client.get(where)
        return len(said)

    more(0)
    few = count()
    paused = client.confirmed()
    client.post(f"subscriptions/{paused['id']}/pause")
    for number in range(1, 4):
        more(number)
    assert count() == few < 20
