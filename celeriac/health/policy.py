"""From where on something is worth an operator's attention."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HealthPolicy:
    """Bounds of the checks."""

    check_timeout_ms: int = 1_000
    """A check that needs longer is skipped; it must not become the load that it looks for."""
    connections_warning_ratio: float = 0.8
    """Of the connections that are not reserved; the rest is what a deployment needs to overlap."""
    connections_critical_ratio: float = 0.95
    idle_in_transaction_s: float = 60
    """It holds its locks, and keeps vacuum from what died since."""
    long_query_s: float = 60
    blocked_s: float = 5
    """Shorter waits are ordinary."""
    sequence_warning_ratio: float = 0.75
    """Widening a large table's key takes weeks to prepare."""
    sequence_critical_ratio: float = 0.9
