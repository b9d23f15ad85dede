"""A site's dunning policy, the networks' advice on a refusal, methods that their owners took back, expiry notices."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

import portal.core.columns

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    op.add_column("sites", sa.Column("dunning", JSON, nullable=True))
    op.add_column("attempts", sa.Column("advice", sa.String(), nullable=True))
    op.add_column("payment_methods", sa.Column("revoked_at", portal.core.columns.Instant(), nullable=True))
    op.create_table(
        "expiry_notices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("subscription_id", sa.Uuid(), nullable=False),
        sa.Column("payment_method_id", sa.Uuid(), nullable=False),
        sa.Column("days_before", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("due_at", portal.core.columns.Instant(), nullable=True),
        sa.Column("site_due_at", portal.core.columns.Instant(), nullable=True),
        sa.CheckConstraint("status IN ('planned', 'sent', 'dropped')", name=op.f("ck_expiry_notices_status")),
        sa.ForeignKeyConstraint(
            ["payment_method_id"], ["payment_methods.id"], name=op.f("fk_expiry_notices_payment_method_id")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_expiry_notices_site_id")),
        sa.ForeignKeyConstraint(
            ["subscription_id"], ["subscriptions.id"], name=op.f("fk_expiry_notices_subscription_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expiry_notices")),
        sa.UniqueConstraint(
            "subscription_id",
            "payment_method_id",
            "days_before",
            name=op.f("uq_expiry_notices_subscription_id_payment_method_id_days_before"),
        ),
    )
    op.create_index(
        "ix_expiry_notices_due_at",
        "expiry_notices",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("due_at IS NOT NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_index(
        "ix_expiry_notices_site_due_at",
        "expiry_notices",
        ["site_id", "site_due_at"],
        unique=False,
        sqlite_where=sa.text("site_due_at IS NOT NULL"),
        postgresql_where=sa.text("site_due_at IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_table("expiry_notices")
    op.execute("ALTER TABLE payment_methods DROP COLUMN revoked_at")
    op.execute("ALTER TABLE attempts DROP COLUMN advice")
    op.execute("ALTER TABLE sites DROP COLUMN dunning")
