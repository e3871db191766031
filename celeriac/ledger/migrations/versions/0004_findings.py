"""Keep what the health checks found."""

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Keep what the health checks found."""


def downgrade() -> None:
    """Undo it."""
