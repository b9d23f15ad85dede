"""A person of support: an account made at a shell, a browser at a desk, signed in to the console."""

from __future__ import annotations

import json

import pyotp
from playwright.sync_api import Page

from tests.journeys.processes import Product


def signs_in(page: Page, product: Product, email: str) -> None:
    """Make the account, then enter password and code as the console asks for them."""
    made = json.loads(product.portal("staff", "create", "--email", email, "--role", "agent", "--json"))
    page.goto(f"{product.url}/console")
    page.get_by_label("E-mail", exact=True).fill(made["email"])
    page.get_by_label("Password", exact=True).fill(made["password"])
    page.get_by_role("button", name="Continue", exact=True).click()
    page.get_by_label("Code", exact=True).fill(pyotp.TOTP(made["totp_secret"]).now())
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/console/requests*")
