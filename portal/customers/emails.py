"""Email addresses: exactly one, in a shape every mail server takes, shown masked."""

from __future__ import annotations

import re
import unicodedata

LONGEST = 254  # RFC 5321: a path of 256 octets with its angle brackets
_LONGEST_NAME = 64
_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*\Z")
_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?=[a-z0-9-]*[a-z])[a-z0-9][a-z0-9-]{0,61}[a-z0-9]\Z")


class InvalidEmail(ValueError):
    """This is not one email address."""


def parse_email(text: str) -> str:
    """The address with its domain in lower case; what stands before the @ belongs to the receiver and stays as it is.

    Lists, display names, quoted names, line breaks and encoded words are refused: nobody but the one person is written
    to. Raises InvalidEmail.
    """
    name, at, domain = text.rpartition("@")
    if not at or len(text) > LONGEST or len(name) > _LONGEST_NAME or not _NAME.match(name) or "=?" in name:
        raise InvalidEmail("Write one email address, like name@example.com.")
    in_ascii = domain_in_ascii(domain)
    if len(name) + len(in_ascii) + 1 > LONGEST or not _DOMAIN.match(in_ascii):
        raise InvalidEmail("The part after the @ is not a mail domain.")
    return f"{name}@{unicodedata.normalize('NFC', domain).lower()}"


def domain_in_ascii(domain: str) -> str:
    """The domain in lower case and punycode. Raises InvalidEmail where it can be read as two (ß, ς)."""
    written = unicodedata.normalize("NFC", domain).lower()
    try:
        in_ascii = written.encode("idna").decode("ascii")
        same = written.isascii() or in_ascii.encode("ascii").decode("idna") == written
    except UnicodeError:
        raise InvalidEmail("The part after the @ is not a mail domain.") from None
    if not same:
        raise InvalidEmail("The part after the @ can be read in two ways. Write it in its xn-- form.")
    return in_ascii


def mask_email(address: str) -> str:
    """ "jo•••••@abc.com": at most two letters of the name, always five dots, the whole domain."""
    name, at, domain = address.rpartition("@")
    return f"{name[: min(2, len(name) // 2)]}•••••@{domain}" if at else "•••••"
