"""How webhooks are written for receivers made for another system: its names of events, its shape, no state of ours.

A style is a function of the body that the event said in our own words, so that every try and every replay says the
same. Its words stand in its own file, like those of a dialect of the API; signatures are alike in every style.
"""

from __future__ import annotations

from portal.webhooks.styles.base import NATIVE, Happened, Style, Told
from portal.webhooks.styles.fundraising import FUNDRAISING
from portal.webhooks.styles.hyfin import HYFIN_3, HYFIN_4
from portal.webhooks.styles.hyperline import HYPERLINE
from portal.webhooks.styles.paymennt import PAYMENNT

_BY_NAME = {style.name: style for style in (NATIVE, HYFIN_3, HYFIN_4, FUNDRAISING, HYPERLINE, PAYMENNT)}
NAMES = tuple(_BY_NAME)

__all__ = ["NAMES", "Happened", "Style", "Told", "named"]


def named(name: str) -> Style:
    """The style of this name; a KeyError is a mistake of ours."""
    return _BY_NAME[name]
