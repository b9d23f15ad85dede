"""The words and formats that the customer reads: how often, from when, why that day, how much, to whom."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from portal.billing.words import decline_reason
from portal.checkout import words
from portal.checkout.history_words import Happening, happened, method_words
from portal.checkout.parts import Merchant
from portal.checkout.qr import qr_code
from portal.core import formats
from portal.core.currencies import UnknownCurrency
from portal.core.speech import filled
from portal.sandbox.pages import BodyPart, body_parts
from portal.subscriptions.calendar import Frequency, Schedule, reason
from portal.subscriptions.differences import Difference, TermsText, compared
from portal.subscriptions.words import reason_words, rhythm_text

TODAY = date(2026, 1, 31)
NO_BREAK_SPACE = "\u00a0"


@pytest.mark.parametrize(
    ("frequency", "units", "expected"),
    [
        ("Daily", 1, "every day"),
        ("Daily", 10, "every 10 days"),
        ("Weekly", 1, "every week"),
        ("Weekly", 2, "every 2 weeks"),
        ("Bi-Weekly", 1, "every 2 weeks"),
        ("Bi-Weekly", 3, "every 6 weeks"),
        ("Semi-Monthly", 1, "twice a month"),
        ("Semi-Monthly", 2, "every month"),
        ("Semi-Monthly", 3, "every 3 half months"),
        ("Monthly", 1, "every month"),
        ("Monthly", 12, "every year"),
        ("Monthly", 18, "every 18 months"),
        ("Quarterly", 1, "every 3 months"),
        ("Semi-Annually", 1, "every 6 months"),
        ("Semi-Annually", 4, "every 2 years"),
        ("Yearly", 1, "every year"),
        ("Yearly", 2, "every 2 years"),
    ],
)
def test_every_frequency_has_its_plain_words(frequency: str, units: int, expected: str) -> None:
    assert rhythm_text(frequency, units, "en") == expected


def test_a_frequency_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="Fortnightly"):
        rhythm_text("Fortnightly", 1, "en")


@pytest.mark.parametrize(
    ("first", "count", "expected"),
    [
        (None, None, "today, then every month"),
        (TODAY, None, "today, then every month"),
        (date(2025, 12, 1), None, "today, then every month"),
        (date(2026, 3, 1), None, "every month, from Sunday, March 1"),
        (date(2027, 3, 1), None, "every month, from Monday, March 1, 2027"),
        (None, 1, "today, once"),
        (date(2026, 3, 1), 1, "on Sunday, March 1, once"),
    ],
)
def test_the_words_under_the_amount_say_when_the_first_payment_is_taken(
    first: date | None, count: int | None, expected: str
) -> None:
    assert words.offer_rhythm("every month", "en", first=first, today=TODAY, count=count) == expected


def test_the_last_line_of_the_dates_says_how_it_goes_on() -> None:
    last = date(2026, 12, 31)
    assert words.and_so_on("every month", "en", today=TODAY, more=None) == "and so on, every month, until you cancel"
    assert words.and_so_on("every month", "en", today=TODAY, more=None, cancel=False) == "and so on, every month"
    assert words.and_so_on("every month", "en", today=TODAY, more=9, last=last) == "and 9 more, the last on Dec 31"
    assert words.and_so_on("every month", "en", today=TODAY, more=1, last=last) == "and 1 more, on Dec 31"
    assert words.and_so_on("every month", "en", today=TODAY, more=0) == ""


def test_the_number_of_payments_comes_with_their_sum() -> None:
    assert words.count_line(12, "$419.88", "en") == "12 payments, $419.88 in all"
    assert words.count_line(1, "$34.99", "en") == "1 payment, $34.99"


def test_a_day_that_could_surprise_has_its_reason() -> None:
    monthly = Schedule(Frequency.MONTHLY, 1, date(2026, 1, 31))
    told = [reason_words(reason(monthly, n), "en") for n in range(4)]
    assert told == [
        "",
        "February has no 31st, so on its last day",
        "Back to the 31st",
        "April has no 31st, so on its last day",
    ]


@pytest.mark.parametrize(
    ("billing_day", "expected"), [(29, "no 29th"), (30, "no 30th"), (31, "no 31st")], ids=("29", "30", "31")
)
def test_a_wanted_day_reads_as_a_day(billing_day: int, expected: str) -> None:
    kept = Schedule(Frequency.MONTHLY, 1, date(2026, 2, 28), billing_day)
    assert expected in reason_words(reason(kept, 0), "en")


def test_only_the_terms_that_read_differently_are_listed_the_amount_first() -> None:
    was = TermsText(amount="$34.99", rhythm="every month", first="today", items="Gym")
    now = TermsText(amount="$39.99", rhythm="every month", first="Sun, Mar 1", items="Gym", count="12")
    assert compared(was, now, "en") == (
        Difference(label="Amount every month", was="$34.99", now="$39.99"),
        Difference(label="First payment", was="today", now="Sun, Mar 1"),
        Difference(label="Number of payments", was="no limit", now="12"),
    )
    assert compared(was, was, "en") == ()


def test_what_was_taken_is_said_with_its_day() -> None:
    assert words.taken("$34.99", "en", on=TODAY, today=TODAY) == "$34.99 was taken today."
    later = words.taken("$34.99", "en", on=date(2026, 2, 28), today=date(2026, 3, 3))
    assert later == "$34.99 was taken on Saturday, February 28."


@pytest.mark.parametrize(
    ("minor", "currency", "locale", "expected"),
    [
        (3499, "USD", "en", "$34.99"),
        (10000, "USD", "en", "$100.00"),
        (5, "USD", "en", "$0.05"),
        (1000, "JPY", "en", "¥1,000"),
        (10000, "KWD", "en", f"KWD{NO_BREAK_SPACE}10.000"),
        (100, "IQD", "en", f"IQD{NO_BREAK_SPACE}0.100"),
        (10000, "AED", "en", f"AED{NO_BREAK_SPACE}100.00"),
        (123456789, "EUR", "en", "€1,234,567.89"),
        (3499, "USD", "fr", f"34,99{NO_BREAK_SPACE}$US"),
        (3499, "DKK", "da", f"34,99{NO_BREAK_SPACE}kr."),
        (10000, "AED", "ar", f"AED{NO_BREAK_SPACE}100.00"),
    ],
)
def test_an_amount_has_its_currencys_own_digits(minor: int, currency: str, locale: str, expected: str) -> None:
    assert formats.amount(minor, currency, locale) == expected


def test_an_amount_keeps_every_digit_of_a_large_sum() -> None:
    assert formats.amount(99999999999999, "USD", "en") == "$999,999,999,999.99"


def test_an_unknown_currency_is_refused() -> None:
    with pytest.raises(UnknownCurrency):
        formats.amount(1, "XXX", "en")


def test_days_and_moments_read_naturally_in_each_language() -> None:
    on = date(2026, 2, 28)
    assert [formats.day(on, code) for code in ("en", "fr", "da")] == [
        "Sat, Feb 28",
        "sam. 28 févr.",
        "lør. d. 28. feb.",
    ]
    assert formats.day(on, "ar") == "السبت 28 فبراير"
    assert formats.long_day(on, "en") == "Saturday, February 28"
    assert formats.short_day(on, "en", today=date(2025, 12, 1)) == "Feb 28, 2026"
    assert formats.moment(datetime(2026, 1, 31, 9, 5), "en") == "Jan 31, 9:05 AM"


@pytest.mark.parametrize("number", ["111-222-3333", "+1 (111) 222-3333", "+11112223333"])
def test_a_phone_number_shows_its_last_four_digits_only(number: str) -> None:
    assert formats.masked_phone(number) == "••• ••• 3333"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("johndoe@abc.com", "jo•••••@abc.com"),
        ("jo@abc.com", "j•••••@abc.com"),
        ("j@abc.com", "•••••@abc.com"),
        ("?", "•••••"),
    ],
)
def test_an_address_never_shows_its_whole_name(address: str, expected: str) -> None:
    assert formats.masked_email(address) == expected


def test_typographic_signs_are_made_plain_for_a_text_and_letters_are_not() -> None:
    plain = formats.gsm_plain(f"It’s “Gold+” – AED{NO_BREAK_SPACE}100.00…")
    assert plain == 'It\'s "Gold+" - AED 100.00...'
    assert formats.fits_gsm7(plain)
    assert formats.gsm_plain("Łódź") == "Łódź"
    assert not formats.fits_gsm7("Łódź")


def test_values_in_a_right_to_left_sentence_are_isolated() -> None:
    assert filled("%(amount)s / %(who)s", "ar", amount="AED 5", who="") == "\u2068AED 5\u2069 / "
    assert filled("%(amount)s", "ar", amount="34") == "\u206634\u2069"
    assert filled("%(amount)s", "en", amount="34") == "34"


def test_the_history_says_what_happened_to_the_money() -> None:
    line = happened(Happening.TAKEN, "en", amount="$34.99", method=method_words("Visa", "4242", "en"))
    assert line == "$34.99 was taken from your Visa ending 4242."
    assert method_words("Wallet", "", "en") == "Wallet"
    with pytest.raises(KeyError):
        happened(Happening.REFUNDED, "en")


def test_every_happening_has_a_sentence() -> None:
    values = dict.fromkeys(("merchant", "amount", "rhythm", "description", "method", "reason"), "x")
    assert all(happened(what, "en", **values).endswith(".") for what in Happening)


def test_a_stolen_card_is_not_called_stolen() -> None:
    assert decline_reason("insufficient_funds", "en") == "not enough money in the account"
    assert decline_reason("stolen_card", "en") == decline_reason("anything else", "en") == "it gave no reason"


@pytest.mark.parametrize("brand", ["red}body{display:none", "#12", "url(//x)", "#0d6672;", "</style>"])
def test_a_brand_that_is_no_plain_color_styles_nothing(brand: str) -> None:
    assert Merchant(name="Acme", brand=brand).brand_css == ""
    assert Merchant(name="Acme", brand="#0d6672").brand_css.startswith(":root{--accent:#0d6672}@media")


def test_addresses_in_a_message_are_tappable_and_the_words_around_them_stay() -> None:
    assert body_parts("Pay: https://pay.example/p/a-_1. Thanks javascript:x") == (
        BodyPart(text="Pay: "),
        BodyPart(text="https://pay.example/p/a-_1", href="https://pay.example/p/a-_1"),
        BodyPart(text=". Thanks javascript:x"),
    )


def test_a_qr_code_draws_each_dark_module_once() -> None:
    code = qr_code("https://pay.example/p/7QmR2xVtK9aLw4HcE0sZbN")
    assert code.path.startswith("M2 2.5h7M")
    widths = [int(stroke.split("h")[1]) for stroke in code.path.split("M")[1:]]
    assert 0.35 < sum(widths) / (code.size - 4) ** 2 < 0.65
