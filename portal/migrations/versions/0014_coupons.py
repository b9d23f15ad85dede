"""Coupons: what comes off the invoices of terms, before tax."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    held = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
    op.add_column("terms", sa.Column("coupons", held, server_default=sa.text("'[]'"), nullable=False))


def downgrade() -> None:
    op.drop_column("terms", "coupons")
