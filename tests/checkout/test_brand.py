"""Any color of a merchant becomes one that can be read, and stays itself where it already can."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.checkout.brand import DARK_GROUNDS, LIGHT_GROUNDS, READABLE, accent, contrast, rule
from portal.checkout.stylesheet import CSS

colors = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@given(colors)
def test_every_color_reads_on_every_ground(brand: str) -> None:
    made = accent(brand)
    assert made is not None
    assert min(contrast(made.light, ground) for ground in LIGHT_GROUNDS) >= READABLE
    assert min(contrast(made.dark, ground) for ground in DARK_GROUNDS) >= READABLE


@given(colors)
def test_a_color_that_reads_is_left_alone(brand: str) -> None:
    made = accent(brand)
    assert made is not None
    reads = min(contrast(brand, ground) for ground in LIGHT_GROUNDS) >= READABLE
    assert (made.light == brand) == reads


@pytest.mark.parametrize(
    ("one", "other", "ratio"), [("#000", "#fff", 21.0), ("#fff", "#ffffff", 1.0), ("#767676", "#ffffff", 4.54)]
)
def test_the_contrast_is_that_of_the_guidelines(one: str, other: str, ratio: float) -> None:
    assert round(contrast(one, other), 2) == round(contrast(other, one), 2) == ratio


@pytest.mark.parametrize(
    "wrong", ["", "teal", "#12345", "#0d6672;}body{display:none}", "</style>", "url(x)", "#0d6672\n"]
)
def test_what_is_no_color_sets_nothing(wrong: str) -> None:
    assert accent(wrong) is None
    assert rule(wrong) == ""


def test_the_grounds_are_those_of_the_tokens() -> None:
    tokens = (CSS / "tokens.css").read_text()
    of = dict(re.findall(r"--(ground|surface|sunken|on-accent): (#[0-9a-f]+)", tokens.partition("data-theme")[0]))
    dark = dict(re.findall(r"--(ground|surface|sunken|on-accent): (#[0-9a-f]+)", tokens.partition("data-theme")[2]))
    full = {name: value if len(value) == 7 else "#ffffff" for name, value in of.items()}
    assert {full["ground"], full["surface"], full["sunken"], full["on-accent"]} == set(LIGHT_GROUNDS)
    assert set(dark.values()) == set(DARK_GROUNDS)
