"""What a site lets its customers do, what they chose, second proofs, and people who pay for somebody else."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sites", sa.Column("allow_pause", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.add_column("sites", sa.Column("allow_cancel", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.add_column("customers", sa.Column("texts_stopped_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("customers", sa.Column("locale_chosen", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("links", sa.Column("locale", sa.String(), nullable=True))
    # Written out: SQLite adds a CHECK only together with its column.
    op.execute(
        "ALTER TABLE links ADD COLUMN purpose VARCHAR DEFAULT 'own' NOT NULL"
        " CONSTRAINT ck_links_purpose CHECK (purpose IN ('own', 'payer'))"
    )
    _contact_codes()
    _payers()
    # Without a reference: SQLite would have to build both tables anew, and others refer to them.
    for table in ("payment_methods", "consents"):
        op.add_column(table, sa.Column("payer_id", sa.Uuid(), nullable=True))


def _contact_codes() -> None:
    op.create_table(
        "contact_codes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("link_id", sa.Uuid(), nullable=False),
        sa.Column("nonce", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("tries BETWEEN 0 AND 5", name=op.f("ck_contact_codes_tries")),
        sa.ForeignKeyConstraint(["link_id"], ["links.id"], name=op.f("fk_contact_codes_link_id")),
        sa.ForeignKeyConstraint(["request_id"], ["payment_requests.id"], name=op.f("fk_contact_codes_request_id")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_contact_codes_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_codes")),
    )
    op.create_index(
        op.f("ix_contact_codes_request_id_created_at"), "contact_codes", ["request_id", "created_at"], unique=False
    )


def _payers() -> None:
    op.create_table(
        "payers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("subscription_id", sa.Uuid(), nullable=False),
        sa.Column("link_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name=op.f("ck_payers_ended")),
        sa.ForeignKeyConstraint(["link_id"], ["links.id"], name=op.f("fk_payers_link_id")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_payers_site_id")),
        sa.ForeignKeyConstraint(["subscription_id"], ["subscriptions.id"], name=op.f("fk_payers_subscription_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payers")),
        sa.UniqueConstraint("link_id", name=op.f("uq_payers_link_id")),
    )
    op.create_index(
        op.f("ix_payers_subscription_id_created_at"), "payers", ["subscription_id", "created_at"], unique=False
    )


def downgrade() -> None:
    for table in ("consents", "payment_methods"):
        op.drop_column(table, "payer_id")
    op.drop_table("payers")
    op.drop_table("contact_codes")
    op.execute("ALTER TABLE links DROP COLUMN purpose")
    op.drop_column("links", "locale")
    op.drop_column("customers", "locale_chosen")
    op.drop_column("customers", "texts_stopped_at")
    op.drop_column("sites", "allow_cancel")
    op.drop_column("sites", "allow_pause")
