"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "changes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("subscription_id", sa.Uuid(), nullable=True),
        sa.Column("entity", sa.String(), nullable=False),
        sa.Column("entity_id", sa.Uuid(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column(
            "fields",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.Column("request_id", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("real_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_changes")),
    )
    op.create_index(op.f("ix_changes_request_id"), "changes", ["request_id"], unique=False)
    op.create_index(
        op.f("ix_changes_site_id_subscription_id_at"), "changes", ["site_id", "subscription_id", "at"], unique=False
    )
    op.create_table(
        "sign_in_tries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_tries")),
    )
    op.create_index(op.f("ix_sign_in_tries_subject_at"), "sign_in_tries", ["subject", "at"], unique=False)
    op.create_table(
        "sites",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("mode", sa.String(length=4), nullable=False),
        sa.Column("timezone", sa.String(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("clock_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("clock_target", sa.DateTime(timezone=True), nullable=True),
        sa.Column("webhook_secret_sealed", sa.String(), nullable=False),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("charge_hour", sa.Integer(), nullable=False),
        sa.Column("link_days", sa.Integer(), nullable=False),
        sa.Column("consent_policy", sa.String(), nullable=False),
        sa.Column("brand", sa.String(), nullable=False),
        sa.Column("support_phone", sa.String(), nullable=True),
        sa.Column("support_email", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reconcile_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("clock_at IS NULL OR mode = 'test'", name=op.f("ck_sites_clock_needs_test")),
        sa.CheckConstraint("mode IN ('test', 'live')", name=op.f("ck_sites_mode")),
        sa.CheckConstraint("clock_target IS NULL OR clock_at IS NOT NULL", name=op.f("ck_sites_target_needs_clock")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sites")),
    )
    op.create_index(op.f("ix_sites_reconcile_at"), "sites", ["reconcile_at"], unique=False)
    op.create_index(
        "ix_sites_advancing",
        "sites",
        ["id"],
        unique=False,
        sqlite_where=sa.text("clock_target IS NOT NULL"),
        postgresql_where=sa.text("clock_target IS NOT NULL"),
    )
    op.create_table(
        "staff",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("totp_sealed", sa.String(), nullable=False),
        sa.Column("totp_used_step", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("role IN ('viewer', 'agent', 'admin')", name=op.f("ck_staff_role")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("email", name=op.f("uq_staff_email")),
    )
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_api_keys_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("key_id", name=op.f("uq_api_keys_key_id")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_api_keys_secret_hash")),
    )
    op.create_index(op.f("ix_api_keys_site_id"), "api_keys", ["site_id"], unique=False)
    op.create_table(
        "customers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=True),
        sa.Column("first_name", sa.String(), nullable=True),
        sa.Column("last_name", sa.String(), nullable=True),
        sa.Column("account_name", sa.String(), nullable=True),
        sa.Column("mobile_phone", sa.String(), nullable=True),
        sa.Column("phone_as_given", sa.String(), nullable=True),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("notify_phone", sa.Boolean(), nullable=True),
        sa.Column("notify_email", sa.Boolean(), nullable=True),
        sa.Column("locale", sa.String(), nullable=True),
        sa.Column("notes", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_customers_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customers")),
        sa.UniqueConstraint("site_id", "external_id", name=op.f("uq_customers_site_id_external_id")),
    )
    op.create_index(op.f("ix_customers_site_id_email"), "customers", ["site_id", "email"], unique=False)
    op.create_index(op.f("ix_customers_site_id_mobile_phone"), "customers", ["site_id", "mobile_phone"], unique=False)
    op.create_table(
        "staff_sessions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_sessions_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_staff_sessions_token_hash")),
    )
    op.create_index(op.f("ix_staff_sessions_staff_id"), "staff_sessions", ["staff_id"], unique=False)
    op.create_table(
        "payment_methods",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("gateway", sa.String(), nullable=False),
        sa.Column("gateway_ref", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("brand", sa.String(), nullable=False),
        sa.Column("last4", sa.String(length=4), nullable=False),
        sa.Column("exp_month", sa.Integer(), nullable=False),
        sa.Column("exp_year", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_payment_methods_customer_id")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_payment_methods_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_methods")),
        sa.UniqueConstraint("gateway", "gateway_ref", name=op.f("uq_payment_methods_gateway_gateway_ref")),
    )
    op.create_index(op.f("ix_payment_methods_customer_id"), "payment_methods", ["customer_id"], unique=False)
    op.create_index(op.f("ix_payment_methods_site_id_last4"), "payment_methods", ["site_id", "last4"], unique=False)
    op.create_table(
        "subscriptions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=True),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("close_reason", sa.String(), nullable=True),
        sa.Column("collection", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("terms_id", sa.Uuid(), nullable=False),
        sa.Column("binding_terms_id", sa.Uuid(), nullable=True),
        sa.Column("payment_method_id", sa.Uuid(), nullable=True),
        sa.Column("anchor_on", sa.Date(), nullable=True),
        sa.Column("billing_day", sa.Integer(), nullable=True),
        sa.Column("next_index", sa.Integer(), nullable=True),
        sa.Column("next_due_on", sa.Date(), nullable=True),
        sa.Column("ends_before", sa.Date(), nullable=True),
        sa.Column("installments", sa.Integer(), nullable=False),
        sa.Column("hold_reason", sa.String(), nullable=True),
        sa.Column("resume_on", sa.Date(), nullable=True),
        sa.Column("cancel_on", sa.Date(), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_for_good", sa.Boolean(), nullable=False),
        sa.Column("webhook_url", sa.String(), nullable=True),
        sa.Column(
            "attachments",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("archived_from", sa.String(), nullable=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("site_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(close_reason IS NOT NULL) = (status = 'closed')", name=op.f("ck_subscriptions_closed_has_reason")
        ),
        sa.CheckConstraint("collection IN ('automatic', 'link')", name=op.f("ck_subscriptions_collection")),
        sa.CheckConstraint(
            "status IN ('pending', 'active', 'paused', 'failed', 'closed')", name=op.f("ck_subscriptions_status")
        ),
        sa.CheckConstraint(
            "status NOT IN ('active', 'paused', 'failed') OR accepted_at IS NOT NULL",
            name=op.f("ck_subscriptions_accepted"),
        ),
        sa.CheckConstraint("(next_due_on IS NULL) = (next_index IS NULL)", name=op.f("ck_subscriptions_next_due")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_subscriptions_customer_id")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_subscriptions_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriptions")),
        sa.UniqueConstraint("site_id", "external_id", name=op.f("uq_subscriptions_site_id_external_id")),
    )
    op.create_index(op.f("ix_subscriptions_customer_id"), "subscriptions", ["customer_id"], unique=False)
    op.create_index(
        "ix_subscriptions_due_at",
        "subscriptions",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("due_at IS NOT NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_index(
        "ix_subscriptions_site_due_at",
        "subscriptions",
        ["site_id", "site_due_at"],
        unique=False,
        sqlite_where=sa.text("site_due_at IS NOT NULL"),
        postgresql_where=sa.text("site_due_at IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_subscriptions_site_id_created_at"), "subscriptions", ["site_id", "created_at"], unique=False
    )
    op.create_table(
        "events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("subscription_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("event", sa.String(), nullable=True),
        sa.Column(
            "facts",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column("body", sa.String(), nullable=True),
        sa.Column("request_id", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("action IN ('payment', 'notification', 'subscription')", name=op.f("ck_events_action")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_events_site_id")),
        sa.ForeignKeyConstraint(["subscription_id"], ["subscriptions.id"], name=op.f("fk_events_subscription_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
        sa.UniqueConstraint("subscription_id", "sequence", name=op.f("uq_events_subscription_id_sequence")),
    )
    op.create_table(
        "terms",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("subscription_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("frequency", sa.String(), nullable=False),
        sa.Column("frequency_units", sa.Integer(), nullable=False),
        sa.Column("start_on", sa.Date(), nullable=True),
        sa.Column("number_of_payments", sa.BigInteger(), nullable=True),
        sa.Column("end_on", sa.Date(), nullable=True),
        sa.Column(
            "bill_to_customer",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
            ),
            nullable=True,
        ),
        sa.Column(
            "bill_to",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
            ),
            nullable=True,
        ),
        sa.Column(
            "sold_to",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
            ),
            nullable=True,
        ),
        sa.Column(
            "lines",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("notified_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_terms_amount_positive")),
        sa.CheckConstraint("frequency_units BETWEEN 1 AND 1000", name=op.f("ck_terms_units")),
        sa.CheckConstraint(
            "number_of_payments IS NULL OR number_of_payments > 0", name=op.f("ck_terms_count_positive")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_terms_site_id")),
        sa.ForeignKeyConstraint(["subscription_id"], ["subscriptions.id"], name=op.f("fk_terms_subscription_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_terms")),
        sa.UniqueConstraint("subscription_id", "version", name=op.f("uq_terms_subscription_id_version")),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("subscription_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("first_tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("site_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("status IN ('waiting', 'delivered', 'failed')", name=op.f("ck_deliveries_status")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_deliveries_event_id")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_deliveries_site_id")),
        sa.ForeignKeyConstraint(["subscription_id"], ["subscriptions.id"], name=op.f("fk_deliveries_subscription_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
    )
    op.create_index(
        "ix_deliveries_due_at",
        "deliveries",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("due_at IS NOT NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_index(op.f("ix_deliveries_event_id"), "deliveries", ["event_id"], unique=False)
    op.create_index(
        "ix_deliveries_site_due_at",
        "deliveries",
        ["site_id", "site_due_at"],
        unique=False,
        sqlite_where=sa.text("site_due_at IS NOT NULL"),
        postgresql_where=sa.text("site_due_at IS NOT NULL"),
    )
    op.create_table(
        "invoices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("subscription_id", sa.Uuid(), nullable=False),
        sa.Column("terms_id", sa.Uuid(), nullable=False),
        sa.Column("slot", sa.String(), nullable=False),
        sa.Column("installment", sa.Integer(), nullable=False),
        sa.Column("period_start", sa.Date(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False),
        sa.Column("invoice_on", sa.Date(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("invoice_number", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(status = 'paid') = (paid_at IS NOT NULL)", name=op.f("ck_invoices_paid_has_date")),
        sa.CheckConstraint("status IN ('open', 'paid', 'void', 'uncollectible')", name=op.f("ck_invoices_status")),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_invoices_amount_positive")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_invoices_site_id")),
        sa.ForeignKeyConstraint(["subscription_id"], ["subscriptions.id"], name=op.f("fk_invoices_subscription_id")),
        sa.ForeignKeyConstraint(["terms_id"], ["terms.id"], name=op.f("fk_invoices_terms_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoices")),
        sa.UniqueConstraint("site_id", "invoice_number", name=op.f("uq_invoices_site_id_invoice_number")),
        sa.UniqueConstraint("subscription_id", "slot", name=op.f("uq_invoices_subscription_id_slot")),
    )
    op.create_table(
        "delivery_tries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("delivery_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer_status", sa.Integer(), nullable=True),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"], name=op.f("fk_delivery_tries_delivery_id")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_delivery_tries_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_tries")),
        sa.UniqueConstraint("delivery_id", "number", name=op.f("uq_delivery_tries_delivery_id_number")),
    )
    op.create_table(
        "payment_requests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("subscription_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_again_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("site_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('subscribe', 'instalment', 'card_change', 'reconsent')", name=op.f("ck_payment_requests_kind")
        ),
        sa.CheckConstraint(
            "status IN ('issued', 'sent', 'delivered', 'opened', 'confirmed', 'expired', 'withdrawn', 'replaced')",
            name=op.f("ck_payment_requests_status"),
        ),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_payment_requests_customer_id")),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name=op.f("fk_payment_requests_invoice_id")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_payment_requests_site_id")),
        sa.ForeignKeyConstraint(
            ["subscription_id"], ["subscriptions.id"], name=op.f("fk_payment_requests_subscription_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_requests")),
    )
    op.create_index(
        "ix_payment_requests_due_at",
        "payment_requests",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("due_at IS NOT NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_index(
        "ix_payment_requests_site_due_at",
        "payment_requests",
        ["site_id", "site_due_at"],
        unique=False,
        sqlite_where=sa.text("site_due_at IS NOT NULL"),
        postgresql_where=sa.text("site_due_at IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_payment_requests_site_id_created_at"), "payment_requests", ["site_id", "created_at"], unique=False
    )
    op.create_index(
        op.f("ix_payment_requests_subscription_id_created_at"),
        "payment_requests",
        ["subscription_id", "created_at"],
        unique=False,
    )
    op.create_table(
        "payments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("subscription_id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("payment_method_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("gateway", sa.String(), nullable=False),
        sa.Column("gateway_ref", sa.String(), nullable=True),
        sa.Column("code", sa.String(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("first_failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("site_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status IN ('pending', 'requires_action', 'unknown', 'failed', 'succeeded', 'partially_refunded', 'refunded', 'voided')",
            name=op.f("ck_payments_status"),
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_payments_amount_positive")),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name=op.f("fk_payments_invoice_id")),
        sa.ForeignKeyConstraint(
            ["payment_method_id"], ["payment_methods.id"], name=op.f("fk_payments_payment_method_id")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_payments_site_id")),
        sa.ForeignKeyConstraint(["subscription_id"], ["subscriptions.id"], name=op.f("fk_payments_subscription_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments")),
    )
    op.create_index(
        "ix_payments_due_at",
        "payments",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("due_at IS NOT NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_index(op.f("ix_payments_invoice_id"), "payments", ["invoice_id"], unique=False)
    op.create_index(
        "ix_payments_site_due_at",
        "payments",
        ["site_id", "site_due_at"],
        unique=False,
        sqlite_where=sa.text("site_due_at IS NOT NULL"),
        postgresql_where=sa.text("site_due_at IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_payments_subscription_id_created_at"), "payments", ["subscription_id", "created_at"], unique=False
    )
    op.create_index(
        "uq_payments_one_open",
        "payments",
        ["invoice_id"],
        unique=True,
        sqlite_where=sa.text("status NOT IN ('failed', 'voided')"),
        postgresql_where=sa.text("status NOT IN ('failed', 'voided')"),
    )
    op.create_table(
        "attempts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("payment_method_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("gateway_ref", sa.String(), nullable=True),
        sa.Column("code", sa.String(), nullable=True),
        sa.Column("decline", sa.String(), nullable=True),
        sa.Column("words", sa.String(), nullable=True),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(status = 'pending') = (settled_at IS NULL)", name=op.f("ck_attempts_settled")),
        sa.CheckConstraint(
            "status IN ('pending', 'unknown', 'requires_action', 'succeeded', 'failed')",
            name=op.f("ck_attempts_status"),
        ),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name=op.f("fk_attempts_invoice_id")),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name=op.f("fk_attempts_payment_id")),
        sa.ForeignKeyConstraint(
            ["payment_method_id"], ["payment_methods.id"], name=op.f("fk_attempts_payment_method_id")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_attempts_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempts")),
        sa.UniqueConstraint("invoice_id", "number", name=op.f("uq_attempts_invoice_id_number")),
        sa.UniqueConstraint("key", name=op.f("uq_attempts_key")),
    )
    op.create_index(op.f("ix_attempts_payment_id_number"), "attempts", ["payment_id", "number"], unique=False)
    op.create_table(
        "links",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("nonce", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["request_id"], ["payment_requests.id"], name=op.f("fk_links_request_id")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_links_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_links_token_hash")),
    )
    op.create_index(op.f("ix_links_request_id_created_at"), "links", ["request_id", "created_at"], unique=False)
    op.create_table(
        "link_opens",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("link_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("agent", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["link_id"], ["links.id"], name=op.f("fk_link_opens_link_id")),
        sa.ForeignKeyConstraint(["request_id"], ["payment_requests.id"], name=op.f("fk_link_opens_request_id")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_link_opens_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_opens")),
    )
    op.create_index(op.f("ix_link_opens_request_id_at"), "link_opens", ["request_id", "at"], unique=False)
    op.create_table(
        "messages",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("subscription_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=True),
        sa.Column("link_id", sa.Uuid(), nullable=True),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("occasion", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("to", sa.String(), nullable=False),
        sa.Column(
            "facts",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=True),
        sa.Column("body", sa.String(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("gateway_ref", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("site_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("channel IN ('sms', 'email')", name=op.f("ck_messages_channel")),
        sa.CheckConstraint(
            "status IN ('queued', 'sent', 'delivered', 'failed', 'skipped')", name=op.f("ck_messages_status")
        ),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_messages_customer_id")),
        sa.ForeignKeyConstraint(["link_id"], ["links.id"], name=op.f("fk_messages_link_id")),
        sa.ForeignKeyConstraint(["request_id"], ["payment_requests.id"], name=op.f("fk_messages_request_id")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_messages_site_id")),
        sa.ForeignKeyConstraint(["subscription_id"], ["subscriptions.id"], name=op.f("fk_messages_subscription_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.UniqueConstraint(
            "site_id", "purpose", "occasion", "channel", name=op.f("uq_messages_site_id_purpose_occasion_channel")
        ),
    )
    op.create_index(
        "ix_messages_due_at",
        "messages",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("due_at IS NOT NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_index(
        "ix_messages_site_due_at",
        "messages",
        ["site_id", "site_due_at"],
        unique=False,
        sqlite_where=sa.text("site_due_at IS NOT NULL"),
        postgresql_where=sa.text("site_due_at IS NOT NULL"),
    )
    op.create_index(op.f("ix_messages_site_id_sent_at"), "messages", ["site_id", "sent_at"], unique=False)
    op.create_index(
        op.f("ix_messages_subscription_id_created_at"), "messages", ["subscription_id", "created_at"], unique=False
    )
    op.create_table(
        "setup_sessions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("subscription_id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("link_id", sa.Uuid(), nullable=False),
        sa.Column("terms_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("gateway", sa.String(), nullable=False),
        sa.Column("gateway_ref", sa.String(), nullable=True),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("consent_text", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("agent", sa.String(), nullable=False),
        sa.Column("real_created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("site_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("purpose IN ('confirm', 'change_method')", name=op.f("ck_setup_sessions_purpose")),
        sa.CheckConstraint(
            "status IN ('open', 'completed', 'refused', 'stale', 'expired', 'superseded')",
            name=op.f("ck_setup_sessions_status"),
        ),
        sa.ForeignKeyConstraint(["link_id"], ["links.id"], name=op.f("fk_setup_sessions_link_id")),
        sa.ForeignKeyConstraint(["request_id"], ["payment_requests.id"], name=op.f("fk_setup_sessions_request_id")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_setup_sessions_site_id")),
        sa.ForeignKeyConstraint(
            ["subscription_id"], ["subscriptions.id"], name=op.f("fk_setup_sessions_subscription_id")
        ),
        sa.ForeignKeyConstraint(["terms_id"], ["terms.id"], name=op.f("fk_setup_sessions_terms_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_setup_sessions")),
    )
    op.create_index(
        "ix_setup_sessions_due_at",
        "setup_sessions",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("due_at IS NOT NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_index(op.f("ix_setup_sessions_gateway_ref"), "setup_sessions", ["gateway_ref"], unique=False)
    op.create_index(
        "ix_setup_sessions_site_due_at",
        "setup_sessions",
        ["site_id", "site_due_at"],
        unique=False,
        sqlite_where=sa.text("site_due_at IS NOT NULL"),
        postgresql_where=sa.text("site_due_at IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_setup_sessions_subscription_id_created_at"),
        "setup_sessions",
        ["subscription_id", "created_at"],
        unique=False,
    )
    op.create_table(
        "consents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("subscription_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("terms_id", sa.Uuid(), nullable=False),
        sa.Column("setup_id", sa.Uuid(), nullable=False),
        sa.Column("payment_method_id", sa.Uuid(), nullable=False),
        sa.Column("shown", sa.String(), nullable=False),
        sa.Column("shown_hash", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("agent", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_consents_customer_id")),
        sa.ForeignKeyConstraint(
            ["payment_method_id"], ["payment_methods.id"], name=op.f("fk_consents_payment_method_id")
        ),
        sa.ForeignKeyConstraint(["setup_id"], ["setup_sessions.id"], name=op.f("fk_consents_setup_id")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_consents_site_id")),
        sa.ForeignKeyConstraint(["subscription_id"], ["subscriptions.id"], name=op.f("fk_consents_subscription_id")),
        sa.ForeignKeyConstraint(["terms_id"], ["terms.id"], name=op.f("fk_consents_terms_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
        sa.UniqueConstraint("setup_id", name=op.f("uq_consents_setup_id")),
    )
    op.create_index(op.f("ix_consents_subscription_id_at"), "consents", ["subscription_id", "at"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_consents_subscription_id_at"), table_name="consents")
    op.drop_table("consents")
    op.drop_index(op.f("ix_setup_sessions_subscription_id_created_at"), table_name="setup_sessions")
    op.drop_index(
        "ix_setup_sessions_site_due_at",
        table_name="setup_sessions",
        sqlite_where=sa.text("site_due_at IS NOT NULL"),
        postgresql_where=sa.text("site_due_at IS NOT NULL"),
    )
    op.drop_index(op.f("ix_setup_sessions_gateway_ref"), table_name="setup_sessions")
    op.drop_index(
        "ix_setup_sessions_due_at",
        table_name="setup_sessions",
        sqlite_where=sa.text("due_at IS NOT NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.drop_table("setup_sessions")
    op.drop_index(op.f("ix_messages_subscription_id_created_at"), table_name="messages")
    op.drop_index(op.f("ix_messages_site_id_sent_at"), table_name="messages")
    op.drop_index(
        "ix_messages_site_due_at",
        table_name="messages",
        sqlite_where=sa.text("site_due_at IS NOT NULL"),
        postgresql_where=sa.text("site_due_at IS NOT NULL"),
    )
    op.drop_index(
        "ix_messages_due_at",
        table_name="messages",
        sqlite_where=sa.text("due_at IS NOT NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.drop_table("messages")
    op.drop_index(op.f("ix_link_opens_request_id_at"), table_name="link_opens")
    op.drop_table("link_opens")
    op.drop_index(op.f("ix_links_request_id_created_at"), table_name="links")
    op.drop_table("links")
    op.drop_index(op.f("ix_attempts_payment_id_number"), table_name="attempts")
    op.drop_table("attempts")
    op.drop_index(
        "uq_payments_one_open",
        table_name="payments",
        sqlite_where=sa.text("status NOT IN ('failed', 'voided')"),
        postgresql_where=sa.text("status NOT IN ('failed', 'voided')"),
    )
    op.drop_index(op.f("ix_payments_subscription_id_created_at"), table_name="payments")
    op.drop_index(
        "ix_payments_site_due_at",
        table_name="payments",
        sqlite_where=sa.text("site_due_at IS NOT NULL"),
        postgresql_where=sa.text("site_due_at IS NOT NULL"),
    )
    op.drop_index(op.f("ix_payments_invoice_id"), table_name="payments")
    op.drop_index(
        "ix_payments_due_at",
        table_name="payments",
        sqlite_where=sa.text("due_at IS NOT NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.drop_table("payments")
    op.drop_index(op.f("ix_payment_requests_subscription_id_created_at"), table_name="payment_requests")
    op.drop_index(op.f("ix_payment_requests_site_id_created_at"), table_name="payment_requests")
    op.drop_index(
        "ix_payment_requests_site_due_at",
        table_name="payment_requests",
        sqlite_where=sa.text("site_due_at IS NOT NULL"),
        postgresql_where=sa.text("site_due_at IS NOT NULL"),
    )
    op.drop_index(
        "ix_payment_requests_due_at",
        table_name="payment_requests",
        sqlite_where=sa.text("due_at IS NOT NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.drop_table("payment_requests")
    op.drop_table("delivery_tries")
    op.drop_table("invoices")
    op.drop_index(
        "ix_deliveries_site_due_at",
        table_name="deliveries",
        sqlite_where=sa.text("site_due_at IS NOT NULL"),
        postgresql_where=sa.text("site_due_at IS NOT NULL"),
    )
    op.drop_index(op.f("ix_deliveries_event_id"), table_name="deliveries")
    op.drop_index(
        "ix_deliveries_due_at",
        table_name="deliveries",
        sqlite_where=sa.text("due_at IS NOT NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.drop_table("deliveries")
    op.drop_table("terms")
    op.drop_table("events")
    op.drop_index(op.f("ix_subscriptions_site_id_created_at"), table_name="subscriptions")
    op.drop_index(
        "ix_subscriptions_site_due_at",
        table_name="subscriptions",
        sqlite_where=sa.text("site_due_at IS NOT NULL"),
        postgresql_where=sa.text("site_due_at IS NOT NULL"),
    )
    op.drop_index(
        "ix_subscriptions_due_at",
        table_name="subscriptions",
        sqlite_where=sa.text("due_at IS NOT NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.drop_index(op.f("ix_subscriptions_customer_id"), table_name="subscriptions")
    op.drop_table("subscriptions")
    op.drop_index(op.f("ix_payment_methods_site_id_last4"), table_name="payment_methods")
    op.drop_index(op.f("ix_payment_methods_customer_id"), table_name="payment_methods")
    op.drop_table("payment_methods")
    op.drop_index(op.f("ix_staff_sessions_staff_id"), table_name="staff_sessions")
    op.drop_table("staff_sessions")
    op.drop_index(op.f("ix_customers_site_id_mobile_phone"), table_name="customers")
    op.drop_index(op.f("ix_customers_site_id_email"), table_name="customers")
    op.drop_table("customers")
    op.drop_index(op.f("ix_api_keys_site_id"), table_name="api_keys")
    op.drop_table("api_keys")
    op.drop_table("staff")
    op.drop_index(
        "ix_sites_advancing",
        table_name="sites",
        sqlite_where=sa.text("clock_target IS NOT NULL"),
        postgresql_where=sa.text("clock_target IS NOT NULL"),
    )
    op.drop_index(op.f("ix_sites_reconcile_at"), table_name="sites")
    op.drop_table("sites")
    op.drop_index(op.f("ix_sign_in_tries_subject_at"), table_name="sign_in_tries")
    op.drop_table("sign_in_tries")
    op.drop_index(op.f("ix_changes_site_id_subscription_id_at"), table_name="changes")
    op.drop_index(op.f("ix_changes_request_id"), table_name="changes")
    op.drop_table("changes")
