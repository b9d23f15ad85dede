"""A new SECRET_KEY in front, everything sealed again, the old one out: nothing that was kept is lost on the way."""

from __future__ import annotations

from collections import Counter

import pytest

from portal.console.models import Staff
from portal.core import sealed, security
from portal.core.settings import Settings
from portal.sites.models import Site
from tests.console.browser import Person
from tests.harness import Merchant, Portal

NEW = "n" * 40


@pytest.fixture
def agent(portal: Portal) -> Person:
    return Person(portal, "maya@acme.example", "agent")


def reseal(portal: Portal) -> sealed.Resealed:
    with portal.app.app_context():
        return sealed.reseal()


def test_then_the_old_key_is_not_needed_any_more(
    portal: Portal, settings: Settings, merchant: Merchant, agent: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealed, "BATCH", 2)
    more = [portal.merchant(f"Site {number}") for number in range(4)]
    security.configure((NEW, *settings.secret_keys))
    found = reseal(portal)
    assert (found.done, found.lost) == (6, Counter())  # five sites' webhook secrets, one second factor
    security.configure((NEW,))
    kept = {security.keys().unseal(site.webhook_secret_sealed) for site in portal.rows(Site)}
    assert kept == {shop.webhook_secret for shop in (merchant, *more)}
    assert agent.sign_in().is_in
    assert reseal(portal).done == 6, "once more does no harm"


def test_what_no_key_opens_is_counted_and_left_for_the_key_that_is_missing(
    portal: Portal, settings: Settings, merchant: Merchant
) -> None:
    security.configure((NEW,))
    assert reseal(portal).lost == {"sites.webhook_secret_sealed": 1}
    security.configure(settings.secret_keys)
    assert security.keys().unseal(portal.row(Site).webhook_secret_sealed) == merchant.webhook_secret


def test_a_second_factor_that_cannot_be_read_is_told_and_no_way_in(portal: Portal, agent: Person) -> None:
    agent.give_password()
    security.configure((NEW,))
    answer = agent.give_code()
    assert answer.status_code == 503
    assert "put the older SECRET_KEY back" in answer.text
    assert not agent.is_in
    assert portal.row(Staff).totp_used_step is None


def test_everything_sealed_is_called_so() -> None:
    """What `reseal` finds by their names are all columns that keep something sealed."""
    found = {f"{table.name}.{column.name}" for table, column in sealed.columns()}
    assert found == {
        "contact_details.national_id_sealed",
        "retired_secrets.secret_sealed",
        "sites.webhook_secret_sealed",
        "staff.totp_sealed",
        "webhook_endpoints.secret_sealed",
    }
