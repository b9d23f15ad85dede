"""A client of the dialect, as its users have written it: the bare key, JSON bodies, guids out of answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from werkzeug.test import TestResponse

from tests.harness import Customer, Merchant

MONTHLY: dict[str, Any] = {
    "name": "Youth Membership",
    "agreementType": "Shared",
    "defaultQuantity": 1,
    "unitPrice": 100.00,
    "currencyCode": "DKK",
    "scheduleType": "Monthly",
    "scheduleEveryOther": 1,
}


@dataclass
class Fundraising:
    """Calls with the key of one site."""

    shop: Merchant

    def call(self, method: str, path: str, **options: Any) -> TestResponse:
        headers = {"Authorization": self.shop.api_key} | options.pop("headers", {})
        return self.shop.portal.client.open(f"/fundraising/{path}", method=method, headers=headers, **options)

    def get(self, path: str, **query: Any) -> Any:
        answer = self.call("GET", path, query_string=query)
        assert answer.status_code == 200, answer.text
        return answer.json

    def insert(self, path: str, body: Any) -> Any:
        answer = self.call("POST", path, json=body)
        assert answer.status_code == 201, answer.text
        return answer.json

    def post(self, path: str, body: Any = None, **options: Any) -> Any:
        """The subscription after a call that must succeed."""
        answer = self.call("POST", path, **({} if body is None else {"json": body}), **options)
        assert answer.status_code == 200, answer.text
        return answer.json

    def patch(self, guid: str, *operations: dict[str, Any], **options: Any) -> TestResponse:
        return self.call("PATCH", f"subscription/{guid}", json=list(operations), **options)

    def error(self, method: str, path: str, status: int = 400, **options: Any) -> Any:
        """What a call that must be refused says, in the dialect's one shape."""
        answer = self.call(method, path, **options)
        assert answer.status_code == status, answer.text
        assert {"status", "code", "message"} <= set(answer.json) <= {"status", "code", "message", "errors"}
        assert answer.json["status"] == status
        return answer.json

    def contact(self, **changes: Any) -> str:
        body = {"firstName": "Jens", "lastName": "Jensen", "msisdn": "4535294855", "email": "jens@example.com"}
        return str(self.insert("contact", body | changes)["contactGuid"])

    def agreement(self, **changes: Any) -> str:
        return str(self.insert("agreement", MONTHLY | changes)["agreementGuid"])

    def subscribe(self, contact: str | None = None, agreement: str | None = None, **changes: Any) -> Any:
        body = {"contactGuid": contact or self.contact(), "agreementGuid": agreement or self.agreement()}
        return self.insert("subscription", body | changes)

    def read(self, guid: str) -> Any:
        return self.get(f"subscription/{guid}")

    def link(self, number: int = -1) -> str:
        """A link that was sent, by default the newest."""
        self.shop.portal.run_jobs()
        links = [message["link"] for message in reversed(self.shop.messages()) if message["link"]]
        return str(links[number])

    def active(self, card: str | None = None, **changes: Any) -> Any:
        """A subscription whose contact has confirmed it by the link."""
        made = self.subscribe(**changes)
        person = Customer(self.shop.portal, self.link())
        person.confirm(card) if card else person.confirm()
        self.shop.portal.run_jobs()
        return self.read(made["subscriptionGuid"])
