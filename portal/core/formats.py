"""Amounts, days, moments and masked contacts as the customer reads them, in the language of the page."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TypeVar

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.lists import format_list
from babel.numbers import format_currency, format_decimal, format_percent, get_currency_symbol

from portal.core.currencies import digits

Forms = TypeVar("Forms")

MASK = "•"
NO_BREAK_SPACE = "\u00a0"

# What a text may hold to be sent with 160 characters a part (GSM 03.38, basic table and the common extension).
_GSM7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà^{}\\[~]|€"
)
_PLAIN = str.maketrans(
    {"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "...", "\u00a0": " ", "\u202f": " ", "•": "*"}
)

# Skeletons differ too much between languages to be built from parts, so each is written out: (short, long).
_DAYS = {
    "en": ("EEE, MMM d", "EEEE, MMMM d"),
    "fr": ("EEE d MMM", "EEEE d MMMM"),
    "da": ("EEE 'd'. d. MMM", "EEEE 'den' d. MMMM"),
    "ar": ("EEEE d MMMM", "EEEE d MMMM"),
}
_YEARS = {"en": ", y", "fr": " y", "da": " y", "ar": " y"}
_DAY_ALONE = {"en": "MMM d", "fr": "d MMM", "da": "d. MMM", "ar": "d MMMM"}
_MOMENT = {"en": "MMM d, h:mm a", "fr": "d MMM, HH:mm", "da": "d. MMM 'kl'. HH.mm", "ar": "d MMMM، h:mm a"}


def is_rtl(locale: str) -> bool:
    return Locale.parse(locale).text_direction == "rtl"


def listed(parts: Sequence[str], locale: str) -> str:
    """Several things in a row as the language writes them: "Feb 28 and Mar 31"."""
    return format_list(parts, style="standard", locale=locale)


def amount(minor: int, currency: str, locale: str) -> str:
    """34.99 USD (minor 3499) as "$34.99"; digits after the point are ISO 4217's. Raises UnknownCurrency.

    A symbol of letters is parted from the number by a no-break space (AED 100.00). Right-to-left languages get the
    code before the number, to be shown left to right, so that sign and digits cannot change places.
    """
    places = digits(currency)
    value = Decimal(minor).scaleb(-places)
    if is_rtl(locale):
        number = format_decimal(value, _pattern(places), locale=locale, numbering_system="latn")
        return f"{currency}{NO_BREAK_SPACE}{number}"
    pattern = Locale.parse(locale).currency_formats["standard"].pattern.replace("#,##0.00", _pattern(places))
    text = format_currency(value, currency, pattern, locale=locale, currency_digits=False)
    symbol = get_currency_symbol(currency, locale=locale)
    return re.sub(rf"({re.escape(symbol)})(?=\d)", rf"\1{NO_BREAK_SPACE}", text) if symbol[-1].isalpha() else text


def percent(rate: Decimal, locale: str) -> str:
    """12.5 as "12.5%", with every digit it has; digits are Latin in every language, as in amounts."""
    pattern = Locale.parse(locale).percent_formats[None].pattern.replace("#,##0", "#,##0.######")
    return format_percent(rate.scaleb(-2), pattern, locale=locale, numbering_system="latn")


def day(on: date, locale: str, *, today: date | None = None) -> str:
    """ "Sat, Feb 28": for lines of dates. The year is added when it is not that of `today`."""
    return _with_year(_of(_DAYS, locale)[0], on, locale, today)


def long_day(on: date, locale: str, *, today: date | None = None) -> str:
    """ "Saturday, February 28": for running text. The year is added when it is not that of `today`."""
    return _with_year(_of(_DAYS, locale)[1], on, locale, today)


def short_day(on: date, locale: str, *, today: date | None = None) -> str:
    """ "Feb 28": for texts and headings. The year is added when it is not that of `today`."""
    return _with_year(_of(_DAY_ALONE, locale), on, locale, today)


def moment(at: datetime, locale: str) -> str:
    """ "Jan 31, 9:05 AM"; `at` must already be in the site's time zone."""
    return _first_of_month(format_datetime(at, _of(_MOMENT, locale), locale=locale), at, locale)


def masked_phone(number: str) -> str:
    """ "••• ••• 3333": the last four digits only, whatever the number looks like."""
    last = "".join(filter(str.isdigit, number))[-4:]
    return f"{MASK * 3} {MASK * 3} {last}" if last else MASK * 3


def masked_email(address: str) -> str:
    """ "jo•••••@abc.com": at most two letters of the name, always five dots, the whole domain."""
    name, at, domain = address.rpartition("@")
    return f"{name[: min(2, len(name) // 2)]}{MASK * 5}@{domain}" if at else MASK * 5


def gsm_plain(text: str) -> str:
    """The text with typographic signs made plain, so that it is sent in the short alphabet wherever its letters allow.

    Letters beyond it are left as they are: a name is not misspelled to save a part.
    """
    return unicodedata.normalize("NFC", text).translate(_PLAIN)


def fits_gsm7(text: str) -> bool:
    return _GSM7.issuperset(text)


def _with_year(pattern: str, on: date, locale: str, today: date | None) -> str:
    year = _of(_YEARS, locale) if today is not None and on.year != today.year else ""
    return _first_of_month(format_date(on, pattern + year, locale=locale), on, locale)


def _first_of_month(text: str, on: date, locale: str) -> str:
    """French alone counts the first day and none of the others: "1er mars", "2 mars". CLDR does not know it."""
    return re.sub(r"\b1\b", "1er", text, count=1) if on.day == 1 and locale.startswith("fr") else text


def _pattern(places: int) -> str:
    return "#,##0." + "0" * places if places else "#,##0"


def _of(table: dict[str, Forms], locale: str) -> Forms:
    return table.get(Locale.parse(locale).language, table["en"])
