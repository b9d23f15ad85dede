"""A shop that collects by link, and a customer who pays one instalment on the gateway's page."""

from __future__ import annotations

from typing import Any

from tests.harness import GOOD_CARD, Customer, Merchant, Page, Portal


def subscribe(shop: Merchant, **changes: Any) -> str | None:
    """Add the sample, collected by link; the link of what is due at once."""
    answer = shop.post(None, "v3", **({"collection": "link", "amount": 100.0} | changes))
    assert answer.status_code == 200, answer.text
    link: str | None = answer.json["link"]
    return link


def links(shop: Merchant) -> list[str]:
    """The links that were sent, oldest first."""
    return [message["link"] for message in reversed(shop.messages()) if message["purpose"] == "instalment"]


class Payer(Customer):
    """Opens an instalment's link and pays it, or does not."""

    def taps_pay(self) -> str:
        """The address of the gateway's page."""
        answer = self.tap(self.page(), "pay")
        assert answer.status_code == 303, answer.text
        return answer.headers["Location"]

    def types(self, address: str, card: str = GOOD_CARD) -> Page:
        """Fill the gateway's page in; what comes next, without the portal having asked the gateway."""
        client = self.portal.client
        form = Page(client.get(address)).hidden()
        answer = client.post(address, data=form | {"number": card, "expiry": "12/49", "code": "123", "name": "J D"})
        if answer.status_code != 303:
            return Page(answer)
        return Page(client.get(answer.headers["Location"].removeprefix(self.portal.settings.public_url)))

    def pays(self, card: str = GOOD_CARD) -> Page:
        """Pay and come back; the workers have done their part."""
        self.types(self.taps_pay(), card)
        self.portal.run_jobs()
        return self.page()


def payer(portal: Portal, link: str) -> Payer:
    return Payer(portal, link)
