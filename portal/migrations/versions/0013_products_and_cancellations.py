"""Products that a site sells, cancellations that give something back, and a subscription's own properties."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("subscriptions", sa.Column("custom_properties", _json(), nullable=True))
    _products()
    _cancellations()


def downgrade() -> None:
    op.drop_table("cancellations")
    op.drop_table("products")
    op.drop_column("subscriptions", "custom_properties")


def _json() -> sa.JSON[Any]:
    return sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def _products() -> None:
    op.create_table(
        "products",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("subscription_id", sa.Uuid(), nullable=True),
        sa.Column("reference", sa.String(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("shows_dates", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_products_amount_positive")),
        sa.CheckConstraint("kind IN ('fee')", name=op.f("ck_products_kind")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_products_site_id")),
        sa.ForeignKeyConstraint(["subscription_id"], ["subscriptions.id"], name=op.f("fk_products_subscription_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_products")),
        sa.UniqueConstraint("subscription_id", "reference", name=op.f("uq_products_subscription_id_reference")),
    )
    op.create_index(op.f("ix_products_site_id_created_at"), "products", ["site_id", "created_at"])


def _cancellations() -> None:
    op.create_table(
        "cancellations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("subscription_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("strategy", sa.String(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("words", sa.String(), nullable=True),
        sa.Column("cancel_on", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("site_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status IN ('planned', 'done', 'withdrawn', 'refused')", name=op.f("ck_cancellations_status")
        ),
        sa.CheckConstraint(
            "(amount_minor IS NOT NULL) = (strategy = 'refund_custom')", name=op.f("ck_cancellations_amount_if_custom")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_cancellations_site_id")),
        sa.ForeignKeyConstraint(
            ["subscription_id"], ["subscriptions.id"], name=op.f("fk_cancellations_subscription_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cancellations")),
    )
    for name, columns, where in (
        ("ix_cancellations_due_at", ["due_at"], sa.text("due_at IS NOT NULL")),
        ("ix_cancellations_site_due_at", ["site_id", "site_due_at"], sa.text("site_due_at IS NOT NULL")),
    ):
        op.create_index(name, "cancellations", columns, sqlite_where=where, postgresql_where=where)
    op.create_index(
        op.f("ix_cancellations_subscription_id_created_at"), "cancellations", ["subscription_id", "created_at"]
    )
