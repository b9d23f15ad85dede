"""The printed samples of the source system, sent and read as they are printed; placeholders alone are replaced."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.harness import Customer, Merchant, Portal

SEEDS = Path(__file__).resolve().parents[1] / "data" / "seeds"


def printed(name: str) -> str:
    return (SEEDS / f"{name}.json").read_text()


def post(merchant: Merchant, text: str, version: str) -> Any:
    return merchant.call("POST", "/subscription/addUpdate", version, data=text, content_type="application/json")


@pytest.fixture
def merchant_of_2022(portal: Portal) -> Merchant:
    """The morning of the sample's first payment, in the time zone of its offset."""
    return portal.merchant(clock="2022-02-23T17:28")


@pytest.mark.parametrize("version", ["v3", "v3.1", "v4"])
def test_the_printed_request_is_answered_as_printed(merchant: Merchant, version: str) -> None:
    wanted = json.loads(printed("add_update_added"))
    answer = post(merchant, printed("add_update_request"), version)
    assert answer.status_code == 200
    assert {name: answer.json[name] for name in wanted} == wanted | {"_id": answer.json["_id"]}
    assert "errors" not in answer.json
    assert isinstance(answer.json["_id"], str)
    again = post(merchant, printed("add_update_request"), version)
    assert again.json["action"] == "updated"


def test_a_failed_request_is_answered_in_the_printed_shape(merchant: Merchant) -> None:
    wanted = json.loads(printed("add_update_failed"))
    body = json.loads(printed("add_update_request")) | {"amount": "much"}
    del body["description"]
    answer = post(merchant, json.dumps(body), "v3")
    assert answer.status_code == 422
    assert set(wanted) <= set(answer.json)
    assert answer.json["success"] is wanted["success"]
    assert sorted(answer.json["errors"]) == ["invalid amount", "missing description"]
    assert "action" not in answer.json


def test_the_printed_subscription_is_what_is_read(portal: Portal, merchant_of_2022: Merchant) -> None:
    """Every field of the sample, at every depth, with a value of its kind; those that the story fixes are equal."""
    merchant, wanted = merchant_of_2022, json.loads(printed("get_subscription"))
    made = {
        name: wanted[name] for name in ("description", "amount", "frequency", "start_date", "number_of_payments")
    } | {"external_id": "1", "frequency_units": 1, "webhook_url": wanted["webhook_url"]}
    person = {name: value for name, value in wanted["customer"].items() if name != "_id"} | {"external_id": "c"}
    link = merchant.post(made | {"customer": person}).json["link"]
    Customer(portal, link).confirm()
    portal.run_jobs()
    found = merchant.subscription("1")
    _same_kind(wanted, found, "")
    settled = {"_id", "invoices", "customer", "number_of_payments"}
    assert {name: found[name] for name in set(wanted) - settled} == {
        name: wanted[name] for name in set(wanted) - settled
    }
    assert {n: found["customer"][n] for n in person if n != "external_id"} == {
        n: v for n, v in person.items() if n != "external_id"
    }
    [invoice] = found["invoices"]
    sample = wanted["invoices"][0]
    assert invoice["totals"].items() >= sample["totals"].items()
    assert sum(line["amount"] for line in invoice["lines"]) == invoice["totals"]["total"]
    equal = (
        "notifications",
        "description",
        "invoice_date",
        "due_date",
        "customer_memo",
        "internal_memo",
    )
    assert {name: invoice[name] for name in equal} == {name: sample[name] for name in equal}
    [payment] = invoice["payments"]
    assert (payment["payment_type"], payment["transaction_type"]) == ("payment_card", "capture")
    assert payment["amount"] == 9.97  # the sample's 9997 is neither cents nor a decimal of 9.97
    assert payment["paid_on"].startswith("2022-02-23T11:")
    assert payment["paid_on"].endswith("-06:00")


def test_the_printed_subscription_can_be_sent_back_as_an_update(portal: Portal, merchant_of_2022: Merchant) -> None:
    """v4 updates by id: what is not the merchant's to set is ignored, an empty text is nothing."""
    merchant = merchant_of_2022
    first = post(merchant, printed("add_update_request"), "v4").json
    customer_id = merchant.subscription()["customer"]["_id"]
    text = printed("get_subscription").replace("61f32dc2f62bdc6a48945067", first["_id"])
    answer = post(merchant, text.replace("62166eda3a8c0517866b9r23", customer_id), "v4")
    assert (answer.status_code, answer.json["action"], answer.json["version"]) == (200, "updated", 2)
    found = merchant.subscription()
    assert (found["amount"], found["frequency"], found["start_date"]) == (9.97, "Weekly", "2022-02-23")
    assert (found["number_of_payments"], found["status"], found["invoices"]) == (None, "pending", [])


def test_in_v4_every_name_is_in_camel_case_and_the_alias_stays(portal: Portal, merchant: Merchant) -> None:
    answer = post(merchant, printed("add_update_request"), "v4")
    found = merchant.subscription(answer.json["_id"], "v4")
    assert {"_id", "id", "startDate", "numberOfPayments", "webhookUrl", "attachmentRefs", "billToCustomer"} <= set(
        found
    )
    assert {"billTo", "soldTo", "deleted", "status", "frequency", "customer"} <= set(found)
    assert [name for name in found if "_" in name.removeprefix("_")] == []
    assert {"notifyPhone", "notifyEmail"} == set(found["customer"]["notificationOptions"])


def _same_kind(wanted: Any, found: Any, place: str) -> None:
    """Each field of the sample is there; a value may be null where the sample writes an empty text or null."""
    if isinstance(wanted, dict):
        assert isinstance(found, dict), place
        for name, value in wanted.items():
            assert name in found, f"{place}.{name}"
            _same_kind(value, found[name], f"{place}.{name}")
    elif isinstance(wanted, list):
        assert isinstance(found, list), place
        for one, other in zip(wanted, found, strict=bool(wanted)):  # the sample prints an empty list of lines
            _same_kind(one, other, f"{place}[]")
    elif wanted not in ("", None) and isinstance(wanted, (int, float)) and not isinstance(wanted, bool):
        assert isinstance(found, (int, float)), place
    elif wanted not in ("", None):
        assert type(found) is type(wanted), place
