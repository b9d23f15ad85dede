"""Endpoints that we switched off, with the e-mails that tell their merchants; details and archives of the catalog.

Two ideas in one number, which was all there was: webhooks, and what the fundraising dialect keeps of contacts.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

GIVEN_UP = sa.text("status = 'failed'")
ON_REAL, ON_SITE = sa.text("due_at IS NOT NULL"), sa.text("site_due_at IS NOT NULL")


def upgrade() -> None:
    op.add_column("sites", sa.Column("alerts_email", sa.String(), nullable=True))
    op.add_column("webhook_endpoints", sa.Column("off_reason", sa.String(), nullable=True))
    op.add_column("webhook_endpoints", sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_deliveries_given_up", "deliveries", ["endpoint_id", "event_id"],
        sqlite_where=GIVEN_UP, postgresql_where=GIVEN_UP,
    )  # fmt: skip
    op.add_column("agreements", sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("add_ons", sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True))
    _create_details()
    op.create_table(
        "webhook_notices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("endpoint_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("to", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("site_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("status IN ('queued', 'sent', 'failed', 'skipped')", name=op.f("ck_webhook_notices_status")),
        sa.CheckConstraint("reason IN ('gone', 'failing')", name=op.f("ck_webhook_notices_reason")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_webhook_notices_site_id")),
        sa.ForeignKeyConstraint(["endpoint_id"], ["webhook_endpoints.id"], name=op.f("fk_webhook_notices_endpoint_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_notices")),
    )
    op.create_index(op.f("ix_webhook_notices_endpoint_id"), "webhook_notices", ["endpoint_id"])
    op.create_index(
        "ix_webhook_notices_due_at", "webhook_notices", ["due_at"], sqlite_where=ON_REAL, postgresql_where=ON_REAL
    )
    op.create_index(
        "ix_webhook_notices_site_due_at", "webhook_notices", ["site_id", "site_due_at"],
        sqlite_where=ON_SITE, postgresql_where=ON_SITE,
    )  # fmt: skip


def _create_details() -> None:
    texts = ("address", "address2", "post_code", "city", "country_code", "business_code", "contact_type",
             "external_link")  # fmt: skip
    op.create_table(
        "contact_details",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("national_id_sealed", sa.String(), nullable=True),
        sa.Column("birth_date", sa.Date(), nullable=True),
        *(sa.Column(name, sa.String(), nullable=True) for name in texts),
        sa.Column("origin_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_contact_details_site_id")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_contact_details_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_details")),
        sa.UniqueConstraint("customer_id", name=op.f("uq_contact_details_customer_id")),
    )


def downgrade() -> None:
    op.drop_table("contact_details")
    op.drop_column("add_ons", "archived_at")
    op.drop_column("agreements", "archived_at")
    op.drop_table("webhook_notices")
    op.drop_index("ix_deliveries_given_up", table_name="deliveries")
    op.drop_column("webhook_endpoints", "failing_since")
    op.drop_column("webhook_endpoints", "off_reason")
    op.drop_column("sites", "alerts_email")
