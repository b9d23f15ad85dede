"""What keeps an installation well: its migrations, its check-up, its keys, and the comparison with the gateway."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from portal.billing import expiry
from portal.billing.reconcile import Difference
from portal.chores import opened, site_of
from portal.core.database import db, reading, session, transaction
from portal.core.sealed import Resealed
from portal.core.sealed import reseal as seal_again
from portal.core.settings import Settings
from portal.health import broker_problem, database_problem
from portal.migrations.state import newest_revision
from portal.migrations.state import upgrade as apply_migrations
from portal.sites.models import Site


def upgrade(settings: Settings) -> str:
    with opened(settings):
        apply_migrations(db.engine)
        with transaction():
            expiry.plan_missing()
    return f"The database is at migration {newest_revision()}."


def reseal(settings: Settings) -> Resealed:
    """Seal every kept secret again under the first SECRET_KEY."""
    with opened(settings):
        return seal_again()


def reconcile(settings: Settings, site_id: str | None) -> list[Difference]:
    """Compare one site, or all, with the gateway."""
    from workers.reconciling import reconcile as compare

    with opened(settings):
        with reading():
            ids = [site_of(site_id).id] if site_id else list(session().scalars(select(Site.id)))
        return [difference for each in ids for difference in compare(each)]


@dataclass(frozen=True, slots=True)
class Finding:
    good: bool
    words: str


def doctor(settings: Settings) -> Sequence[Finding]:
    """Everything that can be checked from here, each with what to mend."""
    with opened(settings):
        database, broker = database_problem(), broker_problem()
    in_order = "Jobs run in this process." if settings.embedded else "The broker answers."
    findings = [
        Finding(database is None, database or "The database answers and has every migration."),
        Finding(broker is None, broker or in_order),
        Finding(True, f"Pages are at {settings.public_url}, sockets at {settings.live_url}."),
        Finding(True, f"Email goes {'by SMTP' if settings.mail_url else 'to the sandbox phone: MAIL_URL is empty'}."),
    ]
    if settings.public_url.startswith("http://") and settings.host not in {"127.0.0.1", "localhost", "::1"}:
        findings.append(Finding(False, "PUBLIC_URL is http: customers need https once this is reachable from outside."))
    if settings.webhook_allow_private:
        findings.append(Finding(False, "WEBHOOK_ALLOW_PRIVATE is on: it is for tests only."))
    return findings
