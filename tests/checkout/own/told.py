"""The words of a page as a person reads them, and taps on its forms."""

from __future__ import annotations

import re
from html import unescape

from werkzeug.test import TestResponse

from tests.harness import Customer, Page


def looks(customer: Customer, page: str) -> Page:
    return Page(customer.portal.client.get(f"{customer.path}/{page}"))


def taps(customer: Customer, page: str, shown: Page, action: str = "", **more: str) -> TestResponse:
    """Post the form with this action (the page's own name) to the page's address."""
    return customer.portal.client.post(f"{customer.path}/{page}", data=shown.hidden(action or page) | more)


def names(text: str, digits: str) -> bool:
    """Whether these digits stand there by themselves; within a token or an id they stand by chance."""
    return re.search(rf"(?<![\w-]){digits}(?![\w-])", text) is not None


def words(page: Page) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", re.sub(r"<style.*?</style>", "", page.text, flags=re.S))).split())
