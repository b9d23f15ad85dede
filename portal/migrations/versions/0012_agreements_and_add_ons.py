"""Agreements and add-ons of a merchant's catalog, what is kept beside a subscription, and a yes told by the merchant."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    _agreements()
    _add_ons()
    _engagements()
    with op.batch_alter_table("consents") as consents:
        consents.alter_column("setup_id", existing_type=sa.Uuid(), nullable=True)
        consents.add_column(sa.Column("told_by", sa.String(), nullable=True))
        consents.create_check_constraint(
            op.f("ck_consents_given_or_told"), "(setup_id IS NULL) = (told_by IS NOT NULL)"
        )


def _agreements() -> None:
    op.create_table(
        "agreements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=True),
        sa.Column("unit", sa.String(), nullable=True),
        sa.Column("default_quantity", sa.Integer(), nullable=False),
        sa.Column("unit_amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("vat_rate", sa.String(), nullable=True),
        sa.Column("is_tax_deductible", sa.Boolean(), nullable=False),
        sa.Column("payment_required", sa.Boolean(), nullable=False),
        sa.Column("schedule_name", sa.String(), nullable=False),
        sa.Column("calendar_unit", sa.String(), nullable=False),
        sa.Column("every", sa.Integer(), nullable=False),
        sa.Column("fixed_day", sa.Integer(), nullable=True),
        sa.Column("months", JSON, nullable=True),
        sa.Column("accounting_code", sa.String(), nullable=True),
        sa.Column("data_set", sa.String(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.CheckConstraint("kind IN ('shared', 'personal')", name=op.f("ck_agreements_kind")),
        sa.CheckConstraint(
            "(kind = 'personal') = (customer_id IS NOT NULL)", name=op.f("ck_agreements_personal_has_customer")
        ),
        sa.CheckConstraint("unit_amount_minor > 0", name=op.f("ck_agreements_amount_positive")),
        sa.CheckConstraint("default_quantity BETWEEN 1 AND 1000000", name=op.f("ck_agreements_quantity")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_agreements_site_id")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_agreements_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreements")),
    )
    op.create_index(op.f("ix_agreements_site_id_created_at"), "agreements", ["site_id", "created_at"])


def _add_ons() -> None:
    op.create_table(
        "add_ons",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=True),
        sa.Column("unit_amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("vat_rate", sa.String(), nullable=True),
        sa.Column("accounting_code", sa.String(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.CheckConstraint("unit_amount_minor > 0", name=op.f("ck_add_ons_amount_positive")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_add_ons_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_add_ons")),
    )
    op.create_index(op.f("ix_add_ons_site_id_created_at"), "add_ons", ["site_id", "created_at"])


def _engagements() -> None:
    op.create_table(
        "engagements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("subscription_id", sa.Uuid(), nullable=False),
        sa.Column("agreement_id", sa.Uuid(), nullable=True),
        sa.Column("external_link", sa.String(), nullable=True),
        sa.Column("origin_at", MOMENT, nullable=True),
        sa.Column("data_set", sa.String(), nullable=True),
        sa.Column("hold_words", sa.String(), nullable=True),
        sa.Column("cancel_words", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_engagements_site_id")),
        sa.ForeignKeyConstraint(["subscription_id"], ["subscriptions.id"], name=op.f("fk_engagements_subscription_id")),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreements.id"], name=op.f("fk_engagements_agreement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_engagements")),
        sa.UniqueConstraint("subscription_id", name=op.f("uq_engagements_subscription_id")),
    )


def downgrade() -> None:
    with op.batch_alter_table("consents") as consents:
        consents.drop_constraint(op.f("ck_consents_given_or_told"), type_="check")
        consents.drop_column("told_by")
        consents.alter_column("setup_id", existing_type=sa.Uuid(), nullable=False)
    op.drop_table("engagements")
    op.drop_table("add_ons")
    op.drop_table("agreements")
