"""Every module that declares tables, imported so that the metadata is whole."""

from __future__ import annotations

import portal.billing.cancellation_models
import portal.billing.expiry_models
import portal.billing.models
import portal.billing.numbering
import portal.billing.pay_models
import portal.billing.payer_models
import portal.billing.refund_models
import portal.catalog.add_ons
import portal.catalog.agreements
import portal.catalog.product_models
import portal.console.models
import portal.core.changes
import portal.customers.details
import portal.customers.models
import portal.links.models
import portal.notifications.models
import portal.sites.api_requests
import portal.sites.kept_answers
import portal.sites.models
import portal.subscriptions.attachments
import portal.subscriptions.engagements
import portal.subscriptions.item_updates
import portal.subscriptions.memos
import portal.subscriptions.models
import portal.webhooks.models
import portal.webhooks.rotation

all_tables_are_known = all(
    (
        portal.billing.cancellation_models,
        portal.billing.expiry_models,
        portal.billing.models,
        portal.billing.numbering,
        portal.billing.pay_models,
        portal.billing.payer_models,
        portal.billing.refund_models,
        portal.catalog.product_models,
        portal.catalog.add_ons,
        portal.catalog.agreements,
        portal.console.models,
        portal.core.changes,
        portal.customers.details,
        portal.customers.models,
        portal.links.models,
        portal.notifications.models,
        portal.sites.api_requests,
        portal.sites.kept_answers,
        portal.sites.models,
        portal.subscriptions.attachments,
        portal.subscriptions.engagements,
        portal.subscriptions.item_updates,
        portal.subscriptions.memos,
        portal.subscriptions.models,
        portal.webhooks.models,
        portal.webhooks.rotation,
    )
)
