"""What an open page is told when it asks again: nothing while all is as it was, the page anew on a new day."""

from __future__ import annotations

from tests.harness import Customer, Merchant, Portal


def test_a_page_that_says_today_is_old_tomorrow(portal: Portal, merchant_on_clock: Merchant) -> None:
    customer = Customer(portal, merchant_on_clock.post().json["link"])
    customer.confirm()
    portal.run_jobs()
    page = customer.page()
    assert "$34.99 was taken today." in page.text
    assert 'data-day="2026-01-31"' in page.text
    known = {"If-None-Match": page.answer.headers["ETag"], "X-Shown-Version": "1"}
    assert customer.page(**known).status == 304
    merchant_on_clock.advance("2026-02-01T12:00")
    again = customer.page(**known)
    assert again.status == 200
    assert "$34.99 was taken on Saturday, January 31." in again.text
    assert 'data-day="2026-02-01"' in again.text
