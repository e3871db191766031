"""Let the ledger keep the scan counters of indexes over time."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the history of the counters."""
    op.create_table(
        "index_usage",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("server", sa.String(), nullable=False),
        sa.Column("index_oid", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("scans", sa.BigInteger(), nullable=False),
        sa.Column("table_reads", sa.BigInteger(), nullable=False),
        sa.Column("table_writes", sa.BigInteger(), nullable=False),
        sa.Column("stats_reset", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("index_usage_pkey")),
        schema="celeriac",
    )
    op.create_index(
        op.f("index_usage_target_index_oid_at_idx"), "index_usage", ["target", "index_oid", "at"], schema="celeriac"
    )


def downgrade() -> None:
    """Forget the history of the counters."""
    op.drop_table("index_usage", schema="celeriac")
