"""What a merchant gives for the customer's way through a payment by link: where to go on, and how to cancel."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("subscriptions", sa.Column("return_url", sa.String(), nullable=True))
    op.add_column("subscriptions", sa.Column("cancellation_terms", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("subscriptions", "cancellation_terms")
    op.drop_column("subscriptions", "return_url")
