"""Collection by link: visits to a payment page, methods used once, and invoices that are numbered when sent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

UNNUMBERED = sa.text("(paid_at IS NOT NULL OR sent_at IS NOT NULL) AND invoice_number IS NULL")
UNNUMBERED_BEFORE = sa.text("paid_at IS NOT NULL AND invoice_number IS NULL")
OPEN = sa.text("status = 'open'")


def upgrade() -> None:
    op.add_column("payment_methods", sa.Column("once", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("invoices", sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True))
    _index_unnumbered(UNNUMBERED)
    op.create_table(
        "pay_sessions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("subscription_id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("link_id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("gateway", sa.String(), nullable=False),
        sa.Column("gateway_ref", sa.String(), nullable=True),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("shown", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("agent", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("real_created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("hinted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("site_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("status IN ('open', 'over', 'expired')", name=op.f("ck_pay_sessions_status")),
        sa.CheckConstraint("(status = 'open') = (ended_at IS NULL)", name=op.f("ck_pay_sessions_ended")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_pay_sessions_site_id")),
        sa.ForeignKeyConstraint(
            ["subscription_id"], ["subscriptions.id"], name=op.f("fk_pay_sessions_subscription_id")
        ),
        sa.ForeignKeyConstraint(["request_id"], ["payment_requests.id"], name=op.f("fk_pay_sessions_request_id")),
        sa.ForeignKeyConstraint(["link_id"], ["links.id"], name=op.f("fk_pay_sessions_link_id")),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name=op.f("fk_pay_sessions_invoice_id")),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempts.id"], name=op.f("fk_pay_sessions_attempt_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pay_sessions")),
        sa.UniqueConstraint("attempt_id", name=op.f("uq_pay_sessions_attempt_id")),
    )
    _index_visits()


def _index_visits() -> None:
    for name, columns, where in (
        ("ix_pay_sessions_due_at", ["due_at"], sa.text("due_at IS NOT NULL")),
        ("ix_pay_sessions_site_due_at", ["site_id", "site_due_at"], sa.text("site_due_at IS NOT NULL")),
    ):
        op.create_index(name, "pay_sessions", columns, sqlite_where=where, postgresql_where=where)
    op.create_index(op.f("ix_pay_sessions_request_id_created_at"), "pay_sessions", ["request_id", "created_at"])
    op.create_index(
        "uq_pay_sessions_one_open",
        "pay_sessions",
        ["invoice_id"],
        unique=True,
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )


def _index_unnumbered(where: sa.TextClause) -> None:
    """Empty but for what waits for its number, so that making it again is quick on any table."""
    op.drop_index("ix_invoices_unnumbered", table_name="invoices")
    op.create_index(
        "ix_invoices_unnumbered",
        "invoices",
        ["site_id", "paid_at"],
        unique=False,
        sqlite_where=where,
        postgresql_where=where,
    )


def downgrade() -> None:
    op.drop_table("pay_sessions")
    _index_unnumbered(UNNUMBERED_BEFORE)
    op.drop_column("invoices", "sent_at")
    op.drop_column("payment_methods", "once")
