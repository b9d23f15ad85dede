"""The calendar file: the next dates by RFC 5545, moved rather than doubled when it is taken in again."""

from __future__ import annotations

import re
from datetime import date

from icalendar import Calendar

from tests.checkout.own.told import looks, taps
from tests.harness import Customer, Merchant, Portal


def events(customer: Customer) -> list[tuple[str, int, date, str]]:
    answer = customer.portal.client.get(f"{customer.path}/dates.ics")
    assert answer.status_code == 200
    read = Calendar.from_ical(answer.data)
    assert read["METHOD"] == "PUBLISH"
    return [
        (str(one["UID"]), int(one["SEQUENCE"]), one["DTSTART"].dt, str(one["SUMMARY"])) for one in read.walk("VEVENT")
    ]


def test_the_next_dates_are_days_with_merchant_and_amount(confirmed: Customer) -> None:
    answer = confirmed.portal.client.get(f"{confirmed.path}/dates.ics")
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8; method=PUBLISH"
    found = events(confirmed)
    assert [day for _, _, day, _ in found[:3]] == [date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30)]
    assert {summary for *_, summary in found} == {"Acme Fitness takes $34.99"}
    assert len({uid for uid, *_ in found}) == len(found) == 12
    assert "February has no 31st" in " ".join(answer.text.replace("\r\n ", "").split())


def test_nothing_personal_and_no_link_stands_in_it(confirmed: Customer) -> None:
    text = confirmed.portal.client.get(f"{confirmed.path}/dates.ics").text
    token = confirmed.path.rpartition("/")[2]
    assert token not in text
    said = re.sub(r"(?m)^(UID|DTSTAMP):.*$", "", text)  # digits by chance
    assert "SUMMARY" in said
    for secret in ("John", "Doe", "3333", "abc.com", "4242", "439772921", "http"):
        assert secret not in said


def test_a_pause_moves_the_same_payments_and_raises_their_sequence(confirmed: Customer, portal: Portal) -> None:
    before = events(confirmed)
    taps(confirmed, "pause", looks(confirmed, "pause"), payments="1")
    taps(confirmed, "resume", confirmed.page())
    again = events(confirmed)
    assert [uid for uid, *_ in again] == [uid for uid, *_ in before]
    assert min(sequence for _, sequence, *_ in again) > max(sequence for _, sequence, *_ in before)


def test_the_next_payment_keeps_its_uid_when_its_date_has_moved(
    merchant_on_clock: Merchant, confirmed: Customer
) -> None:
    first = events(confirmed)[0]
    taps(confirmed, "pause", looks(confirmed, "pause"), payments="2")
    merchant_on_clock.advance("2026-04-30T06:00")
    moved = events(confirmed)[0]
    assert moved[0] == first[0]
    assert moved[2] == date(2026, 4, 30)


def test_only_as_many_dates_as_there_are(portal: Portal, merchant_on_clock: Merchant) -> None:
    customer = Customer(portal, merchant_on_clock.post(number_of_payments=3).json["link"])
    customer.confirm()
    portal.run_jobs()
    assert [day for _, _, day, _ in events(customer)] == [date(2026, 2, 28), date(2026, 3, 31)]


def test_where_nothing_is_to_come_there_is_no_file(confirmed: Customer) -> None:
    taps(confirmed, "pause", looks(confirmed, "pause"), payments="open")
    assert looks(confirmed, "dates.ics").status == 303
    taps(confirmed, "cancel", looks(confirmed, "cancel"))
    assert looks(confirmed, "dates.ics").status == 410
