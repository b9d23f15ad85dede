"""Updates: the printed request as it is printed, each kind by each schedule, and what is refused."""

from __future__ import annotations

from tests.api.hyperline.client import PRINTED, Hyperline
from tests.harness import Merchant, Portal


def test_the_printed_request_adds_a_product_and_answers_the_id_of_the_update(
    portal: Portal, shop: Merchant, client: Hyperline
) -> None:
    made = client.confirmed()
    path = f"subscriptions/{made['id']}"
    answer = client.call("POST", f"{path}/update", data=PRINTED, content_type="application/json")
    assert (answer.status_code, set(answer.json)) == (201, {"id"}), answer.json
    portal.run_jobs()
    update = client.get(f"{path}/updates/{answer.json['id']}")
    assert (update["type"], update["status"], update["amount"]) == ("add_product", "applied", 123)
    assert [entry["amount"] for entry in shop.ledger()] == [34.99, 1.23]
    held = client.get(path)["products"][1]
    assert (held["id"], held["name"], held["description"]) == ("<string>", "<string>", "<string>")
    assert held["payment_interval"] == {"period": "days", "count": 123}
    assert (held["count"], held["prices"]) == (1, [{"type": "fee", "amount": 123}])
