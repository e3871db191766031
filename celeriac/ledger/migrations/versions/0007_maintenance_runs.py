"""Let the ledger keep what was done for tables: ANALYZE, VACUUM and settings of autovacuum."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table of runs."""
    now = sa.text("clock_timestamp()")
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "maintenance_run",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("schema_name", sa.String(), nullable=False),
        sa.Column("table_name", sa.String(), nullable=False),
        sa.Column("table_oid", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("state_since", instant, server_default=now, nullable=False),
        sa.Column("created_at", instant, server_default=now, nullable=False),
        sa.Column("deadline", instant, nullable=True),
        sa.Column("not_before", instant, nullable=True),
        sa.Column("attempt", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("urgency", sa.Float(), nullable=False),
        sa.Column("ddl", sa.String(), nullable=False),
        sa.Column("undo_ddl", sa.String(), nullable=True),
        sa.Column("options", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("before", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("after", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("backend_pid", sa.BigInteger(), nullable=True),
        sa.Column("started_at", instant, nullable=True),
        sa.Column("ended_at", instant, nullable=True),
        sa.Column("actor", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("maintenance_run_pkey")),
        schema="celeriac",
    )
    op.create_index(
        "maintenance_run_open_key",
        "maintenance_run",
        ["target", "kind", "schema_name", "table_name"],
        unique=True,
        schema="celeriac",
        postgresql_where=sa.text("state IN ('proposed', 'approved', 'running')"),
    )
    op.create_index(
        op.f("maintenance_run_target_state_since_idx"), "maintenance_run", ["target", "state_since"], schema="celeriac"
    )


def downgrade() -> None:
    """Forget the runs; what they did to tables stays."""
    op.drop_table("maintenance_run", schema="celeriac")
