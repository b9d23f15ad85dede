"""Phone numbers: read in any national spelling, kept as E.164, shown masked."""

from __future__ import annotations

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, ValidationResult

LONGEST = 40
_SIGNS = frozenset("+ ().-/·\u00a0\u2009\u202f\u2010\u2011\u2013")
_NORTH_AMERICA = 1


class InvalidPhone(ValueError):
    """This is no phone number we could send a text to."""


def parse_phone(text: str, country: str, *, must_be_valid: bool) -> str:
    """The number in E.164; `country` is the ISO 3166 code of numbers that are written without theirs.

    A number has to be possible there (its length is right); with `must_be_valid`, as on live sites, also one that is
    given out (contract section 12, "Phones"). Letters and extensions are refused: they would be dropped silently.
    Raises InvalidPhone.
    """
    if len(text) > LONGEST or not all(sign in _SIGNS or (sign.isascii() and sign.isdigit()) for sign in text):
        raise InvalidPhone("A phone number has digits, spaces and a leading + only.")
    try:
        number = phonenumbers.parse(text, country.upper())
    except NumberParseException:
        raise InvalidPhone("This is not a phone number.") from None
    # "Possible" without its area code is not enough: the number would reach somebody else or nobody.
    if phonenumbers.is_possible_number_with_reason(number) != ValidationResult.IS_POSSIBLE:
        raise InvalidPhone("This phone number is too short or too long for its country.")
    if must_be_valid and not phonenumbers.is_valid_number(number):
        raise InvalidPhone("This phone number does not exist in its country.")
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def national(e164: str, country: str) -> str:
    """The number as people in `country` write it, with its country code if it is foreign there."""
    number = phonenumbers.parse(e164)
    if number.country_code != phonenumbers.country_code_for_region(country.upper()):
        return phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)
    if number.country_code == _NORTH_AMERICA and not phonenumbers.is_valid_number(number):
        return _grouped(number)
    return phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)


def _grouped(number: PhoneNumber) -> str:
    """Numbers that are only possible, as sandboxes use, have no format in the library's tables."""
    digits = str(number.national_number)
    return f"({digits[:3]}) {digits[3:6]}-{digits[6:]}" if len(digits) == 10 else digits


def mask_phone(e164: str) -> str:
    """ "••• ••• 3333": the last four digits only, whatever the number looks like."""
    digits = "".join(sign for sign in e164 if sign.isdigit())
    return f"••• ••• {digits[-4:]}" if len(digits) > 4 else "••• •••"
