"""JSON that somebody else wrote: exact, honest, and never worth more than a moment of our time."""

from __future__ import annotations

import time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core import json

MEGABYTE = 1_000_000


def depth_by_hand(text: str) -> int:
    """One sign after the other, as one would on paper."""
    deepest = level = 0
    inside = escaped = False
    for sign in text:
        if inside:
            inside = escaped or sign != '"'
            escaped = sign == "\\" and not escaped
        elif sign == '"':
            inside = True
        elif sign in "[{":
            level += 1
            deepest = max(deepest, level)
        elif sign in "]}":
            level -= 1
    return deepest


@given(st.text(alphabet='[]{}"\\,:a\n', max_size=60))
def test_the_depth_is_counted_outside_of_strings_whatever_the_text(text: str) -> None:
    assert json._depth(text) == min(depth_by_hand(text), json.MAX_DEPTH + 1)


@pytest.mark.parametrize("text", ["[" * 33 + "]" * 33, '{"a":' * 100_000 + "1", "[" * 500_000])
def test_what_is_nested_deeper_than_32_is_refused_before_it_is_read(text: str) -> None:
    with pytest.raises(json.BadJson, match="32 levels"):
        json.loads(text)


def test_32_levels_are_read_and_brackets_in_texts_are_no_levels() -> None:
    assert json.loads("[" * 32 + "]" * 32)
    assert json.loads('["' + "[" * 1000 + '", "\\"[[["]') == ["[" * 1000, '"[[[']


@pytest.mark.parametrize(
    "text", ["NaN", "Infinity", "-Infinity", "1e309", "1e-400", "1" * 41, "0." + "1" * 60, '{"a":1,"a":2}', "\ufeff{}"]
)
def test_what_is_no_honest_json_is_refused(text: str) -> None:
    with pytest.raises(json.BadJson):
        json.loads(text)


@pytest.mark.parametrize("sign", [0, 0xD800, 0xDFFF])
@pytest.mark.parametrize("place", ['{{"a": "x{}"}}', '{{"{}": 1}}', '["a", {{"b": ["{}"]}}]'])
def test_what_no_database_keeps_as_text_is_refused_wherever_it_stands(sign: int, place: str) -> None:
    with pytest.raises(json.BadJson, match="no character"):
        json.loads(place.format(f"\\u{sign:04x}"))


def test_numbers_with_a_point_are_exact() -> None:
    assert json.loads("[34.90, 0.1, -0.0]") == [Decimal("34.90"), Decimal("0.1"), Decimal("-0.0")]
    assert json.dumps({"a": Decimal("34.90")}) == '{"a":34.90}'


def names(count: int) -> str:
    return ",".join(f'"k{number:06}":1' for number in range(count))


@pytest.mark.parametrize(
    "text",
    [
        f"{{{names(80_000)}}}",
        f'{{{names(80_000)},"k079999":1}}',
        '{"a":"' + "x" * (MEGABYTE - 8) + '"}',
        '{"a":"' + "\\\\" * (MEGABYTE // 2 - 8) + '"}',
        "[" + "1," * (MEGABYTE // 2 - 2) + "1]",
        "[" + "{}," * (MEGABYTE // 3 - 2) + "{}]",
        '"' * MEGABYTE,
        '"\\' * (MEGABYTE // 2),
    ],
    ids=["names", "a name twice", "text", "escapes", "numbers", "objects", "quotes", "quotes and escapes"],
)
def test_the_largest_body_is_read_or_refused_in_a_moment(text: str) -> None:
    """In its time of the processor; a square of the length would take minutes. A second allows for a slow machine."""
    assert len(text) <= MEGABYTE + 20
    begun = time.process_time()
    _read(text)
    assert time.process_time() - begun < 1


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except json.BadJson as refused:
        return refused
