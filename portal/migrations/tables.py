"""Every module that declares tables, imported so that the metadata is whole."""

from __future__ import annotations

import portal.billing.models
import portal.billing.numbering
import portal.billing.payer_models
import portal.billing.refund_models
import portal.console.models
import portal.core.changes
import portal.customers.models
import portal.links.models
import portal.notifications.models
import portal.sites.models
import portal.subscriptions.models
import portal.webhooks.models

all_tables_are_known = all(
    (
        portal.billing.models,
        portal.billing.numbering,
        portal.billing.payer_models,
        portal.billing.refund_models,
        portal.console.models,
        portal.core.changes,
        portal.customers.models,
        portal.links.models,
        portal.notifications.models,
        portal.sites.models,
        portal.subscriptions.models,
        portal.webhooks.models,
    )
)
