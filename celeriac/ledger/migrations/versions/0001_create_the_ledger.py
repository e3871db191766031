"""Create the ledger."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the ledger."""
    op.create_table(
        "buffer_snapshot",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("postmaster_started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("blocks", sa.BigInteger(), nullable=False),
        sa.Column("relations", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("buffer_snapshot_pkey")),
        schema="celeriac",
    )
    op.create_index(
        op.f("buffer_snapshot_target_taken_at_idx"),
        "buffer_snapshot",
        ["target", "taken_at"],
        unique=False,
        schema="celeriac",
    )
    op.create_table(
        "change",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column(
            "state_since", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("deadline", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempt", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("schema_name", sa.String(), nullable=False),
        sa.Column("table_name", sa.String(), nullable=False),
        sa.Column("table_oid", sa.BigInteger(), nullable=True),
        sa.Column("index_name", sa.String(), nullable=True),
        sa.Column("identity", sa.String(), nullable=False),
        sa.Column("definition", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("ddl", sa.String(), nullable=False),
        sa.Column("undo_ddl", sa.String(), nullable=True),
        sa.Column("definition_hash", sa.String(), nullable=True),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("promised", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("size_bytes_estimated", sa.BigInteger(), nullable=True),
        sa.Column("size_bytes", sa.BigInteger(), nullable=True),
        sa.Column("baseline_window_id", sa.BigInteger(), nullable=True),
        sa.Column("build_started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("built_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("build_seconds", sa.Double(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("evidence", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column("actor", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("change_pkey")),
        schema="celeriac",
    )
    op.create_index(
        "change_open_key",
        "change",
        ["target", "identity"],
        unique=True,
        schema="celeriac",
        postgresql_where=sa.text(
            "state NOT IN ('rejected', 'expired', 'failed', 'reverted', 'lost', 'dropped', 'restored')"
        ),
    )
    op.create_index(op.f("change_target_state_idx"), "change", ["target", "state"], unique=False, schema="celeriac")
    op.create_table(
        "control",
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("paused", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("mode", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.PrimaryKeyConstraint("target", name=op.f("control_pkey")),
        schema="celeriac",
    )
    op.create_table(
        "metric_series",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("labels", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("metric_series_pkey")),
        sa.UniqueConstraint("target", "name", "labels", name=op.f("metric_series_target_name_labels_key")),
        schema="celeriac",
    )
    op.create_table(
        "planning_use",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("index_oid", sa.BigInteger(), nullable=False),
        sa.Column("scans", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("planning_use_pkey")),
        schema="celeriac",
    )
    op.create_index(
        op.f("planning_use_target_at_idx"), "planning_use", ["target", "at"], unique=False, schema="celeriac"
    )
    op.create_table(
        "statement",
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column(
            "first_seen", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("last_seen", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.PrimaryKeyConstraint("target", "fingerprint", name=op.f("statement_pkey")),
        schema="celeriac",
    )
    op.create_table(
        "statement_counter",
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("query_id", sa.BigInteger(), nullable=False),
        sa.Column("top_level", sa.Boolean(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("counters", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("target", "user_id", "query_id", "top_level", name=op.f("statement_counter_pkey")),
        schema="celeriac",
    )
    op.create_table(
        "statement_window",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("server", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("statement_window_pkey")),
        schema="celeriac",
    )
    op.create_index(
        op.f("statement_window_target_ended_at_idx"),
        "statement_window",
        ["target", "ended_at"],
        unique=False,
        schema="celeriac",
    )
    op.create_table(
        "warm_run",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column(
            "started_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("warmed", sa.BigInteger(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("warm_run_pkey")),
        schema="celeriac",
    )
    op.create_index(
        op.f("warm_run_target_started_at_idx"), "warm_run", ["target", "started_at"], unique=False, schema="celeriac"
    )
    op.create_table(
        "audit_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("change_id", sa.BigInteger(), nullable=True),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("from_state", sa.String(), nullable=True),
        sa.Column("to_state", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("evidence", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.ForeignKeyConstraint(["change_id"], ["celeriac.change.id"], name=op.f("audit_event_change_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("audit_event_pkey")),
        schema="celeriac",
    )
    op.create_index(op.f("audit_event_change_id_idx"), "audit_event", ["change_id"], unique=False, schema="celeriac")
    op.create_table(
        "metric_rollup",
        sa.Column("series_id", sa.BigInteger(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("sum", sa.Double(), nullable=False),
        sa.Column("minimum", sa.Double(), nullable=False),
        sa.Column("maximum", sa.Double(), nullable=False),
        sa.Column("last", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["series_id"], ["celeriac.metric_series.id"], name=op.f("metric_rollup_series_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("series_id", "step", "at", name=op.f("metric_rollup_pkey")),
        schema="celeriac",
    )
    op.create_table(
        "metric_sample",
        sa.Column("series_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["series_id"], ["celeriac.metric_series.id"], name=op.f("metric_sample_series_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("series_id", "at", name=op.f("metric_sample_pkey")),
        schema="celeriac",
    )
    op.create_index(
        "metric_sample_at_brin", "metric_sample", ["at"], unique=False, schema="celeriac", postgresql_using="brin"
    )
    op.create_table(
        "quarantine",
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("identity", sa.String(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("times", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("change_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "circumstances", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.ForeignKeyConstraint(["change_id"], ["celeriac.change.id"], name=op.f("quarantine_change_id_fkey")),
        sa.PrimaryKeyConstraint("target", "identity", name=op.f("quarantine_pkey")),
        schema="celeriac",
    )
    op.create_table(
        "window_statement",
        sa.Column("window_id", sa.BigInteger(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("calls", sa.BigInteger(), nullable=False),
        sa.Column("total_ms", sa.Double(), nullable=False),
        sa.Column("square_ms2", sa.Double(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("shared_hit_blocks", sa.BigInteger(), nullable=False),
        sa.Column("shared_read_blocks", sa.BigInteger(), nullable=False),
        sa.Column("shared_dirtied_blocks", sa.BigInteger(), nullable=False),
        sa.Column("shared_written_blocks", sa.BigInteger(), nullable=False),
        sa.Column("temp_blocks", sa.BigInteger(), nullable=False),
        sa.Column("io_ms", sa.Double(), nullable=False),
        sa.Column("wal_bytes", sa.BigInteger(), nullable=False),
        sa.Column("plan_ms", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["window_id"],
            ["celeriac.statement_window.id"],
            name=op.f("window_statement_window_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("window_id", "fingerprint", name=op.f("window_statement_pkey")),
        schema="celeriac",
    )


def downgrade() -> None:
    """Undo it."""
    op.drop_table("window_statement", schema="celeriac")
    op.drop_table("quarantine", schema="celeriac")
    op.drop_index("metric_sample_at_brin", table_name="metric_sample", schema="celeriac", postgresql_using="brin")
    op.drop_table("metric_sample", schema="celeriac")
    op.drop_table("metric_rollup", schema="celeriac")
    op.drop_index(op.f("audit_event_change_id_idx"), table_name="audit_event", schema="celeriac")
    op.drop_table("audit_event", schema="celeriac")
    op.drop_index(op.f("warm_run_target_started_at_idx"), table_name="warm_run", schema="celeriac")
    op.drop_table("warm_run", schema="celeriac")
    op.drop_index(op.f("statement_window_target_ended_at_idx"), table_name="statement_window", schema="celeriac")
    op.drop_table("statement_window", schema="celeriac")
    op.drop_table("statement_counter", schema="celeriac")
    op.drop_table("statement", schema="celeriac")
    op.drop_index(op.f("planning_use_target_at_idx"), table_name="planning_use", schema="celeriac")
    op.drop_table("planning_use", schema="celeriac")
    op.drop_table("metric_series", schema="celeriac")
    op.drop_table("control", schema="celeriac")
    op.drop_index(op.f("change_target_state_idx"), table_name="change", schema="celeriac")
    op.drop_index(
        "change_open_key",
        table_name="change",
        schema="celeriac",
        postgresql_where=sa.text(
            "state NOT IN ('rejected', 'expired', 'failed', 'reverted', 'lost', 'dropped', 'restored')"
        ),
    )
    op.drop_table("change", schema="celeriac")
    op.drop_index(op.f("buffer_snapshot_target_taken_at_idx"), table_name="buffer_snapshot", schema="celeriac")
    op.drop_table("buffer_snapshot", schema="celeriac")
