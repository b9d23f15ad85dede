"""The printed samples of this dialect, sent and read as they are printed; placeholders alone are replaced."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.api.fundraising.client import MONTHLY, Fundraising
from tests.harness import Customer, Merchant, Portal

FOLDER = Path(__file__).resolve().parents[2] / "data" / "fundraising"


def printed(name: str, **placeholders: str) -> str:
    text = (FOLDER / f"{name}.json").read_text()
    for field, value in placeholders.items():
        text = re.sub(rf'("{field}": )"[^"]*"', rf'\1"{value}"', text)
    return text


def send(client: Fundraising, method: str, path: str, text: str) -> Any:
    answer = client.call(method, path, data=text, content_type="application/json; charset=utf-8")
    assert answer.status_code == (201 if path == "subscription" else 200), answer.text
    return answer.json


@pytest.fixture
def client(portal: Portal) -> Fundraising:
    """The last day of 2018 in Copenhagen: the samples begin on the next one."""
    return Fundraising(
        portal.merchant(
            "Acme Aid", clock="2018-12-31T10:00", timezone="Europe/Copenhagen", country="DK", currency="DKK"
        )
    )


@pytest.fixture
def shop(client: Fundraising) -> Merchant:
    return client.shop


def begin(client: Fundraising, **agreement: Any) -> str:
    """The printed insert, confirmed by the contact."""
    body = printed("subscription_request", contactGuid=client.contact(), agreementGuid=client.agreement(**agreement))
    made = send(client, "POST", "subscription", body)
    Customer(client.shop.portal, client.link()).confirm()
    client.shop.portal.run_jobs()
    return str(made["subscriptionGuid"])


def test_the_printed_insert_is_pending_and_sends_the_link(client: Fundraising) -> None:
    body = printed("subscription_request", contactGuid=client.contact(), agreementGuid=client.agreement())
    made = send(client, "POST", "subscription", body)
    assert (made["state"], made["quantity"], made["externalId"]) == ("Pending", 1, None)
    client.shop.portal.run_jobs()
    (message,) = client.shop.messages()
    assert "Youth Membership" in message["body"]


def test_every_field_of_the_printed_subscription_is_read(client: Fundraising) -> None:
    found = client.read(begin(client))
    wanted = json.loads(printed("subscription_answer"))
    assert set(wanted) <= set(found)
    assert type(found["version"]) is type(found["quantity"]) is int
    assert (found["cancelCode"], found["errorCode"]) == (None, None)  # an INTEGER is never an empty text
    table = {"merchantId", "inactivatedTs", "originTs"}
    assert set(found) == set(wanted) | table


@pytest.mark.parametrize("op", ["add", "replace", "remove"])
def test_the_printed_patch_in_each_of_its_three_readings(client: Fundraising, op: str) -> None:
    guid = begin(client)
    patched = send(client, "PATCH", f"subscription/{guid}", printed("patch_request", op=op))
    assert patched["externalId"] == (None if op == "remove" else "1001")


def test_the_printed_hold_and_restart(client: Fundraising) -> None:
    guid = begin(client)
    held = send(client, "POST", f"subscription/{guid}/Hold", printed("hold_request"))
    assert (held["state"], held["holdDescription"]) == ("Inactive", "...")
    back = send(client, "POST", f"subscription/{guid}/Restart", printed("restart_request"))
    assert (back["state"], back["holdDescription"]) == ("Active", None)
    assert (back["nextDueDate"], back["expiresAfterDate"]) == ("2019-01-01", "2019-12-31")


def test_the_printed_cancel(client: Fundraising) -> None:
    ended = send(client, "POST", f"subscription/{begin(client)}/Cancel", printed("cancel_request"))
    assert (ended["state"], ended["cancelCode"], ended["cancelDescription"]) == ("Inactive", 100102, "...")


def test_the_printed_change_of_agreement(client: Fundraising) -> None:
    other = client.agreement(name="Adults", scheduleFixedDay=15)
    body = printed("change_agreement_request", agreementGuid=other)
    changed = send(client, "POST", f"subscription/{begin(client)}/ChangeAgreement", body)
    assert changed["agreementGuid"] == other
    assert (changed["startDate"], changed["nextDueDate"]) == ("2019-02-15", "2019-02-15")


def test_the_printed_update_of_the_payment_method(client: Fundraising) -> None:
    first = client.read(begin(client))
    second = client.subscribe(contact=first["contactGuid"], paymentMethodGuid=first["paymentMethodGuid"])
    body = printed("update_payment_method_request", paymentMethodGuid=first["paymentMethodGuid"])
    client.shop.portal.run_jobs()
    updated = send(client, "POST", f"subscription/{second['subscriptionGuid']}/UpdatePaymentMethod", body)
    assert updated["paymentMethodGuid"] == first["paymentMethodGuid"]


def test_the_printed_schedule_is_that_of_a_monthly_one_due_next_on_the_first_of_may(client: Fundraising) -> None:
    guid = begin(client, scheduleFixedDay=1)
    client.shop.advance("2019-04-15T10:00")
    assert client.read(guid)["nextDueDate"] == "2019-05-01"
    assert client.get(f"subscription/{guid}/schedule") == json.loads(printed("schedule_answer"))


def test_the_printed_line_of_the_log(client: Fundraising) -> None:
    guid = begin(client)
    client.post(f"subscription/{guid}/Hold")
    client.shop.portal.log_calls()
    found = client.get(f"subscription/{guid}/log", limit=1)
    wanted = json.loads(printed("log_answer"))
    assert [set(one) for one in found] == [set(one) for one in wanted]
    assert found[0]["entityType"] == "Subscription"
    assert found[0]["entityGuid"] == guid
    assert wanted[0]["changes"][0] in found[0]["changes"]
    assert json.loads(found[0]["oldEntityJson"])["state"] == "Active"
    assert found[0]["changeDescription"] == f"Subscription paused by POST /fundraising/subscription/{guid}/Hold"
    assert (found[0]["requester"], found[0]["systemRequest"]) == (client.shop.key_id, False)


def test_an_agreement_as_its_own_page_prints_it(client: Fundraising) -> None:
    wanted = json.loads(printed("agreement_answer", contactGuid=client.contact()))
    made = client.insert("agreement", wanted)
    settled = set(wanted) - {"agreementGuid", "contactGuid", "description", "scheduleBaseTier"}
    assert {name: made[name] for name in settled} == {name: wanted[name] for name in settled}
    assert (made["contactGuid"], made["state"]) == (None, "Available")


def test_the_printed_list_echoes_what_was_asked_for(client: Fundraising) -> None:
    guid = begin(client)
    asked = {"pageNumber": 0, "pageSize": 5, "startDate": "2018-12-31", "endDate": "2018-12-31", "state": "Active"}
    found = client.get("subscriptions", **asked)
    assert {name: found[name] for name in asked} == asked
    assert [one["subscriptionGuid"] for one in found["list"]] == [guid]
    assert set(found) == {*asked, "list", "total", "next"}
    assert MONTHLY["name"] in client.get("agreements")["list"][0]["name"]
