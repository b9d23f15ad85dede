"""Email addresses as merchants write them."""

from __future__ import annotations

import pytest

from portal.customers.emails import InvalidEmail, domain_in_ascii, mask_email, parse_email


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("johndoe@abc.com", "johndoe@abc.com"),
        ("John.Doe+gym@ABC.Com", "John.Doe+gym@abc.com"),
        ("o'neil@sub.example.co.uk", "o'neil@sub.example.co.uk"),
        ("kontakt@BÜCHER.example", "kontakt@bücher.example"),
        ("x@xn--bcher-kva.example", "x@xn--bcher-kva.example"),
        ("x@3com.museum", "x@3com.museum"),
    ],
)
def test_an_address_is_kept_with_its_domain_in_lower_case(text, kept):
    assert parse_email(text) == kept


@pytest.mark.parametrize(
    "text",
    ["", "@", "john", "john@", "@abc.com", "john@abc", "john@localhost", "john@abc.com\r\nBcc: eve@evil.example",
     "john@abc.com\n", "john@abc.com,eve@evil.example", "john@abc.com;eve@evil.example", "john doe@abc.com",
     " john@abc.com", "john@abc.com ", "John <john@abc.com>", '"john doe"@abc.com', "john@abc@evil.example",
     "john@a b.com", "john@abc..com", "john@.abc.com", "john@abc.com.", "john@-abc.com", "john@[127.0.0.1]",
     "john@127.0.0.1", "john..doe@abc.com", ".john@abc.com", "john.@abc.com", "=?utf-8?q?a=0d=0aBcc?=@abc.com",
     "jöhn@abc.com", "john@faß.de", "a" * 65 + "@abc.com", "a@" + ".".join(["b" * 60] * 5) + ".com", "john@abc\x00.com",
     "john@" + "a" * 64 + ".com", "john(comment)@abc.com"],
)  # fmt: skip
def test_what_is_not_one_plain_address_is_refused(text):
    with pytest.raises(InvalidEmail):
        parse_email(text)


def test_a_domain_goes_out_in_punycode():
    assert domain_in_ascii("Bücher.Example") == "xn--bcher-kva.example"
    assert domain_in_ascii("xn--fa-hia.de") == "xn--fa-hia.de"


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("johndoe@abc.com", "jo•••••@abc.com"),
        ("jo@abc.com", "j•••••@abc.com"),
        ("j@abc.com", "•••••@abc.com"),
        ("a.very.long.name@abc.com", "a.•••••@abc.com"),
        ("broken", "•••••"),
    ],
)
def test_a_masked_address_shows_two_letters_at_most_and_the_domain(address, shown):
    assert mask_email(address) == shown
