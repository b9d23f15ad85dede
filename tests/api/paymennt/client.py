"""A client of the dialect, as its users have written it: header pairs, slash at the end of the list, JSON bodies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from werkzeug.test import TestResponse

from tests.harness import Merchant

# The request that the dialect's own guide prints, with a customer in place of its brackets.
PRINTED: dict[str, Any] = {
    "description": "dozen of cookies",
    "currency": "AED",
    "amount": 100.00,
    "customer": {
        "id": "",
        "firstName": "Amina",
        "lastName": "Haddad",
        "email": "amina@example.com",
        "phone": "971501234567",
    },
    "startDate": "2021-08-24",
    "endDate": "2024-08-24",
    "sendOnHour": 10,
    "sendEvery": "THREE_MONTHS",
}


@dataclass
class Paymennt:
    """Calls with the key and the secret of one site."""

    shop: Merchant
    pair: tuple[str, str] = ("X-POINTCHECKOUT-KEY", "X-POINTCHECKOUT-SECRET")

    def call(self, method: str, path: str, **options: Any) -> TestResponse:
        headers = dict(zip(self.pair, (self.shop.key_id, self.shop.api_key), strict=True))
        headers |= options.pop("headers", {})
        return self.shop.portal.client.open(f"/mer/v2.0/{path}", method=method, headers=headers, **options)

    def post(self, path: str, body: Any = None) -> Any:
        """The result of a call that must succeed."""
        answer = self.call("POST", path, json={} if body is None else body)
        assert answer.status_code == 200, answer.text
        assert set(answer.json) == {"success", "elapsed", "result"}
        return answer.json["result"]

    def get(self, path: str, **query: Any) -> Any:
        answer = self.call("GET", path, query_string=query)
        assert answer.status_code == 200, answer.text
        assert answer.json["success"] is True
        return answer.json["result"]

    def error(self, method: str, path: str, **options: Any) -> str:
        """The words of a call that must be refused."""
        answer = self.call(method, path, **options)
        assert answer.status_code == 400, answer.text
        assert answer.json["success"] is False
        assert set(answer.json) == {"success", "elapsed", "error"}
        return str(answer.json["error"])

    def subscribe(self, **changes: Any) -> Any:
        return self.post("subscription", PRINTED | changes)
