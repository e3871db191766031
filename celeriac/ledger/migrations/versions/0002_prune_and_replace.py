"""Let the ledger hold drops that are proven, and replacements."""

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let the ledger hold drops that are proven, and replacements."""


def downgrade() -> None:
    """Undo it."""
