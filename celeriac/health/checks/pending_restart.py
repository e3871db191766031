"""Settings that were changed and wait for a restart."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from celeriac.health.finding import Finding
from celeriac.health.policy import HealthPolicy


@dataclass(frozen=True, slots=True)
class Row:
    """A setting whose new value does not hold yet."""

    name: str
    value: str


def judge(rows: Sequence[Row], policy: HealthPolicy) -> Iterator[Finding]:  # noqa: ARG001 - one signature for all
    """Report each: the next restart, planned or not, brings them."""
    for row in rows:
        yield Finding(
            "pending_restart",
            "warning",
            row.name,
            f"{row.name} was changed, and is still {row.value} until the server restarts.",
            cure="-- Restart the server when it suits, before a crash does.",
        )
