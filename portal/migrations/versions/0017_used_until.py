"""Until when what is billed in arrears was used, of a subscription that rests or has ended.

Those that rest already are left as they are: by the rule under which they began to rest, nothing is billed for it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("subscriptions", sa.Column("used_until", sa.Date(), nullable=True))
    # Closed, and the billing run has not come to their last invoice yet.
    op.execute(
        "UPDATE subscriptions SET used_until = date(closed_at) "
        "WHERE status = 'closed' AND (due_at IS NOT NULL OR site_due_at IS NOT NULL)"
    )


def downgrade() -> None:
    op.drop_column("subscriptions", "used_until")
