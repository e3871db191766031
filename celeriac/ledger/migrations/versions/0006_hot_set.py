"""Let the ledger keep each target's hot set, for the day that its Redis comes back empty."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the hot sets."""
    op.create_table(
        "hot_set",
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("keys", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("target", name=op.f("hot_set_pkey")),
        schema="celeriac",
    )


def downgrade() -> None:
    """Forget them."""
    op.drop_table("hot_set", schema="celeriac")
