"""A client of the dialect: a bearer key, JSON bodies, and the request that the seed prints."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from werkzeug.test import TestResponse

from tests.harness import Customer, Merchant

SEEDS = Path(__file__).resolve().parents[2] / "data" / "seeds"
PRINTED = (SEEDS / "hyperline_update_request.json").read_text()
NOW = {
    "application_schedule": "immediately",
    "payment_schedule": "immediately",
    "calculation_method": "pro_rata",
}
GOLD = {"product_id": "gold", "product_name": "Gold+ Plan", "prices": [{"type": "fee", "amount": 3499}]}
TOWELS = {
    "product_id": "towels",
    "product_name": "Towels",
    "prices": [{"type": "fee", "amount": 3100}],
    "billing_interval_period": "months",
    "billing_interval_count": 1,
}


@dataclass
class Hyperline:
    """Calls with the key of one site."""

    shop: Merchant

    def call(self, method: str, path: str, **options: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.shop.api_key}"} | options.pop("headers", {})
        return self.shop.portal.client.open(f"/v1/{path}", method=method, headers=headers, **options)

    def post(self, path: str, body: Any = None, status: int = 200) -> Any:
        """What a call answers that must succeed with this status."""
        answer = self.call("POST", path, json={} if body is None else body)
        assert answer.status_code == status, answer.text
        return answer.json

    def put(self, path: str, body: Any) -> Any:
        answer = self.call("PUT", path, json=body)
        assert answer.status_code == 200, answer.text
        return answer.json

    def get(self, path: str, **query: Any) -> Any:
        answer = self.call("GET", path, query_string=query)
        assert answer.status_code == 200, answer.text
        return answer.json

    def refused(self, method: str, path: str, status: int = 400, **options: Any) -> str:
        """The words of a call that must be refused."""
        answer = self.call(method, path, **options)
        assert answer.status_code == status, answer.text
        assert set(answer.json) == {"message"}
        return str(answer.json["message"])

    def customer(self, **changes: Any) -> str:
        body = {"name": "John Doe", "type": "person", "billing_email": "johndoe@abc.com"} | changes
        return str(self.post("customers", body, 201)["id"])

    def subscribe(self, **changes: Any) -> Any:
        """A subscription to the gold plan, monthly, which its customer has not confirmed."""
        body = {
            "customer_id": changes.pop("customer_id", None) or self.customer(),
            "products": [GOLD],
            "billing_interval_period": "months",
            "billing_interval_count": 1,
        } | changes
        return self.post("subscriptions", body, 201)

    def confirmed(self, **changes: Any) -> Any:
        """The same, confirmed and paid for the first time."""
        made = self.subscribe(**changes)
        self.confirm(made)
        return self.get(f"subscriptions/{made['id']}")

    def confirm(self, made: Any) -> None:
        Customer(self.shop.portal, made["checkout_url"]).confirm()
        self.shop.portal.run_jobs()

    def update(self, made: Any, kind: str, payload: Any, **changes: Any) -> Any:
        """The update that was made, as it reads after the jobs have run."""
        body = NOW | {"type": kind, "payload": payload} | changes
        path = f"subscriptions/{made['id']}"
        update_id = self.post(f"{path}/update", body, 201)["id"]
        self.shop.portal.run_jobs()
        return self.get(f"{path}/updates/{update_id}")


def printed(**replaced: Any) -> Any:
    """The printed request; placeholders alone are replaced."""
    body = json.loads(PRINTED)
    body["payload"] |= replaced
    return body
