"""Keys with scope, limit and end; answers kept under an Idempotency-Key; the log of API calls."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("sites", sa.Column("api_rate", sa.Integer()))
    op.add_column("sites", sa.Column("api_burst", sa.Integer()))
    for column in (
        sa.Column("name", sa.String(), server_default="", nullable=False),
        sa.Column("last_four", sa.String(), server_default="", nullable=False),
        sa.Column("scopes", sa.String(), server_default="read write refund", nullable=False),
        sa.Column("rate", sa.Integer()),
        sa.Column("burst", sa.Integer()),
        sa.Column("expires_at", MOMENT),
        sa.Column("last_used_at", MOMENT),
    ):
        op.add_column("api_keys", column)
    _keep_answers()
    _log_requests()


def _keep_answers() -> None:
    op.create_table(
        "kept_answers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("api_key_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("leased_until", MOMENT, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("worked_at", MOMENT, nullable=True),
        sa.Column("answered_at", MOMENT, nullable=True),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("headers", JSON, nullable=True),
        sa.Column("body", sa.String(), nullable=True),
        sa.Column("link_ids", JSON, nullable=True),
        sa.ForeignKeyConstraint(["api_key_id"], ["api_keys.id"], name=op.f("fk_kept_answers_api_key_id")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_kept_answers_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_answers")),
        sa.UniqueConstraint("api_key_id", "key", name=op.f("uq_kept_answers_api_key_id_key")),
    )
    op.create_index(op.f("ix_kept_answers_created_at"), "kept_answers", ["created_at"], unique=False)


def _log_requests() -> None:
    op.create_table(
        "api_requests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("request_id", sa.String(), nullable=False),
        sa.Column("dialect", sa.String(), nullable=False),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("query", sa.String(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.Column("idempotency_key", sa.String(), nullable=True),
        sa.Column("is_replayed", sa.Boolean(), nullable=False),
        sa.Column("is_cut", sa.Boolean(), nullable=False),
        sa.Column("body", sa.String(), nullable=True),
        sa.Column("answer", sa.String(), nullable=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_api_requests_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_requests")),
    )
    for columns in (["site_id", "id"], ["request_id"], ["at"]):
        op.create_index(op.f(f"ix_api_requests_{'_'.join(columns)}"), "api_requests", columns, unique=False)


def downgrade() -> None:
    op.drop_table("api_requests")
    op.drop_table("kept_answers")
    for name in ("last_used_at", "expires_at", "burst", "rate", "scopes", "last_four", "name"):
        op.drop_column("api_keys", name)
    for name in ("api_burst", "api_rate"):
        op.drop_column("sites", name)
