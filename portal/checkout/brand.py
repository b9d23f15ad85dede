"""A merchant's color made safe: darkened or lightened just until its words can be read (WCAG 2.2, 1.4.3)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

Color = tuple[int, int, int]

READABLE = 4.5
BLACK, WHITE = (0, 0, 0), (255, 255, 255)
# What words in the accent stand on, as in tokens.css; a filled button has white words on light, nearly black on dark.
LIGHT_GROUNDS = ("#ffffff", "#f5f4f1", "#eeece7")
DARK_GROUNDS = ("#151617", "#1f2122", "#18191a", "#0c1416")

_HEX = re.compile(r"#(?:[0-9a-fA-F]{3}){1,2}")


@dataclass(frozen=True, slots=True)
class Accent:
    """The color of buttons and links on light and on dark grounds, like #0d6672."""

    light: str
    dark: str


@cache
def accent(brand: str) -> Accent | None:
    """The nearest colors to the brand that can be read; None unless it is a plain hex color."""
    if not _HEX.fullmatch(brand):
        return None
    return Accent(_toward(BLACK, brand, LIGHT_GROUNDS), _toward(WHITE, brand, DARK_GROUNDS))


def rule(brand: str) -> str:
    """The rule for a second <style nonce>, after the tokens; empty for anything but a color: nothing is smuggled."""
    made = accent(brand)
    if made is None:
        return ""
    dark = f":root:not([data-theme=light]){{--accent:{made.dark}}}"  # no quotes, which a template would escape
    return f":root{{--accent:{made.light}}}@media (prefers-color-scheme:dark){{{dark}}}"


def contrast(one: str, other: str) -> float:
    """WCAG's ratio of two colors, from 1 (alike) to 21 (black on white)."""
    darker, lighter = sorted((_luminance(_read(one)), _luminance(_read(other))))
    return (lighter + 0.05) / (darker + 0.05)


def _toward(end: Color, brand: str, grounds: tuple[str, ...]) -> str:
    """The brand, mixed with black or white in steps of 2 % until it reads on every ground."""
    start = _read(brand)
    for percent in range(0, 101, 2):
        mixed = _written(tuple((a * (100 - percent) + b * percent) // 100 for a, b in zip(start, end, strict=True)))
        if all(contrast(mixed, ground) >= READABLE for ground in grounds):
            return mixed
    return _written(end)


def _luminance(color: Color) -> float:
    red, green, blue = (_linear(part / 255) for part in color)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def _read(color: str) -> Color:
    digits = color[1:] if len(color) == 7 else "".join(2 * digit for digit in color[1:])
    return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)


def _written(color: tuple[int, ...]) -> str:
    return "#" + "".join(f"{part:02x}" for part in color)
