"""What a site lets its customers do by themselves, and whom they can ask: set by the merchant, each change logged."""

from __future__ import annotations

from dataclasses import dataclass, fields

from portal.core import changes
from portal.sites import clock
from portal.sites.models import Site


@dataclass(frozen=True, slots=True)
class Policy:
    """None leaves a value as it is, an empty text takes it away. `support_phone` is E.164.

    `alerts_email`: who of the merchant hears what has to be mended, such as a webhook that was switched off.
    """

    allow_pause: bool | None = None
    allow_cancel: bool | None = None
    support_phone: str | None = None
    support_email: str | None = None
    alerts_email: str | None = None


def set_policy(site: Site, policy: Policy) -> Policy:
    """Apply what was given; the policy as it is afterwards. The values are already checked."""
    differences = {}
    for one in fields(policy):
        given, before = getattr(policy, one.name), getattr(site, one.name)
        value = None if given == "" else given
        if given is not None and value != before:
            setattr(site, one.name, value)
            differences[one.name] = (before, value)
    if differences:
        changes.record(
            "site policy changed",
            site_id=site.id,
            entity="site",
            entity_id=site.id,
            at=clock.now(site),
            fields=differences,
        )
    return Policy(*(getattr(site, one.name) for one in fields(policy)))
