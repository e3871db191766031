"""Let the ledger hold builds on partitioned tables, and what promises turned out to be worth."""

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let the ledger hold builds on partitioned tables, and what promises turned out to be worth."""


def downgrade() -> None:
    """Undo it."""
