"""The frame of the customer's own pages: forms that name their address, a shell without the live word, lines."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from portal.checkout.forms import token_for
from portal.checkout.parts import PostForm, RailLine, RailState, Shell
from portal.checkout.reading import Facts
from portal.checkout.shell import own_path, shell
from portal.core import formats
from portal.sites import clock


def post_form(facts: Facts, action: str, version: int | None = None, page: str = "") -> PostForm:
    """A form for `/p/{token}/{page}`, or for the page's own address."""
    path = f"{own_path(facts)}/{page}" if page else ""
    return PostForm(action=action, csrf_token=token_for(facts.link.id, action, version), version=version, path=path)


def still(facts: Facts) -> Shell:
    """The frame of a page that does not follow the live word: what it says is checked when it is tapped."""
    return replace(shell(facts), live=None, menu=())


def amount(facts: Facts) -> str:
    """What a charge takes by the terms that bind now."""
    return formats.amount(facts.binding.amount_minor, facts.binding.currency, facts.locale)


def long(facts: Facts, day: date) -> str:
    return formats.long_day(day, facts.locale, today=clock.today(facts.site))


def short(facts: Facts, day: date) -> str:
    return formats.short_day(day, facts.locale, today=clock.today(facts.site))


def line(
    facts: Facts,
    state: RailState,
    day: date,
    *,
    label: str = "",
    word: str = "",
    amount_text: str = "",
    why: str = "",
    struck: bool = False,
) -> RailLine:
    """One line of dates."""
    return RailLine(
        state=state,
        day_text=formats.day(day, facts.locale),
        day_iso=day.isoformat(),
        label=label,
        word=word,
        amount_text=amount_text,
        why=why,
        struck=struck,
    )
