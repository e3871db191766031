"""Let the ledger remember what the health checks found, and since when."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table of findings."""
    now = sa.text("clock_timestamp()")
    op.create_table(
        "finding",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("check_name", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("severity", sa.String(), nullable=False),
        sa.Column("sentence", sa.String(), nullable=False),
        sa.Column("evidence", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("cure", sa.String(), nullable=True),
        sa.Column("first_seen", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.Column("last_seen", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("finding_pkey")),
        schema="celeriac",
    )
    op.create_index(
        "finding_open_key",
        "finding",
        ["target", "check_name", "subject"],
        unique=True,
        schema="celeriac",
        postgresql_where=sa.text("resolved_at IS NULL"),
    )
    op.create_index(op.f("finding_target_resolved_at_idx"), "finding", ["target", "resolved_at"], schema="celeriac")


def downgrade() -> None:
    """Forget the findings."""
    op.drop_table("finding", schema="celeriac")
