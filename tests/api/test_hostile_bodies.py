"""Bodies that nobody sends by mistake alone, to every dialect: refused, nothing written, no time lost."""

from __future__ import annotations

import gzip
import json
import time
from typing import Any

import pytest
from werkzeug.test import TestResponse

from portal.api.dialect import COLUMNS
from portal.billing.models import Invoice
from portal.catalog.product_models import Product
from portal.customers.models import Customer as CustomerRow
from portal.subscriptions.models import Subscription
from tests.api.fundraising.client import MONTHLY
from tests.api.paymennt.client import PRINTED
from tests.harness import SAMPLE, Merchant, Portal

# Where a dialect adds something with money in it; the body, and the field of the money and how it is written.
NATIVE = {name: value for name, value in SAMPLE.items() if name != "webhook_url"}
ADDS: dict[str, tuple[str, dict[str, Any], str]] = {
    "native": ("/api/v4/site/{site}/subscription/addUpdate", NATIVE, "amount"),
    "fundraising": ("/fundraising/agreement", MONTHLY, "unitPrice"),
    "hyperline": ("/v1/products", {"name": "Gold", "type": "fee", "prices": [{"type": "fee", "amount": 3499}]}, ""),
    "paymennt": ("/mer/v2.0/subscription", PRINTED, "amount"),
}
REFUSED = {"native": {422, 400}, "fundraising": {400}, "hyperline": {400}, "paymennt": {400}}


@pytest.fixture(params=COLUMNS)
def dialect(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def post(merchant: Merchant, dialect: str, data: Any, **options: Any) -> TestResponse:
    headers = {"Authorization": f"Bearer {merchant.api_key}", "Content-Type": "application/json"}
    text = data if isinstance(data, (str, bytes)) else json.dumps(data)
    path = ADDS[dialect][0].format(site=merchant.site_id)
    return merchant.portal.client.post(path, data=text, headers=headers | options)


def nothing_is_written(portal: Portal) -> bool:
    return not any(portal.rows(table) for table in (Subscription, CustomerRow, Invoice, Product))


def with_money(dialect: str, written: str) -> str:
    """The body with this in place of its money, as it is written."""
    _, body, field = ADDS[dialect]
    if dialect == "hyperline":
        return json.dumps(body).replace("3499", written)
    return json.dumps(body | {field: "MONEY"}).replace('"MONEY"', written)


def test_the_bodies_are_good_without_the_malice(merchant: Merchant, dialect: str) -> None:
    assert post(merchant, dialect, ADDS[dialect][1]).status_code in {200, 201}


@pytest.mark.parametrize(
    "written",
    ["-1", "0", "-0.0", "NaN", "Infinity", "-Infinity", "1e309", "1e-9", "34.999", '"34,99"', '"1e3"', '"٣"', "true",
     "null", "[]", "{}", '""', "1e20", "1000000000000000", "0.30000000000000004"],
)  # fmt: skip
def test_what_is_no_price_is_refused_and_nothing_is_written(
    portal: Portal, merchant: Merchant, dialect: str, written: str
) -> None:
    answer = post(merchant, dialect, with_money(dialect, written))
    if dialect == "fundraising" and written in {"0", "-0.0", "null", '""'} and answer.status_code == 201:
        pytest.skip("an agreement may leave the price to its subscriptions")
    assert answer.status_code in REFUSED[dialect], answer.text
    assert nothing_is_written(portal)


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ("[" * 100_000, 400),
        ('{"a":' * 100_000 + "1" + "}" * 100_000, 400),
        ('{"amount": 1, "amount": 2}', 400),
        ("{} {}", 400),
        ("\ufeff{}".encode(), 400),
        ('{"amount": 1}'.encode("utf-16"), 400),
        (b'{"a": "\xff"}', 400),
        ('{"a": "\\u0000"}', 400),
        ('{"a": "\\ud800"}', 400),
        (gzip.compress(b'{"a": "' + b"x" * 10_000_000 + b'"}'), 400),
        ('{"a": "' + "x" * 1_100_000 + '"}', 413),
        (b"x" * 10_000_000, 413),
    ],
    ids=["deep", "deep objects", "twice", "trailing", "mark", "utf-16", "bytes", "nul", "surrogate", "packed", "large",
         "10 MB"],
)  # fmt: skip
def test_what_is_no_honest_body_is_refused_before_anything_is_looked_at(
    portal: Portal, merchant: Merchant, dialect: str, data: Any, status: int
) -> None:
    packed = {"Content-Encoding": "gzip"} if isinstance(data, bytes) and data[:2] == b"\x1f\x8b" else {}
    assert post(merchant, dialect, data, **packed).status_code == status
    assert nothing_is_written(portal)


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_another_kind_of_body_is_415(portal: Portal, merchant: Merchant, dialect: str, kind: str) -> None:
    assert post(merchant, dialect, ADDS[dialect][1], **{"Content-Type": kind}).status_code == 415
    assert nothing_is_written(portal)


def test_eighty_thousand_names_cost_no_more_than_a_moment(merchant: Merchant, dialect: str) -> None:
    names = ",".join(f'"k{number:06}":1' for number in range(80_000))
    post(merchant, dialect, "{}")  # what is made once is made
    for body in (f"{{{names}}}", f'{{{names},"k079999":2}}', f'{{"customer":{{{names}}}}}'):
        begun = time.process_time()
        answer = post(merchant, dialect, body)
        assert time.process_time() - begun < 3  # a square of their number would take minutes
        assert 200 <= answer.status_code < 500


def test_what_is_not_the_merchants_to_set_is_never_set(portal: Portal, merchant: Merchant, dialect: str) -> None:
    ours = {"status": "closed", "state": "Archived", "deleted": True, "site_id": "x", "siteId": "x", "merchantId": "x",
            "version": 1, "sequence": 99, "accepted_at": "2020-01-01", "is_admin": True, "created_at": "1999-01-01",
            "createdTs": "1999-01-01", "closed_for_good": True, "__class__": "x", "payment_method_id": "x"}  # fmt: skip
    answer = post(merchant, dialect, ours | ADDS[dialect][1])
    assert answer.status_code in {200, 201}, answer.text
    for table in (Subscription, CustomerRow, Product):
        for row in portal.rows(table):
            assert str(row.site_id) == merchant.site_id
            assert row.created_at.year > 2020
            assert getattr(row, "deleted_at", None) is None
    for row in portal.rows(Subscription):
        assert (row.closed_for_good, row.payment_method_id, row.version) == (False, None, 1)
        assert row.status == "pending" or row.close_reason == "expired"  # the printed end date has passed
