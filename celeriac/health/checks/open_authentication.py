"""Rules that let others in without a password, or have it sent in the clear."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from celeriac.health.finding import Finding
from celeriac.health.policy import HealthPolicy


@dataclass(frozen=True, slots=True)
class Row:
    """A rule of pg_hba.conf for what comes over the network."""

    line: int
    method: str
    address: str
    databases: str
    roles: str


def judge(rows: Sequence[Row], policy: HealthPolicy) -> Iterator[Finding]:  # noqa: ARG001 - one signature for all
    """Report each."""
    for row in rows:
        trusts = row.method == "trust"
        yield Finding(
            "open_authentication",
            "critical" if trusts else "warning",
            f"pg_hba.conf line {row.line}",
            f"Line {row.line} of pg_hba.conf {'lets' if trusts else 'has'} {row.roles} from {row.address}"
            + (f" into {row.databases} without a password." if trusts else " send the password in the clear."),
            cure=f"-- Change {row.method} to scram-sha-256 in that line; then SELECT pg_reload_conf();",
        )
