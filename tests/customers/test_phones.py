"""Phone numbers as merchants write them."""

from __future__ import annotations

import pytest

from portal.customers.phones import InvalidPhone, mask_phone, national, parse_phone


@pytest.mark.parametrize(
    ("text", "country", "e164"),
    [
        ("111-222-3333", "US", "+11112223333"),
        ("(111) 222-3333", "us", "+11112223333"),
        ("+1 111 222 3333", "DK", "+11112223333"),
        ("111.222.3333", "CA", "+11112223333"),
        ("12 34 56 78", "DK", "+4512345678"),
        ("00 33 6 12 34 56 78", "FR", "+33612345678"),
        ("06\u00a012\u00a034\u00a056\u00a078", "FR", "+33612345678"),
        ("0170/1234567", "DE", "+491701234567"),
    ],
)
def test_a_number_that_is_possible_is_taken_on_a_sandbox(text, country, e164):
    assert parse_phone(text, country, must_be_valid=False) == e164


def test_a_live_site_takes_only_numbers_that_are_given_out():
    assert parse_phone("(312) 555-2368", "US", must_be_valid=True) == "+13125552368"
    with pytest.raises(InvalidPhone):
        parse_phone("111-222-3333", "US", must_be_valid=True)


@pytest.mark.parametrize(
    "text",
    ["", "+", "abc", "222-3333", "11122233334444", "+1 111 222 333", "1-800-FLOWERS", "111-222-3333 ext. 5",
     "111-222-3333;ext=5", "tel:+11112223333", "111-222-3333\r\n", "111-222-3333, 111-222-4444", "+999 111 222 333",
     "1" * 41, "١١١٢٢٢٣٣٣٣", "+11112223333+11112223333 "],
)  # fmt: skip
def test_what_is_not_one_whole_number_is_refused(text):
    with pytest.raises(InvalidPhone):
        parse_phone(text, "US", must_be_valid=False)


def test_a_number_without_its_country_needs_a_country_that_exists():
    with pytest.raises(InvalidPhone):
        parse_phone("111-222-3333", "XX", must_be_valid=False)


@pytest.mark.parametrize("e164", ["+11112223333", "+4512343333", "+33612343333"])
def test_a_masked_number_shows_its_last_four_digits(e164):
    assert mask_phone(e164) == "••• ••• 3333"


def test_a_number_of_four_digits_shows_none():
    assert "3" not in mask_phone("+3333")


@pytest.mark.parametrize(
    ("e164", "country", "shown"),
    [
        ("+11112223333", "US", "(111) 222-3333"),
        ("+13125552368", "US", "(312) 555-2368"),
        ("+4520123456", "DK", "20 12 34 56"),
        ("+13125552368", "DK", "+1 312-555-2368"),
    ],
)
def test_a_number_is_shown_as_people_of_the_country_write_it(e164, country, shown):
    assert national(e164, country) == shown
