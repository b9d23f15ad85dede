"""Addresses are read in any case, and their noun in the singular or the plural: this API is printed with both."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask
from flask.sansio.app import App

PREFIX = "/fundraising"
NOUNS = ("subscription", "contact", "agreement", "addOn", "paymentMethod")
PARTS = (
    "schedule",
    "payments",
    "addOns",
    "log",
    "Hold",
    "Restart",
    "Cancel",
    "Archive",
    "Unarchive",
    "ChangeAgreement",
    "UpdatePaymentMethod",
)
ONLY_LISTED = {"paymentMethod"}  # nobody makes one here: what else is asked of the list is 405
_NOUN = {spelled.lower(): noun for noun in NOUNS for spelled in (noun, f"{noun}s")}
_PART = {part.lower(): part for part in PARTS}

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class AnySpelling:
    """Rewrites a path of this dialect to the one spelling that its routes have; ids stay as they are."""

    def __init__(self, inside: Wsgi) -> None:
        self._inside = inside

    @classmethod
    def install(cls, app: App) -> None:
        assert isinstance(app, Flask)
        app.wsgi_app = cls(app.wsgi_app)  # type: ignore[method-assign]

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path.lower().startswith(f"{PREFIX}/"):
            environ["PATH_INFO"] = canonical(path, environ.get("REQUEST_METHOD", "GET"))
        return self._inside(environ, start_response)


def canonical(path: str, method: str) -> str:
    """`/Fundraising/Subscriptions/1/HOLD` → `/fundraising/subscription/1/Hold`; a list is asked for in the plural."""
    noun, *rest = path[len(PREFIX) + 1 :].rstrip("/").split("/")
    known = _NOUN.get(noun.lower())
    if known is None:
        return path
    is_list = not rest and (method in {"GET", "HEAD"} or known in ONLY_LISTED)
    parts = [*rest[:1], *(_PART.get(part.lower(), part) for part in rest[1:])]
    return "/".join([PREFIX, f"{known}s" if is_list else known, *parts])
