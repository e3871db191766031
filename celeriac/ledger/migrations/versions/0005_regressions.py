"""Let the ledger keep statements by the hour, and what got slower."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_WHEN = sa.DateTime(timezone=True)
_NOW = sa.text("clock_timestamp()")
_WHOLE = (
    "rows", "shared_hit_blocks", "shared_read_blocks", "shared_dirtied_blocks", "shared_written_blocks", "temp_blocks",
)  # fmt: skip


def upgrade() -> None:
    """Create the hours, the regressions, and what plans and the catalog looked like."""
    op.create_table(
        "statement_hour",
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("at", _WHEN, nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("calls", sa.BigInteger(), nullable=False),
        sa.Column("total_ms", sa.Double(), nullable=False),
        sa.Column("square_ms2", sa.Double(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in _WHOLE),
        sa.Column("io_ms", sa.Double(), nullable=False),
        sa.Column("wal_bytes", sa.BigInteger(), nullable=False),
        sa.Column("plan_ms", sa.Double(), nullable=False),
        sa.Column("time_flutter", sa.Double(), nullable=False),
        sa.Column("calls_flutter", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("target", "at", "fingerprint", name=op.f("statement_hour_pkey")),
        schema="celeriac",
    )
    _regressions()
    op.create_table(
        "statement_plan",
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("seen_at", _WHEN, server_default=_NOW, nullable=False),
        sa.Column("shape", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("target", "fingerprint", name=op.f("statement_plan_pkey")),
        schema="celeriac",
    )
    op.create_table(
        "catalog_facts",
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("seen_at", _WHEN, server_default=_NOW, nullable=False),
        sa.Column("tables", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("target", name=op.f("catalog_facts_pkey")),
        schema="celeriac",
    )
    op.create_table(
        "catalog_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("table_name", sa.String(), nullable=False),
        sa.Column("after", _WHEN, nullable=False),
        sa.Column("at", _WHEN, server_default=_NOW, nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("catalog_event_pkey")),
        schema="celeriac",
    )
    op.create_index(
        op.f("catalog_event_target_table_name_at_idx"),
        "catalog_event",
        ["target", "table_name", "at"],
        schema="celeriac",
    )


def _regressions() -> None:
    op.create_table(
        "regression",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("sentence", sa.String(), nullable=False),
        sa.Column("ratio", sa.Double(), nullable=True),
        sa.Column("baseline", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("now", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("ms_per_hour", sa.Double(), nullable=False),
        sa.Column("first_seen", _WHEN, nullable=False),
        sa.Column("last_seen", _WHEN, nullable=False),
        sa.Column("resolved_at", _WHEN, nullable=True),
        sa.Column("ending", sa.String(), nullable=True),
        sa.Column("change_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["change_id"], ["celeriac.change.id"], name=op.f("regression_change_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("regression_pkey")),
        schema="celeriac",
    )
    op.create_index(
        op.f("regression_target_fingerprint_idx"), "regression", ["target", "fingerprint"], schema="celeriac"
    )
    op.create_index(
        "regression_open_key",
        "regression",
        ["target", "fingerprint"],
        unique=True,
        schema="celeriac",
        postgresql_where=sa.text("resolved_at IS NULL"),
    )


def downgrade() -> None:
    """Forget them."""
    for table in ("catalog_event", "catalog_facts", "statement_plan", "regression", "statement_hour"):
        op.drop_table(table, schema="celeriac")
