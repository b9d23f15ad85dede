"""The log: who changed what and by which call, newest first, with what everything was before."""

from __future__ import annotations

import json
from typing import Any

from portal.core.context import acting_as, new_request_id
from tests.api.fundraising.client import Fundraising
from tests.harness import Portal


def log(client: Fundraising, guid: str, **query: Any) -> Any:
    client.shop.portal.log_calls()
    return client.get(f"subscription/{guid}/log", **query)


def test_every_change_is_there_newest_first_and_a_limit_cuts_the_oldest(client: Fundraising) -> None:
    guid = client.active(externalId="A")["subscriptionGuid"]
    client.patch(guid, {"op": "replace", "path": "/externalId", "value": "B"})
    client.post(f"subscription/{guid}/Hold", {"holdDescription": "Moved"})
    client.post(f"subscription/{guid}/Restart")
    client.post(f"subscription/{guid}/Cancel", {"cancelDescription": "Over"})
    whole = log(client, guid)
    said = [one["changeDescription"].split(" by ")[0] for one in whole]
    assert said[-3:] == ["Subscription active", "Subscription confirmed", "Subscription added"]
    assert said.count("Subscription paused") == 1
    assert len(whole) > 7
    assert log(client, guid, limit=2) == whole[:2]
    for limit in (0, -1, "many"):
        client.error("GET", f"subscription/{guid}/log", query_string={"limit": limit})
    moments = [one["createdTs"] for one in whole]
    assert moments == sorted(moments, reverse=True)


def test_each_says_what_everything_was_before(client: Fundraising) -> None:
    guid = client.active(externalId="A", quantity=2)["subscriptionGuid"]
    client.patch(
        guid,
        {"op": "replace", "path": "/externalId", "value": "B"},
        {"op": "replace", "path": "/quantity", "value": 1},
    )
    client.post(f"subscription/{guid}/Hold", {"holdDescription": "Moved"})
    found = log(client, guid)
    before = {one["changeDescription"].split(" by ")[0]: json.loads(one["oldEntityJson"]) for one in reversed(found)}
    assert (before["Subscription paused"]["state"], before["Subscription paused"]["externalId"]) == ("Active", "B")
    assert (before["Terms changed"]["quantity"], before["Terms changed"]["externalId"]) == (2, "A")
    assert before["Subscription active"]["state"] == "Pending"
    assert before["Subscription added"] == {}
    quantity = next(change for one in found for change in one["changes"] if change["fieldName"] == "quantity")
    assert quantity == {"fieldName": "quantity", "oldValue": 2, "newValue": 1}


def test_it_names_the_call_and_who_made_it_and_the_system_where_nobody_did(portal: Portal, client: Fundraising) -> None:
    guid = client.active(expiresAfterDate="2027-05-20")["subscriptionGuid"]
    client.patch(guid, {"op": "replace", "path": "/externalLink", "value": "https://crm.example.com/1"})
    mine = log(client, guid, limit=1)[0]
    assert mine["changeDescription"] == f"Subscription updated by PATCH /fundraising/subscription/{guid}"
    assert (mine["requester"], mine["systemRequest"]) == (client.shop.key_id, False)
    assert client.shop.call("POST", "/clock/advance", json={"to": "2027-05-25T08:00:00Z"}).status_code == 202
    with acting_as("system", "run_billing", new_request_id()):  # as every worker does
        portal.run_jobs()
    ended = log(client, guid, limit=1)[0]
    assert ended["systemRequest"] is True
    assert {"fieldName": "state", "oldValue": "Active", "newValue": "Expired"} in ended["changes"]
