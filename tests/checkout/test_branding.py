"""A merchant's own look: logo, terms and contacts on its pages, and nothing that could harm who looks at them."""

from __future__ import annotations

import re
import subprocess
import sys
from base64 import b64decode

import pytest

from portal import chores
from portal.checkout.brand import rule
from portal.core.errors import InvalidFields
from portal.core.settings import Settings
from portal.sites.branding import Branding
from tests.harness import Customer, Merchant, Page, Portal

PNG = b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
TERMS = "You may stop at any time.\nSay so a week before.\n\n<b>Nothing</b> is {{ 7*7 }} refunded."


def dress(portal: Portal, merchant: Merchant, **order: object) -> None:
    chores.brand_site(portal.settings, merchant.site_id, Branding(**order))  # type: ignore[arg-type]


def test_the_color_arrives_as_a_style_that_browsers_read_in_both_themes(
    portal: Portal, merchant: Merchant, customer: Customer
) -> None:
    dress(portal, merchant, color="#8a2c5d")
    assert f">{rule('#8a2c5d')}</style>" in customer.page().text


def test_a_page_shows_the_logo_the_terms_and_the_contacts(
    portal: Portal, merchant: Merchant, customer: Customer
) -> None:
    assert "<img" not in customer.page().text
    assert "/terms" not in customer.page().text
    dress(portal, merchant, logo=PNG, terms=TERMS, support_phone="312 555 0142", support_email="help@acme.example")
    page = customer.page()
    [source] = re.findall(r'<img class="mast-logo" src="([^"]+)" alt=""', page.text)
    logo = portal.client.get(source)
    assert (logo.data, logo.mimetype) == (PNG, "image/png")
    assert logo.headers["X-Content-Type-Options"] == "nosniff"
    assert 'href="tel:+13125550142"' in page.text
    assert "help@acme.example" in page.text
    [path] = re.findall(r'href="([^"]+/terms)"', page.text)
    terms = Page(portal.client.get(path))
    assert terms.heading == "Terms of Acme Fitness"
    assert "You may stop at any time.\nSay so a week before.</p>" in terms.text
    assert "&lt;b&gt;Nothing&lt;/b&gt; is {{ 7*7 }} refunded." in terms.text
    assert "data-live" not in terms.text


def test_what_is_not_given_stays_and_an_empty_value_takes_it_away(
    portal: Portal, merchant: Merchant, customer: Customer
) -> None:
    dress(portal, merchant, logo=PNG, terms=TERMS, color="#8a2c5d")
    dress(portal, merchant, support_email="help@acme.example")
    assert ":root{--accent:#8a2c5d}" in customer.page().text
    assert '<img class="mast-logo"' in customer.page().text
    dress(portal, merchant, logo=b"", terms="", color="")
    page = customer.page().text
    assert ("<img" in page, "/terms" in page, "--accent:#0d6672" in page) == (False, False, True)
    assert portal.client.get(f"{customer.path}/logo").status_code == 404
    assert portal.client.get(f"{customer.path}/terms").status_code == 404


@pytest.mark.parametrize(
    ("order", "field"),
    [
        ({"color": "red"}, "color"),
        ({"logo": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"}, "logo"),
        ({"logo": PNG + b"x" * 50_000}, "logo"),
        ({"terms": "x" * 50_001}, "terms"),
        ({"support_phone": "12"}, "support-phone"),
        ({"support_email": "a@b, c@d"}, "support-email"),
    ],
)
def test_what_could_harm_is_refused_and_changes_nothing(
    portal: Portal, merchant: Merchant, order: dict[str, object], field: str
) -> None:
    with pytest.raises(InvalidFields) as refused:
        dress(portal, merchant, **order)
    assert [problem.field for problem in refused.value.problems] == [field]
    assert portal.site(merchant).logo_type is None


def test_a_stranger_finds_neither_logo_nor_terms(portal: Portal, merchant: Merchant) -> None:
    dress(portal, merchant, logo=PNG, terms=TERMS)
    for path in ("logo", "terms"):
        assert portal.client.get(f"/p/{'x' * 22}/{path}").status_code == 404


def test_the_command_names_what_it_cannot_use(portal: Portal, merchant: Merchant, settings: Settings) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "portal", "site", "brand", merchant.site_id, "--color", "red"],
        env={"DATABASE_URL": settings.database_url, "PORTAL_HOME": str(settings.home), "PATH": "/usr/bin:/bin",
             "SECRET_KEY": settings.secret_keys[0], "BROKER_URL": settings.broker_url},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ran.returncode == 1
    assert ran.stderr.strip() == "--color: Give a color such as #0d6672."
