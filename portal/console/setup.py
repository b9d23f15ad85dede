"""Opens the console's door: every page is registered by importing its file."""

from __future__ import annotations

from flask import Flask

from portal.console import (
    act,
    calls_page,
    health_page,
    list_page,
    payment_page,
    request_page,
    sign_in,
    subscription_page,
    webhook_acts,
)
from portal.console.door import bp

PAGES = (sign_in, list_page, request_page, act, payment_page, subscription_page, health_page, calls_page, webhook_acts)


def install(app: Flask) -> None:
    """Register the console at /console; `PAGES` have put their routes on it."""
    app.register_blueprint(bp)
