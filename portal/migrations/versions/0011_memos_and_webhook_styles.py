"""Memos of a merchant's, messages that know their invoice, and webhooks in other styles that can be silenced."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

STYLES = ("native", "hyfin-3.0", "hyfin-4.0", "fundraising", "hyperline", "paymennt")
COPY = (
    "INSERT INTO webhook_endpoints (id, site_id, url, actions, style, secret_sealed, created_at, removed_at)"
    " SELECT id, site_id, url, actions, style, secret_sealed, created_at, removed_at FROM webhook_endpoints_before"
)


def upgrade() -> None:
    op.create_table(
        "memos",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("subscription_id", sa.Uuid(), nullable=False),
        sa.Column("for_customer", sa.String(), nullable=False),
        sa.Column("internal", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_memos_site_id")),
        sa.ForeignKeyConstraint(["subscription_id"], ["subscriptions.id"], name=op.f("fk_memos_subscription_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memos")),
    )
    op.create_index(op.f("ix_memos_subscription_id"), "memos", ["subscription_id"])
    op.add_column("messages", sa.Column("invoice_id", sa.Uuid(), nullable=True))
    op.execute(
        "UPDATE messages SET invoice_id ="
        " (SELECT r.invoice_id FROM payment_requests r WHERE r.id = messages.request_id)"
        " WHERE purpose = 'instalment'"
    )
    op.create_index(op.f("ix_messages_invoice_id"), "messages", ["invoice_id"])
    _styles(STYLES)
    op.add_column("webhook_endpoints", sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True))


def _styles(names: tuple[str, ...]) -> None:
    """SQLite changes a CHECK by a new table of the same name."""
    allowed = f"style IN ({', '.join(repr(name) for name in names)})"
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE webhook_endpoints DROP CONSTRAINT ck_webhook_endpoints_style")
        op.create_check_constraint(op.f("ck_webhook_endpoints_style"), "webhook_endpoints", allowed)
        return
    op.execute("ALTER TABLE webhook_endpoints RENAME TO webhook_endpoints_before")
    op.execute("DROP INDEX ix_webhook_endpoints_site_id_created_at")
    op.create_table(
        "webhook_endpoints",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("actions", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("style", sa.String(), nullable=False),
        sa.Column("secret_sealed", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(allowed, name=op.f("ck_webhook_endpoints_style")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_webhook_endpoints_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_endpoints")),
    )
    op.execute(COPY)
    op.execute("DROP TABLE webhook_endpoints_before")
    op.create_index(
        op.f("ix_webhook_endpoints_site_id_created_at"), "webhook_endpoints", ["site_id", "created_at"], unique=False
    )


def downgrade() -> None:
    op.execute("UPDATE webhook_endpoints SET style = 'native'")
    op.drop_column("webhook_endpoints", "disabled_at")
    _styles(("native",))
    op.drop_index(op.f("ix_messages_invoice_id"), table_name="messages")
    op.drop_column("messages", "invoice_id")
    op.drop_table("memos")
