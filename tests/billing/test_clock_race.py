"""Two workers walk the clock of one site: neither carries it past what the other has just made due."""

from __future__ import annotations

import threading
import uuid

import pytest

from portal.core.database import transaction
from portal.sites import clock
from tests.harness import Customer, Merchant, Portal, at
from workers import advance


def test_a_late_worker_does_not_carry_the_clock_past_what_another_has_made_due(
    portal: Portal, merchant_on_clock: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    if portal.settings.on_sqlite:
        pytest.skip("SQLite has one writer: the second cannot have looked")
    link = merchant_on_clock.post().json["link"]
    portal.run_jobs()
    Customer(portal, link).confirm()
    portal.run_jobs()
    site_id = uuid.UUID(merchant_on_clock.site_id)
    with portal.writing():
        clock.set_target(site_id, at("2026-05-01T12:00"))

    looked, moved, really_owed = threading.Event(), threading.Event(), advance.owed

    def owed(of_site: uuid.UUID) -> advance.Owed:
        found = really_owed(of_site)
        if threading.current_thread().name == "late" and not looked.is_set():
            looked.set()
            moved.wait(10)
        return found

    def look_then_step() -> None:
        with portal.app.app_context(), transaction():
            if advance.owed(site_id).is_empty:
                advance.step(site_id)

    monkeypatch.setattr(advance, "owed", owed)
    late = threading.Thread(target=look_then_step, name="late")
    late.start()
    assert looked.wait(10)
    with portal.writing():
        assert advance.step(site_id)
    moved.set()
    late.join(10)
    assert portal.site(merchant_on_clock).clock_at < at("2026-03-01T00:00")
