"""Secrets of webhooks that were replaced and still sign for a day."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "retired_secrets",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("endpoint_id", sa.Uuid(), nullable=True),
        sa.Column("secret_sealed", sa.String(), nullable=False),
        sa.Column("good_until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_retired_secrets_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retired_secrets")),
    )
    op.create_index(op.f("ix_retired_secrets_site_id_endpoint_id"), "retired_secrets", ["site_id", "endpoint_id"])


def downgrade() -> None:
    op.drop_table("retired_secrets")
