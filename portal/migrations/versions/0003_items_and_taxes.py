"""Items, quantity and taxes of terms; lines of invoices, which may come to nothing; schedules of agreements."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

UNNUMBERED = sa.text("paid_at IS NOT NULL AND invoice_number IS NULL")
COPIED = (
    "id, site_id, subscription_id, terms_id, slot, installment, period_start, period_end, invoice_on, status,"
    " amount_minor, tax_minor, currency, description, invoice_number, created_at, paid_at"
)


def upgrade() -> None:
    _terms()
    _add("subscriptions", "extra_on DATE")
    _add("subscriptions", f"carried {_json()}")
    if _on_postgresql():
        _add("invoices", "lines JSONB DEFAULT '[]' NOT NULL")
        op.execute("ALTER TABLE invoices DROP CONSTRAINT ck_invoices_amount_positive")
        op.create_check_constraint(op.f("ck_invoices_amount_not_negative"), "invoices", "amount_minor >= 0")
        nothing = "amount_minor > 0 OR status IN ('paid', 'void')"
        op.create_check_constraint(op.f("ck_invoices_nothing_to_pay_is_paid"), "invoices", nothing)
    else:
        _invoices_anew()
    _item_updates()


def _item_updates() -> None:
    op.create_table(
        "item_updates",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("subscription_id", sa.Uuid(), nullable=False),
        sa.Column("terms_id", sa.Uuid(), nullable=True),
        sa.Column("invoice_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("change", _json_type(), nullable=False),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("pay", sa.String(), nullable=False),
        sa.Column("pay_on", sa.Date(), nullable=True),
        sa.Column("apply_on", sa.Date(), nullable=True),
        sa.Column("lines", _json_type(), nullable=False),
        sa.Column("later_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("site_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status IN ('scheduled', 'waiting', 'applied', 'canceled', 'refused')", name=op.f("ck_item_updates_status")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_item_updates_site_id")),
        sa.ForeignKeyConstraint(
            ["subscription_id"], ["subscriptions.id"], name=op.f("fk_item_updates_subscription_id")
        ),
        sa.ForeignKeyConstraint(["terms_id"], ["terms.id"], name=op.f("fk_item_updates_terms_id")),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name=op.f("fk_item_updates_invoice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_updates")),
    )
    on_real, on_site = sa.text("due_at IS NOT NULL"), sa.text("site_due_at IS NOT NULL")
    op.create_index(
        "ix_item_updates_due_at", "item_updates", ["due_at"], sqlite_where=on_real, postgresql_where=on_real
    )
    op.create_index(
        "ix_item_updates_site_due_at",
        "item_updates",
        ["site_id", "site_due_at"],
        sqlite_where=on_site,
        postgresql_where=on_site,
    )
    op.create_index(
        op.f("ix_item_updates_subscription_id_created_at"), "item_updates", ["subscription_id", "created_at"]
    )


def _json_type() -> sa.JSON[Any]:
    return sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def _terms() -> None:
    """Each CHECK with its column: SQLite adds one in no other way."""
    op.execute("ALTER TABLE terms RENAME COLUMN lines TO items")
    _add("terms", "tax_minor BIGINT DEFAULT 0 NOT NULL")
    _add("terms", "unit_amount_minor BIGINT DEFAULT 0 NOT NULL")
    op.execute("UPDATE terms SET unit_amount_minor = amount_minor")
    _add(
        "terms",
        "quantity INTEGER DEFAULT 1 NOT NULL CONSTRAINT ck_terms_quantity CHECK (quantity BETWEEN 1 AND 1000000)",
    )
    _add("terms", f"taxes {_json()} DEFAULT '[]' NOT NULL")
    day = "CHECK (fixed_day = -1 OR fixed_day BETWEEN 1 AND 31)"
    _add("terms", f"fixed_day INTEGER CONSTRAINT ck_terms_fixed_day {day}")
    _add("terms", f"months {_json()}")
    _add("terms", "send_on_hour INTEGER CONSTRAINT ck_terms_hour CHECK (send_on_hour BETWEEN 0 AND 23)")


def _invoices_anew() -> None:
    """SQLite drops a CHECK only with its table: the rows move to a new one of the same name."""
    op.create_table(
        "invoices_new",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("subscription_id", sa.Uuid(), nullable=False),
        sa.Column("terms_id", sa.Uuid(), nullable=False),
        sa.Column("slot", sa.String(), nullable=False),
        sa.Column("installment", sa.Integer(), nullable=False),
        sa.Column("period_start", sa.Date(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False),
        sa.Column("invoice_on", sa.Date(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("lines", sa.JSON(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("invoice_number", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(status = 'paid') = (paid_at IS NOT NULL)", name=op.f("ck_invoices_paid_has_date")),
        sa.CheckConstraint("status IN ('open', 'paid', 'void', 'uncollectible')", name=op.f("ck_invoices_status")),
        sa.CheckConstraint("amount_minor >= 0", name=op.f("ck_invoices_amount_not_negative")),
        sa.CheckConstraint(
            "amount_minor > 0 OR status IN ('paid', 'void')", name=op.f("ck_invoices_nothing_to_pay_is_paid")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_invoices_site_id")),
        sa.ForeignKeyConstraint(["subscription_id"], ["subscriptions.id"], name=op.f("fk_invoices_subscription_id")),
        sa.ForeignKeyConstraint(["terms_id"], ["terms.id"], name=op.f("fk_invoices_terms_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoices")),
        sa.UniqueConstraint("site_id", "invoice_number", name=op.f("uq_invoices_site_id_invoice_number")),
        sa.UniqueConstraint("subscription_id", "slot", name=op.f("uq_invoices_subscription_id_slot")),
    )
    op.execute(f"INSERT INTO invoices_new ({COPIED}) SELECT {COPIED} FROM invoices")  # noqa: S608 - our own names
    op.drop_table("invoices")
    op.rename_table("invoices_new", "invoices")
    op.create_index("ix_invoices_unnumbered", "invoices", ["site_id", "paid_at"], sqlite_where=UNNUMBERED)


def downgrade() -> None:
    raise NotImplementedError(
        "Restore the backup that was made before the upgrade: taxes and items have no place there."
    )


def _add(table: str, column: str) -> None:
    op.execute(f"ALTER TABLE {table} ADD COLUMN {column}")


def _json() -> str:
    return "JSONB" if _on_postgresql() else "JSON"


def _on_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"
