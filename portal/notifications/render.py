"""Messages in words: templates over the facts that were kept when the message was queued."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from portal.core import speech
from portal.core.formats import is_rtl
from portal.core.speech import spoken

TEMPLATES = Path(__file__).parent.parent / "templates"


@dataclass(frozen=True, slots=True)
class Words:
    """A rendered message; `link` stands in it as a placeholder until it is sent."""

    subject: str | None
    text: str
    html: str | None


def render(purpose: str, channel: str, facts: dict[str, Any], link: str) -> Words:
    """The words of a purpose on a channel, in the language of `facts["lang"]`.

    Raises jinja2 errors for a missing fact: never a text with holes.
    """
    language = spoken(facts.get("lang"))
    values = facts | {"link": link, "lang": language, "dir": "rtl" if is_rtl(language) else "ltr"}
    if channel == "sms":
        return Words(None, _one_line(_render(f"messages/{purpose}.sms.txt", values)), None)
    return Words(
        _one_line(_render(f"messages/{purpose}.subject.txt", values)),
        _render(f"messages/{purpose}.email.txt", values).strip() + "\n",
        _render(f"messages/{purpose}.email.html", values),
    )


def render_plain(purpose: str, facts: dict[str, Any]) -> Words:
    """An e-mail to a merchant, who reads it in a terminal or forwards it: no form beyond its lines."""
    values = facts | {"lang": spoken(facts.get("lang"))}
    return Words(
        _one_line(_render(f"messages/{purpose}.subject.txt", values)),
        _render(f"messages/{purpose}.email.txt", values).strip() + "\n",
        None,
    )


def _render(name: str, values: dict[str, Any]) -> str:
    return _environment(values["lang"]).get_template(name).render(values)


def _one_line(text: str) -> str:
    # Non-breaking spaces come out of currency formats and would double the price of a text.
    return " ".join(text.replace("\u00a0", " ").replace("\u202f", " ").split())


@cache
def _environment(language: str) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(enabled_extensions=("html",), default=False),
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    speech.install(environment, lambda: language)
    return environment
