"""How many digits after the point each active ISO 4217 currency has."""

from __future__ import annotations

from portal.core.errors import PortalError

_WITHOUT_DIGITS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"

_TWO_DIGITS = """
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY COP
COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR
JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN
NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL
THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG
"""

_THREE_DIGITS = "BHD IQD JOD KWD LYD OMR TND"

_FOUR_DIGITS = "CLF UYW"

_DIGITS = {
    code: count
    for count, codes in ((0, _WITHOUT_DIGITS), (2, _TWO_DIGITS), (3, _THREE_DIGITS), (4, _FOUR_DIGITS))
    for code in codes.split()
}


class UnknownCurrency(PortalError, ValueError):
    """The code is not an active ISO 4217 currency, or has no minor unit (gold, XXX, XTS)."""

    status, code = 422, "unknown_currency"
    message = "This is not a currency that can be used; give a code of three capital letters such as USD."


def digits(code: str) -> int:
    """Digits after the point of one currency: 2 for USD, 0 for JPY, 3 for KWD.

    Source: ISO 4217 list one as published on 2026-01-01. (The CLDR's digits are a display habit and differ: IQD.)
    Raises UnknownCurrency for anything else, codes in small letters included.
    """
    count = _DIGITS.get(code)
    if count is None:
        raise UnknownCurrency
    return count


def known(code: str) -> bool:
    return code in _DIGITS
