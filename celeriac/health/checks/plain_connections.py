"""Connections over the network that anyone on the way can read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from celeriac.health.finding import Finding
from celeriac.health.policy import HealthPolicy


@dataclass(frozen=True, slots=True)
class Row:
    """Whether the server offers TLS, where it listens, and how many remote sessions go without."""

    tls: bool
    listens: str
    plain_sessions: int


def judge(rows: Sequence[Row], policy: HealthPolicy) -> Iterator[Finding]:  # noqa: ARG001 - one signature for all
    """Report a server that others can reach without TLS."""
    for row in rows:
        if row.plain_sessions:
            sentence = (
                f"{row.plain_sessions} sessions come over the network without TLS: passwords and rows can be read."
            )
        elif not row.tls and not is_local(row.listens):
            sentence = f"The server listens on {row.listens} without TLS: passwords and rows can be read on the way."
        else:
            continue
        yield Finding(
            "plain_connections",
            "warning",
            "server",
            sentence,
            {"plain_sessions": row.plain_sessions},
            "-- Let pg_hba.conf say hostssl instead of host, and clients sslmode=verify-full."
            if row.tls
            else "-- Turn ssl on with a certificate, and let pg_hba.conf say hostssl instead of host.",
        )


def is_local(listens: str) -> bool:
    """Tell whether only this machine can connect.

    >>> is_local(""), is_local("localhost, 127.0.0.1"), is_local("*"), is_local("localhost,10.0.0.5")
    (True, True, False, False)
    """
    names = [name.strip() for name in listens.split(",") if name.strip()]
    return all(name in ("localhost", "::1") or name.startswith("127.") for name in names)
