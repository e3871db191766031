"""Let the ledger keep alerts, silences and what was told to whom."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_WHEN = sa.DateTime(timezone=True)
_NOW = sa.text("clock_timestamp()")


def upgrade() -> None:
    """Create the three tables."""
    op.create_table(
        "alert",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("severity", sa.String(), nullable=False),
        sa.Column("sentence", sa.String(), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("since", _WHEN, nullable=False),
        sa.Column("last_seen", _WHEN, nullable=False),
        sa.Column("fired_at", _WHEN, nullable=True),
        sa.Column("clear_since", _WHEN, nullable=True),
        sa.Column("resolved_at", _WHEN, nullable=True),
        sa.Column("acknowledged_at", _WHEN, nullable=True),
        sa.Column("acknowledged_by", sa.String(), nullable=True),
        sa.Column("notified_at", _WHEN, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("alert_pkey")),
        schema="celeriac",
    )
    op.create_index(
        "alert_open_key",
        "alert",
        ["target", "rule", "subject"],
        unique=True,
        schema="celeriac",
        postgresql_where=sa.text("state IN ('pending', 'firing')"),
    )
    op.create_index(op.f("alert_target_resolved_at_idx"), "alert", ["target", "resolved_at"], schema="celeriac")
    op.create_table(
        "silence",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("until", _WHEN, nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("created_at", _WHEN, server_default=_NOW, nullable=False),
        sa.Column("lifted_at", _WHEN, nullable=True),
        sa.Column("lifted_by", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("silence_pkey")),
        schema="celeriac",
    )
    op.create_index(op.f("silence_target_until_idx"), "silence", ["target", "until"], schema="celeriac")
    op.create_table(
        "delivery",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("alert_id", sa.BigInteger(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created_at", _WHEN, server_default=_NOW, nullable=False),
        sa.Column("next_attempt_at", _WHEN, server_default=_NOW, nullable=False),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column("delivered_at", _WHEN, nullable=True),
        sa.ForeignKeyConstraint(
            ["alert_id"], ["celeriac.alert.id"], name=op.f("delivery_alert_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("delivery_pkey")),
        schema="celeriac",
    )
    op.create_index(op.f("delivery_alert_id_idx"), "delivery", ["alert_id"], schema="celeriac")
    op.create_index(
        "delivery_due_idx",
        "delivery",
        ["target", "next_attempt_at"],
        schema="celeriac",
        postgresql_where=sa.text("state = 'waiting'"),
    )


def downgrade() -> None:
    """Forget alerts, silences and deliveries."""
    op.drop_table("delivery", schema="celeriac")
    op.drop_table("silence", schema="celeriac")
    op.drop_table("alert", schema="celeriac")
