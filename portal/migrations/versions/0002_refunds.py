"""Refunds, what was refunded of a payment, and the counters of invoice numbers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

UNNUMBERED = sa.text("paid_at IS NOT NULL AND invoice_number IS NULL")
OPEN = sa.text("status IN ('pending', 'unknown')")


def upgrade() -> None:
    # Written out: SQLite adds a CHECK only together with its column.
    op.execute(
        "ALTER TABLE payments ADD COLUMN refunded_minor BIGINT DEFAULT 0 NOT NULL"
        " CONSTRAINT ck_payments_refunded_at_most_captured CHECK (refunded_minor BETWEEN 0 AND amount_minor)"
    )
    op.create_index(
        "ix_invoices_unnumbered",
        "invoices",
        ["site_id", "paid_at"],
        unique=False,
        sqlite_where=UNNUMBERED,
        postgresql_where=UNNUMBERED,
    )
    op.create_table(
        "invoice_counters",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("last_number", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("last_number >= 0", name=op.f("ck_invoice_counters_counts_up")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_invoice_counters_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_counters")),
        sa.UniqueConstraint("site_id", name=op.f("uq_invoice_counters_site_id")),
    )
    op.create_table(
        "refunds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("subscription_id", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("gateway_ref", sa.String(), nullable=True),
        sa.Column("code", sa.String(), nullable=True),
        sa.Column("words", sa.String(), nullable=True),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("site_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(status IN ('succeeded', 'failed')) = (settled_at IS NOT NULL)", name=op.f("ck_refunds_settled")
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_refunds_amount_positive")),
        sa.CheckConstraint("kind IN ('refund', 'void')", name=op.f("ck_refunds_kind")),
        sa.CheckConstraint("status IN ('pending', 'unknown', 'succeeded', 'failed')", name=op.f("ck_refunds_status")),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name=op.f("fk_refunds_payment_id")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_refunds_site_id")),
        sa.ForeignKeyConstraint(["subscription_id"], ["subscriptions.id"], name=op.f("fk_refunds_subscription_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refunds")),
        sa.UniqueConstraint("key", name=op.f("uq_refunds_key")),
        sa.UniqueConstraint("payment_id", "number", name=op.f("uq_refunds_payment_id_number")),
    )
    op.create_index(
        "ix_refunds_due_at",
        "refunds",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("due_at IS NOT NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_index(
        "ix_refunds_site_due_at",
        "refunds",
        ["site_id", "site_due_at"],
        unique=False,
        sqlite_where=sa.text("site_due_at IS NOT NULL"),
        postgresql_where=sa.text("site_due_at IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_refunds_subscription_id_created_at"), "refunds", ["subscription_id", "created_at"], unique=False
    )
    op.create_index(
        "uq_refunds_one_open", "refunds", ["payment_id"], unique=True, sqlite_where=OPEN, postgresql_where=OPEN
    )


def downgrade() -> None:
    op.drop_index("uq_refunds_one_open", table_name="refunds", sqlite_where=OPEN, postgresql_where=OPEN)
    op.drop_index(op.f("ix_refunds_subscription_id_created_at"), table_name="refunds")
    op.drop_index(
        "ix_refunds_site_due_at",
        table_name="refunds",
        sqlite_where=sa.text("site_due_at IS NOT NULL"),
        postgresql_where=sa.text("site_due_at IS NOT NULL"),
    )
    op.drop_index(
        "ix_refunds_due_at",
        table_name="refunds",
        sqlite_where=sa.text("due_at IS NOT NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.drop_table("refunds")
    op.drop_table("invoice_counters")
    op.drop_index("ix_invoices_unnumbered", table_name="invoices", sqlite_where=UNNUMBERED, postgresql_where=UNNUMBERED)
    op.execute("ALTER TABLE payments DROP COLUMN refunded_minor")
