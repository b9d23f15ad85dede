"""The states as this dialect says them, and what pausing and resuming make of each; a refusal changes nothing."""

from __future__ import annotations

import pytest

from tests.api.paymennt.client import Paymennt
from tests.billing.by_link_shop import Payer, links

# The status it reads by before, after a pause, and after a resume; "" where the call is refused (states.md section 3).
TABLE = {
    "active": ("ACTIVE", "INACTIVE", ""),
    "paused": ("INACTIVE", "INACTIVE", "ACTIVE"),
    "expired": ("EXPIRED", "", ""),
    "completed": ("EXPIRED", "", ""),
    "closed": ("ARCHIVED", "", ""),
    "archived": ("ARCHIVED", "", ""),
}


def in_state(client: Paymennt, state: str) -> str:
    """The path of a subscription that was brought into this state as it comes about."""
    shop = client.shop
    made = client.subscribe(sendEvery="DAY", endDate="2021-08-26" if state == "expired" else None)
    shop.portal.run_jobs()
    path = f"subscription/{made['id']}"
    native = f"/subscription/{made['id']}"
    if state == "paused":
        client.post(f"{path}/pause")
    elif state in {"closed", "archived"}:
        verb = {"closed": "close", "archived": "archive"}[state]
        assert shop.call("POST", f"{native}/{verb}", json={}).status_code == 200
    elif state == "completed":
        update = {"id": made["id"], "number_of_payments": 1}
        assert shop.call("POST", "/subscription/addUpdate", json=update).status_code == 200
        Payer(shop.portal, links(shop)[-1]).pays()
    if state == "expired":
        shop.advance("2021-08-28T12:00")
    shop.portal.run_jobs()
    return path


@pytest.mark.parametrize("state", TABLE)
def test_each_call_does_in_each_state_what_the_table_says(client: Paymennt, state: str) -> None:
    reads, paused, resumed = TABLE[state]
    for call, wanted in (("pause", paused), ("resume", resumed)):
        path = in_state(client, state)
        before = client.get(path)
        assert before["status"] == reads
        if wanted:
            assert client.post(f"{path}/{call}")["status"] == wanted
        else:
            assert client.error("POST", f"{path}/{call}", json={})
            assert client.get(path) == before
