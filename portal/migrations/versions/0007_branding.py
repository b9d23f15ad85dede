"""A merchant's logo and terms."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sites", sa.Column("logo", sa.LargeBinary(), nullable=True))
    op.add_column("sites", sa.Column("logo_type", sa.String(), nullable=True))
    op.add_column("sites", sa.Column("terms_text", sa.String(), nullable=True))
    op.add_column("sites", sa.Column("terms_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    for column in ("terms_at", "terms_text", "logo_type", "logo"):
        op.drop_column("sites", column)
