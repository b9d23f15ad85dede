"""Two editors: a change names the state it was made from, and is refused where that is not the present one."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from portal.billing.models import Payment
from tests.harness import Customer, Merchant, Portal

SUBSCRIPTION = "/subscription/439772921"


def read(merchant: Merchant, path: str = SUBSCRIPTION) -> str:
    return str(merchant.call("GET", path).headers["ETag"])


def change(merchant: Merchant, if_match: str | None, path: str = "/subscription/addUpdate", **options: Any) -> Any:
    headers = {} if if_match is None else {"If-Match": if_match}
    return merchant.call("POST", path, headers=headers, **options)


def test_an_update_from_the_state_that_was_read_goes_through_and_the_second_editor_is_refused(
    portal: Portal, merchant: Merchant, customer: Customer
) -> None:
    seen = read(merchant)
    assert seen == f'"{portal.the_subscription().sequence}"'
    body = {"external_id": "439772921", "amount": 40}
    assert change(merchant, seen, json=body).status_code == 200
    refused = change(merchant, seen, json=body | {"amount": 50})
    assert (refused.status_code, refused.json["details"][0]["code"]) == (412, "version_mismatch")
    assert merchant.subscription()["amount"] == 40
    assert change(merchant, read(merchant), json=body | {"amount": 50}).status_code == 200


@pytest.mark.parametrize(
    ("if_match", "status"),
    [('"1"', 200), ("*", 200), ('"9", "1"', 200), ("1", 200), ('"2"', 412), ('W/"1"', 412), ("", 412), (None, 200)],
)
def test_if_match_is_read_as_http_says(merchant: Merchant, if_match: str | None, status: int) -> None:
    merchant.post()
    body = {"external_id": "439772921", "amount": 40}
    assert change(merchant, if_match, json=body).status_code == status


def test_nothing_is_added_where_something_was_to_be_changed(merchant: Merchant) -> None:
    refused = merchant.call("POST", "/subscription/addUpdate", headers={"If-Match": "*"}, json={"external_id": "new"})
    assert refused.status_code == 412
    assert merchant.call("GET", "/subscription/new").status_code == 404


@pytest.mark.parametrize(("version", "status"), [(1, 200), ("1", 200), (None, 200), ("", 200), (2, 412), (0, 412)])
def test_the_body_may_name_the_version_of_the_terms_instead(merchant: Merchant, version: Any, status: int) -> None:
    merchant.post()
    body = {"external_id": "439772921", "amount": 40, "version": version}
    assert merchant.call("POST", "/subscription/addUpdate", json=body).status_code == status
    assert merchant.call("POST", f"{SUBSCRIPTION}/close", json={"version": 9}).status_code == 412


@pytest.mark.parametrize("version", ["one", 1.5, [], True])
def test_a_version_that_is_no_number_is_refused_by_its_name(merchant: Merchant, version: Any) -> None:
    merchant.post()
    answer = merchant.post({"external_id": "439772921", "version": version})
    assert (answer.status_code, answer.json["errors"]) == (422, ["invalid version"])


@pytest.fixture
def payment(portal: Portal, merchant: Merchant, customer: Customer) -> Payment:
    customer.confirm()
    portal.run_jobs()
    found: Payment = portal.row(Payment)
    return found


def test_each_move_answers_with_the_next_state_and_refuses_an_older_one(merchant: Merchant, payment: Payment) -> None:
    seen = read(merchant)
    for move in ("pause", "resume", "close", "archive"):
        assert change(merchant, '"0"', f"{SUBSCRIPTION}/{move}").status_code == 412
        answer = change(merchant, seen, f"{SUBSCRIPTION}/{move}")
        assert answer.status_code == 200, move
        assert answer.headers["ETag"] == read(merchant) != seen
        assert change(merchant, seen, f"{SUBSCRIPTION}/{move}").status_code == 412
        seen = answer.headers["ETag"]


@pytest.mark.parametrize("move", ["refund", "void"])
def test_money_goes_back_only_from_the_state_that_was_read(merchant: Merchant, payment: Payment, move: str) -> None:
    seen = read(merchant, f"/payment/{payment.id}")
    assert seen == read(merchant)
    assert change(merchant, '"1"', f"/payment/{payment.id}/{move}").status_code == 412
    assert change(merchant, '"1"', f"{SUBSCRIPTION}/retry").status_code == 412
    assert change(merchant, seen, f"/payment/{payment.id}/{move}").status_code == 200
    assert read(merchant, f"/payment/{payment.id}") != seen


@pytest.mark.parametrize("version", ["v3", "v3.1"])
def test_an_answer_of_a_superseded_version_says_so_and_names_its_successor(merchant: Merchant, version: str) -> None:
    path = f"/subscription/{uuid.uuid4()}"
    answer = merchant.call("GET", path, version)
    assert answer.headers["Deprecation"] == "@1767225600"
    assert answer.headers["Link"] == f'</api/v4/site/{merchant.site_id}{path}>; rel="successor-version"'
    assert "Sunset" not in answer.headers


def test_the_newest_version_is_not_deprecated(merchant: Merchant) -> None:
    answer = merchant.call("GET", "/clock")
    assert not {"Deprecation", "Link", "Sunset"} & set(answer.headers.keys())


def test_sending_again_too_is_from_the_state_that_was_read(merchant: Merchant) -> None:
    merchant.post()
    assert change(merchant, '"0"', f"{SUBSCRIPTION}/send").status_code == 412
    assert len(merchant.call("GET", f"{SUBSCRIPTION}/notifications").json["data"]) == 1
    seen = read(merchant)
    assert change(merchant, seen, f"{SUBSCRIPTION}/send").status_code == 200
    assert len(merchant.call("GET", f"{SUBSCRIPTION}/notifications").json["data"]) == 2
