"""A webhook that leads back to the portal is refused when saved, and by its mark when it comes by another name."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from portal.webhooks import addresses, deliver
from portal.webhooks.addresses import OURS, AddressRefused, check_url
from tests.harness import Merchant, Portal
from tests.webhooks.receiving import receiving


@pytest.fixture
def at_home(portal: Portal) -> Iterator[None]:
    """The portal at an address as it would have one."""
    addresses.configure("https://pay.acme.example", "https://live.acme.example:8443")
    yield
    addresses.configure(portal.settings.public_url, portal.settings.live_url)


@pytest.mark.usefixtures("at_home")
@pytest.mark.parametrize(
    "url",
    [
        "https://pay.acme.example/api/v4/site/x/subscription/addUpdate",
        "https://PAY.acme.example:443/console",
        "https://pay.acme.example./p/token",
        "https://live.acme.example:8443/socket.io",
    ],
)
def test_our_own_addresses_are_refused_when_saved(merchant: Merchant, url: str) -> None:
    for answer in (merchant.call("POST", "/webhook", json={"url": url}), merchant.post(webhook_url=url)):
        assert answer.status_code == 422
        assert "the portal itself" in answer.json["details"][0]["message"]


@pytest.mark.usefixtures("at_home")
def test_they_are_refused_again_when_called() -> None:
    answer = deliver.post("https://pay.acme.example/", b"{}", {}, live=True, allow_private=True, timeout=1)
    assert (answer.status, answer.error) == (None, "This is the address of the portal itself. Give one of your own.")


@pytest.mark.usefixtures("at_home")
def test_another_port_or_host_is_somebody_elses() -> None:
    for url in ("https://pay.acme.example:8443/", "https://hooks.acme.example/"):
        check_url(url, live=True, allow_private=False)
    with pytest.raises(AddressRefused):
        check_url("https://pay.acme.example/", live=True, allow_private=False)


def test_every_call_of_ours_carries_a_mark() -> None:
    with receiving() as receiver:
        deliver.post(receiver.url, b"{}", {}, live=False, allow_private=True, timeout=5)
        assert receiver.got[0].headers[OURS] == "1"


@pytest.mark.parametrize("path", ["/console/requests", "/p/x", "/v1/subscriptions", "/api/v4/site/x/subscription"])
def test_a_call_with_that_mark_is_refused_wherever_it_comes_in(portal: Portal, merchant: Merchant, path: str) -> None:
    headers = {OURS: "1", "Authorization": f"Bearer {merchant.api_key}"}
    answer = portal.client.post(path, headers=headers, json={})
    assert (answer.status_code, answer.text) == (508, "A webhook of this portal leads back to it.\n")
