"""Lines, taxes and agreed days through the API, on the clock: what is billed when, and on which invoice."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from portal.billing.models import Payment
from tests.harness import Customer, Merchant, Portal

TAXES = [{"name": "Sales tax", "rate": 8.25}]
LOCKER = {"description": "Locker", "amount": 5.00, "quantity": 2}


@pytest.fixture
def shop(portal: Portal) -> Merchant:
    return portal.merchant("Acme Fitness", clock="2026-01-31T15:00")


def subscribe(portal: Portal, shop: Merchant, **fields: Any) -> Customer:
    answer = shop.post(**fields)
    assert answer.status_code == 200, answer.text
    customer = Customer(portal, answer.json["link"])
    customer.confirm()
    portal.run_jobs()
    return customer


def taken(shop: Merchant) -> list[tuple[str, str]]:
    """(day, amount) of every charge that was taken, oldest first."""
    done = [entry for entry in shop.ledger() if entry["outcome"] == "captured"]
    return [(entry["at"][:10], f"{entry['amount']:.2f}") for entry in done]


def test_quantity_lines_and_taxes_make_the_amount_that_page_charge_and_invoice_say(
    portal: Portal, shop: Merchant
) -> None:
    answer = shop.post(quantity=2, lines=[LOCKER], taxes=TAXES)
    assert "$86.58" in Customer(portal, answer.json["link"]).page().text
    Customer(portal, answer.json["link"]).confirm()
    portal.run_jobs()
    # (2 × 34.99 + 2 × 5.00) × 1.0825, the tax rounded once
    assert taken(shop) == [("2026-01-31", "86.58")]
    shape = shop.subscription()
    assert (shape["amount"], shape["quantity"], shape["total"]) == (34.99, 2, 86.58)
    (invoice,) = shape["invoices"]
    assert invoice["totals"] == {"total": 86.58, "taxes": 6.60, "subtotal": 79.98}
    assert [(line["kind"], line["quantity"], line["amount"]) for line in invoice["lines"]] == [
        ("base", 2, 69.98),
        ("add_on", 2, 10.00),
        ("tax", 1, 6.60),
    ]


def test_an_included_tax_is_told_and_changes_no_amount(portal: Portal, shop: Merchant) -> None:
    subscribe(portal, shop, amount=125, taxes=[{"name": "VAT", "rate": "25", "inclusive": True}])
    (invoice,) = shop.subscription()["invoices"]
    assert invoice["totals"] == {"total": 125.00, "taxes": 25.00, "subtotal": 100.00}


def test_a_quarterly_line_is_billed_by_the_run_on_every_third_date(portal: Portal, shop: Merchant) -> None:
    storage = {"description": "Storage", "amount": 90, "frequency": "Quarterly"}
    subscribe(portal, shop, lines=[storage, {"description": "Joining fee", "amount": 20, "kind": "one_off"}])
    shop.advance("2026-08-01T00:00")
    assert taken(shop) == [
        ("2026-01-31", "144.99"),
        ("2026-02-28", "34.99"),
        ("2026-03-31", "34.99"),
        ("2026-04-30", "124.99"),
        ("2026-05-31", "34.99"),
        ("2026-06-30", "34.99"),
        ("2026-07-31", "124.99"),
    ]
    lines = shop.subscription()["invoices"][3]["lines"]
    assert (lines[1]["period_start"], lines[1]["period_end"]) == ("2026-04-30", "2026-07-31")


def test_the_schedule_says_what_each_date_will_cost(portal: Portal, shop: Merchant) -> None:
    subscribe(portal, shop, lines=[{"description": "Storage", "amount": 90, "frequency": "Quarterly"}])
    dates = shop.call("GET", "/subscription/439772921/schedule?count=4").json["data"]
    assert [(one["date"], one["amount"]) for one in dates] == [
        ("2026-03-31", 34.99),
        ("2026-04-30", 124.99),
        ("2026-05-31", 34.99),
        ("2026-06-30", 34.99),
    ]


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"taxes": [{"name": "VAT"}]}, "invalid taxes"),
        ({"taxes": [{"name": "VAT", "rate": 5, "line": "nothing"}]}, "invalid taxes"),
        ({"taxes": [{"name": "VAT", "rate": "5.1234567"}]}, "invalid taxes"),
        ({"lines": [{"description": "Discount", "amount": -34.99}]}, "invalid amount"),
        ({"lines": [{"amount": 1}]}, "missing lines.0.description"),
        ({"lines": "locker"}, "invalid lines"),
        ({"quantity": 0}, "invalid quantity"),
        ({"months": [13]}, "invalid months"),
        ({"months": [1], "frequency": "Weekly"}, "invalid frequency"),
        ({"fixed_day": 32}, "invalid fixed_day"),
        ({"send_on_hour": 24}, "invalid send_on_hour"),
    ],
)
def test_what_cannot_be_reckoned_is_named_before_anything_is_saved(
    shop: Merchant, fields: dict[str, Any], error: str
) -> None:
    answer = shop.post(**fields)
    assert answer.status_code == 422
    assert answer.json["errors"] == [error]
    assert shop.call("GET", "/subscription/439772921").status_code == 404


def test_a_fixed_day_takes_the_first_charge_on_that_day(portal: Portal, shop: Merchant) -> None:
    customer = subscribe(portal, shop, fixed_day=15)
    assert shop.subscription()["status"] == "active"
    assert "every month on the 15th" in customer.page().text
    shop.advance("2026-04-01T00:00")
    assert [day for day, _ in taken(shop)] == ["2026-02-15", "2026-03-15"]


def test_selected_months_leave_the_others_out(portal: Portal, shop: Merchant) -> None:
    subscribe(portal, shop, fixed_day="last", months=[2, 6, 12])
    shop.advance("2027-03-02T00:00")
    assert [day for day, _ in taken(shop)] == ["2026-02-28", "2026-06-30", "2026-12-31", "2027-02-28"]


def test_an_agreed_hour_is_an_hour_utc_on_the_utc_day(portal: Portal, shop: Merchant) -> None:
    """Case 30: that hour UTC of the date itself, whatever day it is at the site."""
    subscribe(portal, shop, send_on_hour=8)
    shop.advance("2026-03-01T00:00")
    captured = [entry["at"] for entry in shop.ledger() if entry["outcome"] == "captured"]
    # On the first day the hour had passed: at once.
    assert captured == ["2026-01-31T15:00:00+00:00", "2026-02-28T08:00:00+00:00"]


@pytest.mark.parametrize("start", [None, "2026-01-31"])
def test_an_agreed_hour_that_is_still_ahead_today_is_waited_for(
    portal: Portal, shop: Merchant, start: str | None
) -> None:
    """Also of a blank start, whose date is the UTC day of the yes (semantics section 5)."""
    subscribe(portal, shop, send_on_hour=22, start_date=start)
    assert taken(shop) == []
    assert shop.subscription()["status"] == "active"
    shop.advance("2026-02-01T00:00")
    assert [entry["at"] for entry in shop.ledger()] == ["2026-01-31T22:00:00+00:00"]


def change(shop: Merchant, **body: Any) -> Any:
    answer = shop.call("POST", "/subscription/439772921/update", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json


def add(shop: Merchant, amount: object, **more: Any) -> Any:
    return change(shop, type="add_product", product={"id": "towel", "description": "Towels", "amount": amount}, **more)


def test_a_product_added_in_the_middle_of_a_period_is_charged_for_its_days_once_the_customer_was_told(
    portal: Portal, shop: Merchant
) -> None:
    """Case 44: 31.00 on 10 February in a period of 28 days, 18 left: 19.93; then the full price."""
    subscribe(portal, shop)
    shop.advance("2026-02-10T15:00")
    update = add(shop, 31)
    assert update["status"] == "waiting"
    portal.run_jobs()
    assert "$65.99" in shop.messages()[0]["body"]
    assert taken(shop)[1:] == [("2026-02-10", "19.93")]
    shop.advance("2026-04-01T00:00")
    assert taken(shop)[2:] == [("2026-02-28", "65.99"), ("2026-03-31", "65.99")]
    told = shop.call("GET", f"/subscription/439772921/update/{update['id']}").json
    assert (told["status"], told["invoice"]["totals"]["total"]) == ("applied", 19.93)


def test_or_its_days_wait_for_the_next_invoice(portal: Portal, shop: Merchant) -> None:
    subscribe(portal, shop)
    shop.advance("2026-02-10T15:00")
    add(shop, 31, payment_schedule="next_invoice")
    portal.run_jobs()
    shop.advance("2026-04-01T00:00")
    assert taken(shop)[1:] == [("2026-02-28", "85.92"), ("2026-03-31", "65.99")]


def test_or_are_charged_on_a_day_of_their_own(portal: Portal, shop: Merchant) -> None:
    subscribe(portal, shop)
    shop.advance("2026-02-10T15:00")
    add(shop, 31, payment_schedule="custom", charge_on="2026-02-20")
    portal.run_jobs()
    shop.advance("2026-03-01T00:00")
    assert taken(shop)[1:] == [("2026-02-20", "19.93"), ("2026-02-28", "65.99")]


@pytest.mark.parametrize(("method", "now"), [("pay_in_full", "31.00"), ("do_not_charge", None)])
def test_the_period_may_be_charged_whole_or_not_at_all(
    portal: Portal, shop: Merchant, method: str, now: str | None
) -> None:
    subscribe(portal, shop)
    shop.advance("2026-02-10T15:00")
    add(shop, 31, calculationMethod=method)
    portal.run_jobs()
    shop.advance("2026-03-01T00:00")
    expected = [("2026-02-10", now)] if now else []
    assert taken(shop)[1:] == [*expected, ("2026-02-28", "65.99")]


def test_a_removed_product_is_credited_on_the_next_invoice(portal: Portal, shop: Merchant) -> None:
    subscribe(portal, shop, lines=[{"id": "towel", "description": "Towels", "amount": 31}])
    shop.advance("2026-02-10T15:00")
    assert change(shop, type="remove_product", line="towel")["status"] == "applied"
    portal.run_jobs()
    shop.advance("2026-04-01T00:00")
    # 18 of 28 days of 31.00 come back: 34.99 - 19.93
    assert taken(shop)[1:] == [("2026-02-28", "15.06"), ("2026-03-31", "34.99")]


def test_what_came_free_is_not_given_back(portal: Portal, shop: Merchant) -> None:
    subscribe(portal, shop)
    shop.advance("2026-02-10T15:00")
    add(shop, 31, calculationMethod="do_not_charge")
    shop.advance("2026-02-15T15:00")
    change(shop, type="remove_product", line="towel")
    shop.advance("2026-04-01T00:00")
    assert taken(shop)[1:] == [("2026-02-28", "34.99"), ("2026-03-31", "34.99")]


def test_more_of_what_came_free_costs_what_it_is_more(portal: Portal, shop: Merchant) -> None:
    subscribe(portal, shop)
    shop.advance("2026-02-10T15:00")
    add(shop, 31, calculationMethod="do_not_charge")
    change(shop, type="update_count", line="towel", quantity=2)
    portal.run_jobs()
    shop.advance("2026-02-15T15:00")
    change(shop, type="remove_product", line="towel")
    portal.run_jobs()
    shop.advance("2026-03-01T00:00")
    # 18 of 28 days of one more towel, then 13 of 28 of that one back: 34.99 - 14.39; the first came free
    assert taken(shop)[1:] == [("2026-02-10", "19.93"), ("2026-02-28", "20.60")]


def test_what_came_free_in_arrears_stays_free_until_its_next_period(portal: Portal, shop: Merchant) -> None:
    subscribe(portal, shop)
    shop.advance("2026-02-10T15:00")
    towels = {"id": "towel", "description": "Towels", "amount": 31, "billed": "end"}
    change(shop, type="add_product", product=towels, calculation_method="do_not_charge")
    shop.advance("2026-02-15T15:00")
    change(shop, type="remove_product", line="towel")
    shop.advance("2026-04-01T00:00")
    assert taken(shop)[1:] == [("2026-02-28", "34.99"), ("2026-03-31", "34.99")]


def test_nothing_is_given_back_of_a_period_that_a_pause_left_unbilled(portal: Portal, shop: Merchant) -> None:
    subscribe(portal, shop, lines=[{"id": "towel", "description": "Towels", "amount": 31}])
    shop.call("POST", "/subscription/439772921/pause", json={})
    shop.advance("2026-03-10T15:00")
    assert shop.call("POST", "/subscription/439772921/resume", json={}).status_code == 200
    change(shop, type="remove_product", line="towel")
    shop.advance("2026-05-01T00:00")
    assert taken(shop)[1:] == [("2026-03-31", "34.99"), ("2026-04-30", "34.99")]


def over_a_date(shop: Merchant) -> None:
    """A pause goes over 28 February; on 10 March, 21 days before the next date, it goes on."""
    assert shop.call("POST", "/subscription/439772921/pause", json={}).status_code == 200
    shop.advance("2026-03-10T15:00")
    assert shop.call("POST", "/subscription/439772921/resume", json={}).status_code == 200


@pytest.mark.parametrize("comes", [True, False])
def test_a_coupon_moves_nothing_in_a_period_that_a_pause_left_unbilled(
    portal: Portal, shop: Merchant, comes: bool
) -> None:
    """There is nothing to give a part of back, and nothing to take the other part of."""
    spring = {"id": "spring", "name": "Spring", "percent": 50}
    subscribe(portal, shop)
    if not comes:
        change(shop, type="add_coupon", coupon=spring, calculation_method="do_not_charge")
        portal.run_jobs()
    over_a_date(shop)
    change(
        shop,
        **({"type": "add_coupon", "coupon": spring} if comes else {"type": "remove_coupon", "coupon_id": "spring"}),
    )
    shop.advance("2026-05-01T00:00")
    price = "17.49" if comes else "34.99"
    assert taken(shop)[1:] == [("2026-03-31", price), ("2026-04-30", price)]


def test_what_was_paid_for_in_a_period_that_a_pause_left_unbilled_is_given_back(portal: Portal, shop: Merchant) -> None:
    subscribe(portal, shop)
    over_a_date(shop)
    add(shop, 31)
    portal.run_jobs()
    change(shop, type="remove_product", line="towel")
    shop.advance("2026-04-01T00:00")
    assert taken(shop)[1:] == [("2026-03-10", "21.00"), ("2026-03-31", "13.99")]


def test_a_coupon_comes_off_what_is_more_than_what_a_pause_left_unbilled(portal: Portal, shop: Merchant) -> None:
    """Another soap for 21 of 31 days, and another half of it once the coupon is gone; the first one stays free."""
    subscribe(portal, shop, lines=[{"id": "soap", "description": "Soap", "amount": 31}])
    spring = {"id": "spring", "name": "Spring", "percent": 50}
    over_a_date(shop)
    change(shop, type="add_coupon", coupon=spring)
    portal.run_jobs()
    change(shop, type="update_count", line="soap", quantity=2)
    portal.run_jobs()
    change(shop, type="remove_coupon", coupon_id="spring")
    portal.run_jobs()
    assert taken(shop)[1:] == [("2026-03-10", "10.50"), ("2026-03-10", "10.50")]


def test_a_coupon_that_waits_for_the_next_payment_waits_through_what_a_pause_left_unbilled(
    portal: Portal, shop: Merchant
) -> None:
    subscribe(portal, shop, lines=[{"id": "soap", "description": "Soap", "amount": 31}])
    spring = {"id": "spring", "name": "Spring", "percent": 50}
    change(shop, type="add_coupon", coupon=spring, calculation_method="do_not_charge")
    over_a_date(shop)
    change(shop, type="update_count", line="soap", quantity=2)
    portal.run_jobs()
    assert taken(shop)[1:] == [("2026-03-10", "21.00")]


def test_nothing_is_given_back_of_a_period_whose_charge_was_undone(portal: Portal, shop: Merchant) -> None:
    subscribe(portal, shop, lines=[{"id": "towel", "description": "Towels", "amount": 31}])
    (payment,) = portal.rows(Payment)
    assert shop.call("POST", f"/payment/{payment.id}/void", json={}).status_code == 200
    shop.advance("2026-02-10T15:00")
    change(shop, type="remove_product", line="towel")
    shop.advance("2026-03-01T00:00")
    assert taken(shop)[1:] == [("2026-02-28", "34.99")]


def test_a_planned_change_comes_on_its_day_and_can_be_taken_back_before(portal: Portal, shop: Merchant) -> None:
    subscribe(portal, shop, lines=[{"id": "towel", "description": "Towels", "amount": 31}])
    planned = change(
        shop, type="update_count", line="towel", quantity=2, application_schedule="scheduled", apply_on="2026-03-10",
        payment_schedule="next_invoice",
    )  # fmt: skip
    other = change(shop, type="remove_product", line="towel", application_schedule="scheduled", apply_on="2026-03-11")
    assert (planned["status"], other["status"]) == ("scheduled", "scheduled")
    canceled = shop.call("POST", f"/subscription/439772921/update/{other['id']}/cancel")
    assert canceled.json["status"] == "canceled"
    shop.advance("2026-05-01T00:00")
    # Period 28 February to 31 March, 31 days, 21 left: one more towel is 21.00, beside two towels for April.
    assert taken(shop) == [
        ("2026-01-31", "65.99"),
        ("2026-02-28", "65.99"),
        ("2026-03-31", "117.99"),
        ("2026-04-30", "96.99"),
    ]


def test_a_one_off_charge_is_taken_once_and_never_again(portal: Portal, shop: Merchant) -> None:
    subscribe(portal, shop)
    shop.advance("2026-02-10T15:00")
    product = {"description": "Key card", "amount": 12.50, "kind": "one_off"}
    change(shop, type="add_product", product=product, calculation_method="pay_in_full")
    portal.run_jobs()
    shop.advance("2026-04-01T00:00")
    assert taken(shop)[1:] == [("2026-02-10", "12.50"), ("2026-02-28", "34.99"), ("2026-03-31", "34.99")]


def test_the_notice_of_a_change_names_what_is_new_and_what_it_costs(portal: Portal, shop: Merchant) -> None:
    by_email = {"external_id": "1", "email": "ada@example.com", "notification_options": {"notify_email": True}}
    subscribe(portal, shop, customer=by_email)
    product = {"description": "Key card", "amount": 12.50, "kind": "one_off"}
    change(shop, type="add_product", product=product, calculation_method="pay_in_full")
    portal.run_jobs()
    (notice,) = [one for one in shop.messages() if "changed" in one["body"]]
    assert "Includes: was none, now Key card $12.50" in notice["body"]


def test_what_the_state_or_the_day_does_not_allow_changes_nothing(portal: Portal, shop: Merchant) -> None:
    subscribe(portal, shop)

    def refused(status: int, **body: Any) -> None:
        answer = shop.call("POST", "/subscription/439772921/update", json=body)
        assert answer.status_code == status, answer.text

    towels = {"description": "Towels", "amount": 31}
    refused(404, type="remove_product", line="nothing")
    refused(422, type="add_product")
    refused(422, type="add_product", product=towels, payment_schedule="custom")
    refused(422, type="add_product", product=towels, payment_schedule="custom", charge_on="2026-01-31")
    refused(422, type="add_product", product=towels, apply_on="2026-03-01")
    refused(422, type="add_product", product={**towels, "kind": "one_off"})
    shop.call("POST", "/subscription/439772921/pause", json={})
    refused(409, type="add_product", product=towels)
    assert shop.subscription()["version"] == 1


def test_before_the_yes_a_change_only_becomes_part_of_the_terms(portal: Portal, shop: Merchant) -> None:
    link = shop.post().json["link"]
    add(shop, 31)
    customer = Customer(portal, link)
    assert "$65.99" in customer.page().text
    customer.confirm()
    portal.run_jobs()
    assert taken(shop) == [("2026-01-31", "65.99")]


def test_a_simulation_says_what_the_change_would_cost_and_changes_nothing(portal: Portal, shop: Merchant) -> None:
    subscribe(portal, shop)
    shop.advance("2026-02-10T15:00")
    before = shop.subscription(version="v4")
    update = {"type": "add_product", "product": {"description": "Towels", "amount": 31}}
    answer = shop.call("POST", "/subscription/439772921/simulate?count=2", json={"updates": [update]})
    assert answer.status_code == 200, answer.text
    assert [one["totals"]["total"] for one in answer.json["now"]] == [19.93]
    assert [(one["date"], one["totals"]["total"]) for one in answer.json["data"]] == [
        ("2026-02-28", 65.99),
        ("2026-03-31", 65.99),
    ]
    portal.run_jobs()
    assert shop.subscription(version="v4") == before
    assert len(taken(shop)) == 1


def test_any_field_can_be_simulated_and_an_answer_is_what_then_happens(portal: Portal, shop: Merchant) -> None:
    subscribe(portal, shop)
    body = {"amount": 20, "frequency": "Weekly"}
    told = shop.call("POST", "/subscription/439772921/simulate?count=3", json=body).json["data"]
    shop.post(**body)
    portal.run_jobs()
    shop.advance("2026-03-20T00:00")
    assert [(one["date"], f"{Decimal(str(one['totals']['total'])):.2f}") for one in told] == taken(shop)[1:4]


def test_a_weekly_product_on_a_monthly_subscription_has_days_of_its_own(portal: Portal, shop: Merchant) -> None:
    subscribe(portal, shop)
    shop.advance("2026-02-10T15:00")
    product = {"description": "Class", "amount": 7, "frequency": "Weekly"}
    change(shop, type="add_product", product=product)
    portal.run_jobs()
    shop.advance("2026-03-05T00:00")
    assert taken(shop)[1:] == [
        ("2026-02-10", "7.00"),
        ("2026-02-17", "7.00"),
        ("2026-02-24", "7.00"),
        ("2026-02-28", "34.99"),
        ("2026-03-03", "7.00"),
    ]


def test_in_arrears_a_price_that_changes_twice_in_a_period_bills_each_day_once(portal: Portal, shop: Merchant) -> None:
    water = {"id": "water", "description": "Water", "amount": 28, "billed": "end"}
    subscribe(portal, shop, lines=[water])
    for day, amount in (("2026-02-10", 56), ("2026-02-20", 28)):
        shop.advance(f"{day}T15:00")
        change(shop, type="update_price", line="water", amount=amount)
        portal.run_jobs()
    shop.advance("2026-04-01T00:00")
    # 10 days at 28.00, 10 at 56.00, 8 at 28.00: of a period of 28.
    assert taken(shop)[1:] == [("2026-02-28", "72.99"), ("2026-03-31", "62.99")]


def test_a_price_that_waited_for_the_next_period_is_not_given_back_in_this_one(portal: Portal, shop: Merchant) -> None:
    subscribe(portal, shop, lines=[{"id": "locker", "description": "Locker", "amount": 14}])
    shop.advance("2026-02-10T15:00")
    change(shop, type="update_price", line="locker", amount=28, calculation_method="do_not_charge")
    portal.run_jobs()
    change(shop, type="remove_product", line="locker")
    shop.advance("2026-03-01T00:00")
    # 18 of 28 days of the 14.00 that were paid.
    assert taken(shop)[1:] == [("2026-02-28", "25.99")]
