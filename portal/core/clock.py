"""The one place where the real time is read; a site's own time is `portal.sites.clock`."""

from __future__ import annotations

from datetime import UTC, datetime


def real_now() -> datetime:
    """The real instant, in UTC. For leases, guards and signatures; domain dates use the site's clock."""
    return datetime.now(UTC)
