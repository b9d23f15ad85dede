"""The merchant's developer: a site made at a shell, and calls of the API over HTTP."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import httpx

from tests.harness import SAMPLE
from tests.journeys.processes import Product

# Nobody's host (RFC 2606): what the workers send there must never reach a stranger.
WEBHOOK = {"webhook_url": "https://yourcompany.example/webhook"}


@dataclass(frozen=True)
class Merchant:
    """One site of the running product and the key that its developer was shown."""

    product: Product
    name: str
    site_id: str
    api_key: str

    def call(self, method: str, path: str, version: str = "v3", body: Any = None) -> Any:
        """The JSON of a call that must succeed."""
        answer = httpx.request(
            method,
            f"{self.product.url}/api/{version}/site/{self.site_id}{path}",
            headers={"Authorization": f"Bearer {self.api_key}"},
            json=body,
            trust_env=False,
            timeout=15,
        )
        assert answer.status_code in {200, 202}, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()

    def posts(self, **changes: Any) -> Any:
        """The sample of the native API with these changes; the answer."""
        return self.call("POST", "/subscription/addUpdate", body=SAMPLE | WEBHOOK | changes)

    def asks_for_payment(self, **changes: Any) -> str:
        """Add the sample subscription; the link that its customer gets."""
        link: str = self.posts(**changes)["link"]
        return link

    def subscription(self) -> Any:
        return self.call("GET", f"/subscription/{SAMPLE['external_id']}")

    def ledger(self) -> list[Any]:
        """What the pretend gateway did, oldest first."""
        return list(self.call("GET", "/sandbox/ledger", "v4")["data"])

    def outcomes(self) -> list[str]:
        return [entry["outcome"] for entry in self.ledger()]

    def messages(self) -> list[Any]:
        return list(self.call("GET", "/sandbox/messages", "v4")["data"])

    def advances(self, to: str) -> str:
        """Move the site's clock at the shell and wait until all is done; what the command said."""
        return self.product.portal("clock", "advance", self.site_id, "--to", to, "--wait")


def create(product: Product, name: str, *, clock: str = "") -> Merchant:
    """`portal site create`, as the merchant's developer would type it."""
    options = ["--clock", clock] if clock else []
    made = json.loads(product.portal("site", "create", "--name", name, "--json", *options))
    return Merchant(product, name, made["site_id"], made["api_key"])
