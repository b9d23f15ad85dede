"""What the log keeps of a body: enough to see what was sent, nothing by which a person, a card or a key is known."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.api.masking import MOST, MOST_READ, Payload, masked
from tests.harness import SAMPLE

JSON = "application/json"


def kept(value: Any, kind: str = JSON) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    text, _ = masked(Payload.of(raw, kind))
    assert text is not None
    return text


def test_the_sample_stays_readable_and_john_is_not_in_it() -> None:
    body = json.loads(kept(SAMPLE))
    assert (body["external_id"], body["amount"], body["description"]) == ("439772921", 34.99, "Gold+ Plan")
    assert body["customer"] == {
        "external_id": "39772634",
        "first_name": "J…",
        "last_name": "D…",
        "mobile_phone": "••• ••• 3333",
        "email": "jo•••••@abc.com",
    }


@pytest.mark.parametrize(
    ("value", "gone"),
    [
        ({"apiKey": "abcdefgh"}, "abcdefgh"),
        ({"secret": "whsec_c2VjcmV0c2VjcmV0"}, "c2VjcmV0"),
        ({"note": "our key is sk_live_0123456789abcdef"}, "0123456789abcdef"),
        ({"note": "Authorization: Bearer abcdefghijkl"}, "abcdefghijkl"),
        ({"link": "https://pay.example/p/abcdefghijklmnopqrstuv"}, "abcdefghijklmnopqrstuv"),
        ({"description": "for ann.lee@example.com"}, "ann.lee"),
        ({"description": "card 4242 4242 4242 4242"}, "4242 4242"),
        ({"description": "call (312) 555-0142"}, "555-0142"),
        ({"description": "call +45 20 12 34 56"}, "12 34 56"),
        ({"cardNumber": 4242424242424242}, "42424242"),
        ({"cvc": "123"}, "123"),
        ({"billTo": {"company": "Acme", "lines": [{"who": "Jane Doe"}]}}, "Jane"),
        ({"customer": {"firstName": "Jane", "notes": "likes tea"}}, "tea"),
        ([{"customers": [{"phone": 13125550142}]}], "3125550142"),
    ],
)
def test_what_must_not_be_kept_is_not(value: Any, gone: str) -> None:
    assert gone in json.dumps(value)
    assert gone not in kept(value)
    assert gone not in kept(json.dumps(value).encode()[:-1] + b",,")  # also where it is no JSON


@pytest.mark.parametrize(
    "value",
    [
        {"id": "0197a5b2-7c1d-7b3e-8f00-123456789abc"},
        {"created_at": "2026-01-31T09:00:00.123456+00:00"},
        {"date": "2026-01-31"},
        {"amount": 1234567.89},
        {"externalId": "439772921"},
    ],
)
def test_ids_dates_and_amounts_stay(value: dict[str, Any]) -> None:
    assert json.loads(kept(value)) == value


def test_a_long_body_is_cut_after_it_was_masked_and_a_huge_one_is_only_counted() -> None:
    text, is_cut = masked(Payload.of(json.dumps({"a": "é" * 8_000}).encode(), JSON))
    assert is_cut
    assert text is not None
    assert len(text.encode()) <= MOST
    huge = Payload.of(b"x" * (MOST_READ + 1), JSON)
    assert huge.raw == b""
    assert masked(huge) == ("(50,001 bytes of application/json)", True)


def test_an_empty_body_is_none_and_a_file_is_only_named() -> None:
    assert masked(Payload.of(b"", None)) == (None, False)
    assert masked(Payload.of(b"%PDF-1.7", "application/pdf")) == ("(8 bytes of application/pdf)", False)


@given(st.binary(max_size=300), st.sampled_from([JSON, "text/plain", "", "application/pdf"]))
def test_no_body_is_too_odd_to_be_kept(raw: bytes, kind: str) -> None:
    text, _ = masked(Payload.of(raw, kind))
    assert text is None or "\x00" not in text


@given(st.from_regex(r"[1-9][0-9]{15}", fullmatch=True), st.sampled_from([" ", "-", ""]))
def test_no_sixteen_digits_stay_together(digits: str, gap: str) -> None:
    spelled = gap.join(digits[place : place + 4] for place in range(0, 16, 4))
    assert digits[:12] not in "".join(filter(str.isdecimal, kept({"description": f"x {spelled} y"})))
